"""The hardened network as products of matrices over shifted slices of its input: the same numbers, in the form in which int8 is
fast on a CPU (export.py quantises each input once and shifts its bytes). Convolutions of ONNX Runtime were slower in int8 than in
float32 (README.md)."""

from functools import reduce

import torch
import torch.nn.functional as F
from torch import nn

from .checkpoint import BN_EPS, N_MELS
from .hardened import FRAMES

TIMBRE = ((0, 38), (1, 67))  # (convolution, bands): 7 frames each
TEMPO = ((2, 128), (3, 64), (4, 32))  # (convolution, frames): one band each
LONGEST = 128
STEP = 2  # frames and bands between looks
BLOCK = 12  # looks of the temporal filters that one product makes
BANDS = 8  # in one product


class Quick(nn.Module):
    """What a Hardened of stride (2, 2) says: waveforms [1, WINDOW] → [1, 200 × nets]."""

    def __init__(self, hardened):
        super().__init__()
        self.ear, self.quick = hardened, nn.ModuleList(Products(n, FRAMES) for n in hardened.nets)

    def forward(self, wave):
        spec = self.ear.spectrogram(wave)
        return torch.cat([p(spec) for p in self.quick], 1)


class Product(nn.Module):
    """x → x @ weight, which export.py finds by its kind and rounds to int8."""

    def __init__(self, weight):
        super().__init__()
        self.register_buffer("weight", weight.contiguous())

    def forward(self, x):
        return x @ self.weight


class Products(nn.Module):
    """Spectrograms [1, FRAMES, 96] → [1, 200], as net (a MusiCNN of stride (2, 2)) does it; FRAMES is a multiple of 24."""

    def __init__(self, net, frames):
        super().__init__()
        assert net.stride == (STEP, STEP) and frames % (STEP * BLOCK) == 0
        self.looks = frames // STEP
        v = {k.replace("__", "/"): p.detach() for k, p in net.state_dict().items()}
        for n in range(11):
            name = "batch_normalization" + (f"_{n}" if n else "")
            scale = v[name + "/gamma"] / torch.sqrt(v[name + "/moving_variance"] + BN_EPS)
            self.register_buffer(f"scale{n}", scale)
            self.register_buffer(f"shift{n}", v[name + "/beta"] - v[name + "/moving_mean"] * scale)
        kernel = [v["conv2d" + (f"_{n}" if n else "") + "/kernel"][:, :, 0] for n in range(8)]  # frames, bands, filters
        bias = [v["conv2d" + (f"_{n}" if n else "") + "/bias"] for n in range(8)]
        # A norm of negative scale wants the smallest look, not the largest: those filters are turned round.
        turn = [torch.where(getattr(self, f"scale{n + 1}") < 0, -1.0, 1.0) for n in range(5)]
        self.register_buffer("turn", torch.cat(turn))
        self.register_buffer("bias", torch.cat(bias[:5]))
        for n, _ in TIMBRE:
            self.add_module(f"timbre{n}", Product((kernel[n] * turn[n]).transpose(0, 1).flatten(0, 1)))
        self.tempo = Product(toeplitz([kernel[n][:, 0] * turn[n] for n, _ in TEMPO]))
        self.mid5 = Product(twice(kernel[5]))
        self.register_buffer("mid6", kernel[6].flatten(0, 1))
        self.register_buffer("mid7", kernel[7].flatten(0, 1))
        for n in (5, 6, 7):
            self.register_buffer(f"bias{n}", bias[n])
        self.register_buffer("dense", v["dense/kernel"])
        self.register_buffer("dense_bias", v["dense/bias"])

    def forward(self, spec):
        x = spec * self.scale0 + self.shift0
        front = torch.cat([*self.timbres(x), self.tempos(x)], 2)
        scale, shift = (torch.cat([getattr(self, f"{k}{n}") for n in range(1, 6)]) for k in ("scale", "shift"))
        front = torch.relu(front * self.turn + self.bias) * scale + shift  # 1, looks, 561
        n = self.looks
        padded = F.pad(front, (0, 0, 2, 2))
        a = self.mid5(torch.cat([padded[:, i : i + n] for i in range(5)], 2))
        a = self.norm(torch.relu(a.reshape(1, STEP * n, -1) + self.bias5), 6)
        b = self.mid(a, 6) + a
        c = self.mid(b, 7) + b
        top = torch.cat([front.amax(1), *(t.amax(1) for t in (a, b, c))], 1)
        mean = torch.cat([front.mean(1), *(t.mean(1) for t in (a, b, c))], 1)
        flat = self.norm(torch.stack([top, mean], 2).flatten(1), 9)
        return self.norm(torch.relu(flat @ self.dense + self.dense_bias), 10)

    def norm(self, x, n):
        return x * getattr(self, f"scale{n}") + getattr(self, f"shift{n}")

    def timbres(self, x):
        """The strongest look of each filter over 7 frames at each of its places among the bands: [1, looks, filters] twice."""
        padded = F.pad(x, (0, 0, 3, 3))
        taps = torch.stack([padded[:, i : i + STEP * self.looks - 1 : STEP] for i in range(7)], 2)
        taps = taps.transpose(2, 3).reshape(1, self.looks, -1)  # 96 bands of 7 frames: some bands lie together
        for n, bands in TIMBRE:
            look = getattr(self, f"timbre{n}")
            yield reduce(torch.maximum, (look(taps[..., 7 * p : 7 * (p + bands)]) for p in range(0, N_MELS - bands + 1, STEP)))

    def tempos(self, x):
        """The same of the filters over many frames of one band: [1, looks, filters]."""
        hop, wide = STEP * BLOCK, len(self.tempo.weight)
        blocks = self.looks // BLOCK
        rows = x[0, :, ::STEP].T  # 48 bands, FRAMES
        whole = -(-wide // hop)
        padded = F.pad(rows, ((LONGEST - 1) // 2, hop * (blocks + whole - 1) - rows.shape[1] - (LONGEST - 1) // 2))
        cut = [padded[:, hop * i : hop * (i + blocks)].reshape(len(rows), blocks, hop)[:, :, : wide - hop * i] for i in range(whole)]
        patches = torch.cat(cut, 2)
        best = reduce(torch.maximum, (self.tempo(patches[b : b + BANDS]) for b in range(0, len(rows), BANDS)))  # BANDS, blocks, …
        while len(best) > 1:
            best = torch.maximum(best[: len(best) // 2], best[len(best) // 2 :])
        return best.reshape(1, self.looks, -1)

    def mid(self, x, n):
        padded, frames = F.pad(x, (0, 0, 3, 3)), STEP * self.looks
        y = torch.cat([padded[:, i : i + frames] for i in range(7)], 2) @ getattr(self, f"mid{n}")
        return self.norm(torch.relu(y + getattr(self, f"bias{n}")), n + 1)


def toeplitz(kernels):
    """Filters [frames, filters] over one band, centred on each other, as a matrix [in, BLOCK × filters] that makes BLOCK looks."""
    filters = sum(k.shape[1] for k in kernels)
    all_, at = torch.zeros(LONGEST, filters), 0
    for k in kernels:
        first = (LONGEST - 1) // 2 - (len(k) - 1) // 2
        all_[first : first + len(k), at : at + k.shape[1]] = k
        at += k.shape[1]
    out = torch.zeros(STEP * (BLOCK - 1) + LONGEST, BLOCK, filters)
    for r in range(BLOCK):
        out[STEP * r : STEP * r + LONGEST, r] = all_
    return out.flatten(1)


def twice(kernel):
    """A filter of 7 frames over frames that come twice each, as a matrix [5 × in, 2 × out] over the frames once: two results."""
    out = torch.zeros(5, kernel.shape[1], 2, kernel.shape[2])
    for phase in range(2):
        for i in range(7):
            out[(phase + i - 3) // 2 + 2, :, phase] += kernel[i]
    return out.flatten(2).flatten(0, 1)
