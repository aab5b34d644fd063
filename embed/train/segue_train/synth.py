"""Plays scores through soundfonts: artists × pieces × performances, as int16 at 24 kHz in one array a worker."""

import argparse
import multiprocessing as mp
import os

import numpy as np
import tinysoundfont

from . import score
from .frontend import RATE

SECONDS = 30
PIECES, PERFORMANCES = 5, 2  # an artist, a piece


def render(synth, fonts, performance, rng, seconds=SECONDS):
    """Mono float32, peak 0.9."""
    for channel, (bank, program) in performance.programs.items():
        synth.sounds_off(channel)
        synth.program_select(channel, int(rng.choice(fonts)), bank, program, bank == 128)
    events = []
    for start, length, channel, key, velocity in performance.notes:
        events.append((start, 1, channel, key, velocity))
        events.append((start + length, 0, channel, key, 0))
    events.sort()
    out, now, total = np.zeros(seconds * RATE, np.float32), 0, seconds * RATE
    for when, on, channel, key, velocity in events:
        at = min(int(when * RATE), total)
        if at > now:
            out[now:at] = _mono(synth, at - now)
            now = at
        if on:
            synth.noteon(channel, key, velocity)
        else:
            synth.noteoff(channel, key)
    if now < total:
        out[now:] = _mono(synth, total - now)
    peak = np.abs(out).max()
    return out * (0.9 / peak) if peak > 1e-4 else out


def _mono(synth, n):
    return np.frombuffer(synth.generate(n), np.float32).reshape(-1, 2).mean(1)


def work(job):
    """Renders the artists of one worker: int16 [artists, PIECES, PERFORMANCES, samples] into out/synth-N.npy."""
    number, artists, seed, fonts, out = job
    rng = np.random.default_rng([seed, number])
    synth = tinysoundfont.Synth(samplerate=RATE, gain=-3)
    loaded = [synth.sfload(f) for f in fonts]
    sound = np.zeros((artists, PIECES, PERFORMANCES, SECONDS * RATE), np.int16)
    styles = []
    for a in range(artists):
        who = score.artist(rng)
        styles.append(who.style)
        for p in range(PIECES):
            what = score.piece(rng, who)
            for r in range(PERFORMANCES):
                other = r > 0
                perf = score.perform(rng, what, same_band=not other or rng.random() < 0.3, shift=int(rng.integers(-5, 6)) if other else 0,
                                     faster=float(rng.uniform(0.85, 1.18)) if other else 1.0, seconds=SECONDS)
                sound[a, p, r] = (render(synth, loaded, perf, rng) * 32000).astype(np.int16)
    np.save(os.path.join(out, f"synth-{number:03d}.npy"), sound)
    with open(os.path.join(out, f"synth-{number:03d}.txt"), "w") as f:
        f.write("\n".join(styles))
    return number


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--out", required=True)
    a.add_argument("--fonts", nargs="+", required=True)
    a.add_argument("--artists", type=int, default=160)
    a.add_argument("--workers", type=int, default=os.cpu_count())
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    os.makedirs(o.out, exist_ok=True)
    per = max(1, min(2, o.artists // o.workers))
    jobs = [(i, per, o.seed, o.fonts, o.out) for i in range(o.artists // per)]
    with mp.get_context("spawn").Pool(o.workers) as pool:
        for n in pool.imap_unordered(work, jobs):
            print("rendered", n, flush=True)


if __name__ == "__main__":
    main()
