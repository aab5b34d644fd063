#!/usr/bin/env bash
# The case of ten million generated segments: tenmillion.sh FOLDER. Prints what bench/RESULTS.md keeps. It takes 1.3 GB of
# disk a million while it merges (0.94 after) and adds rows for MINUTES at most: fewer rows where disk or time do not
# suffice, and it says how many. Memory of its own is limited to 3 GiB.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/../.."
go build -o bin/bench-vector/bench ./bench/vector
ulimit -d $((3 << 20))
GOMEMLIMIT=1536MiB timeout $((${MINUTES:-60} + 20))m bin/bench-vector/bench -dir "$folder" -only generated \
    -generated "${ROWS:-10000000}" -budget "${MINUTES:-60}m"
