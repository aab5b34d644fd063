#!/usr/bin/env bash
# Builds the Go clients: a module of its own, pinned by its go.sum.
set -euo pipefail
cd "$(dirname "$0")"
go build -o ../.deps/go/compat-go .
