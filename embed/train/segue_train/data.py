"""The training material on the accelerator: every track and every synthesised performance as int16, and who belongs to whom."""

import glob
import io
import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import av  # reads what libsndfile will not: ffmpeg's Opus
import numpy as np
import soundfile
import torch

from .augment import SPARE
from .frontend import RATE, SILENCE, WINDOW

CROP = int(WINDOW * SPARE)
MP3_DELAY = 1105  # samples: LAME's and the decoder's together
GRID = RATE * 5 // 2  # windows start every 2.5 s
# Albums of the split "train" that a run may leave out, so that shares, maps and weights are chosen on what it never heard: "valid" is
# these, "learn" the others.
VALIDATION = {"freedroid", "nikola whallon", "ufoai psymong", "warzone aftermath", "ufoai marine", "0zone0ne", "sectoid"}


@dataclass
class Library:
    """samples holds everything end to end. Window w begins at start[w] of samples and belongs to track[w]; track t to
    work[t] (renderings of one piece share it) and album[t]. coded is samples after a codec, aligned with it."""

    samples: torch.Tensor
    coded: torch.Tensor
    start: torch.Tensor
    track: torch.Tensor
    work: np.ndarray
    album: np.ndarray
    names: list

    def waves(self, windows, jitter=True, coded=0.0, length=CROP):
        """float32 [B, length] of the windows given, begun up to 0.4 s late when jitter; a share of them after a codec."""
        index = self._index(windows, jitter, length)
        x = self.samples[index]
        if coded:
            x = torch.where(torch.rand(len(windows), 1, device=x.device) < coded, self.coded[index], x)
        return x.float() / 32768

    def pair(self, windows, length=CROP):
        """float32 [B, length] of the windows, begun up to 0.4 s late, before and after a codec."""
        index = self._index(windows, True, length)
        return self.samples[index].float() / 32768, self.coded[index].float() / 32768

    def _index(self, windows, jitter, length):
        dev = self.samples.device
        at = self.start[windows]
        if jitter:
            at = at + torch.randint(0, int(0.4 * RATE), at.shape, device=dev)
        return (at[:, None] + torch.arange(length, device=dev)[None]).clamp(max=len(self.samples) - 1)


def _decode(job):
    path, codec = job
    x = decode(path)
    return x, through_codec(x.astype(np.float32) / 32768, codec)


def decode(path):
    """int16 at RATE, mono."""
    with av.open(path) as container:
        mono = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        frames = [f.to_ndarray()[0] for packet in container.decode(audio=0) for f in mono.resample(packet)]
        frames += [f.to_ndarray()[0] for f in mono.resample(None)]
    return np.concatenate(frames)


def through_codec(x, codec):
    """x through mp3 at 32 kbit/s (mono: what 64 leaves each of two channels) or Opus at 20, and back, int16 of the same
    length, the codec's delay taken off."""
    f = io.BytesIO()
    if codec == "mp3":
        soundfile.write(f, x, RATE, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.85, bitrate_mode="CONSTANT")
    else:
        soundfile.write(f, x, RATE, format="OGG", subtype="OPUS", compression_level=0.95)
    f.seek(0)
    y, _ = soundfile.read(f, dtype="float32")
    y = y[MP3_DELAY if codec == "mp3" else 0 :]
    y = np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]
    return (np.clip(y, -1, 1) * 32767).astype(np.int16)


def half(entry):
    """Which half of the split "train" a track of it belongs to."""
    if entry["split"] == "train":
        return "valid" if entry["album"] in VALIDATION else "learn"


def load_real(folder, split, workers):
    """The tracks of a split ("train", its halves "learn" and "valid", or "hold") of the packed folder: [(samples, coded, album, name)]."""
    entries = [(os.path.dirname(f), json.loads(line)) for f in sorted(glob.glob(os.path.join(folder, "**", "*.jsonl"), recursive=True)) for line in open(f)]
    entries = [(d, e) for d, e in entries if split in (e["split"], half(e))]
    jobs = [(os.path.join(d, e["file"]), ("mp3", "opus")[i % 2]) for i, (d, e) in enumerate(entries)]
    with ProcessPoolExecutor(workers) as pool:
        for (_, e), (x, y) in zip(entries, pool.map(_decode, jobs, chunksize=2)):
            yield x, y, e["album"], e["name"]


def load_synth(folder):
    """The synthesised performances: (samples, samples, album, work, name) each; they pass no codec."""
    for n, f in enumerate(sorted(glob.glob(os.path.join(folder, "synth-*.npy")))):
        sound = np.load(f, mmap_mode="r")
        for a in range(sound.shape[0]):
            for p in range(sound.shape[1]):
                for r in range(sound.shape[2]):
                    yield sound[a, p, r], None, f"synth {n} {a}", f"synth {n} {a} {p}", f"synth {n} {a} {p} {r}"


def library(tracks, device, spare=CROP):
    """A Library of (samples, coded, album, work, name) tuples. Silent windows are left out."""
    samples, coded, start, track, work, album, names, at = [], [], [], [], [], [], [], 0
    albums, works = {}, {}
    for t, (x, y, al, wo, name) in enumerate(tracks):
        x = np.asarray(x)
        n = 0
        for s in range(0, max(1, len(x) - spare), GRID):
            w = x[s : s + WINDOW].astype(np.float32) / 32768
            if len(w) == WINDOW and np.sqrt((w * w).mean()) > 4 * SILENCE:
                start.append(at + s)
                track.append(len(names))
                n += 1
        if n == 0:
            continue
        samples.append(x)
        coded.append(x if y is None else np.asarray(y))
        album.append(albums.setdefault(al, len(albums)))
        work.append(works.setdefault(wo, len(works)))
        names.append(name)
        at += len(x)
    return Library(torch.from_numpy(np.concatenate(samples)).to(device), torch.from_numpy(np.concatenate(coded)).to(device),
                   torch.tensor(start, device=device), torch.tensor(track, device=device), np.array(work), np.array(album), names)


class Sampler:
    """Draws anchors, four works of one album at a time, and for each a second window of the same work."""

    def __init__(self, lib, rng):
        self.rng, self.track = rng, lib.track.cpu().numpy()
        order = np.argsort(self.track, kind="stable")
        cut = np.searchsorted(self.track[order], np.arange(len(lib.names) + 1))
        self.windows = [order[a:b] for a, b in zip(cut[:-1], cut[1:])]
        self.work, self.album = lib.work, lib.album
        self.by_work = {w: np.flatnonzero(lib.work == w) for w in np.unique(lib.work)}
        self.by_album = [np.unique(lib.work[lib.album == a]) for a in range(lib.album.max() + 1)]
        weight = np.sqrt([len(w) for w in self.by_album])
        self.weight = weight / weight.sum()

    def draw(self, groups, each=4):
        """(first, second): as many windows each."""
        first, second = [], []
        for a in self.rng.choice(len(self.by_album), groups, p=self.weight):
            works = self.by_album[a]
            for w in self.rng.choice(works, min(each, len(works)), replace=False):
                tracks = self.by_work[w]
                t, u = self.rng.choice(tracks, 2, replace=len(tracks) < 2)
                first.append(self.rng.choice(self.windows[t]))
                second.append(self.rng.choice(self.windows[u]))
        return first, second
