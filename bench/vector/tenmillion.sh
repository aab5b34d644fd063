#!/usr/bin/env bash
# The case of ten million generated segments: tenmillion.sh FOLDER, which needs some 60 GB and an hour or two. Prints what
# bench/RESULTS.md keeps.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/../.."
go build -o bin/segue ./cmd/segue
go run ./bench/vector -segue bin/segue -dir "$folder" -only huge -huge "${ROWS:-10000000}"
