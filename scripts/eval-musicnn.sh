#!/usr/bin/env bash
# Makes musicnn (Pons and Serra, 2019; ISC) a model of a data directory below $1: its weights from PyPI, written as an ONNX graph by
# embed/train's original.py, which needs numpy and onnx alone.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
[ -e "$out/data" ] && exit 0

mkdir -p "$out"
[ -x "$out/venv/bin/pip" ] || python3 -m venv "$out/venv"
"$out/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 onnx==1.23.2
"$out/venv/bin/pip" download -q --disable-pip-version-check --no-deps --only-binary=:all: -d "$out" musicnn==0.1.0
rm -rf "$out/package" "$out/data.new"
"$out/venv/bin/python" -m zipfile -e "$out"/musicnn-0.1.0-*.whl "$out/package"
weights=$(cd "$out/package/musicnn" && pwd)
here=$(cd "$out" && pwd)
(cd embed/train && "$here/venv/bin/python" -m segue_train.original --teachers "$weights/MSD_musicnn/" "$weights/MTT_musicnn/" \
	--whitening musicnn.npz --out "$here/musicnn")
bin/segue model add "$here/musicnn.onnx" --data "$out/data.new"
mv "$out/data.new" "$out/data"
