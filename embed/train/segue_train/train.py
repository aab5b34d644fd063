"""Trains the network for a stretch of time; run it again with --resume to go on.

    python -m segue_train.train --real packed --synth synth --teachers MSD MTT --out run --seconds 900
"""

import argparse
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from . import augment, data, losses, teacher
from .course import Course
from .frontend import WINDOW
from .musicnn import MusiCNN, read_checkpoint
from .net import Heads, Net


class Sampler:
    """Draws anchors, four works of one album at a time, and for each a second window of the same work."""

    def __init__(self, lib, rng):
        self.rng, self.track = rng, lib.track.cpu().numpy()
        order = np.argsort(self.track, kind="stable")
        cut = np.searchsorted(self.track[order], np.arange(len(lib.names) + 1))
        self.windows = [order[a:b] for a, b in zip(cut[:-1], cut[1:])]
        self.work, self.album = lib.work, lib.album
        self.by_work = {w: np.flatnonzero(lib.work == w) for w in np.unique(lib.work)}
        self.by_album = [np.unique(lib.work[lib.album == a]) for a in range(lib.album.max() + 1)]
        weight = np.sqrt([len(w) for w in self.by_album])
        self.weight = weight / weight.sum()

    def draw(self, groups, each=4):
        """(first, second) windows, and the work and album of each pair."""
        first, second, work, album = [], [], [], []
        for a in self.rng.choice(len(self.by_album), groups, p=self.weight):
            works = self.by_album[a]
            for w in self.rng.choice(works, min(each, len(works)), replace=False):
                tracks = self.by_work[w]
                t, u = self.rng.choice(tracks, 2, replace=len(tracks) < 2)
                first.append(self.rng.choice(self.windows[t]))
                second.append(self.rng.choice(self.windows[u]))
                work.append(w)
                album.append(a)
        return first, second, work, album


def views(lib, windows, hard):
    """float32 [B, WINDOW]: chunks of 64 share a pitch and a tempo, each row has its own other troubles."""
    out = []
    for w in windows.split(64):
        x = lib.waves(w, coded=0.3 if hard else 0.1)
        if np.random.random() < (0.5 if hard else 0.25):
            x = augment.pitch_and_tempo(x, float(np.random.uniform(-2.2, 2.2)) * (np.random.random() < 0.7), float(np.random.uniform(0.9, 1.1)))
        x = x[:, :WINDOW]
        out.append(augment.spoil(x) if hard or np.random.random() < 0.5 else x)
    return torch.cat(out)


def parser():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--real", required=True)
    a.add_argument("--synth")
    a.add_argument("--teachers", nargs="*", default=[])
    a.add_argument("--out", required=True)
    a.add_argument("--seconds", type=float, default=900)
    a.add_argument("--groups", type=int, nargs=2, default=(28, 20), help="albums drawn a step: real, synthesised")
    a.add_argument("--width", type=int, default=384)
    a.add_argument("--layers", type=int, default=6)
    a.add_argument("--lr", type=float, default=6e-4)
    a.add_argument("--weights", type=float, nargs=5, default=(1, 1, 0.3, 0.5, 1), help="contrast, teacher, tags, classic, relations")
    a.add_argument("--own", type=float, default=0.45)
    a.add_argument("--temperature", type=float, default=0.2)
    a.add_argument("--workers", type=int, default=os.cpu_count())
    a.add_argument("--resume", action="store_true")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--device", default="cuda")
    return a


def terms(net, heads, x, work, album, teach, tags, classic, o):
    """What the network is asked of windows x, in the order of --weights."""
    with torch.no_grad():
        mel, cq = net.front(x)
    with torch.autocast(o.device, torch.bfloat16):
        h = net.embed(mel, cq)
        z = heads.project(h)
        said = heads.teacher(h), heads.tags(h), heads.classic(h)
    return [losses.contrast(z, losses.targets(work, album, o.own), o.temperature), F.mse_loss(said[0].float(), teach),
            F.binary_cross_entropy_with_logits(said[1].float(), tags), F.mse_loss(said[2].float(), classic), losses.relate(h, teach)]


def main():
    o = parser().parse_args()
    os.makedirs(o.out, exist_ok=True)
    torch.manual_seed(o.seed)
    np.random.seed(o.seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    began = time.time()
    real = [(x, y, a, n, n) for x, y, a, n in data.load_real(o.real, "train", o.workers)]
    libs = [data.library(real, o.device)]
    if o.synth:
        libs.append(data.library(data.load_synth(o.synth), o.device))
    print("libraries", [(len(b.names), len(b.start)) for b in libs], f"{time.time() - began:.0f} s", flush=True)

    front = Net().to(o.device).eval()
    nets = [MusiCNN(read_checkpoint(t)).to(o.device).eval() for t in o.teachers]
    if not nets:
        raise SystemExit("no --teachers: musicnn's checkpoints teach what music is like")
    answers = [teacher.ask(nets, b, front.front, front.classic) for b in libs]
    teach, mean_t, std_t = teacher.standard(torch.cat([a[0] for a in answers]))
    classic, mean_c, std_c = teacher.standard(torch.cat([a[2] for a in answers]))
    tags = torch.cat([a[1] for a in answers])
    torch.save({"mean": mean_c, "std": std_c, "teacher_mean": mean_t, "teacher_std": std_t}, os.path.join(o.out, "standard.pt"))
    offsets = np.cumsum([0] + [len(b.start) for b in libs])
    print("teachers heard", tuple(teach.shape), f"{time.time() - began:.0f} s", flush=True)

    samplers = [Sampler(b, np.random.default_rng(o.seed + i)) for i, b in enumerate(libs)]
    net = Net(o.width, o.layers, o.width // 64).to(o.device).train()
    heads = Heads(512, teach.shape[1], tags.shape[1], classic.shape[1]).to(o.device)
    course = Course([net, heads], o.seconds, o.lr, os.path.join(o.out, "checkpoint.pt"), o.resume, o.device,
                    decay=0.05, warmup=300, slowest=0.9995, clipped=[net])
    while course.going():
        x, y, rows, work, album, base = [], [], [], [], [], 0
        for i, (lib, s) in enumerate(zip(libs, samplers)):
            first, second, w, a = s.draw(o.groups[i])
            f, g = (torch.tensor(np.array(v), device=o.device) for v in (first, second))
            x.append(views(lib, f, True))
            y.append(views(lib, g, False))
            rows.append((f + offsets[i], g + offsets[i]))
            work += [v + base for v in w]
            album += [v + base for v in a]
            base += 1 << 20
        wave = torch.cat([*x, *y])
        row = torch.cat([r[0] for r in rows] + [r[1] for r in rows])
        w, a = (torch.tensor(v, device=o.device).repeat(2) for v in (work, album))
        course.learn(list(zip(o.weights, terms(net, heads, wave, w, a, teach[row], tags[row], classic[row], o))))
    course.save()
    torch.save(course.slow.state_dict(), os.path.join(o.out, "net.pt"))


if __name__ == "__main__":
    main()
