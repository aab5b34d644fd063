"""The ear: waveforms to log-mel, constant-Q and classic statistics, every step a matrix product that ONNX can carry."""

import numpy as np
import torch
from torch import nn

from .checkpoint import slaney_mel
from .spectrum import Spectrum

RATE = 24000  # Hz
WINDOW = 120000  # samples: 5 s
HOP = 480  # samples: 20 ms
FRAMES = 250
N_FFT = 1024
MELS = 128
CQ_FRAMES, CQ_HOP, CQ_KERNEL = 50, 2400, 8192  # 100 ms apart, 341 ms long at the low end
CQ_LOW, CQ_BINS = 32.703, 84  # Hz (C1), semitones up to B7
SILENCE = 1e-3  # RMS, -60 dBFS: windows below it say nothing (TRAINING: they all map to one vector)


def constant_q(f, t):
    """[2 * CQ_BINS, CQ_KERNEL]: complex exponentials of f Hz under Hann windows of 17 periods, none longer than CQ_KERNEL.
    t is 0 … CQ_KERNEL - 1."""
    f = f[:, None]
    n = torch.floor(torch.clamp(17 * RATE / f, 512, CQ_KERNEL))
    i = t[None] - torch.floor((CQ_KERNEL - n) / 2)
    window = torch.relu(0.5 - 0.5 * torch.cos(i * (2 * torch.pi) / (n - 1))) * 2 / (n - 1)
    window = window * ((i >= 0) & (i < n)).float()
    phase = torch.remainder(f * (i - n / 2) / RATE, 1) * (2 * torch.pi)
    return torch.cat([window * torch.cos(phase), window * torch.sin(phase)])


def level(wave):
    """[B, samples] → [B, 1, samples] of unit power."""
    return (wave / torch.sqrt((wave * wave).mean(1, keepdim=True) + 1e-10))[:, None]


def by_length(pitches):
    """Pitches of one kernel's length, the longest first: (length, pitches) of each. A kernel is a power of two long."""
    lengths = [int(2 ** np.ceil(np.log2(min(max(17 * RATE / f, 512), CQ_KERNEL)))) for f in pitches.tolist()]
    return [(n, pitches[[i for i, m in enumerate(lengths) if m == n]]) for n in sorted(set(lengths), reverse=True)]


class Frontend(nn.Module):
    """[B, WINDOW] → log-mel [B, MELS, FRAMES] and log constant-Q [B, CQ_BINS, CQ_FRAMES], both free of loudness."""

    def __init__(self):
        super().__init__()
        self.mel = Spectrum(N_FFT, HOP, FRAMES, slaney_mel(RATE, N_FFT, MELS, 30.0, 11500.0))
        self.reach = []  # of each bank, in taps
        for length, pitches in by_length(CQ_LOW * 2 ** (torch.arange(CQ_BINS).float() / 12)):
            middle = torch.arange(length).float() + (CQ_KERNEL - length) // 2
            self.register_buffer(f"cq{length}", constant_q(pitches, middle)[:, None], persistent=False)
            self.reach.append(length)

    def forward(self, wave):
        wave = level(wave)
        mel = self.mel(nn.functional.pad(wave[:, 0], (N_FFT // 2, N_FFT // 2))).transpose(1, 2)
        # Unit-power input: a mel band of music holds about 1 (the area-normalised filters scale by some 1e-2 to 1).
        return torch.log1p(100 * mel) * 0.25, self._pitches(wave)

    def constant_q(self, wave):
        """[B, WINDOW] → log constant-Q [B, CQ_BINS, CQ_FRAMES] alone."""
        return self._pitches(level(wave))

    def _pitches(self, wave):
        wave = nn.functional.pad(wave, (CQ_KERNEL // 2, CQ_KERNEL // 2))
        return torch.log1p(1e5 * torch.cat([self._power(wave, n) for n in self.reach], 1)) * 0.2

    def _power(self, wave, length):
        first = (CQ_KERNEL - length) // 2
        heard = wave[:, :, first : first + (CQ_FRAMES - 1) * CQ_HOP + length]
        real, imag = nn.functional.conv1d(heard, getattr(self, f"cq{length}"), stride=CQ_HOP).chunk(2, 1)
        return real**2 + imag**2


class Classic(nn.Module):
    """Log-mel and constant-Q → [B, CLASSIC] numbers of timbre, harmony, rhythm and spectral shape."""

    BANDS, MODULATIONS = 8, 24

    def __init__(self):
        super().__init__()
        k = np.arange(MELS)
        dct = np.cos(np.pi * np.arange(30)[:, None] * (k + 0.5)[None] / MELS) * np.sqrt(2 / MELS)
        self.register_buffer("dct", torch.from_numpy(dct.astype(np.float32)), persistent=False)
        rate = RATE / HOP
        f = np.geomspace(0.4, 10.0, self.MODULATIONS)[:, None] / rate
        t = np.arange(FRAMES)[None]
        w = np.hanning(FRAMES)[None]
        mod = np.concatenate([np.cos(2 * np.pi * f * t) * w, np.sin(2 * np.pi * f * t) * w]) / FRAMES
        self.register_buffer("mod", torch.from_numpy(mod.T.astype(np.float32)), persistent=False)
        fold = np.zeros((12, CQ_BINS), np.float32)
        fold[np.arange(CQ_BINS) % 12, np.arange(CQ_BINS)] = 12 / CQ_BINS
        self.register_buffer("fold", torch.from_numpy(fold), persistent=False)
        shifts = np.stack([np.eye(12)[(np.arange(12) + s) % 12] for s in range(7)]).astype(np.float32)
        self.register_buffer("shifts", torch.from_numpy(shifts), persistent=False)

    def forward(self, mel, cq):
        cepstra = self.dct @ mel  # B, 30, T
        delta = mel[:, :, 1:] - mel[:, :, :-1]
        out = [cepstra.mean(2), _std(cepstra), self.dct[:20] @ delta.abs().mean(2)[:, :, None]]
        out[2] = out[2][:, :, 0]
        flux = torch.relu(delta).reshape(-1, self.BANDS, MELS // self.BANDS, FRAMES - 1).mean(2)
        flux = torch.nn.functional.pad(flux - flux.mean(2, keepdim=True), (1, 0))
        m = flux @ self.mod
        m = torch.sqrt(m[:, :, : self.MODULATIONS] ** 2 + m[:, :, self.MODULATIONS :] ** 2 + 1e-9)
        out += [torch.log(m + 1e-3).flatten(1), flux.std(2)]
        chroma = self.fold @ cq
        mean = chroma.mean(2)
        centred = mean - mean.mean(1, keepdim=True)
        intervals = ((self.shifts @ centred[:, None, :, None])[..., 0] * centred[:, None]).sum(2)  # key does not matter
        out += [cq.reshape(-1, CQ_BINS // 6, 6, CQ_FRAMES).mean((2, 3)), _std(cq.reshape(-1, CQ_BINS // 6, 6, CQ_FRAMES).mean(2))]
        out += [centred, _std(chroma), intervals, (cq[:, :, 1:] - cq[:, :, :-1]).abs().mean((1, 2))[:, None]]
        return torch.cat(out, 1)


def _std(x):
    """The standard deviation over the last axis, with a gradient at zero."""
    return torch.sqrt(((x - x.mean(-1, keepdim=True)) ** 2).mean(-1) + 1e-6)
