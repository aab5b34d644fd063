#!/usr/bin/env bash
# Installs the Debian packages that building and testing need, where any is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
	gcc g++ libc6-dev make git ca-certificates
	libfaiss-dev libopenblas-dev      # vector/faiss
	libsndfile1-dev libsoxr-dev       # embed/audio: decoding and resampling
	libtag1-dev                       # embed/audio: tags
	libavformat-dev libavcodec-dev    # embed/audio: containers that libsndfile does not read, loaded when one comes
	ffmpeg                            # embed/audio: the same where a binary meets other versions of those; the tests' files
	postgresql-client                 # the tests run the real psql
)

missing=()
for p in "${packages[@]}"; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0
scripts/apt.sh "${missing[@]}"
