"""How well vectors find music, from what hear.py kept: on the held-out albums and on synthesised ground truth, each part alone
and parts beside each other. Needs no accelerator.

    python -m segue_train.evaluate --heard heard --recipe 'hardened=0.5x1 classic=1x0.6' …
"""

import argparse
import json
import os

import numpy as np

from .metrics import Whitening, centred, group_map, hubness, interval, macro, reciprocal_rank, unit

DIMS = {"tune": 160, "classic": 128, "musicnn": 400}  # of each part of a vector; what is left of 768 otherwise


class Recipe:
    """A way from what windows say to one unit vector a window. text is parts as kind=STRENGTHxWEIGHT[xDIMS]: the whitening's
    strength (z: each column standardised), the weight beside the others, how many axes are kept. A kind may be a:b: b as the best
    linear map makes it out of a, whitened like b."""

    def __init__(self, text, train):
        self.name, self.parts = text, []
        for part in text.split():
            kind, spec = part.split("=")
            strength, weight, *dims = spec.split("x")
            kind, _, goal = kind.partition(":")
            x = train[goal or kind]
            if strength == "z":
                mean, std = x.mean(0), np.maximum(x.std(0), 1e-5)
                f = lambda v, m=mean, s=std: np.clip((v - m) / s, -5, 5)
            else:
                f = Whitening(x, int(dims[0]) if dims else min(x.shape[1], DIMS.get(kind, 256)), float(strength))
                f = f.after(train[kind], x) if goal else f
            self.parts.append((kind, f, float(weight)))

    def __call__(self, heard):
        return unit(np.concatenate([w * unit(f(heard[kind])) for kind, f, w in self.parts], 1))


def totals(v, track, n):
    out = np.zeros((n, v.shape[1]))
    np.add.at(out, track, v)
    return out


def albums(recipe, hold, asked):
    """Retrieval among the held-out tracks: by album, by one window of the own track, clean and troubled, and hubness."""
    v, track, album = recipe(hold), hold["track"], hold["album"]
    total = totals(v, track, len(album))
    means = unit(total)
    centre = means.mean(0)
    library = centred(means, centre)
    sim = library @ library.T
    ap, rp, who = group_map(sim, album)
    row = {"album_map": interval(ap), "album_map_macro": interval(ap, album[who]), "r_precision": macro(rp, album[who]), "ap": ap.tolist()}
    row["hub_skew"], row["anti_hubs"] = hubness(sim)
    picks = hold["picks"]
    own = track[picks]
    rest = centred(unit(total[own] - v[picks]), centre)  # the track without the window asked for
    for name, said in {"clean": {k: x[picks] for k, x in hold.items() if x.ndim == 2}, **asked}.items():
        q = centred(recipe(said), centre)
        s = q @ library.T
        s[np.arange(len(q)), own] = (q * rest).sum(1)
        row["mrr " + name] = float(reciprocal_rank(s, own).mean())
    return row


def renderings(recipe, synth):
    """MRR of another rendering of the same piece among all synthesised performances."""
    x = centred(unit(totals(recipe(synth), synth["track"], len(synth["work"]))))
    sim, work = x @ x.T, synth["work"]
    np.fill_diagonal(sim, -np.inf)
    mates = work[:, None] == work[None]
    np.fill_diagonal(mates, False)
    best = np.where(mates, sim, -np.inf).max(1, keepdims=True)
    return float((1.0 / (1 + (sim > best).sum(1)))[mates.any(1)].mean())


def load(folder):
    """(train, hold, asked, synth) as dictionaries of float32 arrays, asked by trouble."""
    def arrays(name):
        f = np.load(os.path.join(folder, name))
        return {k: f[k].astype(np.float32) if f[k].dtype == np.float16 else f[k] for k in f.files}

    asked = {}
    for k, v in arrays("asked.npz").items():
        name, kind = k.split(" ")
        asked.setdefault(name, {})[kind] = v
    return arrays("train.npz"), arrays("hold.npz"), asked, arrays("synth.npz")


def row(recipe, hold, asked, synth):
    return {"recipe": recipe.name, **albums(recipe, hold, asked), "rendering_mrr": renderings(recipe, synth)}


def line(r):
    return (f"{r['recipe']:58s} album {r['album_map'][0]:.3f} [{r['album_map'][1]:.2f}-{r['album_map'][2]:.2f}] macro {r['album_map_macro'][0]:.3f}"
            f" R {r['r_precision']:.2f} clean {r['mrr clean']:.3f} together {r['mrr together']:.3f} hub {r['hub_skew']:.2f} render {r['rendering_mrr']:.3f}")


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--heard", required=True)
    a.add_argument("--recipe", nargs="+", required=True)
    a.add_argument("--out", help="a .json of every figure")
    o = a.parse_args()
    train, hold, asked, synth = load(o.heard)
    rows = []
    for text in o.recipe:
        rows.append(row(Recipe(text, train), hold, asked, synth))
        print(line(rows[-1]), flush=True)
    if o.out:
        with open(o.out, "w") as f:
            json.dump(rows, f, indent=1)


if __name__ == "__main__":
    main()
