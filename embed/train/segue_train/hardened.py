"""musicnn gone on from its own weights: a student that hears a troubled window as its teacher hears the clean one."""

import torch
import torch.nn.functional as F
from torch import nn

from .checkpoint import N_MELS, slaney_mel
from .frontend import RATE, level
from .musicnn import MusiCNN
from .spectrum import Spectrum

N_FFT, HOP, FRAMES = 768, 384, 312  # musicnn's 32 and 16 ms at our rate; 5 s
POWER = 0.1**2 / 2.25  # of music that musicnn knows; 2.25 for the longer window's larger sum


class Hardened(nn.Module):
    """Waveforms [B, WINDOW] at 24 kHz → [B, 200 × nets]."""

    def __init__(self, checkpoints, stride):
        super().__init__()
        self.nets = nn.ModuleList(MusiCNN(v, stride) for v in checkpoints)
        self.mel = Spectrum(N_FFT, HOP, FRAMES, slaney_mel(RATE, N_FFT, N_MELS, 0.0, 8000.0))

    def spectrogram(self, wave):
        """[B, FRAMES, 96]."""
        mel = self.mel(F.pad(level(wave), (N_FFT // 2, N_FFT // 2), mode="reflect")[:, 0])
        return torch.log10(1e4 * POWER * mel + 1)

    def forward(self, wave):
        with torch.no_grad(), torch.autocast(wave.device.type, enabled=False):
            spec = self.spectrogram(wave)
        return torch.cat([n.features(spec)[0] for n in self.nets], 1)


@torch.no_grad()
def between(first, second, share):
    """first with its weights moved a share of the way to second's (Wortsman et al., Robust fine-tuning of zero-shot models, 2022)."""
    taught = second.state_dict()
    for name, weight in first.state_dict().items():
        weight.lerp_(taught[name], share)
    return first
