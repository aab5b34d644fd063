#!/usr/bin/env bash
# Runs on a machine with accelerators: synthesises, trains the network on one GPU and the tune network on the other (both on
# one where there is one), and keeps what they say of the held-out music in heard/.
# Beside it: this folder's segue_train, packed/ (pack.py's shards), teach/MSD and teach/MTT (musicnn's checkpoints), *.sf3.
# OMP_NUM_THREADS would make nproc lie, so it is set after asking.
set -uo pipefail
cd "$(dirname "$0")"
cores=$(nproc)
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS=2
seconds=${1:-850}
teachers=(teach/MSD/ teach/MTT/)
other=$(($(nvidia-smi -L | wc -l) > 1 ? 1 : 0))
python3 -m segue_train.synth --out synth-hold --fonts ./*.sf3 --artists 32 --workers $((cores / 2)) --seed 4242 >synth-hold.log 2>&1
python3 -m segue_train.synth --out synth --fonts ./*.sf3 --artists "${ARTISTS:-6000}" --workers $((cores / 2)) --seed 1 >synth.log 2>&1 &
synth=$!
CUDA_VISIBLE_DEVICES=$other python3 -m segue_train.learn_tune --synth synth --hold synth-hold --seconds "$seconds" --resume --out tune >tune.log 2>&1 &
tune=$!
CUDA_VISIBLE_DEVICES=0 python3 -m segue_train.train --real packed --synth synth --teachers "${teachers[@]}" --seconds "$seconds" \
	--workers $((cores / 2)) --resume --out net >net.log 2>&1
wait $tune
kill $synth
python3 -m segue_train.hear --real packed --synth-hold synth-hold --teachers "${teachers[@]}" --net net/net.pt --tune tune/tune.pt \
	--workers "$cores" --out heard
