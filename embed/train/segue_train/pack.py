"""Packs the packages' music: Opus, mono, 24 kHz, at most three minutes a track, in folders that fit one upload.

    python -m segue_train.pack --from music --catalog catalog.tsv --out packed

catalog.tsv says of every file, by package and pattern, its album, its licence, and whether it is used; a file that no
line names is an error. The last word of the line is the split: train, hold, or out with the reason.
"""

import argparse
import fnmatch
import hashlib
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

SECONDS, KBITS = 180, 32
MUSIC = (".ogg", ".opus", ".mp3", ".flac", ".xm", ".mod", ".it", ".s3m")
SHARD = 44 << 20  # bytes: an upload carries 64 MiB, the rest of the tree included


def read_catalog(path):
    """[(package, pattern, album, licence, split)], the first that fits counts."""
    with open(path) as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]
    for r in rows:
        if len(r) != 5:
            raise ValueError(f"{path}: {r} has not five columns")
    return rows


def survey(root, catalog):
    """(path, package, name, album, licence, split) of every piece of music."""
    for package in sorted(os.listdir(root)):
        for folder, _, files in sorted(os.walk(os.path.join(root, package))):
            for name in sorted(files):
                path = os.path.join(folder, name)
                inside = os.path.relpath(path, os.path.join(root, package))
                if not name.lower().endswith(MUSIC) or os.path.islink(path):
                    continue
                for p, pattern, album, licence, split in catalog:
                    if p == package and fnmatch.fnmatch(inside, pattern):
                        # a * in the album is the folder's name
                        yield path, package, inside, album.replace("*", os.path.basename(folder)), licence, split
                        break
                else:
                    raise ValueError(f"{package}: no line of the catalogue names {inside}")


def encode(path, out):
    """True when out was written and lasts at least 15 s."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", path, "-vn", "-t", str(SECONDS), "-ac", "1", "-ar", "24000",
                    "-c:a", "libopus", "-b:a", f"{KBITS}k", "-compression_level", "4", "-map_metadata", "-1", out], check=True, stdin=subprocess.DEVNULL)
    probe = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", out], check=True, capture_output=True)
    return float(probe.stdout) >= 15


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--from", dest="root", required=True)
    a.add_argument("--catalog", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--workers", type=int, default=2)
    o = a.parse_args()
    jobs, seen = [], set()
    for path, package, inside, album, licence, split in survey(o.root, read_catalog(o.catalog)):
        with open(path, "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()[:16]
        if split in ("train", "hold") and digest not in seen:
            seen.add(digest)
            jobs.append((path, {"file": digest + ".opus", "name": f"{package}: {inside}", "album": album, "licence": licence, "split": split}))
    os.makedirs(o.out, exist_ok=True)
    with ThreadPoolExecutor(o.workers) as pool:
        kept = list(pool.map(lambda j: encode(j[0], os.path.join(o.out, j[1]["file"])), jobs))
    shard, size, total = 0, 0, 0
    for (_, entry), keep in zip(jobs, kept):
        path = os.path.join(o.out, entry["file"])
        if not keep:
            os.remove(path)
            continue
        n = os.path.getsize(path)
        if size + n > SHARD:
            shard, size = shard + 1, 0
        size, total = size + n, total + 1
        folder = os.path.join(o.out, f"{shard:02d}")
        os.makedirs(folder, exist_ok=True)
        os.replace(path, os.path.join(folder, entry["file"]))
        with open(os.path.join(folder, "tracks.jsonl"), "a") as f:
            f.write(json.dumps(entry, ensure_ascii=False) + "\n")
    print(f"{total} tracks in {shard + 1} shards")


if __name__ == "__main__":
    main()
