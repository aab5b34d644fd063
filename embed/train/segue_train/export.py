"""Writes trained networks beside each other as one ONNX model, fp32 and int8, and proves each against PyTorch.

    python -m segue_train.export --recipe 'hardened=0.5x1 tune=1x1 classic=1x0.6' --heard heard --hardened hardened.pt … --out music
    python -m segue_train.export --recipe 'tune=0.5x1x192' --heard heard --tune tune.pt --out tune
"""

import argparse
import json
import os

import numpy as np
import onnx
import onnx.compose
import torch
from torch import nn

from .evaluate import Recipe, load
from .frontend import RATE, WINDOW, Classic, Frontend, constant_q
from .hardened import Hardened
from .hear import between
from .hear import load as read
from .int8 import collect, needed, quantise
from .musicnn import read_checkpoint
from .products import Product, Quick
from .tune import Tune


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


class Bank(nn.Module):
    """The constant-Q's filter bank from a few numbers."""

    def forward(self, taps, pitches):
        return constant_q(pitches, taps)[:, None]


def inline_bank(path, front):
    """Replaces the filter bank in the graph at path, 5 MB, by the arithmetic that makes it once when it is loaded."""
    small = path + ".bank"
    torch.onnx.export(Bank(), (front.taps, front.pitches), small, input_names=["taps", "pitches"], output_names=["cq"],
                      opset_version=17, dynamo=False)
    bank, model = onnx.load(small), onnx.load(path)
    os.remove(small)
    bank = onnx.compose.add_prefix(bank, "bank/")
    graph, renamed, shape = model.graph, {}, list(front.cq.shape)
    for i in [i for i in graph.initializer if list(i.dims) == shape]:
        renamed[i.name] = "bank/cq"
        graph.initializer.remove(i)
    for n in [n for n in graph.node if n.op_type == "Constant" and list(n.attribute[0].t.dims) == shape]:
        renamed[n.output[0]] = "bank/cq"
        graph.node.remove(n)
    assert renamed, "the graph holds no filter bank"
    for n in graph.node:
        for k, name in enumerate(n.input):
            n.input[k] = renamed.get(name, name)
    nodes = [*needed(bank.graph.node, renamed.values()), *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(bank.graph.initializer)
    used = {name for n in graph.node for name in n.input}
    for name, value in (("bank/taps", front.taps), ("bank/pitches", front.pitches)):
        if name in used:
            graph.initializer.append(onnx.numpy_helper.from_array(value.numpy(), name))
    for i in [i for i in graph.initializer if i.name not in used]:
        graph.initializer.remove(i)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def halve(path):
    """Keeps large tensors as float16 in the file at path: networks that stay in float32 lose nothing that matters."""
    model = onnx.load(path)
    graph, casts = model.graph, []
    for i in graph.initializer:
        if i.data_type == onnx.TensorProto.FLOAT and np.prod(i.dims) >= 4096 and not i.name.startswith("bank/") and "axes" not in i.name:
            name, value = i.name, onnx.numpy_helper.to_array(i)
            i.CopyFrom(onnx.numpy_helper.from_array(value.astype(np.float16), name + "/half"))
            casts.append(onnx.helper.make_node("Cast", [name + "/half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, path)


def chirps():
    """A window of a tone with another one that comes and goes, which embed/music's tests know too."""
    i = np.arange(WINDOW)
    t = i / RATE
    return torch.from_numpy(0.3 * np.sin(2 * np.pi * 220 * t) + (i % 6000 < 3000) * 0.2 * np.sin(2 * np.pi * 554.37 * t)).float()


def cosine(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def session(path, threads=1):
    import onnxruntime

    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, o, providers=["CPUExecutionProvider"])


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
            parts[kind] = read(Tune(), o.tune, "cpu")
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
    for path in (fp32, int8):
        inline_bank(path, model.front)
    halve(int8)
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
