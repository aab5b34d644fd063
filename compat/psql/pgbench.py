"""Drives pgbench: initialise, then its built-in and own scripts in the three query modes."""

import os
import re
import subprocess
import tempfile

BIN = "/usr/lib/postgresql/15/bin/pgbench"


def run(*args):
    p = subprocess.run([BIN, *args], capture_output=True, text=True, timeout=300)
    return p.returncode, p.stdout, p.stderr


def check(name, *args, transactions=None):
    code, out, err = run(*args)
    bad = code != 0 or "ERROR" in err or "aborted" in err
    if transactions and f"transactions actually processed: {transactions}/{transactions}" not in out:
        bad = True
    print(out, err)
    complaint = re.findall(r".*(?:error|ERROR|aborted).*", err) or err.strip().splitlines()[-1:] or [f"exit {code}"]
    print(f"FAIL {name}: {complaint[0][:300]}" if bad else f"ok {name}", flush=True)


print("version", subprocess.run([BIN, "--version"], capture_output=True, text=True).stdout.strip().replace("(PostgreSQL) ", "").split(" (")[0])
check("initialise", "-i", "-s", "1", "-q")
check("initialise on the server, with foreign keys", "-i", "-I", "dtGvpf", "-s", "1", "-q")
for mode in ("simple", "extended", "prepared"):
    for script in ("tpcb-like", "simple-update", "select-only"):
        check(f"{script}, {mode}", "-n", "-c", "4", "-j", "2", "-t", "50", "-M", mode, "-b", script, transactions=200)
check("with vacuum", "-c", "1", "-t", "5", transactions=5)
check("connect each time", "-n", "-C", "-c", "2", "-t", "10", "-S", transactions=20)
check("report per command, latency limit, rate", "-n", "-r", "-R", "500", "-L", "1000", "-c", "2", "-t", "20", "-S")
check("serialization failures are tried again", "-n", "-c", "4", "-t", "25", "--max-tries", "20", "-b", "simple-update",
      transactions=100)
with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False) as f:
    f.write(r"""
\set aid random(1, 100000 * :scale)
\set bid random_zipfian(1, 10, 1.5)
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT abalance AS seen FROM pgbench_accounts WHERE aid = :aid \gset
\if :seen >= 0
UPDATE pgbench_accounts SET abalance = abalance + :bid WHERE aid = :aid;
\endif
SELECT count(*), sum(abalance), max(aid) FROM pgbench_accounts WHERE aid BETWEEN :aid AND :aid + 10;
END;
""")
for mode in ("simple", "extended", "prepared"):
    check(f"own script, {mode}", "-n", "-c", "2", "-t", "20", "-M", mode, "--max-tries", "20", "-f", f.name, transactions=40)
with open(f.name, "w") as p:
    p.write("\\startpipeline\nSELECT 1;\nSELECT 2;\nINSERT INTO pgbench_history (tid, bid, aid, delta) VALUES (1, 1, 1, 1);\n\\endpipeline\n")
check("pipeline", "-n", "-c", "2", "-t", "20", "-M", "extended", "-f", f.name, transactions=40)
os.unlink(f.name)
