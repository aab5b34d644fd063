"""The teacher: musicnn (Pons and Serra, 2019; ISC), its weights as PyPI's package carries them, its network in PyTorch.

Nothing of TensorFlow is needed: a checkpoint is a table of entries (`.index`) and a file of tensors (`.data-…`). That the
arithmetic is right is shown by what it finds, not yet by TensorFlow's own output (README.md, "Not done").
"""

import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

RATE = 16000  # Hz
FRAMES = 187  # of 256 samples: the 3 s that the network was trained on
N_FFT, HOP, N_MELS = 512, 256, 96
BN_EPS = 1e-3  # tf.layers.batch_normalization's default


def _varint(b, i):
    value = shift = 0
    while True:
        value |= (b[i] & 0x7F) << shift
        shift += 7
        i += 1
        if b[i - 1] < 0x80:
            return value, i


def _block(b, offset, size):
    """The (key, value) pairs of one block of a LevelDB table, uncompressed as TensorFlow writes it."""
    block, key, i = b[offset : offset + size], b"", 0
    end = size - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    while i < end:
        shared, i = _varint(block, i)
        fresh, i = _varint(block, i)
        length, i = _varint(block, i)
        key = key[:shared] + block[i : i + fresh]
        i += fresh
        yield key, block[i : i + length]
        i += length


def _fields(b):
    """The (number, value) pairs of a protobuf message."""
    i = 0
    while i < len(b):
        tag, i = _varint(b, i)
        kind = tag & 7
        if kind == 0:
            value, i = _varint(b, i)
        elif kind == 2:
            n, i = _varint(b, i)
            value, i = b[i : i + n], i + n
        elif kind == 5:
            value, i = b[i : i + 4], i + 4
        else:
            raise ValueError(f"protobuf wire type {kind} in a checkpoint's index")
        yield tag >> 3, value


def read_checkpoint(prefix):
    """{variable: array} of the TensorFlow checkpoint whose files begin with prefix."""
    with open(prefix + ".index", "rb") as f:
        index = f.read()
    with open(prefix + ".data-00000-of-00001", "rb") as f:
        data = f.read()
    i = len(index) - 48
    _, i = _varint(index, i)
    _, i = _varint(index, i)  # past the metaindex handle
    offset, i = _varint(index, i)
    size, i = _varint(index, i)
    out = {}
    for _, handle in _block(index, offset, size):
        o, j = _varint(handle, 0)
        n, _ = _varint(handle, j)
        for key, entry in _block(index, o, n):
            if not key:
                continue  # the header
            f = {"dtype": 0, "offset": 0, "size": 0}
            shape = []
            for number, value in _fields(entry):
                if number == 2:
                    shape = [dict(_fields(d)).get(1, 0) for k, d in _fields(value) if k == 2]
                elif number in (1, 4, 5):
                    f[{1: "dtype", 4: "offset", 5: "size"}[number]] = value
            if f["dtype"] == 1:  # DT_FLOAT
                raw = data[f["offset"] : f["offset"] + f["size"]]
                out[key.decode()] = np.frombuffer(raw, "<f4").reshape(shape)
    return out


def slaney_mel(rate, n_fft, n_mels, fmin=0.0, fmax=None):
    """[n_mels, n_fft/2+1] triangular filters on Slaney's mel scale with unit area, as librosa makes them by default."""
    fmax = fmax or rate / 2
    step, knee = 200.0 / 3, 1000.0
    logstep = np.log(6.4) / 27

    def to_mel(f):
        return np.where(f < knee, f / step, knee / step + np.log(np.maximum(f, 1e-9) / knee) / logstep)

    def to_hz(m):
        return np.where(m < knee / step, m * step, knee * np.exp(logstep * (m - knee / step)))

    edges = to_hz(np.linspace(to_mel(np.array(fmin)), to_mel(np.array(fmax)), n_mels + 2))
    bins = np.linspace(0, rate / 2, n_fft // 2 + 1)
    up = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    return (np.maximum(0, np.minimum(up, down)) * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


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
