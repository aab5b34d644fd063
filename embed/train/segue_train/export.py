"""Writes the trained model as ONNX, fp32 and int8, and proves each against PyTorch.

    python -m segue_train.export --run run --recipe recipe.npz --out model
"""

import argparse
import os

import numpy as np
import onnx
import onnx.compose
import torch
from torch import nn

from .frontend import N_FFT, WINDOW, constant_q, dft
from .net import Net


class Model(nn.Module):
    """wave [1, 24000 … 120000] at 24 kHz → a unit vector [1, 768]: the network's vector whitened (512 numbers) and the
    classic one (256), each of unit length, the second by `weight`. The network's whitening is folded into its last
    matrix. Less than a window is played again from its start until the window is full."""

    def __init__(self, net, fit, strength, classic_strength, weight):
        super().__init__()
        axes = torch.from_numpy(fit[f"net_axes_{strength}"]).double()
        mean = torch.from_numpy(fit["net_mean"]).double()
        with torch.no_grad():
            pool = net.pool
            bias = (pool.bias.double() - mean) @ axes
            pool.weight.copy_((axes.T @ pool.weight.double()).float())
            pool.bias.copy_(bias.float())
        self.net, self.weight = net, weight
        self.register_buffer("mean", torch.from_numpy(fit["classic_mean"]).float())
        self.register_buffer("axes", torch.from_numpy(fit[f"classic_axes_{classic_strength}"]).float())

    def forward(self, wave):
        h, c = self.net(wave.repeat(1, 5)[:, :WINDOW])
        a = nn.functional.normalize(h)
        b = nn.functional.normalize((c - self.mean) @ self.axes)
        return nn.functional.normalize(torch.cat([a, b * self.weight], 1))


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
    assert len(renamed) == 2, f"the graph holds {len(renamed)} of the two filter banks"
    for n in graph.node:
        for k, name in enumerate(n.input):
            n.input[k] = renamed.get(name, name)
    nodes = [*banks.graph.node, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(banks.graph.initializer)
    for name, value in (("banks/taps", front.taps), ("banks/pitches", front.pitches)):
        graph.initializer.append(onnx.numpy_helper.from_array(value.numpy(), name))
    onnx.checker.check_model(model)
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
    a.add_argument("--run", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--strength", type=float, default=0.5, help="of the network's whitening: what the held-out albums liked best")
    a.add_argument("--classic-strength", type=float, default=1.0)
    a.add_argument("--weight", type=float, default=0.6, help="of the classic vector beside the network's 1")
    a.add_argument("--waves", help="a .npy of windows [N, 120000] to prove the graphs on; noise and tones otherwise")
    o = a.parse_args()
    os.makedirs(o.out, exist_ok=True)
    state = torch.load(os.path.join(o.run, "net.pt"), map_location="cpu")
    net = Net(state["trunk.place"].shape[2], 1 + max(int(k.split(".")[2]) for k in state if k.startswith("trunk.blocks.")))
    net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    model = Model(net.eval(), np.load(os.path.join(o.run, "fit.npz")), o.strength, o.classic_strength, o.weight).eval()
    if o.waves:
        waves = torch.from_numpy(np.load(o.waves)).float()
    else:
        t = torch.arange(WINDOW) / 24000
        waves = torch.stack([torch.randn(WINDOW) * 0.1, torch.sin(2 * torch.pi * 440 * t), torch.sin(2 * torch.pi * 110 * t) * (t * 4 % 1)])
    fp32, int8 = (os.path.join(o.out, f"music-{p}.onnx") for p in ("fp32", "int8"))
    torch.onnx.export(model, (waves[:1],), fp32, input_names=["wave"], output_names=["embedding"], opset_version=17,
                      dynamic_axes={"wave": {1: "samples"}}, dynamo=False)
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(fp32, int8, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, weight_type=QuantType.QInt8,
                     reduce_range=True, nodes_to_exclude=_exact(fp32))  # 7 bits: no processor's 8 × 8 sums saturate, so all agree
    for path in (fp32, int8):
        inline_banks(path, net.front)
    with torch.no_grad():
        want = np.concatenate([model(w[None]).numpy() for w in waves])
    for path in (fp32, int8):
        s = session(path)
        got = np.concatenate([s.run(None, {"wave": w[None].numpy()})[0] for w in waves])
        print(f"{os.path.basename(path)}: {os.path.getsize(path) / 1e6:.1f} MB, cosine to PyTorch min {cosine(want, got).min():.7f} mean {cosine(want, got).mean():.7f}")


def _exact(path):
    """The matrix products that keep their precision: the front end's, the statistics', the classic whitening."""
    graph = onnx.load(path).graph
    keep = []
    for n in graph.node:
        if n.op_type in ("MatMul", "Gemm") and not any(part in n.name for part in ("/blocks", "/mel_in", "/net/pool")):
            keep.append(n.name)
    return keep


if __name__ == "__main__":
    main()
