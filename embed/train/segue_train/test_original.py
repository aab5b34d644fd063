"""musicnn's ONNX graph against its network in PyTorch, on made-up weights and noise.

    python -m unittest segue_train.test_original
"""

import unittest

import numpy as np
import torch

from .checkpoint import RATE
from .musicnn import MusiCNN
from .original import SECONDS, original

KERNELS = ((7, 38, 1, 12), (7, 67, 1, 12), (128, 1, 1, 5), (64, 1, 1, 5), (32, 1, 1, 5), (7, 39, 1, 8), (7, 8, 1, 8), (7, 8, 1, 8))


def variables(rng):
    """A checkpoint of a narrow musicnn: 39 filters in front, 8 behind."""
    out = {}

    def norm(n, size):
        name = "batch_normalization" + (f"_{n}" if n else "")
        out[name + "/gamma"], out[name + "/beta"] = rng.normal(1, 0.3, size), rng.normal(0, 0.3, size)
        out[name + "/moving_mean"], out[name + "/moving_variance"] = rng.normal(0, 0.3, size), rng.uniform(0.5, 2, size)

    norm(0, 1)
    for n, shape in enumerate(KERNELS):
        name = "conv2d" + (f"_{n}" if n else "")
        out[name + "/kernel"] = rng.normal(0, 1 / np.sqrt(np.prod(shape[:3])), shape)
        out[name + "/bias"] = rng.normal(0, 0.1, shape[3])
        norm(n + 1, shape[3])
    flat = 2 * (39 + 3 * 8)
    norm(9, flat)
    for name, shape in (("dense", (flat, 20)), ("dense_1", (20, 5))):
        out[name + "/kernel"], out[name + "/bias"] = rng.normal(0, 0.1, shape), rng.normal(0, 0.1, shape[1])
    norm(10, 20)
    return {k: v.astype(np.float32) for k, v in out.items()}


class TestOriginal(unittest.TestCase):
    def test_says_what_pytorch_says(self):
        import onnxruntime

        rng = np.random.default_rng(1)
        checkpoints = [variables(rng) for _ in range(2)]
        mean, axes = rng.normal(size=40).astype(np.float32), rng.normal(size=(40, 30)).astype(np.float32)
        graph = original(checkpoints, mean, axes).SerializeToString()
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        for seconds in (SECONDS, 2):  # what is short is played again
            wave = rng.normal(0, 0.1, (1, seconds * RATE)).astype(np.float32)
            window = torch.from_numpy(np.tile(wave, 3)[:, : SECONDS * RATE])
            with torch.no_grad():
                said = torch.cat([MusiCNN(v).eval()(window)[0] for v in checkpoints], 1).numpy()
            want = ((said - mean) @ axes)[0]
            got = session.run(None, {"wave": wave})[0][0]
            self.assertGreater(got @ want / np.linalg.norm(want), 0.99999)
            self.assertAlmostEqual(np.linalg.norm(got), 1, places=5)


if __name__ == "__main__":
    unittest.main()
