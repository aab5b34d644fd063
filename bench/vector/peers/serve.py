"""One peer of bench/vector in a process of its own: reads requests, a JSON object a line, and answers each with one.

serve.py NAME BASE QUERIES DIM DIR runs the class Peer of the module NAME beside this file. A Peer has
    build(base, attr, mode)     base is float32 of shape (rows, dim), attr an int a row, below 1,000
    search(query, k, effort, below)
returning row numbers, nearest first; effort is the mode's own knob, and only rows with attr < below count when below
is not 0. release() may let go of what building needed. size() may give bytes on disk.
"""

import importlib
import json
import os
import sys
import time

import numpy as np


def answer(peer, queries, request):
    wall, ids = [], []
    start, cpu = time.perf_counter(), time.process_time()
    n = 0
    while n < request["min"] or time.perf_counter() - start < request["seconds"]:
        q = queries[(request["first"] + n) % len(queries)]
        began = time.perf_counter()
        found = peer.search(q, request["k"], request["effort"], request["below"])
        wall.append(time.perf_counter() - began)
        ids.append([int(i) for i in found])
        n += 1
    cpu, took = time.process_time() - cpu, time.perf_counter() - start
    return {"cpu": cpu, "took": took, "wall": wall, "ids": ids}


def build(peer, base, dim, request):
    rows = np.memmap(base, dtype=np.float32, mode="r").reshape(-1, dim)
    attr = (np.arange(len(rows), dtype=np.int64) * 7919) % 1000
    start, cpu = time.perf_counter(), time.process_time()
    peer.build(rows, attr, request["mode"])
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {"took": took, "cpu": cpu}


def main():
    name, base, queries, dim, folder = sys.argv[1:]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    peer = importlib.import_module(name).Peer(int(dim), folder)
    queries = np.fromfile(queries, dtype=np.float32).reshape(-1, int(dim))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "build":
                reply = build(peer, base, int(dim), request)
            else:
                reply = answer(peer, queries, request)
        except Exception as e:
            reply = {"error": f"{type(e).__name__}: {e}".splitlines()[0][:200]}
        print(json.dumps(reply), file=out, flush=True)


main()
