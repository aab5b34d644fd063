"""Writes trained networks beside each other as one ONNX model, fp32 and int8, and proves each against PyTorch.

    python -m segue_train.export --recipe 'hardened=0.5x1 tune=1x1 classic=1x0.6' --heard heard --hardened hardened.pt … --out music
    python -m segue_train.export --recipe 'tune=0.5x1x192' --heard heard --tune tune.pt --out tune
"""

import argparse
import json
import os

import numpy as np
import onnx
import torch
from torch import nn

from .checkpoint import read_checkpoint
from .evaluate import Recipe, load
from .frontend import RATE, WINDOW, Classic, Frontend
from .hardened import Hardened, between
from .hear import load as read
from .int8 import collect, quantise
from .products import Product, Quick
from .shapes import hide
from .tune import Tune
from .tunes import QuickTune


class Model(nn.Module):
    """wave [1, 24000 … 120000] at 24 kHz → a unit vector [1, numbers]: the recipe's parts, each whitened, of unit length and
    weighed. Less than a window is played again from its start until the window is full."""

    def __init__(self, recipe, parts):
        super().__init__()
        self.front, self.parts = Frontend(), nn.ModuleDict(parts)
        self.order = [(kind, weight) for kind, _, weight in recipe.parts]
        for kind, white, _ in recipe.parts:
            self.register_buffer(kind + "_mean", torch.from_numpy(white.mean).float())
            self.register_buffer(kind + "_axes", torch.from_numpy(white.axes).float())

    def forward(self, wave):
        wave = wave.repeat(1, 5)[:, :WINDOW]
        kinds = [k for k, _ in self.order]
        mel, cq = self.front(wave) if kinds != ["tune"] else (None, self.front.constant_q(wave))
        said = []
        for kind, weight in self.order:
            part = self.parts[kind]
            v = part(mel, cq) if kind == "classic" else part(cq if kind == "tune" else wave)
            v = (v - getattr(self, kind + "_mean")) @ getattr(self, kind + "_axes")
            said.append(weight * nn.functional.normalize(v))
        return nn.functional.normalize(torch.cat(said, 1))


def settle(path):
    """Has ONNX Runtime do once what it would do at every load of the graph at path: fold constants, fuse operators (those that
    every processor has). What it would still plan at every load without gain, shapes.py keeps from it."""
    import onnxruntime

    o = options()
    o.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    o.optimized_model_filepath = path
    onnxruntime.InferenceSession(onnx.load(path).SerializeToString(), o, providers=["CPUExecutionProvider"])
    model = onnx.load(path)
    used = {n.domain for n in model.graph.node}
    for d in [d for d in model.opset_import if d.domain not in used]:
        model.opset_import.remove(d)
    hide(model)
    onnx.save(model, path)


def chirps():
    """A window of a tone with another one that comes and goes, which embed/music's tests know too."""
    i = np.arange(WINDOW)
    t = i / RATE
    return torch.from_numpy(0.3 * np.sin(2 * np.pi * 220 * t) + (i % 6000 < 3000) * 0.2 * np.sin(2 * np.pi * 554.37 * t)).float()


def cosine(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def options():
    import onnxruntime

    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads = 1
    return o


def session(path):
    import onnxruntime

    return onnxruntime.InferenceSession(path, options(), providers=["CPUExecutionProvider"])


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--recipe", required=True, help="as evaluate.py reads it")
    a.add_argument("--heard", required=True, help="hear.py's arrays, which the whitening is fitted on")
    a.add_argument("--out", required=True, help="written: OUT-fp32.onnx, OUT-int8.onnx")
    a.add_argument("--tune")
    a.add_argument("--hardened", help="its weights, of stride (2, 2)")
    a.add_argument("--share", type=float, default=1, help="of the way from musicnn's own weights to the hardened ones")
    a.add_argument("--teachers", nargs="*")
    a.add_argument("--waves", required=True, help="a .npy of windows [N, 120000]: half to fit int8 to, half to prove the graphs on")
    a.add_argument("--reference", help="a .json, written: what PyTorch says of chirps()")
    o = a.parse_args()
    recipe = Recipe(o.recipe, load(o.heard)[0])
    parts = {}
    for kind, _, _ in recipe.parts:
        if kind == "tune":
            parts[kind] = QuickTune(read(Tune(), o.tune, "cpu").eval())
        elif kind == "classic":
            parts[kind] = Classic()
        else:
            untaught, taught = (Hardened([read_checkpoint(t) for t in o.teachers], (2, 2)) for _ in range(2))
            parts[kind] = Quick(between(untaught, read(taught, o.hardened, "cpu"), o.share))
    model = Model(recipe, parts).eval()
    waves = torch.from_numpy(np.load(o.waves)).float()
    fp32, int8 = f"{o.out}-fp32.onnx", f"{o.out}-int8.onnx"
    torch.onnx.export(model, (waves[:1],), fp32, input_names=["wave"], output_names=["embedding"], opset_version=17,
                      dynamic_axes={"wave": {1: "samples"}}, dynamo=False)
    fit, waves = waves[: len(waves) // 2], waves[len(waves) // 2 :]
    with torch.no_grad():
        moments = collect(model, Product, lambda: [model(w[None]) for w in fit])
    quantise(fp32, int8, moments)
    settle(int8)
    with torch.no_grad():
        want = np.concatenate([model(w[None]).numpy() for w in waves])
        if o.reference:
            with open(o.reference, "w") as f:
                json.dump([round(float(v), 6) for v in model(chirps()[None])[0]], f)
    for path in (fp32, int8):
        s = session(path)
        got = np.concatenate([s.run(None, {"wave": w[None].numpy()})[0] for w in waves])
        print(f"{os.path.basename(path)}: {os.path.getsize(path) / 1e6:.1f} MB, {want.shape[1]} numbers, cosine to PyTorch min {cosine(want, got).min():.7f} mean {cosine(want, got).mean():.7f}")


if __name__ == "__main__":
    main()
