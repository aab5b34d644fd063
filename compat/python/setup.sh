#!/usr/bin/env bash
# Installs the Python clients into compat/.deps, from the pinned requirements: python for all of them, django42 for
# Django's previous long-term release.
set -euo pipefail
cd "$(dirname "$0")"

venv() { # venv NAME REQUIREMENTS
	local dir=../.deps/$1
	cmp -s "$2" "$dir/requirements.txt" && return
	rm -rf "$dir"
	python3 -m venv "$dir"
	"$dir/bin/pip" install -q --disable-pip-version-check -r "$2"
	cp "$2" "$dir/requirements.txt" # last: says that all of it is there
}

# Debian splits ensurepip off into python3-venv.
python3 -c 'import ensurepip' 2>/dev/null || ../../scripts/apt.sh python3 python3-venv
venv python requirements.txt
venv django42 requirements-django42.txt
