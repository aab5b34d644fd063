"""Retrieval figures over arrays of unit vectors, in numpy."""

import numpy as np


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)


def centred(x, mean=None):
    return unit(x - (x.mean(0) if mean is None else mean))


def group_map(sim, label):
    """Per query with company: average precision and R-precision of the rows sharing its label."""
    ap, rp, who = [], [], []
    for q in range(len(label)):
        keep = np.arange(len(label)) != q
        relevant = (label == label[q])[keep]
        n = relevant.sum()
        if n == 0:
            continue
        hit = relevant[np.argsort(-sim[q][keep], kind="stable")]
        rank = np.flatnonzero(hit) + 1
        ap.append((np.arange(1, n + 1) / rank).mean())
        rp.append(hit[:n].mean())
        who.append(q)
    return np.array(ap), np.array(rp), np.array(who)


def macro(values, label):
    """The mean over labels of the mean within each."""
    return float(np.mean([values[label == v].mean() for v in np.unique(label)]))


def interval(values, label=None, draws=1000, seed=0):
    """(mean, low, high): 90 % bootstrap over values; with label, over whole groups."""
    rng = np.random.default_rng(seed)
    if label is None:
        means = values[rng.integers(0, len(values), (draws, len(values)))].mean(1)
        return float(values.mean()), *(float(v) for v in np.quantile(means, (0.05, 0.95)))
    per = np.array([values[label == v].mean() for v in np.unique(label)])
    return interval(per, draws=draws, seed=seed)


def reciprocal_rank(sim, truth):
    """1 / rank of truth[q] among the columns of sim[q]."""
    own = sim[np.arange(len(truth)), truth]
    return 1.0 / ((sim > own[:, None]).sum(1) + 1)


def hubness(sim, k=10):
    """Skewness of how often a row is among the k nearest of the others, and the share never there."""
    s = sim.copy()
    np.fill_diagonal(s, -np.inf)
    count = np.bincount(np.argsort(-s, 1)[:, :k].ravel(), minlength=len(s))
    d = count - count.mean()
    return float((d**3).mean() / max(1e-9, (d**2).mean() ** 1.5)), float((count == 0).mean())


class Whitening:
    """x → W(x - mean), principal axes scaled by their deviation to the power -strength; fitted on rows of x."""

    def __init__(self, x, dims, strength=1.0, floor=1e-3):
        self.mean = x.mean(0)
        value, axis = np.linalg.eigh(np.cov((x - self.mean).T))
        order = np.argsort(-value)[:dims]
        value = np.maximum(value[order], floor * value.max())
        self.axes = axis[:, order] * value ** (-0.5 * strength)

    def __call__(self, x):
        return (x - self.mean) @ self.axes

    def after(self, x, y, ridge=30.0):
        """The same of y as a linear map makes it out of x, its ridge regression on x's standardised columns: one mean and one
        matrix still, now for x. y is what this whitening was fitted on, rows of the same windows."""
        mean, std = x.mean(0), x.std(0) + 1e-5
        z = (x - mean) / std
        to = np.linalg.solve(z.T @ z + ridge * np.eye(z.shape[1]), z.T @ (y - self.mean))
        self.mean, self.axes = mean, to / std[:, None] @ self.axes
        return self
