"""What every network says of the held-out windows, of troubled queries, of synthesised pieces and of a sample of the training
windows, as arrays: recipes are then compared without an accelerator (evaluate.py).

    python -m segue_train.hear --real packed --synth-hold synth-hold --teachers MSD MTT --out heard --tune tune.pt --hardened hardened=2x2=hardened.pt=0.7 …
"""

import argparse
import os

import numpy as np
import torch

from . import augment, data, teacher
from .checkpoint import read_checkpoint
from .course import begin
from .frontend import WINDOW, Classic, Frontend
from .hardened import Hardened, between
from .musicnn import MusiCNN
from .tune import Tune

TROUBLES = ("noise20", "noise10", "pitch+1", "pitch-2", "tempo+5", "tempo-10", "lowpass", "reverb", "phone", "codec", "together")


def trouble(lib, windows, name):
    """The windows of lib through one named degradation, or all of the pilot's together."""
    x = lib.waves(windows, jitter=False, coded=1.0 if name in ("codec", "together") else 0.0)
    b = len(x)

    def full(v):
        return torch.full((b, 1), float(v), device=x.device)

    semitones = {"pitch+1": 1, "pitch-2": -2, "together": 1}.get(name, 0)
    tempo = {"tempo+5": 1.05, "tempo-10": 0.9}.get(name, 1.0)
    x = augment.pitch_and_tempo(x, semitones, tempo)
    if name in ("lowpass", "together"):
        x = augment.band(x, full(10), full(4000))
    if name == "phone":
        x = augment.band(x, full(300), full(3400))
    if name == "reverb":
        x = augment.reverb(x, full(1.2), full(0.4))
    if name.startswith("noise") or name == "together":
        x = augment.noise(x, full(10 if name == "noise10" else 20), False)
    return x


def load(module, path, device):
    """module with what path holds, in float32."""
    begin(module, path)
    return module.to(device).eval()


class Ear:
    """Everything a window says: {kind: [B, numbers]}."""

    def __init__(self, o):
        checkpoints = [read_checkpoint(t) for t in o.teachers]
        self.nets = [MusiCNN(v).to(o.device).eval() for v in checkpoints]
        self.front, self.classic = Frontend().to(o.device), Classic().to(o.device)
        self.tune = load(Tune(), o.tune, o.device)
        self.hardened = {}
        for spec in o.hardened:
            name, stride, path, *share = spec.split("=")
            untaught, taught = (Hardened(checkpoints, tuple(int(v) for v in stride.split("x"))) for _ in range(2))
            load(taught, path, o.device)
            self.hardened[name] = between(untaught.to(o.device).eval(), taught, float(*share or [1]))

    @torch.no_grad()
    def hear(self, wave):
        parts = {}
        for x in wave.split(128):
            mel, cq = self.front(x)
            said = {"classic": self.classic(mel, cq), "tune": self.tune(cq), "musicnn": teacher.hear(self.nets, x)[0]}
            said |= {name: h(x) for name, h in self.hardened.items()}
            for k, v in said.items():
                parts.setdefault(k, []).append(v.float().cpu().numpy())
        return {k: np.concatenate(v) for k, v in parts.items()}


def keep(path, heard, **more):
    np.savez(path, **more, **{k: v.astype(np.float16) for k, v in heard.items()})


def windows(ear, lib, w):
    parts = [ear.hear(lib.waves(c, jitter=False, length=WINDOW)) for c in w.split(512)]
    return {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}


def main():
    a = argparse.ArgumentParser(description=__doc__)
    for name in ("real", "synth-hold", "out", "tune"):
        a.add_argument("--" + name, required=True)
    a.add_argument("--teachers", nargs="+", required=True)
    a.add_argument("--hardened", nargs="+", default=[], help="name=4x2=path, or =path=SHARE: a share of the way from musicnn")
    a.add_argument("--splits", nargs=2, default=("train", "hold"), help="whitened on and asked: learn valid to choose by")
    a.add_argument("--workers", type=int, default=os.cpu_count())
    a.add_argument("--device", default="cuda")
    o = a.parse_args()
    os.makedirs(o.out, exist_ok=True)
    torch.manual_seed(7)
    np.random.seed(7)
    ear, rng = Ear(o), np.random.default_rng(0)
    hold = data.library(((x, y, al, n, n) for x, y, al, n in data.load_real(o.real, o.splits[1], o.workers)), o.device)
    w = torch.arange(0, len(hold.start), 2, device=o.device)
    track = hold.track.cpu().numpy()[w.cpu().numpy()]
    # The queries: three windows of each track, which the track is then to be found without.
    at = [np.flatnonzero(track == t) for t in range(len(hold.names))]
    picks = np.concatenate([rng.choice(i, 3, replace=False) for i in at if len(i) >= 3])
    heard = windows(ear, hold, w)
    keep(os.path.join(o.out, "hold.npz"), heard, track=track, album=hold.album, names=np.array(hold.names), picks=picks)
    asked = {}
    for name in TROUBLES:
        said = [ear.hear(trouble(hold, c, name)) for c in w[torch.from_numpy(picks).to(o.device)].split(256)]
        asked |= {f"{name} {k}": np.concatenate([s[k] for s in said]) for k in said[0]}
    keep(os.path.join(o.out, "asked.npz"), asked)
    lib = data.library(data.load_synth(o.synth_hold), o.device)
    w = torch.arange(0, len(lib.start), 2, device=o.device)
    keep(os.path.join(o.out, "synth.npz"), windows(ear, lib, w), track=lib.track.cpu().numpy()[w.cpu().numpy()], work=lib.work, album=lib.album)
    train = data.library(((x, y, al, n, n) for x, y, al, n in data.load_real(o.real, o.splits[0], o.workers)), o.device)
    w = torch.from_numpy(np.sort(rng.choice(len(train.start), min(3000, len(train.start)), replace=False))).to(o.device)
    keep(os.path.join(o.out, "train.npz"), windows(ear, train, w), track=train.track.cpu().numpy()[w.cpu().numpy()], album=train.album)
    print("heard", {k: v.shape for k, v in np.load(os.path.join(o.out, "train.npz")).items()}, flush=True)


if __name__ == "__main__":
    main()
