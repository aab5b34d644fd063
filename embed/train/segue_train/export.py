"""Writes trained networks beside each other as one ONNX model, fp32 and int8, and proves each against PyTorch.

    python -m segue_train.export --recipe 'net=0.5x1 hardened=0.5x1 classic=1x0.6' --heard heard --net net.pt --out music
    python -m segue_train.export --recipe 'tune=0.5x1x192' --heard heard --tune tune.pt --out tune
"""

import argparse
import os

import numpy as np
import onnx
import onnx.compose
import torch
from torch import nn

from .evaluate import Recipe, load
from .frontend import N_FFT, WINDOW, Classic, Frontend, constant_q, dft
from .hardened import Hardened
from .hear import load as read
from .hear import load_net
from .musicnn import read_checkpoint
from .tune import Tune


class Model(nn.Module):
    """wave [1, 24000 … 120000] at 24 kHz → a unit vector [1, numbers]: the recipe's parts, each whitened, of unit length and
    weighed. The network's whitening is folded into its last matrix. Less than a window is played again from its start until
    the window is full."""

    def __init__(self, recipe, parts):
        super().__init__()
        self.front, self.parts = Frontend(), nn.ModuleDict(parts)
        self.order = [(kind, weight) for kind, _, weight in recipe.parts]
        for kind, white, _ in recipe.parts:
            if kind == "net":
                parts[kind].pool = folded(parts[kind].pool, white)
                continue
            self.register_buffer(kind + "_mean", torch.from_numpy(white.mean).float())
            self.register_buffer(kind + "_axes", torch.from_numpy(white.axes).float())

    def forward(self, wave):
        wave = wave.repeat(1, 5)[:, :WINDOW]
        kinds = [k for k, _ in self.order]
        mel, cq = self.front(wave) if kinds != ["tune"] else (None, self.front.constant_q(wave))
        said = []
        for kind, weight in self.order:
            part = self.parts[kind]
            if kind == "net":
                v = part.embed(mel, cq)
            elif kind == "classic":
                v = part(mel, cq)
            else:
                v = part(cq if kind == "tune" else wave)
            if kind != "net":
                v = (v - getattr(self, kind + "_mean")) @ getattr(self, kind + "_axes")
            said.append(weight * nn.functional.normalize(v))
        return nn.functional.normalize(torch.cat(said, 1))


def folded(linear, white):
    """linear followed by a whitening, as one."""
    axes, mean = torch.from_numpy(white.axes).double(), torch.from_numpy(white.mean).double()
    out = nn.Linear(linear.in_features, axes.shape[1])
    with torch.no_grad():
        out.weight.copy_((axes.T @ linear.weight.double()).float())
        out.bias.copy_(((linear.bias.double() - mean) @ axes).float())
    return out


class Banks(nn.Module):
    """The front end's two filter banks from a few numbers."""

    def forward(self, taps, pitches):
        return dft(taps[:N_FFT])[:, None], constant_q(pitches, taps)[:, None]


def inline_banks(path, front):
    """Replaces the filter banks in the graph at path, 10 MB, by the arithmetic that makes them once when it is loaded."""
    small = path + ".banks"
    torch.onnx.export(Banks(), (front.taps, front.pitches), small, input_names=["taps", "pitches"], output_names=["dft_bank", "cq_bank"],
                      opset_version=17, dynamo=False)
    banks, model = onnx.load(small), onnx.load(path)
    os.remove(small)
    banks = onnx.compose.add_prefix(banks, "banks/")
    graph, renamed = model.graph, {}
    for bank, name in ((front.dft, "banks/dft_bank"), (front.cq, "banks/cq_bank")):
        shape = list(bank.shape)
        for i in [i for i in graph.initializer if list(i.dims) == shape]:
            renamed[i.name] = name
            graph.initializer.remove(i)
        for n in [n for n in graph.node if n.op_type == "Constant" and list(n.attribute[0].t.dims) == shape]:
            renamed[n.output[0]] = name
            graph.node.remove(n)
    assert renamed, "the graph holds no filter bank"
    for n in graph.node:
        for k, name in enumerate(n.input):
            n.input[k] = renamed.get(name, name)
    nodes = [*needed(banks.graph, renamed.values()), *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(banks.graph.initializer)
    used = {name for n in graph.node for name in n.input}
    for name, value in (("banks/taps", front.taps), ("banks/pitches", front.pitches)):
        if name in used:
            graph.initializer.append(onnx.numpy_helper.from_array(value.numpy(), name))
    for i in [i for i in graph.initializer if i.name not in used]:
        graph.initializer.remove(i)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def needed(graph, outputs):
    """The nodes of graph that outputs come from, in order."""
    want, out = set(outputs), []
    for n in reversed(graph.node):
        if want & set(n.output):
            out.append(n)
            want |= set(n.input)
    return out[::-1]


def halve(path):
    """Keeps large tensors as float16 in the file at path: networks that stay in float32 lose nothing that matters."""
    model = onnx.load(path)
    graph, casts = model.graph, []
    for i in graph.initializer:
        if i.data_type == onnx.TensorProto.FLOAT and np.prod(i.dims) >= 4096 and not i.name.startswith("banks/") and "axes" not in i.name:
            name, value = i.name, onnx.numpy_helper.to_array(i)
            i.CopyFrom(onnx.numpy_helper.from_array(value.astype(np.float16), name + "/half"))
            casts.append(onnx.helper.make_node("Cast", [name + "/half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, path)


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
    a.add_argument("--net")
    a.add_argument("--tune")
    a.add_argument("--hardened", help="its weights")
    a.add_argument("--stride", type=int, nargs=2, default=(4, 2))
    a.add_argument("--teachers", nargs="*")
    a.add_argument("--waves", required=True, help="a .npy of windows [N, 120000] to prove the graphs on")
    o = a.parse_args()
    recipe = Recipe(o.recipe, load(o.heard)[0])
    parts = {}
    for kind, _, _ in recipe.parts:
        if kind == "net":
            parts[kind] = load_net(o.net, "cpu")
        elif kind == "tune":
            parts[kind] = read(Tune(), o.tune, "cpu")
        elif kind == "classic":
            parts[kind] = Classic()
        else:
            parts[kind] = read(Hardened([read_checkpoint(t) for t in o.teachers], tuple(o.stride)), o.hardened, "cpu")
    model = Model(recipe, parts).eval()
    waves = torch.from_numpy(np.load(o.waves)).float()
    fp32, int8 = f"{o.out}-fp32.onnx", f"{o.out}-int8.onnx"
    torch.onnx.export(model, (waves[:1],), fp32, input_names=["wave"], output_names=["embedding"], opset_version=17,
                      dynamic_axes={"wave": {1: "samples"}}, dynamo=False)
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(fp32, int8, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, weight_type=QuantType.QInt8,
                     reduce_range=True, nodes_to_exclude=_exact(fp32))  # 7 bits: no processor's 8 × 8 sums saturate, so all agree
    for path in (fp32, int8):
        inline_banks(path, model.front)
    halve(int8)
    with torch.no_grad():
        want = np.concatenate([model(w[None]).numpy() for w in waves])
    for path in (fp32, int8):
        s = session(path)
        got = np.concatenate([s.run(None, {"wave": w[None].numpy()})[0] for w in waves])
        print(f"{os.path.basename(path)}: {os.path.getsize(path) / 1e6:.1f} MB, {want.shape[1]} numbers, cosine to PyTorch min {cosine(want, got).min():.7f} mean {cosine(want, got).mean():.7f}")


def _exact(path):
    """The matrix products that keep their precision: the front end's, the statistics', the classic whitening."""
    graph = onnx.load(path).graph
    keep = []
    for n in graph.node:
        if n.op_type in ("MatMul", "Gemm") and not any(part in n.name for part in ("/blocks", "/mel_in", "/net/pool", "/pool/")):
            keep += [n.name, n.name + "_MatMul"]  # the second: what the quantiser calls a Gemm that it takes apart
    return keep


if __name__ == "__main__":
    main()
