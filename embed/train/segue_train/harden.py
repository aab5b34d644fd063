"""Hardens musicnn against troubles: the student hears a window through codec, noise, filters, rooms and other pitches and
tempi, the teacher hears it clean, and both should say the same; and so they should when both hear it clean.

    python -m segue_train.harden --real packed --synth synth --teachers MSD MTT --out hardened --seconds 900
"""

import argparse
import os
import time

import numpy as np
import torch

from . import augment, data, losses, teacher
from .checkpoint import read_checkpoint
from .course import Course, begin
from .frontend import WINDOW
from .hardened import Hardened, between
from .musicnn import MusiCNN

VARIED = 1.2  # how much longer a crop must be, so that it can be played higher first


def troubled(clean, coded):
    """[B, CROP] twice → [B, WINDOW]: chunks of 48 share a pitch and a tempo, each row has its own other troubles."""
    out = []
    x = augment.chance(clean, coded, 0.3)
    for c in x.split(48):
        if np.random.random() < 0.6:
            c = augment.pitch_and_tempo(c, float(np.random.uniform(-2.3, 2.3)) * (np.random.random() < 0.7), float(np.random.uniform(0.88, 1.12)))
        out.append(c[:, :WINDOW])
    x = torch.cat(out)
    return augment.chance(x, augment.spoil(x), 0.8)


def mixed(clean, coded, share):
    """Some rows with another row on top, 12 dB louder or softer."""
    power = torch.sqrt((clean * clean).mean(1, keepdim=True) + 1e-8)
    order = torch.randperm(len(clean), device=clean.device)
    gain = power / power[order] * 10 ** ((torch.rand(len(clean), 1, device=clean.device) * 24 - 12) / 20)
    gain = gain * (torch.rand(len(clean), 1, device=clean.device) < share)
    return clean + gain * clean[order], coded + gain * coded[order]


def varied(clean, coded):
    """[B, ≥ CROP * VARIED] twice → [B, CROP], as other music that student and teacher both know only so: half of the chunks of 48 played
    up to three semitones higher or lower, a third of the rows through another equaliser."""
    out = []
    for pair in zip(clean.split(48), coded.split(48)):
        if np.random.random() < 0.5:
            rate = 2 ** (np.random.uniform(-3, 3) / 12)
            pair = [augment.resample(x, rate) for x in pair]
        out.append([x[:, : data.CROP] for x in pair])
    clean, coded = (torch.cat(x) for x in zip(*out))
    db = torch.rand(len(clean), 8, device=clean.device) * 16 - 8
    db = db * (torch.rand(len(clean), 1, device=clean.device) < 0.33)
    return augment.tilt(clean, db), augment.tilt(coded, db)


def within(sample, group):
    """Covariance [d, d] of rows about their group's mean."""
    total = torch.zeros(int(group.max()) + 1, sample.shape[1], dtype=sample.dtype, device=sample.device).index_add_(0, group, sample)
    count = torch.bincount(group, minlength=len(total)).clamp(min=1)[:, None]
    rest = sample - (total / count)[group]
    return rest.T @ rest / len(rest)


class Space:
    """Where student and teacher are compared: the principal axes of what the teacher says of a sample [N, d], each scaled by its
    deviation to the power -strength (½: as retrieval will look at it), mean square 1. With the group of each row (its album), it is
    the deviation within groups: what tells windows of one album apart counts for less."""

    def __init__(self, sample, dims=320, strength=0.5, group=None):
        self.mean = sample.mean(0)
        x = (sample - self.mean).double()
        value, axis = torch.linalg.eigh(torch.cov(x.T) if group is None else within(x, group))
        value, axis = value.flip(0)[:dims], axis.flip(1)[:, :dims]
        axes = axis * value.clamp(min=1e-3 * value[0].item()) ** (-0.5 * strength)
        self.axes = (axes / (x @ axes).square().mean().sqrt()).float()

    def __call__(self, said):
        return (said.float() - self.mean) @ self.axes


def drawn(libs, samplers, groups, device):
    """What a step hears, of each library so many albums: clean and after a codec [B, CROP], and the album of each row."""
    clean, coded, album = [], [], []
    for i, (lib, s) in enumerate(zip(libs, samplers)):
        rows = np.array(sum(s.draw(groups[i]), []))
        before, after = varied(*lib.pair(torch.tensor(rows, device=device), int(data.CROP * VARIED)))
        clean.append(before)
        coded.append(after)
        album.append(torch.from_numpy(1000 * i + lib.album[s.track[rows]]))
    return torch.cat(clean), torch.cat(coded), torch.cat(album).to(device)


class Lesson:
    """What a step asks of the student, beside its teachers nets: the five losses that --weights weighs."""

    def __init__(self, student, nets, space, clean, mixtures):
        self.student, self.nets, self.space, self.clean, self.mixtures = student, nets, space, clean, mixtures

    def __call__(self, clean, coded, album):
        clean, coded = mixed(clean, coded, self.mixtures)
        some = torch.randperm(len(clean), device=clean.device)[: self.clean]
        # Networks run in half precision where that is faster; what they say is compared in full, outside autocast.
        with torch.autocast(clean.device.type, torch.bfloat16):
            goal = teacher.hear(self.nets, clean[:, :WINDOW])[0]
            said = self.student(troubled(clean, coded))
            undisturbed = self.student(clean[some, :WINDOW])
        goal, said, undisturbed = self.space(goal), self.space(said), self.space(undisturbed)
        return [losses.agree(said, goal), losses.relate(said, goal), losses.agree(undisturbed, goal[some]),
                losses.relate(undisturbed, goal[some]), losses.same_album(undisturbed, album[some])]


def options():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--real", required=True)
    a.add_argument("--synth")
    a.add_argument("--split", default="train", choices=("train", "learn"), help="learn leaves out what data.py keeps to choose by")
    a.add_argument("--teachers", nargs="+", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--seconds", type=float, default=900)
    a.add_argument("--stride", type=int, nargs=2, default=(2, 2), help="frames and bands between looks of the first filters")
    a.add_argument("--groups", type=int, nargs=2, default=(28, 8), help="albums drawn a step: real, synthesised")
    a.add_argument("--weights", type=float, nargs=5, default=(1, 0.5, 3, 0.5, 0.2),
                   help="agreement and relations in trouble, the same on clean sound, albums on clean sound")
    a.add_argument("--clean", type=int, default=144, help="windows a step that are heard clean, too")
    a.add_argument("--mixtures", type=float, default=0.3)
    a.add_argument("--lr", type=float, default=3e-4)
    a.add_argument("--init", help="hardened weights to go on from")
    a.add_argument("--share", type=float, default=1, help="begin a share of the way from musicnn to them")
    a.add_argument("--snapshots", type=int, default=0, help="how many times on the way the weights are kept, too")
    a.add_argument("--workers", type=int, default=os.cpu_count())
    a.add_argument("--resume", action="store_true")
    a.add_argument("--device", default="cuda")
    return a.parse_args()


def libraries(o):
    began = time.time()
    libs = [data.library(((x, y, al, n, n) for x, y, al, n in data.load_real(o.real, o.split, o.workers)), o.device)]
    if o.synth:
        libs.append(data.library(data.load_synth(o.synth), o.device))
    print("libraries", [(len(b.names), len(b.start)) for b in libs], f"{time.time() - began:.0f} s", flush=True)
    return libs


def beginning(o, checkpoints):
    """The student before the first step."""
    student = Hardened(checkpoints, tuple(o.stride)).to(o.device)
    if not o.init:
        return student
    taught = Hardened(checkpoints, tuple(o.stride)).to(o.device)
    begin(taught, o.init)
    return between(student, taught, o.share)


def main():
    o = options()
    os.makedirs(o.out, exist_ok=True)
    torch.manual_seed(1)
    np.random.seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    libs = libraries(o)
    checkpoints = [read_checkpoint(t) for t in o.teachers]
    nets = [MusiCNN(v).to(o.device).eval() for v in checkpoints]
    student = beginning(o, checkpoints)
    sample = torch.randperm(len(libs[0].start), device=o.device)[:8192]
    said = torch.cat([teacher.hear(nets, libs[0].waves(c, length=WINDOW))[0] for c in sample.split(256)])
    space = Space(said, group=torch.from_numpy(libs[0].album).to(o.device)[libs[0].track[sample]])
    lesson = Lesson(student, nets, space, o.clean, o.mixtures)
    course = Course([student], o.seconds, o.lr, os.path.join(o.out, "checkpoint.pt"), o.resume, o.device)
    samplers = [data.Sampler(b, np.random.default_rng(i)) for i, b in enumerate(libs)]
    kept = due(course.spent, o.seconds, o.snapshots)
    while course.going():
        course.learn(list(zip(o.weights, lesson(*drawn(libs, samplers, o.groups, o.device)))))
        if due(course.spent, o.seconds, o.snapshots) > kept:
            kept += 1
            keep(course.slow, os.path.join(o.out, f"hardened-{kept}.pt"))
    course.save()
    keep(course.slow, os.path.join(o.out, "hardened.pt"))


def due(spent, seconds, snapshots):
    """How many of the snapshots, evenly over the time, should have been kept by now; the end is none of them."""
    return min(snapshots, int(spent / seconds * (snapshots + 1)))


def keep(module, path):
    torch.save({k: v.half() for k, v in module.state_dict().items()}, path)


if __name__ == "__main__":
    main()
