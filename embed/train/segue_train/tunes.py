"""The tune network as products of matrices over shifted slices of its input, channels last: the same numbers, in the form in which
int8 is fast on a CPU (as products.py does it for the hardened network)."""

import torch
import torch.nn.functional as F
from torch import nn

from .frontend import CQ_BINS, CQ_FRAMES
from .products import Product
from .tune import LOW, OCTAVES

PITCHES = 12


class Look(nn.Module):
    """A convolution and its norm as one product: maps [pitches + tall − 1, stride × frames + wide − 1 (or less), in] →
    [pitches, frames, out]. weight is the convolution's, [out, in, tall, wide]. No shape is asked of what it hears, so that a graph has none to compute."""

    def __init__(self, pitches, frames, weight, scale=None, shift=None, stride=1):
        super().__init__()
        self.pitches, self.frames = pitches, frames
        scale = torch.ones(len(weight)) if scale is None else scale
        self.tall, self.wide = weight.shape[2:]
        self.stride = stride
        self.product = Product((weight * scale[:, None, None, None]).permute(2, 3, 1, 0).flatten(0, 2))
        self.register_buffer("shift", shift)

    def forward(self, x):
        last = self.stride * (self.frames - 1) + 1
        x = join([x[:, i : i + last : self.stride] for i in range(self.wide)])
        x = join([x[i : i + self.pitches] for i in range(self.tall)])
        y = self.product(x.reshape(self.pitches * self.frames, -1)) + self.shift
        return y.reshape(self.pitches, self.frames, -1)


class QuickTune(nn.Module):
    """Log constant-Q [1, 84, 50] → [1, out], as tune (a Tune) does it."""

    def __init__(self, tune):
        super().__init__()
        self.overtones = tune.notes[:6]  # int8 would cost more cosine here than in all that follows
        self.notes = Look(CQ_BINS, CQ_FRAMES, tune.notes[6].weight.detach(), *folded(tune.notes[7]))
        self.residual = [r.residual for r in tune.ring]
        self.wrap = [r.wrap for r in tune.ring]
        self.ring, frames = nn.ModuleList(), CQ_FRAMES
        for r in tune.ring:
            frames //= r.conv.stride[1]
            self.ring.append(Look(PITCHES, frames, r.conv.weight.detach(), *folded(r.norm), stride=r.conv.stride[1]))
        self.turn = nn.ModuleList(
            Look(PITCHES, frames, w, shift=b)
            for w, b in zip(*(p.detach().chunk(tune.turn.groups) for p in (tune.turn.weight, tune.turn.bias)))
        )
        self.each = tune.turn.weight.shape[1]
        self.register_buffer("out", tune.out.weight.detach().T.contiguous())
        self.register_buffer("out_shift", tune.out.bias.detach())

    def forward(self, cq):
        x = cq - cq.mean((1, 2), keepdim=True)
        x = x / torch.sqrt((x * x).mean((1, 2), keepdim=True) + 1e-5)
        x = self.overtones(x[:, None])[0].permute(1, 2, 0)  # 84, 50, 48
        x = torch.relu(self.notes(F.pad(x, (0, 0, 1, 1, 1, 1))))
        x = x.reshape(OCTAVES, PITCHES, CQ_FRAMES, -1)
        x = torch.cat([x[:LOW].mean(0), x[LOW:].amax(0), x[LOW:].mean(0)], 2)  # 12, 50, 144
        for look, wrap, residual in zip(self.ring, self.wrap, self.residual):
            y = look(F.pad(around(x, wrap, wrap), (0, 0, look.wide // 2, look.wide // 2)))
            x = torch.relu(x + y if residual else y)
        x = F.pad(around(x, 0, PITCHES - 1), (0, 0, 1, 1))  # 23, 27, 128
        x = torch.cat([look(x[:, :, self.each * i : self.each * (i + 1)]).amax(0) for i, look in enumerate(self.turn)], 1)
        x = torch.relu(x)  # 25, 320: the key that fits best
        return (torch.cat([x.mean(0), x.amax(0)])[None] @ self.out) + self.out_shift


def join(parts):
    return parts[0] if len(parts) == 1 else torch.cat(parts, 2)


def around(x, before, after):
    """x with pitch classes from its other end before and after it."""
    parts = [x[-before:]] * (before > 0) + [x] + [x[:after]] * (after > 0)
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def folded(norm):
    """What a norm multiplies by and adds, when it no longer learns."""
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    return scale, (norm.bias - norm.running_mean * scale).detach()
