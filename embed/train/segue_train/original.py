"""Writes musicnn as it is published, its features half whitened, as an ONNX model that Segue can add: what the music model is
measured beside (make eval).

    python -m segue_train.original --heard heard --teachers teach/MSD/ teach/MTT/ --out musicnn
    segue model add musicnn.onnx --data DATA && make eval EVAL='-data DATA -models music,musicnn …'
"""

import argparse
import json

import torch
import torch.nn.functional as F
from torch import nn

from .evaluate import Recipe, load
from .musicnn import FRAMES, HOP, N_FFT, N_MELS, RATE, MusiCNN, read_checkpoint, slaney_mel
from .spectrum import Spectrum

SECONDS = 3


class Original(nn.Module):
    """wave [1, samples] at 16 kHz → a unit vector [1, numbers]. Less than a window is played again from its start."""

    def __init__(self, checkpoints, white):
        super().__init__()
        self.nets = nn.ModuleList(MusiCNN(v) for v in checkpoints)
        self.mel = Spectrum(N_FFT, HOP, FRAMES, slaney_mel(RATE, N_FFT, N_MELS))
        self.register_buffer("mean", torch.from_numpy(white.mean).float())
        self.register_buffer("axes", torch.from_numpy(white.axes).float())

    def forward(self, wave):
        wave = wave.repeat(1, SECONDS)[:, : SECONDS * RATE]
        mel = self.mel(F.pad(wave, (N_FFT // 2, N_FFT // 2), mode="reflect"))
        spec = torch.log10(1e4 * mel + 1)
        v = torch.cat([n.features(spec)[0] for n in self.nets], 1)
        return F.normalize((v - self.mean) @ self.axes)


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--heard", required=True)
    a.add_argument("--teachers", nargs="+", required=True)
    a.add_argument("--out", required=True, help="written: OUT.onnx and OUT.json")
    o = a.parse_args()
    (_, white, _), = Recipe("musicnn=0.5x1x400", load(o.heard)[0]).parts
    model = Original([read_checkpoint(t) for t in o.teachers], white).eval()
    wave = 0.1 * torch.randn(1, SECONDS * RATE)
    with torch.no_grad():
        spec = torch.log10(1e4 * model.mel(F.pad(wave, (N_FFT // 2, N_FFT // 2), mode="reflect")) + 1)
        apart = (spec - model.nets[0].spectrogram(wave)[:, :FRAMES]).abs().max()
    assert apart < 1e-3, f"its spectrogram is {apart} off musicnn's"
    torch.onnx.export(model, (wave,), o.out + ".onnx", input_names=["wave"], output_names=["embedding"], opset_version=17,
                      dynamic_axes={"wave": {1: "samples"}}, dynamo=False)
    with open(o.out + ".json", "w") as f:
        json.dump({"sample_rate": RATE, "window_seconds": SECONDS, "input": "wave", "output": "embedding", "normalisation": "none"}, f)


if __name__ == "__main__":
    main()
