"""Hardens musicnn against troubles: the student hears a window through codec, noise, filters, rooms and other pitches and
tempi, the teacher hears it clean, and both should say the same.

    python -m segue_train.harden --real packed --synth synth --teachers MSD MTT --out hardened --seconds 900
"""

import argparse
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

from . import augment, data, losses, teacher
from .course import Course, begin
from .frontend import WINDOW
from .hardened import Hardened
from .musicnn import MusiCNN, read_checkpoint


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


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--real", required=True)
    a.add_argument("--synth")
    a.add_argument("--teachers", nargs="+", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--seconds", type=float, default=900)
    a.add_argument("--stride", type=int, nargs=2, default=(2, 2), help="frames and bands between looks of the first filters")
    a.add_argument("--groups", type=int, nargs=2, default=(28, 8), help="albums drawn a step: real, synthesised")
    a.add_argument("--weights", type=float, nargs=2, default=(1, 0.5), help="agreement, relations")
    a.add_argument("--mixtures", type=float, default=0.3)
    a.add_argument("--lr", type=float, default=3e-4)
    a.add_argument("--init", help="hardened weights to go on from")
    a.add_argument("--workers", type=int, default=os.cpu_count())
    a.add_argument("--resume", action="store_true")
    a.add_argument("--device", default="cuda")
    o = a.parse_args()
    os.makedirs(o.out, exist_ok=True)
    torch.manual_seed(1)
    np.random.seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    began = time.time()
    libs = [data.library(((x, y, al, n, n) for x, y, al, n in data.load_real(o.real, "train", o.workers)), o.device)]
    if o.synth:
        libs.append(data.library(data.load_synth(o.synth), o.device))
    print("libraries", [(len(b.names), len(b.start)) for b in libs], f"{time.time() - began:.0f} s", flush=True)
    checkpoints = [read_checkpoint(t) for t in o.teachers]
    nets = [MusiCNN(v).to(o.device).eval() for v in checkpoints]
    student = Hardened(checkpoints, tuple(o.stride)).to(o.device)
    if o.init:
        begin(student, o.init)
    sample = torch.randint(len(libs[0].start), (2048,), device=o.device)
    heard = [teacher.hear(nets, libs[0].waves(c, length=WINDOW))[0] for c in sample.split(256)]
    _, mean, std = teacher.standard(torch.cat(heard))
    std = std.clamp(min=0.2 * std.median().item())  # some features hardly ever speak
    with torch.no_grad(), torch.autocast(o.device, torch.bfloat16):
        said = student(libs[0].waves(sample[:256], length=WINDOW)).float()
    print("untaught:", F.cosine_similarity((said - mean) / std, (heard[0] - mean) / std).mean().item(), flush=True)
    course = Course([student], o.seconds, o.lr, os.path.join(o.out, "checkpoint.pt"), o.resume, o.device)
    samplers = [data.Sampler(b, np.random.default_rng(i)) for i, b in enumerate(libs)]
    while course.going():
        clean, coded = [], []
        for i, (lib, s) in enumerate(zip(libs, samplers)):
            first, second = s.draw(o.groups[i])
            both = lib.pair(torch.tensor(np.array(first + second), device=o.device))
            clean.append(both[0])
            coded.append(both[1])
        clean, coded = mixed(torch.cat(clean), torch.cat(coded), o.mixtures)
        with torch.autocast(o.device, torch.bfloat16):
            goal = ((teacher.hear(nets, clean[:, :WINDOW])[0].float() - mean) / std).clamp(-5, 5)
            said = (student(troubled(clean, coded)).float() - mean) / std
        terms = [losses.agree(said, goal), losses.relate(said, goal)]
        course.learn(list(zip(o.weights, terms)))
    course.save()
    torch.save({k: v.half() for k, v in course.slow.state_dict().items()}, os.path.join(o.out, "hardened.pt"))


if __name__ == "__main__":
    main()
