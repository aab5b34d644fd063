#!/usr/bin/env bash
# Installs the peers of `make bench-vector` into a folder: setup.sh FOLDER. Each Python package has a virtual environment
# of its own, from its pinned list in requirements/; chromem-go is a Go module of its own. One that does not install has
# its log in FOLDER/NAME.log, and the benchmark says so in its place. FAISS is Debian's, linked into the program, and
# PostgreSQL with pgvector is in the PyPI package pgserver.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")"

command -v python3 >/dev/null && python3 -c 'import ensurepip' 2>/dev/null || ../../scripts/apt.sh python3 python3-venv
for list in requirements/*.txt; do
	name=$(basename "$list" .txt)
	dir=$folder/$name
	cmp -s "$list" "$dir/requirements.txt" && continue
	rm -rf "$dir"
	if python3 -m venv "$dir" && "$dir/bin/pip" install -q --disable-pip-version-check -r "$list"; then
		cp "$list" "$dir/requirements.txt" # last: says that all of it is there
	else
		rm -rf "$dir"
		echo "$name does not install: see $folder/$name.log"
	fi 2>"$folder/$name.log"
done
(cd chromem && ${GO:-go} build -o "$folder/chromem" .) 2>"$folder/chromem.log" || echo "chromem-go does not install: see $folder/chromem.log"
# PostgreSQL refuses to run as root: somebody else must be able to read it.
[ ! -d "$folder/pgserver" ] || chmod -R go+rX "$folder/pgserver"
id postgres >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ] || ../../scripts/apt.sh postgresql-common
