"""The teacher: musicnn (Pons and Serra, 2019; ISC), its weights as PyPI's package carries them, its network in PyTorch.

Nothing of TensorFlow is needed: a checkpoint is a table of entries (`.index`) and a file of tensors (`.data-…`). That the
arithmetic is right is shown by what it finds, not yet by TensorFlow's own output (README.md, "Not done").
"""

import torch
import torch.nn.functional as F
from torch import nn

from .checkpoint import BN_EPS, FRAMES, HOP, N_FFT, N_MELS, RATE, slaney_mel


class MusiCNN(nn.Module):
    """Waveforms at 16 kHz [B, samples ≥ 3 s] → penultimate features [B, 200] and tag probabilities [B, 50].

    stride (frames, bands) is where its first filters look: everywhere, as it was trained, or at every so many."""

    def __init__(self, variables, stride=(1, 1)):
        super().__init__()
        self.stride = stride
        for name, array in variables.items():
            if "/Adam" in name or "beta1" in name or "beta2" in name:
                continue
            value = torch.from_numpy(array.copy())
            if "moving" in name:
                self.register_buffer(name.replace("/", "__"), value)
            else:
                self.register_parameter(name.replace("/", "__"), nn.Parameter(value))
        self.register_buffer("mel", torch.from_numpy(slaney_mel(RATE, N_FFT, N_MELS)))
        self.register_buffer("hann", torch.hann_window(N_FFT))

    def _v(self, name):
        return getattr(self, name.replace("/", "__"))

    def _bn(self, x, n, dim):
        name = "batch_normalization" + (f"_{n}" if n else "")
        shape = [1] * x.dim()
        shape[dim] = -1
        scale = self._v(name + "/gamma") / torch.sqrt(self._v(name + "/moving_variance") + BN_EPS)
        shift = self._v(name + "/beta") - self._v(name + "/moving_mean") * scale
        return x * scale.view(shape) + shift.view(shape)

    def _conv(self, x, n):
        name = "conv2d" + (f"_{n}" if n else "")
        kernel, bias = self._v(name + "/kernel"), self._v(name + "/bias")
        s = self.stride if n < 5 else (1, 1)
        if not x.is_cuda:
            return F.relu(F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, s))
        # cuDNN is slow with one channel in: the same as one matrix product
        h, w, c, out = kernel.shape
        x = x.unfold(2, h, s[0]).unfold(3, w, s[1])  # B, c, T, W, h, w
        b, _, t, bands = x.shape[:4]
        y = x.permute(0, 2, 3, 4, 5, 1).reshape(b * t * bands, h * w * c) @ kernel.reshape(h * w * c, out) + bias
        return F.relu(y).reshape(b, t, bands, out).permute(0, 3, 1, 2)

    def spectrogram(self, wave):
        """[B, frames, 96]: log10(1 + 10⁴ mel power)."""
        spec = torch.stft(wave, N_FFT, HOP, window=self.hann, center=True, pad_mode="reflect", return_complex=True)
        power = spec.real**2 + spec.imag**2
        return torch.log10(1e4 * (self.mel @ power) + 1).transpose(1, 2)

    def forward(self, wave):
        with torch.autocast(wave.device.type, enabled=False):
            spec = self.spectrogram(wave)[:, :FRAMES]
        return self.features(spec)

    def features(self, spec):
        x = self._bn(spec[:, None], 0, 1)  # B, 1, T, 96
        front = []
        padded = F.pad(x, (0, 0, 3, 3))
        for n in (0, 1):
            front.append(self._bn(self._conv(padded, n), n + 1, 1).amax(3))
        for n, k in ((2, 128), (3, 64), (4, 32)):
            same = F.pad(x, (0, 0, (k - 1) // 2, k // 2))
            front.append(self._bn(self._conv(same, n), n + 1, 1).amax(3))
        front = torch.cat(front, 1).repeat_interleave(self.stride[0], 2).transpose(1, 2)[:, None]  # B, 1, T, 561

        def mid(inp, n):
            y = self._bn(self._conv(F.pad(inp, (0, 0, 3, 3)), n), n + 1, 1)  # B, 64, T, 1
            return y.permute(0, 3, 2, 1)

        a = mid(front, 5)
        b = mid(a, 6) + a
        c = mid(b, 7) + b
        feats = torch.cat([front, a, b, c], 3)[:, 0]  # B, T, 753
        flat = torch.stack([feats.amax(1), feats.mean(1)], 2).flatten(1)
        flat = self._bn(flat, 9, 1)
        dense = F.relu(flat @ self._v("dense/kernel") + self._v("dense/bias"))
        dense = self._bn(dense, 10, 1)
        return dense, torch.sigmoid(dense @ self._v("dense_1/kernel") + self._v("dense_1/bias"))
