"""Power spectra in two steps of small matrix products (Cooley and Tukey, 1965), a tenth of the arithmetic of one."""

import numpy as np
import torch
from torch import nn

COLUMNS = 32


class Spectrum(nn.Module):
    """Waveforms [B, samples], padded with n_fft / 2 at both ends → what filters [bands, n_fft / 2 + 1] make of the power spectra of
    frames under Hann windows: [B, frames, bands]. hop and n_fft are multiples of 32.

    Sample 32 a + b and bin k + m j (m = n_fft / 32): the first step sums over a, the second, one matrix for each k, over b."""

    def __init__(self, n_fft, hop, frames, filters):
        super().__init__()
        assert n_fft % COLUMNS == 0 and hop % COLUMNS == 0
        rows = n_fft // COLUMNS
        used = np.flatnonzero(filters.any(0)).max() + 1
        turns = -(-used // rows)
        a, b, k, j = np.arange(rows), np.arange(COLUMNS), np.arange(rows), np.arange(turns)
        first = np.exp(-2j * np.pi * k[:, None] * a[None] / rows)
        second = np.exp(-2j * np.pi * (k[:, None, None] + rows * j[None, None]) * b[None, :, None] / n_fft)  # k, b, j
        weight = np.zeros((rows, turns, len(filters)), np.float32)
        for n in range(used):
            weight[n % rows, n // rows] = filters[:, n]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
        self.frames, self.rows, self.turns = frames, rows, turns
        self.reach = (frames - 1) * (hop // COLUMNS) + rows
        keep = {
            "index": (a[:, None] + np.arange(frames)[None] * (hop // COLUMNS)).reshape(-1),
            "window": window.reshape(rows, 1, COLUMNS).astype(np.float32),
            "first": np.concatenate([first.real, first.imag]).astype(np.float32),
            "real": np.concatenate([second.real, second.imag], 2).astype(np.float32),
            "imag": np.concatenate([-second.imag, second.real], 2).astype(np.float32),
            "weight": weight.reshape(rows * turns, -1),
        }
        for name, value in keep.items():
            self.register_buffer(name, torch.from_numpy(value), persistent=False)

    def forward(self, wave):
        rows, frames = self.rows, self.frames
        x = wave[:, : self.reach * COLUMNS].reshape(-1, self.reach, COLUMNS)[:, self.index]
        x = x.reshape(-1, rows, frames, COLUMNS) * self.window
        x = (self.first @ x.reshape(-1, rows, frames * COLUMNS)).reshape(-1, 2, rows, frames, COLUMNS)
        x = x[:, 0] @ self.real + x[:, 1] @ self.imag  # B, rows, frames, 2 × turns
        power = x[..., : self.turns] ** 2 + x[..., self.turns :] ** 2
        return power.transpose(1, 2).flatten(2) @ self.weight
