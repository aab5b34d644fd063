#!/usr/bin/env bash
# Runs on a machine with accelerators: synthesises, then trains one network a GPU (with and without teachers), and reports.
# Beside it: this folder's segue_train, packed/ (pack.py's shards), teach/MSD and teach/MTT (musicnn's checkpoints), *.sf3.
# OMP_NUM_THREADS would make nproc lie, so it is set after asking.
set -uo pipefail
cd "$(dirname "$0")"
cores=$(nproc)
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS=4
seconds=${1:-850}
[ -d synth ] || python3 -m segue_train.synth --out synth --fonts ./*.sf3 --artists "${ARTISTS:-640}" --workers "$cores" --seed 1
[ -d synth-hold ] || python3 -m segue_train.synth --out synth-hold --fonts ./*.sf3 --artists 48 --workers "$cores" --seed 4242
gpus=$(nvidia-smi -L | wc -l)
run() { # GPU, name, options
	CUDA_VISIBLE_DEVICES=$1 python3 -m segue_train.train --real packed --synth synth --synth-hold synth-hold --teachers teach/MSD/ teach/MTT/ \
		--seconds "$seconds" --workers $((cores / gpus)) --resume --out "$2" "${@:3}" >"$2.log" 2>&1
}
run 0 full &
[ "$gpus" -lt 2 ] || run 1 untaught --weights 1 0 0 0.5 0 &
wait
