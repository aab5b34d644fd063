"""Drives psql: every backslash command, on a schema with one of every kind of object.

A command whose output tells of user objects must print what it prints on PostgreSQL, to the letter; one that lists
what a server brings must only run. Where no PostgreSQL is at hand (SEGUE_ORACLE), all must only run.
"""

import os
import pty
import re
import select
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLE = os.environ.get("SEGUE_ORACLE")
ORACLE_DATABASE = "compat_psql_oracle"


def psql(*args, script=None, env=None, options=("-X", "-q")):
    """Runs psql and returns its output, and its complaints."""
    e = dict(os.environ, **(env or {}), PAGER="cat", LC_ALL="C.UTF-8", PGOPTIONS="-c timezone=UTC")
    p = subprocess.run(["psql", *options, *args], input=script, capture_output=True, text=True, env=e, timeout=60)
    return p.stdout, p.stderr


def report(name, reason=None):
    print(f"FAIL {name}: {' '.join(reason.split())[:400]}" if reason else f"ok {name}", flush=True)


def oracle_env():
    """A fresh database of PostgreSQL's, entered as a role of the same name as Segue's."""
    base = re.sub(r"\?.*", "", ORACLE)
    psql(base, "-c", "CREATE ROLE segue SUPERUSER LOGIN")
    psql(base, "-c", f"DROP DATABASE IF EXISTS {ORACLE_DATABASE} WITH (FORCE)")
    out, err = psql(base, "-c", f"CREATE DATABASE {ORACLE_DATABASE} OWNER segue TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    if err:
        sys.exit(f"the oracle: {err}")
    host, port = re.search(r"@([^:/]+):(\d+)", base).groups()
    return {"PGHOST": host, "PGPORT": port, "PGUSER": "segue", "PGDATABASE": ORACLE_DATABASE}


def load_schema(env=None, say=False):
    with open(os.path.join(HERE, "..", "schema.sql"), encoding="utf-8") as f:
        text = re.sub(r"^--.*\n", "", f.read(), flags=re.M)
    for statement in text.strip().split("\n\n"):
        out, err = psql("-c", statement, env=env)
        if say:
            report("schema: " + " ".join(statement.split())[:60], err)


# What these print is about the objects of schema.sql alone.
SAME = r"""
\d
\d+ shop.*
\d shop.artists
\d shop.albums
\d+ shop.albums
\d shop.tracks
\d+ shop.tracks
\d shop.tracks_title_idx
\d+ shop.albums_recent_idx
\d shop.albums_lower_idx
\d shop.catalogue
\d+ shop.catalogue
\d+ shop.counts
\d shop.invoice_no
\d shop.artists_id_seq
\d shop.albums_id_seq
\d "Mixed Case"
\d+ "Mixed Case"
\d nowhere
\dt
\dt shop.*
\dt+ shop.nosuch
\dt *.albums
\dv shop.*
\di shop.*
\ds shop.*
\dm shop.*
\dE shop.*
\dtvs shop.*
\dn
\dn shop
\dT shop.*
\dT+ shop.*
\dD shop.*
\df shop.*
\da shop.*
\dC shop.medium
\dd shop.*
\ddp
\dp shop.*
\z shop.*
\des
\det
\deu
\dew
\dF shop.*
\dy
\dX shop.*
\dRp
\dRs
\dconfig search_path
\drds
\dP shop.*
\dl
\lo_list
\dAc btree int8
\dAf btree int8
\dAo btree integer_ops
\do+ pg_catalog.~~*
\dfa pg_catalog.string_agg
\dfw pg_catalog.row_number
\dT pg_catalog.int4
\sv shop.catalogue
\sv+ shop.counts
\dg nobody
\encoding
\echo :ENCODING :SQLSTATE :AUTOCOMMIT
\h CREATE INDEX
""".strip().splitlines()

# These list what a server brings.
RUN = r"""
\l
\l+
\list segue
\conninfo
\du
\du+
\dg
\db
\db+
\dn+
\dnS
\dS
\dtS
\dvS
\diS
\dT
\dTS
\dTS+
\df
\dfS
\dfnS+
\dfp
\dft
\dft+
\daS
\doS
\doS+
\dC
\dC+
\dO
\dOS+
\dL
\dLS
\dL+
\dF
\dF+
\dFd
\dFd+
\dFp
\dFp+
\dFt
\dFt+
\dA
\dA+
\dAc
\dAc+
\dAf
\dAf+
\dAo
\dAo+
\dAp
\dAp+
\dc
\dcS
\dconfig
\dconfig+ *
\dd
\ddS
\dp
\dpS
\drg
\dx+
\dP
\dPtin
\dtS+
\diS+
\dE
\dg+
\sf pg_catalog.lower(text)
\sf+ pg_catalog.length(text)
\d pg_catalog.pg_class
\d+ pg_catalog.pg_tables
\d information_schema.columns
\dv information_schema.*
\dt+ shop.*
\di+ shop.*
\dv+ shop.*
\ds+ shop.*
\dconfig work_mem
\do pg_catalog.||
\df pg_catalog.lower
\dC int4
\dO pg_catalog.ucs_basic
\dAp btree float_ops
\df+ pg_catalog.btrim
\dT+ pg_catalog.text
\dx
\timing
\set
\errverbose
\password nosuch
\copyright
""".strip().splitlines()
RUN.remove(r"\drg")  # PostgreSQL 16's
RUN.remove(r"\password nosuch")  # asks on the terminal

# Scripts: a name, what is typed, what comes.
SCRIPTS = [
    ("gdesc", "SELECT id, title, price, medium, created, info FROM shop.albums \\gdesc"),
    ("gset", "SELECT count(*) AS n, min(title) AS t FROM shop.albums \\gset x_\n\\echo :x_n :x_t"),
    ("gexec", "SELECT format('SELECT %s * 2 AS double', id) FROM shop.albums ORDER BY id \\gexec"),
    ("gx", "SELECT id, title FROM shop.albums WHERE id = 1 \\gx"),
    ("g to a file", "SELECT 1 AS one \\g | cat"),
    ("crosstabview", "SELECT artist_id, medium, count(*) FROM shop.albums GROUP BY 1, 2 ORDER BY 1, 2 \\crosstabview"),
    ("bind by PREPARE", "PREPARE p (int) AS SELECT title FROM shop.albums WHERE id = $1;\nEXECUTE p (1);\nDEALLOCATE p;"),
    ("variables", "\\set t 'it''s'\nSELECT :'t' AS t, :\"t\" FROM (SELECT 1 AS \"it's\") s;"),
    ("if", "SELECT 1 = 1 AS yes \\gset\n\\if :yes\nSELECT 'yes' AS said;\n\\else\nSELECT 'no' AS said;\n\\endif"),
    ("copy out", "\\copy (SELECT id, title FROM shop.albums ORDER BY id) TO STDOUT"),
    ("copy out csv", "\\copy (SELECT * FROM shop.albums ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)"),
    ("copy in", "CREATE TABLE c (a int, b text);\n\\copy c FROM STDIN\n1\tone\n2\t\\N\n\\.\nSELECT * FROM c ORDER BY a;\nDROP TABLE c;"),
    ("copy in csv", "CREATE TABLE c (a int, b text);\n\\copy c FROM PSTDIN CSV\n1,\"o,ne\"\n2,\n\\.\nSELECT * FROM c ORDER BY a;\nDROP TABLE c;"),
    ("copy program", "CREATE TABLE c (a int);\n\\copy c FROM PROGRAM 'seq 3'\nSELECT sum(a) FROM c;\nDROP TABLE c;"),
    ("error of COPY", "CREATE TABLE c (a int);\n\\copy c FROM STDIN\n1\nx\n\\.\nSELECT count(*) FROM c;\nDROP TABLE c;"),
    ("errverbose", "SELECT nosuch;\n\\echo :SQLSTATE :LAST_ERROR_MESSAGE"),
    ("verbose error", "\\set VERBOSITY sqlstate\nINSERT INTO shop.tracks (album_id, no, title) VALUES (1, -1, 't');\nSELECT 1/0;\nSELEC 1;"),
    ("error detail", "INSERT INTO shop.artists (name) VALUES ('Can');\nINSERT INTO shop.albums (artist_id, title) VALUES (99, 't');\nDELETE FROM nowhere;"),
    ("error position", "SELECT id,\n  nosuch\nFROM shop.albums;"),
    ("ON_ERROR_ROLLBACK", "\\set ON_ERROR_ROLLBACK on\nBEGIN;\nCREATE TABLE r (a int);\nSELECT nosuch;\nINSERT INTO r VALUES (1);\nCOMMIT;\nSELECT * FROM r;\nDROP TABLE r;"),
    ("transaction", "BEGIN;\nSELECT 1/0;\nSELECT 1;\nROLLBACK;"),
    ("FETCH_COUNT", "\\set FETCH_COUNT 2\nSELECT n FROM generate_series(1, 5) n;"),
    ("several statements", "SELECT 1 AS a\\; SELECT 2 AS b;"),
    ("formats", "\\pset format html\nSELECT id, title FROM shop.albums ORDER BY id;\n\\pset format csv\nSELECT * FROM \"Mixed Case\" ORDER BY 1;"),
    ("numericlocale and null", "\\pset null (null)\nSELECT NULL::int AS n, 1.50 AS x, true AS t, '{1,NULL}'::int[] AS a;"),
    ("tuples only", "\\t\n\\a\nSELECT id, title FROM shop.albums ORDER BY id;"),
    ("watch", "SELECT 1 AS seen \\watch 0.2"),
    ("notices", "DROP TABLE IF EXISTS nowhere;\nCREATE SCHEMA IF NOT EXISTS shop;"),
    ("types", "SELECT 1::int2, 2::int8, 1.5::float4, 'x'::char(3), '\\x01'::bytea, 'a'::name, '1 day'::interval, '[1,2]'::jsonb;"),
    ("explain", "EXPLAIN (COSTS OFF) SELECT 1;"),
    ("sequences", "SELECT nextval('shop.invoice_no'), currval('shop.invoice_no'), lastval();\nSELECT last_value, is_called FROM shop.invoice_no;"),
    ("encoding", "\\encoding LATIN1\nSELECT length('x');\n\\encoding UTF8\nSHOW client_encoding;"),
    ("show", "SHOW standard_conforming_strings;\nSHOW DateStyle;\nSHOW search_path;"),
]


def normal(text):
    """Times that no two servers share."""
    text = re.sub(r"\w{3} \w{3} +\d+ [\d:]+ \d{4}( \(every [^)]*\))?", "TIME", text)
    return re.sub(r"^ *(Time|LOCATION): .*$", "", text, flags=re.M)


def compare(name, args=(), script=None):
    ours = psql(*args, script=script)
    if ORACLE_AT is None:
        report(name, ours[1] if script is None else None)
        return
    theirs = psql(*args, script=script, env=ORACLE_AT)
    ours, theirs = (normal(o + "\n" + e) for o, e in (ours, theirs))
    if ours == theirs:
        report(name)
        return
    a, b = ours.splitlines(), theirs.splitlines()
    n = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    print(f"--- {name}\n{ours}\n--- PostgreSQL\n{theirs}\n---")
    report(name, f"line {n + 1}: got {(a + ['(end)'])[n]!r}, want {(b + ['(end)'])[n]!r}")


def watch(script):
    """\\watch runs until it is interrupted."""
    p = subprocess.Popen(["psql", "-X", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    p.stdin.write(script + "\n")
    p.stdin.flush()
    time.sleep(1.5)
    p.send_signal(2)
    out, _ = p.communicate(timeout=20)
    report("script: watch", None if out.count("seen") >= 2 and "ERROR" not in out else out)


def terminal(typed, expected):
    """Types into a psql that has a terminal, and waits for what readline should add."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", INPUTRC="/dev/null", PSQL_HISTORY="/dev/null", PAGER="cat")
        os.execvp("psql", ["psql", "-X", "-q"])

    def until(want, seconds):
        seen, end = "", time.time() + seconds
        while time.time() < end and want not in seen:
            if select.select([fd], [], [], 0.1)[0]:
                try:
                    seen += os.read(fd, 65536).decode("utf-8", "replace")
                except OSError:
                    break
        return seen

    until("=# ", 5)
    os.write(fd, typed.encode() + b"\t\t")
    seen = until(expected, 8)
    os.write(fd, b"\x15\\q\n")
    until("\0", 0.2)
    os.close(fd)
    os.waitpid(pid, 0)
    seen = seen.replace("\x07", "")
    report(f"tab: {typed}", None if expected in seen else f"no {expected!r} in {seen!r}")


TABS = [
    ("SELECT * FROM shop.alb", "shop.albums"),
    ("SELECT * FROM shop.ar", "artists"),
    ("UPDATE shop.tracks SET expl", "explicit"),
    ("INSERT INTO shop.artists (cou", "country"),
    ("ALTER TABLE shop.albums DROP CONSTRAINT albums_title", "albums_title_per_artist"),
    ("ALTER TABLE shop.albums ALTER COLUMN rel", "released"),
    ("DROP INDEX shop.tracks_t", "tracks_title_idx"),
    ("DROP VIEW shop.cat", "catalogue"),
    ("DROP SEQUENCE shop.inv", "invoice_no"),
    ("DROP TYPE shop.med", "medium"),
    ("DROP FUNCTION pg_catalog.pg_get_viewd", "pg_get_viewdef"),
    ("SET search_p", "search_path"),
    ("SET DateSt", "datestyle"),
    ("SHOW work_m", "work_mem"),
    ("SET TIME ZONE 'Europe/Ber", "Europe/Ber"),
    ("\\d shop.tr", "tracks"),
    ("\\dn sh", "shop"),
    ("\\df pg_catalog.array_app", "array_append"),
    ("\\connect se", "segue"),
    ("\\encoding UT", "UTF8"),
    ("GRANT SELECT ON shop.catalogue TO seg", "segue"),
    ("GRANT USAGE ON SCHEMA sh", "shop"),
    ("DROP EXTENSION ", "vector" if os.environ.get("COMPAT_TARGET") == "segue" else "plpgsql"),
    ("CREATE INDEX ON shop.tracks USING bt", "btree"),
    ("ANALYZE shop.tr", "tracks"),
    ("TRUNCATE shop.tr", "tracks"),
    ("EXECUTE ", ""),
    ("SELECT pg_catalog.pg_size_pr", "pg_size_pr"),
]

version = psql("--version")[0].split()
print("version psql", version[2])
ORACLE_AT = oracle_env() if ORACLE else None
if ORACLE_AT:
    load_schema(ORACLE_AT)
load_schema(say=True)
for command in SAME:
    compare(command, ("-c", command))
for command in RUN:
    _, err = psql("-c", command)
    report(command, err)
for name, script in SCRIPTS:
    if name == "watch":
        watch(script)
    else:
        compare("script: " + name, script=script + "\n")
for typed, expected in TABS:
    if os.environ.get("COMPAT_TARGET") == "postgres" and typed == r"\connect se":  # the database has another name there
        continue
    terminal(typed, expected)
