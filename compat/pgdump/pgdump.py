"""Drives pg_dump, pg_restore and pg_dumpall: what is here goes into PostgreSQL 15 and comes back equal.

Without a PostgreSQL at hand (SEGUE_ORACLE) the dumps must be made and read, but go nowhere.
"""

import os
import re
import subprocess
import sys
import tempfile

import vectors

BIN = "/usr/lib/postgresql/15/bin/"
ORACLE = os.environ.get("SEGUE_ORACLE")
HERE = os.path.dirname(os.path.abspath(__file__))
DIR = tempfile.mkdtemp(prefix="compat-pgdump-")


def run(program, *args, env=None, script=None):
    e = dict(os.environ, LC_ALL="C.UTF-8", PGOPTIONS="-c timezone=UTC", **(env or {}))
    p = subprocess.run([BIN + program, *args], env=e, input=script, capture_output=True, text=True, timeout=120)
    return p.returncode, p.stdout, p.stderr


def report(name, reason=None):
    print(f"FAIL {name}: {' '.join(reason.split())[:500]}" if reason else f"ok {name}", flush=True)


def step(name, program, *args, env=None, script=None):
    code, out, err = run(program, *args, env=env, script=script)
    errors = re.findall(r".*(?:error|ERROR|fatal).*", err)
    if code or errors:
        print(out[-2000:], err)
    report(name, (errors or [err or f"exit {code}"])[0] if code or errors else None)
    return out


def oracle(database):
    """A fresh database of PostgreSQL's for a role named as ours."""
    base = re.sub(r"\?.*", "", ORACLE)
    for sql in ("CREATE ROLE segue SUPERUSER LOGIN", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)",
                f"CREATE DATABASE {database} OWNER segue TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"):
        run("psql", "-X", base, "-c", sql)
    host, port = re.search(r"@([^:/]+):(\d+)", base).groups()
    return {"PGHOST": host, "PGPORT": port, "PGUSER": "segue", "PGDATABASE": database}


def statements():
    with open(os.path.join(HERE, "..", "schema.sql"), encoding="utf-8") as f:
        return re.sub(r"^--.*\n", "", f.read(), flags=re.M).strip().split("\n\n")


def normal(dump):
    """A dump without its comments and its server's version."""
    return [l for l in dump.splitlines() if l and not l.startswith("--") and not l.startswith("\\")]


def same(name, got, want):
    a, b = normal(got), normal(want)
    n = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), None)
    if n is None and len(a) != len(b):
        n = min(len(a), len(b))
    if n is not None:
        print("--- got", got, "--- want", want, sep="\n")
        report(name, f"got {(a + ['(end)'])[n]!r}, want {(b + ['(end)'])[n]!r}")
    else:
        report(name)


def without_vector(dump):
    """A dump without the extension, which PostgreSQL's package does not bring."""
    return re.sub(r"^(CREATE|DROP|COMMENT ON) EXTENSION (IF (NOT )?EXISTS )?vector\b[^;]*;\n", "", dump, flags=re.M)


print("version pg_dump", run("pg_dump", "--version")[1].split()[2])
for sql in statements():
    code, _, err = run("psql", "-X", "-q", "-c", sql)
    if code:
        report("schema: " + " ".join(sql.split())[:50], err)
plain = step("pg_dump, plain", "pg_dump")
inserts = step("pg_dump --inserts", "pg_dump", "--column-inserts", "--rows-per-insert=2")
schema = step("pg_dump --schema-only", "pg_dump", "--schema-only")
data = step("pg_dump --data-only", "pg_dump", "--data-only")
clean = step("pg_dump --clean --if-exists", "pg_dump", "--clean", "--if-exists", "--no-owner", "--no-privileges")
one = step("pg_dump -t", "pg_dump", "-t", "shop.albums")
step("pg_dump -n", "pg_dump", "-n", "shop", "-T", "shop.tracks")
step("pg_dump, custom", "pg_dump", "-Fc", "-f", DIR + "/custom")
step("pg_dump, directory, two jobs", "pg_dump", "-Fd", "-j", "2", "-f", DIR + "/directory")
step("pg_dump, tar", "pg_dump", "-Ft", "-f", DIR + "/tar")
step("pg_dump --serializable-deferrable", "pg_dump", "--serializable-deferrable", "-s")
step("pg_dump --snapshot and quoting", "pg_dump", "--quote-all-identifiers", "-s")
step("pg_restore -l", "pg_restore", "-l", DIR + "/custom")
step("pg_dumpall --globals-only", "pg_dumpall", "-l", os.environ["PGDATABASE"], "--globals-only")
step("pg_dumpall --roles-only", "pg_dumpall", "-l", os.environ["PGDATABASE"], "--roles-only", "--no-role-passwords")
step("vacuumdb", "vacuumdb", "--analyze")
step("reindexdb", "reindexdb", "-t", "shop.artists")
step("pg_isready", "pg_isready")
if not ORACLE:
    sys.exit()
# Into PostgreSQL, and what PostgreSQL then dumps is what we dumped.
there = oracle("compat_dump_plain")
step("plain into PostgreSQL", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", env=there, script=without_vector(plain))
same("PostgreSQL dumps the same", without_vector(plain), run("pg_dump", env=there)[1])
there = oracle("compat_dump_custom")
with open(DIR + "/list", "w", encoding="utf-8") as f:
    f.writelines(l + "\n" for l in run("pg_restore", "-l", DIR + "/custom")[1].splitlines() if "EXTENSION" not in l)
step("custom into PostgreSQL", "pg_restore", "-e", "-L", DIR + "/list", "-d", "compat_dump_custom", DIR + "/custom", env=there)
same("PostgreSQL dumps the same of custom", without_vector(plain), run("pg_dump", env=there)[1])
there = oracle("compat_dump_custom")
step("directory into PostgreSQL, two jobs", "pg_restore", "-e", "-j", "2", "-L", DIR + "/list", "-d", "compat_dump_custom", DIR + "/directory", env=there)
same("PostgreSQL dumps the same of the directory", without_vector(plain), run("pg_dump", env=there)[1])
# What PostgreSQL makes of the statements themselves, dumped there and restored here.
there = oracle("compat_dump_own")
for sql in statements():
    run("psql", "-X", "-q", "-c", sql, env=there)
theirs = run("pg_dump", env=there)[1]
same("our dump is PostgreSQL's", re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "NOW", without_vector(plain)), re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "NOW", theirs))
run("pg_dump", "-Fc", "-f", DIR + "/theirs", env=there)
if os.environ.get("COMPAT_TARGET") == "segue":
    step("clean before the way back", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", script='DROP SCHEMA shop CASCADE; DROP TABLE "Mixed Case"')
    step("PostgreSQL's plain dump into Segue", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", script=theirs)
    same("and Segue dumps the same", without_vector(run("pg_dump")[1]), theirs)
    step("clean before pg_restore", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", script='DROP SCHEMA shop CASCADE; DROP TABLE "Mixed Case"')
    step("pg_restore into Segue", "pg_restore", "-e", "-d", os.environ["PGDATABASE"], DIR + "/theirs")
    same("and Segue dumps the same again", without_vector(run("pg_dump")[1]), theirs)
    step("pg_restore --clean", "pg_restore", "-e", "--clean", "--if-exists", "-d", os.environ["PGDATABASE"], DIR + "/theirs")
    step("clean before two jobs", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", script='DROP SCHEMA shop CASCADE; DROP TABLE "Mixed Case"')
    step("pg_restore into Segue, two jobs", "pg_restore", "-e", "-j", "2", "-d", os.environ["PGDATABASE"], DIR + "/theirs")
    same("and Segue dumps the same of two jobs", without_vector(run("pg_dump")[1]), theirs)
    step("our own --clean dump again", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", script=without_vector(clean))
    step("the inserts again", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", script='DROP SCHEMA shop CASCADE; DROP TABLE "Mixed Case";\n' + inserts)
for database in ("compat_dump_plain", "compat_dump_custom", "compat_dump_own"):
    run("psql", "-X", re.sub(r"\?.*", "", ORACLE), "-c", f"DROP DATABASE {database}")
vectors.main(run, step, report)
