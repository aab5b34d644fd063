"""Teaches the tune network on pieces that are synthesised twice or oftener: each rendering should find the others of its piece.
Takes new shards of synth.py's as they come.

    python -m segue_train.learn_tune --synth synth --hold synth-hold --out tune --seconds 900
"""

import argparse
import glob
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from . import losses
from .course import Course, begin
from .data import GRID
from .frontend import RATE, SILENCE, WINDOW, Frontend
from .synth import PIECES, SECONDS
from .tune import Tune

WINDOWS = (SECONDS * RATE - WINDOW) // GRID + 1  # of a performance, 2.5 s apart


@torch.no_grad()
def shard(path, front, device):
    """Log constant-Q of a shard's windows, float16 [artists, PIECES, performances, WINDOWS, bins, frames], and which of
    them sound."""
    sound = torch.from_numpy(np.load(path))
    shape = sound.shape[:3]
    out, loud = [], []
    for x in sound.flatten(0, 2).split(16):
        w = x.to(device).float().div(32768).unfold(1, WINDOW, GRID).flatten(0, 1)
        loud.append(torch.sqrt((w * w).mean(1)) > 4 * SILENCE)
        out.append(front.constant_q(w).half())
    return torch.cat(out).reshape(*shape, WINDOWS, *out[0].shape[1:]), torch.cat(loud).reshape(*shape, WINDOWS)


class Pieces:
    """What is synthesised so far."""

    def __init__(self, folder, front, device):
        self.folder, self.front, self.device = folder, front, device
        self.cq, self.loud, self.seen, self.looked = [], [], set(), 0

    def look(self):
        """Takes shards that came since."""
        for f in sorted(glob.glob(os.path.join(self.folder, "synth-*.npy"))):
            if f not in self.seen:
                self.seen.add(f)
                cq, loud = shard(f, self.front, self.device)
                self.cq += list(cq)
                self.loud += list(loud.cpu().numpy())
        self.looked = time.time()

    def draw(self, rng, artists, each, views):
        """Two tensors [artists * each, views, bins, frames]: windows 5 s apart of two performances of each piece."""
        sides = [], []
        for a in rng.choice(len(self.cq), artists, replace=False):
            for p in rng.choice(PIECES, each, replace=False):
                for side, r in zip(sides, rng.choice(self.cq[a].shape[1], 2, replace=False)):
                    first = rng.integers(2)
                    at = np.arange(first, WINDOWS, 2)
                    at = at[self.loud[a][p, r][at]]
                    if len(at) == 0:
                        at = np.array([0])
                    side.append(self.cq[a][p, r][torch.from_numpy(rng.choice(at, views, replace=len(at) < views))])
        return [torch.stack(s) for s in sides]


def spoil(cq):
    """[pieces, views, bins, frames] of log constant-Q → the same through another key, equaliser, noise and low-pass."""
    n, _, bins, _ = cq.shape
    dev = cq.device

    def some(p):
        return (torch.rand(n, 1, 1, 1, device=dev) < p).float()

    shift = torch.randint(-3, 4, (n, 1), device=dev) * (torch.rand(n, 1, device=dev) < 0.5)
    at = torch.arange(bins, device=dev)[None] - shift
    inside = ((at >= 0) & (at < bins))[:, None, :, None]
    cq = torch.gather(cq, 2, at.clamp(0, bins - 1)[:, None, :, None].expand_as(cq)) * inside
    power = torch.expm1(cq.float() / 0.2) / 1e5
    knots = torch.rand(n, 1, 8, device=dev) * 24 - 12
    eq = F.interpolate(knots, size=bins, mode="linear")[..., None] * some(0.6)
    cut = torch.randint(bins // 2, bins, (n, 1, 1, 1), device=dev)
    eq = eq - 40 * some(0.2) * (torch.arange(bins, device=dev)[None, None, :, None] > cut)
    snr = torch.rand(n, 1, 1, 1, device=dev) * 25 + 5
    floor = power.mean((2, 3), keepdim=True) * 10 ** (-snr / 10) * some(0.4)
    power = (power + floor * torch.empty_like(power).exponential_()) * 10 ** (eq / 10)
    return torch.log1p(1e5 * power) * 0.2


@torch.no_grad()
def mrr(net, pieces):
    """Of another rendering of the same piece among all of pieces'."""
    vectors, work = [], []
    for a, (cq, loud) in enumerate(zip(pieces.cq, pieces.loud)):
        for p in range(cq.shape[0]):
            for r in range(cq.shape[1]):
                at = np.arange(0, WINDOWS, 2)
                at = at[loud[p, r][at]]
                if len(at):
                    vectors.append(F.normalize(net(cq[p, r][torch.from_numpy(at)].float())).mean(0))
                    work.append(a * PIECES + p)
    x = torch.stack(vectors)
    x = F.normalize(F.normalize(x) - F.normalize(x).mean(0))
    sim, work = x @ x.T, torch.tensor(work, device=x.device)
    sim.fill_diagonal_(-9)
    mates = work[:, None] == work[None]
    mates.fill_diagonal_(False)
    best = torch.where(mates, sim, torch.full_like(sim, -9)).amax(1, keepdim=True)
    return (1 / (1 + (sim > best).sum(1).float()))[mates.any(1)].mean().item()


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--synth", required=True)
    a.add_argument("--hold", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--seconds", type=float, default=900)
    a.add_argument("--artists", type=int, default=48, help="drawn a step")
    a.add_argument("--each", type=int, default=4, help="pieces of each")
    a.add_argument("--views", type=int, default=5, help="windows of each rendering")
    a.add_argument("--lr", type=float, default=1e-3)
    a.add_argument("--init", help="weights to go on from")
    a.add_argument("--first", type=int, default=60, help="shards to wait for")
    a.add_argument("--resume", action="store_true")
    a.add_argument("--device", default="cuda")
    o = a.parse_args()
    os.makedirs(o.out, exist_ok=True)
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    front = Frontend().to(o.device).eval()
    while len(glob.glob(os.path.join(o.synth, "synth-*.npy"))) < o.first:
        time.sleep(1)
    pieces, hold = Pieces(o.synth, front, o.device), Pieces(o.hold, front, o.device)
    pieces.look()
    hold.look()
    net = Tune().to(o.device).train()
    if o.init:
        begin(net, o.init)
    course = Course([net], o.seconds, o.lr, os.path.join(o.out, "checkpoint.pt"), o.resume, o.device)
    rng = np.random.default_rng(1)
    while course.going():
        one, other = pieces.draw(rng, min(o.artists, len(pieces.cq)), o.each, o.views)
        x = torch.cat([spoil(one), spoil(other)])
        with torch.autocast(o.device, torch.bfloat16):
            v = net(x.flatten(0, 1).to(memory_format=torch.contiguous_format))
        course.learn([(1.0, losses.same_piece(v, len(one), o.views))])
        if course.step % 500 == 0:
            print(f"artists {len(pieces.cq)}, MRR of held-out renderings {mrr(course.slow, hold):.3f}", flush=True)
        if time.time() - pieces.looked > 30:
            pieces.look()
    course.save()
    print(f"end: artists {len(pieces.cq)}, MRR {mrr(course.slow, hold):.3f}", flush=True)
    torch.save({k: v.half() if v.is_floating_point() else v for k, v in course.slow.state_dict().items()}, os.path.join(o.out, "tune.pt"))


if __name__ == "__main__":
    main()
