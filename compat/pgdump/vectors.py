"""A table of vectors and its index, dumped into a PostgreSQL that has pgvector, and back.

Debian's PostgreSQL 15 comes without pgvector; the PyPI package pgserver brings PostgreSQL 16 with it.
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = "5432"  # of a Unix socket in a directory of its own

SCHEMA = """
CREATE SCHEMA music;
CREATE TABLE music.tracks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL, emb vector(3), any_dim vector);
INSERT INTO music.tracks (title, emb, any_dim) VALUES ('a', '[1,2,3]', '[1,2]'), ('b', '[-0.5,0,1e-3]', NULL), ('c', NULL, '[3]');
CREATE INDEX tracks_emb ON music.tracks USING hnsw (emb vector_cosine_ops) WITH (m = 8, ef_construction = 32);
CREATE INDEX tracks_l2 ON music.tracks USING ivfflat (emb vector_l2_ops) WITH (lists = 1);
CREATE VIEW music.near AS SELECT id, emb <=> '[1,0,0]'::vector AS distance FROM music.tracks ORDER BY emb <=> '[1,0,0]'::vector LIMIT 2;
"""


class Server:
    """PostgreSQL 16 with pgvector, in a temporary directory."""

    def __init__(self, install):
        self.dir = tempfile.mkdtemp(prefix="compat-pgvector-")
        os.chmod(self.dir, 0o755)
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        # Where the server's own user may read, and as they lie: programs look for libraries in ../../../pgserver.libs.
        shutil.copytree(install, self.dir + "/pgserver/pginstall", symlinks=True)
        shutil.copytree(install + "/../../pgserver.libs", self.dir + "/pgserver.libs", symlinks=True)
        os.mkdir(self.dir + "/run")
        if self.user:
            shutil.chown(self.dir + "/run", "postgres")
        self.bin = self.dir + "/pgserver/pginstall/bin/"
        self.data = self.dir + "/run/data"
        self.command("initdb", "-D", self.data, "-U", "segue", "-A", "trust", "-E", "UTF8", "--locale=C")
        self.command("pg_ctl", "-D", self.data, "-l", self.dir + "/run/log", "-w", "start",
                     "-o", f"-c listen_addresses='' -c unix_socket_directories={self.dir}/run -p {PORT}")
        self.env = {"PGHOST": self.dir + "/run", "PGPORT": PORT, "PGUSER": "segue", "PGDATABASE": "postgres"}

    def command(self, program, *args):
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        subprocess.run([*self.user, self.bin + program, *args], check=True, env=env, cwd="/", stdout=subprocess.DEVNULL, timeout=120)

    def close(self):
        self.command("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.dir)


def content(run, env=None):
    """What is in the tables and what the catalog says of them."""
    out = ""
    for sql in ("SELECT * FROM music.tracks ORDER BY id", "SELECT id, round(distance::numeric, 5) FROM music.near",  # pgvector adds up in float32
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'music' ORDER BY 1",
                "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = 'music.tracks'::regclass AND attnum > 0 ORDER BY attnum",
                "SELECT pg_get_viewdef('music.near'::regclass)"):
        code, rows, err = run("psql", "-X", "-At", "-c", sql, env=env)
        out += sql + "\n" + rows.replace("tracks.", "") + err  # PostgreSQL 16 names no table where there is one
    return out


def main(run, step, report):
    found = glob.glob(os.path.join(HERE, "../.deps/pgserver/lib/python*/site-packages/pgserver/pginstall"))
    if os.environ.get("COMPAT_TARGET") != "segue":
        return
    if not found:
        report("vectors", "the PostgreSQL with pgvector is not installed")
        return
    step("vectors: schema", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", script="DROP SCHEMA IF EXISTS shop CASCADE;" + SCHEMA)
    want = content(run)
    plain = step("vectors: pg_dump", "pg_dump", "-n", "music", "-e", "vector")
    there = Server(found[0])
    try:
        step("vectors: into pgvector", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", env=there.env, script=plain)
        got = content(run, there.env)
        report("vectors: pgvector has the same", None if got == want else f"got {got!r}, want {want!r}")
        step("vectors: clean before the way back", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", script="DROP SCHEMA music CASCADE")
        env = dict(os.environ, **there.env)
        subprocess.run([there.bin + "pg_dump", "-Fc", "-n", "music", "-f", there.dir + "/archive"], env=env, check=True, timeout=60)
        p = subprocess.run([there.bin + "pg_restore", "-e", "-d", os.environ["PGDATABASE"], there.dir + "/archive"],
                           capture_output=True, text=True, timeout=60)
        report("vectors: pg_restore into Segue", None if p.returncode == 0 else p.stderr)
        got = content(run)
        report("vectors: Segue has the same again", None if got == want else f"got {got!r}, want {want!r}")
    finally:
        there.close()
