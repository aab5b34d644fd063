#!/usr/bin/env bash
# Runs the SQL scripts against Segue, then against a private PostgreSQL 15: the same rows, the same SQLSTATE.
# SCRIPT=name runs one; REWRITE=1 writes PostgreSQL's answers into the scripts.
set -euo pipefail
cd "$(dirname "$0")/.."
run="TestScripts/^${SCRIPT:-.*}\$"
rewrite=()
[ -z "${REWRITE:-}" ] || rewrite=(-rewrite)
if [ -z "${SEGUE_ORACLE:-}" ]; then
	exec scripts/with-postgres.sh "$0"
fi
[ -n "${REWRITE:-}" ] || go test ./server -count=1 -run "$run"
go test ./server -count=1 -run "$run" -v -args -oracle "$SEGUE_ORACLE" "${rewrite[@]}" >bin/slt-oracle.log 2>&1 || failed=1
grep -E '^    --- |got:|want' bin/slt-oracle.log || true
grep -o 'PostgreSQL was asked.*' bin/slt-oracle.log | tail -1
[ -z "${failed:-}" ] || { echo "they differ: see bin/slt-oracle.log"; exit 1; }
