#!/usr/bin/env bash
# Runs on a machine with accelerators: synthesises, hardens musicnn on one GPU and trains the tune network on the other (both on
# one where there is one), and keeps what they say of the held-out music in heard/.
# Beside it: this folder's segue_train, packed/ (pack.py's shards), teach/MSD and teach/MTT (musicnn's checkpoints), *.sf3.
# OMP_NUM_THREADS would make nproc lie, so it is set after asking.
set -uo pipefail
cd "$(dirname "$0")"
cores=$(nproc)
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS=2
seconds=${1:-1100}
teachers=(teach/MSD/ teach/MTT/)
other=$(($(nvidia-smi -L | wc -l) > 1 ? 1 : 0))
python3 -m segue_train.synth --out synth-hold --fonts ./*.sf3 --artists 32 --workers $((cores / 2)) --seed 4242 >synth-hold.log 2>&1 &
hold=$!
python3 -m segue_train.synth --out synth --fonts ./*.sf3 --artists "${ARTISTS:-8000}" --workers $((cores * 2 / 3)) --seed "${SEED:-1}" >synth.log 2>&1 &
synth=$!
CUDA_VISIBLE_DEVICES=0 python3 -m segue_train.harden --real packed --synth synth --teachers "${teachers[@]}" --seconds "$seconds" \
	--workers $((cores / 3)) --resume --out hardened >hardened.log 2>&1 &
hardened=$!
wait $hold
CUDA_VISIBLE_DEVICES=$other python3 -m segue_train.learn_tune --synth synth --hold synth-hold --seconds "$seconds" --resume --out tune >tune.log 2>&1
wait $hardened
kill $synth
python3 -m segue_train.hear --real packed --synth-hold synth-hold --teachers "${teachers[@]}" --tune tune/tune.pt \
	--hardened hardened=2x2=hardened/hardened.pt=0.7 --workers "$cores" --out heard
