#!/usr/bin/env bash
# Downloads the packages of packages.txt (Debian 12, some 4.2 GB), or those that are named, and unpacks their music and copyright
# files: fetch.sh DIR [PACKAGE…]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && cd "$1"
shift
packages=("$@")
[ $# -gt 0 ] || mapfile -t packages < <(grep -v '^#' "$here/packages.txt")

# music PACKAGE: what it has of audio, also inside the archives that some games keep it in.
music() {
	local from=unpacked/$1
	apt-get download -qq "$1"
	mkdir -p "$from"
	dpkg-deb --fsys-tarfile "$1"_*.deb | tar -x -C "$from" --wildcards --ignore-case \
		'*.ogg' '*.mp3' '*.opus' '*.flac' '*.xm' '*.mod' '*.it' '*.s3m' '*.pk3' '*public.zip' '*/copyright' 2>/dev/null || true
	find "$from" \( -iname '*.pk3' -o -iname '*.zip' \) | while read -r archive; do
		unzip -q -o "$archive" '*.ogg' -d "$from/inside" || true
		rm "$archive"
	done
	mv "$from" "$1"
	rm "$1"_*.deb
}

for package in "${packages[@]}"; do
	[ -d "$package" ] || music "$package"
done
rmdir unpacked 2>/dev/null || true
