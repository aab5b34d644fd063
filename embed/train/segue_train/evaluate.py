"""How well vectors find music: on the held-out albums and on synthesised ground truth, beside the baselines."""

import os

import numpy as np
import torch

from . import augment, data, teacher
from .frontend import WINDOW
from .metrics import Whitening, centred, group_map, hubness, interval, macro, reciprocal_rank, unit

TROUBLES = ("noise20", "noise10", "pitch+1", "pitch-2", "tempo+5", "tempo-10", "lowpass", "reverb", "phone", "codec", "together")


def trouble(lib, windows, name):
    """The windows of lib through one named degradation, or all of the pilot's together."""
    x = lib.waves(windows, jitter=False, coded=1.0 if name in ("codec", "together") else 0.0)
    b = len(x)

    def full(v):
        return torch.full((b, 1), float(v), device=x.device)

    semitones = {"pitch+1": 1, "pitch-2": -2, "together": 1}.get(name, 0)
    tempo = {"tempo+5": 1.05, "tempo-10": 0.9}.get(name, 1.0)
    x = augment.pitch_and_tempo(x, semitones, tempo)
    if name in ("lowpass", "together"):
        x = augment.band(x, full(10), full(4000))
    if name == "phone":
        x = augment.band(x, full(300), full(3400))
    if name == "reverb":
        x = augment.reverb(x, full(1.2), full(0.4))
    if name.startswith("noise") or name == "together":
        x = augment.noise(x, full(10 if name == "noise10" else 20), False)
    return x


class Ear:
    """Everything a window says: the network's vector, the classic vector, the teachers'."""

    def __init__(self, net, nets):
        self.net, self.nets = net, nets

    @torch.no_grad()
    def hear(self, wave, size=128):
        out = {"net": [], "classic": [], "musicnn": []}
        for x in wave.split(size):
            mel, cq = self.net.front(x)
            with torch.autocast(x.device.type, torch.bfloat16, enabled=x.is_cuda):
                out["net"].append(self.net.embed(mel, cq).float())
            out["classic"].append(self.net.classic(mel, cq))
            if self.nets:
                low = teacher.AF.resample(x, data.RATE, teacher.musicnn.RATE)
                n = 3 * teacher.musicnn.RATE
                out["musicnn"].append(torch.cat([(m(low[:, :n])[0] + m(low[:, -n:])[0]) / 2 for m in self.nets], 1))
        return {k: torch.cat(v).cpu().numpy() for k, v in out.items() if v}

    def library(self, lib, size=512, every=2):
        """The windows of lib (each `every`-th, 5 s apart by default): ({kind: vectors}, their indices)."""
        w = torch.arange(0, len(lib.start), every, device=lib.start.device)
        parts = [self.hear(lib.waves(c, jitter=False, length=WINDOW)) for c in w.split(size)]
        return {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}, w.cpu().numpy()


class Recipe:
    """A named way from what windows say to one unit vector a window."""

    def __init__(self, name, *parts):
        self.name, self.parts = name, parts  # (kind, Whitening or standardiser, weight)

    def __call__(self, heard):
        return unit(np.concatenate([w * unit(f(heard[kind])) for kind, f, w in self.parts], 1))


def recipes(train):
    """Fitted on what the training windows say."""
    out = []
    white = {}
    for kind, x in train.items():
        for strength in (0.0, 0.5, 1.0):
            dims = min(x.shape[1], 256 if kind == "classic" else 512)
            white[kind, strength] = Whitening(x, dims, strength)
        mean, std = x.mean(0), x.std(0) + 1e-5
        white[kind, "z"] = lambda v, m=mean, s=std: np.clip((v - m) / s, -5, 5)
        for s in ("z", 0.5, 1.0):
            out.append(Recipe(f"{kind} {s}", (kind, white[kind, s], 1.0)))
    for s in (0.0, 0.5, 1.0):
        for weight in (0.4, 0.7):
            out.append(Recipe(f"net {s} + {weight} classic", ("net", white["net", s], 1.0), ("classic", white["classic", 0.5], weight)))
    return out


def fits(train):
    """The whitenings that an export chooses from, as arrays."""
    out = {}
    for kind, dims in (("net", 512), ("classic", 256)):
        for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
            w = Whitening(train[kind], dims, strength)
            out[f"{kind}_mean"], out[f"{kind}_axes_{strength}"] = w.mean, w.axes.astype(np.float32)
    return out


def track_means(v, track, n):
    total = np.zeros((n, v.shape[1]))
    np.add.at(total, track, v)
    return total, np.bincount(track, minlength=n)


def measure(recipe, heard, track, lib, queries):
    """The table's row for one recipe: album figures, excerpt MRR clean and spoilt, hubness. queries: {name: (heard, windows)}."""
    v = recipe(heard)
    total, count = track_means(v, track, len(lib.names))
    means = unit(total)
    centre = means.mean(0)
    library = centred(means, centre)
    sim = library @ library.T
    ap, rp, who = group_map(sim, lib.album)
    label = lib.album[who]
    row = {"recipe": recipe.name, "album_map": interval(ap), "album_map_macro": interval(ap, label), "r_precision": macro(rp, label)}
    row["hub_skew"], row["anti_hubs"] = hubness(sim)
    for name, (said, position) in queries.items():
        q, own = recipe(said), track[position]
        rest = unit(total[own] - v[position])  # the track without the window asked for
        s = centred(q, centre) @ library.T
        s[np.arange(len(q)), own] = (centred(q, centre) * centred(rest, centre)).sum(1)
        row["mrr " + name] = float(reciprocal_rank(s, own).mean())
    return row


def rendering_mrr(recipe, heard, track, lib):
    """MRR of another rendering of the same piece among all synthesised performances."""
    total, _ = track_means(recipe(heard), track, len(lib.names))
    x = centred(unit(total))
    sim = x @ x.T
    np.fill_diagonal(sim, -np.inf)
    ranks = []
    for q in range(len(x)):
        mates = np.flatnonzero((lib.work == lib.work[q]) & (np.arange(len(x)) != q))
        if len(mates):
            ranks.append(1.0 / (1 + (sim[q] > sim[q][mates].max()).sum()))
    return float(np.mean(ranks))


def run(net, nets, o, train_libs):
    """The report: one row a recipe."""
    ear = Ear(net.eval(), nets)
    hold = data.library([(x, y, a, n, n) for x, y, a, n in data.load_real(o.real, "hold", o.workers)], o.device)
    fitted, _ = ear.library(train_libs[0], every=4)
    made = recipes(fitted)
    np.savez(os.path.join(o.out, "fit.npz"), **fits(fitted))
    heard, windows = ear.library(hold)
    track = hold.track.cpu().numpy()[windows]
    rng = np.random.default_rng(0)
    picks = []
    for t in range(len(hold.names)):
        at = np.flatnonzero(track == t)
        if len(at) >= 3:
            picks += list(rng.choice(at, min(3, len(at)), replace=False))
    picks = np.array(picks)
    ask = torch.tensor(windows[picks], device=o.device)
    queries = {"clean": ({k: v[picks] for k, v in heard.items()}, picks)}
    for name in TROUBLES:
        said = [ear.hear(trouble(hold, c, name)) for c in ask.split(256)]
        queries[name] = ({k: np.concatenate([s[k] for s in said]) for k in said[0]}, picks)
    rows = [measure(r, heard, track, hold, queries) for r in made]
    folder = getattr(o, "synth_hold", None) or (o.synth + "-hold" if o.synth else "")
    if folder and os.path.isdir(folder):
        lib = data.library(data.load_synth(folder), o.device)
        h, w = ear.library(lib)
        t = lib.track.cpu().numpy()[w]
        for r, row in zip(made, rows):
            row["rendering_mrr"] = rendering_mrr(r, h, t, lib)
    for row in rows:
        print(f"{row['recipe']:24s} album {row['album_map'][0]:.3f} [{row['album_map'][1]:.2f}-{row['album_map'][2]:.2f}] macro {row['album_map_macro'][0]:.3f}"
              f" R {row['r_precision']:.2f} clean {row['mrr clean']:.3f} together {row['mrr together']:.3f} hub {row['hub_skew']:.2f}"
              f" render {row.get('rendering_mrr', float('nan')):.3f}", flush=True)
    return {"tracks": len(hold.names), "albums": int(hold.album.max() + 1), "rows": rows}
