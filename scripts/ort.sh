#!/usr/bin/env bash
# Puts the ONNX Runtime library into a folder: ort.sh VERSION FOLDER. It ships inside the npm package
# onnxruntime-node; what arrives must have the checksum written here. SEGUE_ORT_LIB names another one. npm is
# installed where it is missing.
set -euo pipefail
version=$1 folder=$2 name=libonnxruntime.so.1
mkdir -p "$folder"
# A running segue may have the old file mapped: it is replaced, never written over.
place() { cp "$1" "$folder/$name.new" && mv "$folder/$name.new" "$folder/$name"; }

if [ -n "${SEGUE_ORT_LIB:-}" ]; then
	[ -f "$SEGUE_ORT_LIB" ] || { echo "SEGUE_ORT_LIB names $SEGUE_ORT_LIB, which is not a file" >&2; exit 1; }
	cmp -s "$SEGUE_ORT_LIB" "$folder/$name" || place "$SEGUE_ORT_LIB"
	exit 0
fi

case "$version/$(uname -m)" in
1.24.3/x86_64) arch=x64 sum=92ba8e44d31b80a34f5e805076a044122c3be1fffe0d88ed790de7267b0b2682 ;;
1.24.3/aarch64) arch=arm64 sum=33032cb5b91c12edbf028d7c69fa40a31848d66c0095448758af237d5e0b07db ;;
*) echo "no checksum is known for ONNX Runtime $version on $(uname -m); set SEGUE_ORT_LIB to a library of yours" >&2; exit 1 ;;
esac
good() { [ -f "$1" ] && echo "$sum  $1" | sha256sum --check --status; }
good "$folder/$name" && exit 0

failed() { echo "$1; SEGUE_ORT_LIB may name a libonnxruntime.so of your own instead" >&2; exit 1; }
command -v npm >/dev/null || "$(dirname "$0")/apt.sh" npm || failed "no npm to fetch ONNX Runtime with"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo "fetching ONNX Runtime $version"
(cd "$tmp" && npm pack --loglevel=error "onnxruntime-node@$version" >/dev/null) ||
	failed "npm could not fetch ONNX Runtime"
tar -xzf "$tmp"/onnxruntime-node-*.tgz -C "$tmp" "package/bin/napi-v6/linux/$arch/$name"
found=$tmp/package/bin/napi-v6/linux/$arch/$name
good "$found" || { echo "the checksum of $name is not the expected $sum: it was not installed" >&2; exit 1; }
place "$found"
