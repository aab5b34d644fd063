"""What every network says of the held-out windows, of troubled queries, of synthesised pieces and of a sample of the training
windows, as arrays: recipes are then compared without an accelerator (evaluate.py).

    python -m segue_train.hear --real packed --synth-hold synth-hold --out heard --net net.pt --tune tune.pt --hardened a=a.pt …
"""

import argparse
import os

import numpy as np
import torch

from . import augment, data, teacher
from .frontend import WINDOW
from .hardened import Hardened
from .musicnn import MusiCNN, read_checkpoint
from .net import Net
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
    state = torch.load(path, map_location="cpu")
    module.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return module.to(device).eval()


def load_net(path, device):
    """The network, of the size that path holds."""
    state = torch.load(path, map_location="cpu")
    layers = 1 + max(int(k.split(".")[2]) for k in state if k.startswith("trunk.blocks."))
    return load(Net(state["trunk.place"].shape[2], layers), path, device)


class Ear:
    """Everything a window says: {kind: [B, numbers]}."""

    def __init__(self, o):
        checkpoints = [read_checkpoint(t) for t in o.teachers]
        self.nets = [MusiCNN(v).to(o.device).eval() for v in checkpoints]
        self.net = load_net(o.net, o.device)
        self.tune = load(Tune(), o.tune, o.device)
        self.hardened = {}
        for spec in o.hardened:
            name, stride, path = spec.split("=")
            self.hardened[name] = load(Hardened(checkpoints, tuple(int(v) for v in stride.split("x"))), path, o.device)

    @torch.no_grad()
    def hear(self, wave):
        parts = {}
        for x in wave.split(128):
            mel, cq = self.net.front(x)
            said = {"net": self.net.embed(mel, cq), "classic": self.net.classic(mel, cq), "tune": self.tune(cq), "musicnn": teacher.hear(self.nets, x)[0]}
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
    for name in ("real", "synth-hold", "out", "net", "tune"):
        a.add_argument("--" + name, required=True)
    a.add_argument("--teachers", nargs="+", required=True)
    a.add_argument("--hardened", nargs="+", default=[], help="name=4x2=path")
    a.add_argument("--workers", type=int, default=os.cpu_count())
    a.add_argument("--device", default="cuda")
    o = a.parse_args()
    os.makedirs(o.out, exist_ok=True)
    torch.manual_seed(7)
    np.random.seed(7)
    ear, rng = Ear(o), np.random.default_rng(0)
    hold = data.library(((x, y, al, n, n) for x, y, al, n in data.load_real(o.real, "hold", o.workers)), o.device)
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
    train = data.library(((x, y, al, n, n) for x, y, al, n in data.load_real(o.real, "train", o.workers)), o.device)
    w = torch.from_numpy(np.sort(rng.choice(len(train.start), min(3000, len(train.start)), replace=False))).to(o.device)
    keep(os.path.join(o.out, "train.npz"), windows(ear, train, w), track=train.track.cpu().numpy()[w.cpu().numpy()], album=train.album)
    print("heard", {k: v.shape for k, v in np.load(os.path.join(o.out, "train.npz")).items()}, flush=True)


if __name__ == "__main__":
    main()
