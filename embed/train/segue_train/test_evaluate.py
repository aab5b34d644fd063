"""What a recipe makes of what windows say.

    python -m unittest segue_train.test_evaluate
"""

import unittest

import numpy as np

from .evaluate import Recipe


class LinearMapTest(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(5)
        there = rng.standard_normal((10, 8))
        said = [rng.standard_normal((n, 10)) * np.geomspace(1, 0.1, 10) + 2 for n in (20000, 50)]
        self.train, self.new = ({"a": x, "b": x @ there - 1} for x in said)

    def test_what_is_a_linear_map_is_found_whole(self):
        want, got = Recipe("b=0.5x1x6", self.train)(self.new), Recipe("a:b=0.5x1x6", self.train)(self.new)
        np.testing.assert_allclose(got, want, atol=0.01)

    def test_it_needs_only_what_it_maps_from(self):
        recipe = Recipe("a:b=0.5x1x6", self.train)
        ((kind, white, _),) = recipe.parts
        self.assertEqual((kind, white.mean.shape, white.axes.shape), ("a", (10,), (10, 6)))
        np.testing.assert_array_equal(recipe({"a": self.new["a"]}), recipe(self.new))


if __name__ == "__main__":
    unittest.main()
