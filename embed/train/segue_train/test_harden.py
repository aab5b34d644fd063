"""What hardening compares, draws and asks for, on made-up networks and sounds; no accelerator, no checkpoints.

    python -m unittest segue_train.test_harden
"""

import unittest
from unittest import mock

import numpy as np
import torch
from torch import nn

from . import data, harden, losses
from .frontend import RATE
from .hardened import between
from .metrics import Whitening, unit


def sample(rows=600, numbers=24):
    """Rows whose columns differ in scale and lean on each other."""
    g = torch.Generator().manual_seed(3)
    x = torch.randn(rows, numbers, generator=g) * torch.logspace(0, -1.5, numbers)
    return x @ torch.randn(numbers, numbers, generator=g) + 5


def tracks(albums, works, seconds=14):
    """Tones with a pulse: another pitch a work, another pulse an album."""
    t = np.arange(seconds * RATE) / RATE
    for a in range(albums):
        for w in range(works):
            x = 0.4 * np.sin(2 * np.pi * (180 + 70 * w + 11 * a) * t) * (1 + np.sin(2 * np.pi * (1 + a) * t)) / 2
            x = (x * 32767).astype(np.int16)
            yield x, x // 2, f"album {a}", f"work {a} {w}", f"track {a} {w}"


class Net(nn.Module):
    """A network of few numbers a window, of any length."""

    def __init__(self, numbers, seed, tags=False):
        super().__init__()
        torch.manual_seed(seed)
        self.look, self.say, self.tags = nn.Conv1d(1, 12, 256, 128), nn.Linear(24, numbers), tags

    def forward(self, wave):
        y = torch.relu(self.look(wave[:, None]))
        v = self.say(torch.cat([y.mean(2), y.amax(2)], 1))
        return (v, v) if self.tags else v


class SpaceTest(unittest.TestCase):
    def test_half_whitened_as_retrieval_looks(self):
        x = sample()
        space, white = harden.Space(x, dims=16), Whitening(x.double().numpy(), 16, 0.5)
        a, b = unit(space(x).double().numpy()), unit(white(x.double().numpy()))
        np.testing.assert_allclose(a @ a.T, b @ b.T, atol=2e-4)
        self.assertAlmostEqual(space(x).square().mean().item(), 1, places=2)

    def test_what_tells_windows_of_an_album_apart_counts_for_less(self):
        g = torch.Generator().manual_seed(5)
        album = torch.arange(20).repeat_interleave(30)
        x = torch.randn(600, 8, generator=g)
        x[:, 0] = 3 * torch.randn(20, generator=g)[album] + 0.3 * x[:, 0]  # says the album
        x[:, 1] *= 3  # says nothing of it
        spread = lambda space: torch.linalg.norm(space(x + torch.eye(8)[0]) - space(x)) / torch.linalg.norm(space(x + torch.eye(8)[1]) - space(x))
        self.assertGreater(spread(harden.Space(x, dims=8, group=album)), 2 * spread(harden.Space(x, dims=8)))

    def test_half_precision_is_compared_in_full(self):
        x = sample()
        self.assertEqual(harden.Space(x, dims=16)(x.bfloat16()).dtype, torch.float32)


class LossTest(unittest.TestCase):
    def test_nothing_to_learn_from_oneself(self):
        x = sample(40)
        self.assertAlmostEqual(losses.agree(x, x).item(), 0, places=4)
        self.assertAlmostEqual(losses.relate(x, x).item(), 0, places=4)

    def test_albums_together_are_better(self):
        album = torch.arange(6).repeat_interleave(4)
        centre = torch.eye(6).repeat_interleave(4, 0)
        near, apart = losses.same_album(centre, album), losses.same_album(centre, album[torch.randperm(24, generator=torch.Generator().manual_seed(1))])
        self.assertLess(near.item(), apart.item() - 1)

    def test_a_row_without_company_asks_nothing(self):
        v = sample(5).requires_grad_()
        loss = losses.same_album(v, torch.arange(5))
        loss.backward()
        self.assertEqual(loss.item(), 0)
        self.assertTrue(torch.isfinite(v.grad).all())


class DrawnTest(unittest.TestCase):
    def setUp(self):
        self.libs = [data.library(tracks(3, 4), "cpu"), data.library(((x, None, *names) for x, _, *names in tracks(2, 4)), "cpu")]
        self.samplers = [data.Sampler(b, np.random.default_rng(i)) for i, b in enumerate(self.libs)]

    def test_albums_of_two_libraries_are_different_albums(self):
        clean, coded, album = harden.drawn(self.libs, self.samplers, (2, 1), "cpu")
        self.assertEqual(clean.shape, (24, data.CROP))
        self.assertEqual(len(album), 24)
        self.assertTrue((album[:16] < 1000).all() and (album[16:] >= 1000).all())
        # A codec here halves, and what was synthesised passes none.
        self.assertAlmostEqual((coded[:16].std() / clean[:16].std()).item(), 0.5, places=2)
        self.assertTrue(torch.equal(coded[16:], clean[16:]))

    def test_both_sides_are_varied_alike(self):
        x, _ = self.libs[0].pair(torch.arange(len(self.libs[0].start)), int(data.CROP * harden.VARIED))
        np.random.seed(2)
        x = torch.cat([x] * 6)
        a, b = harden.varied(x, x / 2)
        self.assertEqual(a.shape, (len(x), data.CROP))
        torch.testing.assert_close(a, 2 * b)
        self.assertGreater((a - x[:, : data.CROP]).abs().max(), 0.05)

    def test_mixing_treats_both_sides_alike(self):
        clean, coded, _ = harden.drawn(self.libs, self.samplers, (2, 1), "cpu")
        for given, heard in zip((clean, coded), harden.mixed(clean, coded, 0.0)):
            self.assertTrue(torch.equal(given, heard))
        a, b = harden.mixed(clean, clean, 1.0)
        self.assertTrue(torch.equal(a, b))
        self.assertFalse(torch.equal(a, clean))

    def test_a_step_moves_all_of_the_student(self):
        nets = [Net(10, 1, tags=True).eval(), Net(10, 2, tags=True).eval()]
        student = Net(20, 4)
        windows = torch.arange(len(self.libs[0].start))
        space = harden.Space(harden.teacher.hear(nets, self.libs[0].waves(windows, length=harden.WINDOW))[0], dims=12)
        lesson = harden.Lesson(student, nets, space, clean=8, mixtures=0.3)
        asked = lesson(*harden.drawn(self.libs, self.samplers, (2, 1), "cpu"))
        self.assertEqual([loss.dtype for loss in asked], [torch.float32] * 5)
        sum(asked).backward()
        for name, p in student.named_parameters():
            self.assertTrue(torch.isfinite(p.grad).all() and p.grad.abs().max() > 0, name)
        self.assertTrue(all(p.grad is None for n in nets for p in n.parameters()))


class SplitTest(unittest.TestCase):
    def test_what_is_chosen_by_is_not_learnt_from(self):
        entries = [{"split": s, "album": a} for s, a in (("train", "0ad"), ("train", "sectoid"), ("hold", "muldjord"))]
        self.assertEqual([data.half(e) for e in entries], ["learn", "valid", None])


class WeightsTest(unittest.TestCase):
    def test_a_share_of_the_way(self):
        for share in (0, 0.25, 1):
            a, b = Net(4, 1).state_dict(), Net(4, 2)
            mid = between(Net(4, 1), b, share).state_dict()
            for k, v in b.state_dict().items():
                torch.testing.assert_close(mid[k], a[k] + share * (v - a[k]))

    def test_begins_part_of_the_way_to_what_was_trained(self):
        o = mock.Mock(init="taught.pt", share=0.5, stride=(2, 2), device="cpu")
        with mock.patch.object(harden, "Hardened", lambda checkpoints, stride: Net(4, 1)), mock.patch.object(
            harden, "begin", lambda module, path: module.load_state_dict(Net(4, 2).state_dict())
        ):
            got = harden.beginning(o, None).say.bias
        torch.testing.assert_close(got, (Net(4, 1).say.bias + Net(4, 2).say.bias) / 2)

    def test_snapshots_are_spread_over_the_time(self):
        self.assertEqual([harden.due(s, 90, 2) for s in (0, 29, 30, 59, 60, 89, 90, 95)], [0, 0, 1, 1, 2, 2, 2, 2])
        self.assertEqual(harden.due(80, 90, 0), 0)


if __name__ == "__main__":
    unittest.main()
