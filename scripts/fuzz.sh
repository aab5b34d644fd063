#!/usr/bin/env bash
# Runs every fuzz target of the module for a while each: fuzz.sh TIME.
set -euo pipefail
time=$1
grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | while read -r file; do
	dir=$(dirname "$file")
	grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | sed 's/^func //' | while read -r target; do
		echo "== $dir $target"
		go test "$dir" -run='^$' -fuzz="^$target\$" -fuzztime="$time"
	done
done
