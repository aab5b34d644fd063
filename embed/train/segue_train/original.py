"""Writes musicnn as it is published, its two networks' features half whitened, as an ONNX model that Segue can add: what the music
model is measured beside (make eval-musicnn eval). Needs numpy and onnx, and the package's checkpoints; no torch.

    python -m segue_train.original --teachers teach/MSD/ teach/MTT/ --whitening musicnn.npz --out musicnn
    segue model add musicnn.onnx --data DATA && make eval EVAL='-data DATA -models music,musicnn …'

The whitening is that of musicnn's row in the model card: evaluate.py's recipe musicnn=0.5x1x320, fitted on the training windows, kept
by --heard in float16.
"""

import argparse
import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .checkpoint import BN_EPS, FRAMES, HOP, N_FFT, N_MELS, RATE, read_checkpoint, slaney_mel

SECONDS = 3
TEMPO = ((2, 128), (3, 64), (4, 32))  # (convolution, frames) of the filters over time


class Graph:
    """An ONNX graph under way: each method adds nodes and returns the name of what comes out."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op, *inputs, **attributes):
        names = [i if isinstance(i, str) else self.constant(np.asarray(i)) for i in inputs]
        out = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [out], **attributes))
        return out

    def padded(self, x, axis, before, after, rank, mode="constant"):
        pads = np.zeros(2 * rank, np.int64)
        pads[axis], pads[rank + axis] = before, after
        return self.node("Pad", x, pads, mode=mode)


def spectrogram(g, wave):
    """[1, samples] → [1, 1, FRAMES, N_MELS]: log10(1 + 10⁴ mel power), each frame's transform a product with sines and cosines."""
    again = g.node("Concat", wave, wave, wave, axis=1)  # less than a window is played again from its start
    wave = g.node("Slice", again, np.array([0]), np.array([SECONDS * RATE]), np.array([1]))
    wave = g.node("Unsqueeze", g.padded(wave, 1, N_FFT // 2, N_FFT // 2, 2, "reflect"), np.array([1]))
    t = np.arange(N_FFT)
    angle = 2 * np.pi * np.outer(np.arange(N_FFT // 2 + 1), t) / N_FFT
    window = 0.5 - 0.5 * np.cos(2 * np.pi * t / N_FFT)
    power = []
    for f in (np.cos, np.sin):
        side = g.node("Conv", wave, (f(angle) * window)[:, None].astype(np.float32), strides=[HOP])
        power.append(g.node("Mul", side, side))
    power = g.node("Slice", g.node("Add", *power), np.array([0]), np.array([FRAMES]), np.array([2]))
    mel = g.node("MatMul", slaney_mel(RATE, N_FFT, N_MELS), power)
    mel = g.node("Log", g.node("Add", g.node("Mul", mel, np.float32(1e4)), np.float32(1)))
    mel = g.node("Mul", mel, np.float32(1 / np.log(10)))
    return g.node("Unsqueeze", g.node("Transpose", mel, perm=[0, 2, 1]), np.array([1]))


class Net:
    """One of musicnn's checkpoints in a graph: musicnn.py's MusiCNN, as it was trained."""

    def __init__(self, g, variables):
        self.g, self.v = g, variables

    def norm(self, x, n, shape):
        name = "batch_normalization" + (f"_{n}" if n else "")
        scale = self.v[name + "/gamma"] / np.sqrt(self.v[name + "/moving_variance"] + BN_EPS)
        shift = self.v[name + "/beta"] - self.v[name + "/moving_mean"] * scale
        return self.g.node("Add", self.g.node("Mul", x, scale.reshape(shape)), shift.reshape(shape))

    def look(self, x, n):
        """The convolution n, what is above 0 of it, normed: [1, filters, frames, bands]."""
        name = "conv2d" + (f"_{n}" if n else "")
        kernel = self.v[name + "/kernel"].transpose(3, 2, 0, 1)
        y = self.g.node("Relu", self.g.node("Conv", x, kernel, self.v[name + "/bias"]))
        return self.norm(y, n + 1, (1, -1, 1, 1))

    def features(self, spec):
        """[1, 1, FRAMES, N_MELS] → [1, 200]."""
        g = self.g
        x = self.norm(spec, 0, (1, 1, 1, 1))
        around = g.padded(x, 2, 3, 3, 4)
        looks = [self.look(around, n) for n in (0, 1)]
        looks += [self.look(g.padded(x, 2, (k - 1) // 2, k // 2, 4), n) for n, k in TEMPO]
        front = g.node("Concat", *(g.node("ReduceMax", y, axes=[3], keepdims=1) for y in looks), axis=1)
        front = g.node("Transpose", front, perm=[0, 3, 2, 1])  # 1, 1, frames, filters
        a = self.middle(front, 5)
        b = g.node("Add", self.middle(a, 6), a)
        c = g.node("Add", self.middle(b, 7), b)
        every = g.node("Concat", front, a, b, c, axis=3)
        both = [g.node("Transpose", g.node(op, every, axes=[2], keepdims=1), perm=[0, 3, 1, 2]) for op in ("ReduceMax", "ReduceMean")]
        flat = g.node("Reshape", g.node("Concat", *both, axis=3), np.array([1, -1]))  # of each filter the top, then the mean
        dense = g.node("Gemm", self.norm(flat, 9, (1, -1)), self.v["dense/kernel"], self.v["dense/bias"])
        return self.norm(g.node("Relu", dense), 10, (1, -1))

    def middle(self, x, n):
        return self.g.node("Transpose", self.look(self.g.padded(x, 2, 3, 3, 4), n), perm=[0, 3, 2, 1])


def original(checkpoints, mean, axes):
    """The model: wave [1, samples ≥ 1 s] at 16 kHz → a unit vector [1, numbers]."""
    g = Graph()
    spec = spectrogram(g, "wave")
    said = g.node("Concat", *(Net(g, v).features(spec) for v in checkpoints), axis=1)
    v = g.node("MatMul", g.node("Sub", said, mean.astype(np.float32)), axes.astype(np.float32))
    g.nodes.append(helper.make_node("LpNormalization", [v], ["embedding"], axis=1, p=2))
    wave = helper.make_tensor_value_info("wave", TensorProto.FLOAT, [1, "samples"])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, axes.shape[1]])
    graph = helper.make_graph(g.nodes, "musicnn", [wave], [embedding], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--teachers", nargs="+", required=True)
    a.add_argument("--whitening", required=True, help="a .npz of mean and axes")
    a.add_argument("--heard", help="hear.py's arrays, to fit the whitening again: written to --whitening")
    a.add_argument("--out", required=True, help="written: OUT.onnx and OUT.json")
    o = a.parse_args()
    if o.heard:
        from .evaluate import Recipe, load

        (_, white, _), = Recipe("musicnn=0.5x1x320", load(o.heard)[0]).parts
        np.savez_compressed(o.whitening, mean=white.mean.astype(np.float32), axes=white.axes.astype(np.float16))
    white = np.load(o.whitening)
    onnx.save(original([read_checkpoint(t) for t in o.teachers], white["mean"], white["axes"]), o.out + ".onnx")
    with open(o.out + ".json", "w") as f:
        json.dump({"sample_rate": RATE, "window_seconds": SECONDS, "input": "wave", "output": "embedding", "normalisation": "none",
                   "min_seconds": 1, "licence": "ISC"}, f)


if __name__ == "__main__":
    main()
