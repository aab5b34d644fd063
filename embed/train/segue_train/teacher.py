"""What the teachers say of a window."""

import torch
import torchaudio.functional as AF

from . import musicnn
from .frontend import RATE, WINDOW


@torch.no_grad()
def hear(nets, wave):
    """(features, tags) of waves [B, WINDOW]: each net's mean over the first and the last three seconds."""
    low = AF.resample(wave, RATE, musicnn.RATE)
    third = 3 * musicnn.RATE
    f, t = [], []
    for net in nets:
        a, b = net(low[:, :third]), net(low[:, -third:])
        f.append((a[0] + b[0]) / 2)
        t.append((a[1] + b[1]) / 2)
    return torch.cat(f, 1), torch.cat(t, 1)


def standard(x):
    """x with each column at mean 0 and deviation 1 (bounded to ±5), and the two numbers."""
    mean, std = x.mean(0), x.std(0) + 1e-5
    return ((x - mean) / std).clamp(-5, 5), mean, std

