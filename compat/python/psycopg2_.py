"""psycopg2: the driver that most of Python's Postgres code still uses."""

import datetime as dt
import io
import select
import uuid
from decimal import Decimal

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras
import psycopg2.pool
import psycopg2.sql

from check import URL, check, equal, raises, version

conn = psycopg2.connect(URL)
version("psycopg2 " + psycopg2.__version__.split()[0])
psycopg2.extras.register_uuid()
E = psycopg2.errors


def one(query, *args):
    with conn.cursor() as cur:
        cur.execute(query, args or None)
        return cur.fetchone()


@check("create tables in a transaction that rolls back, then again")
def _():
    for end in (conn.rollback, conn.commit):
        with conn.cursor() as cur:
            cur.execute("CREATE TABLE playlist (id serial PRIMARY KEY, name varchar(50) UNIQUE, made timestamptz DEFAULT now())")
            cur.execute("CREATE TABLE entry (playlist_id int REFERENCES playlist (id), pos int, track text, PRIMARY KEY (playlist_id, pos))")
        end()


@check("connection parameters")
def _():
    equal(conn.encoding, "UTF8")
    equal(conn.server_version // 10000, 15)
    equal(conn.get_parameter_status("integer_datetimes"), "on")
    equal(conn.get_transaction_status(), psycopg2.extensions.TRANSACTION_STATUS_IDLE)
    equal(conn.get_dsn_parameters()["sslmode"], "disable")


for kind, value in [
    ("text", "it's a \\ ü \U0001f3b6 %"), ("int8", 2**62), ("numeric", Decimal("1.2300")), ("float8", 0.1), ("bool", False), ("bytea", b"\x00'\\\xff"),
    ("date", dt.date(2024, 2, 29)), ("time", dt.time(1, 2, 3, 4)), ("timestamp", dt.datetime(2024, 1, 2, 3, 4, 5, 6)),
    ("timestamptz", dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)), ("interval", dt.timedelta(1, 2, 3)), ("uuid", uuid.uuid4()),
    ("int4[]", [1, 2, None]), ("text[]", ["a'b", "c,d", None]), ("date[]", [dt.date(1999, 1, 1)]), ("float8", float("inf")), ("bool[]", [True, None]),
    ("timestamptz[]", [dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc)]),
]:
    @check(f"round trip of {kind} {value!r:.20}")
    def _(kind=kind, value=value):
        got = one(f"SELECT %s::{kind}", value)[0]
        equal(bytes(got) if isinstance(got, memoryview) else got, value)
    conn.rollback()


@check("jsonb")
def _():
    equal(one("SELECT %s::jsonb", psycopg2.extras.Json({"a": [1, "x"]}))[0], {"a": [1, "x"]})
    conn.rollback()


@check("execute_values, execute_batch, mogrify")
def _():
    with conn, conn.cursor() as cur:
        cur.execute("INSERT INTO playlist (name) VALUES (%(n)s) RETURNING id", {"n": "mine"})
        pid = cur.fetchone()[0]
        psycopg2.extras.execute_values(cur, "INSERT INTO entry VALUES %s", [(pid, i, f"t{i}") for i in range(250)], page_size=100)
        psycopg2.extras.execute_batch(cur, "UPDATE entry SET track = %s WHERE playlist_id = %s AND pos = %s", [("x", pid, i) for i in range(50)])
        equal(cur.mogrify("SELECT %s, %s", ("a'b\\", None)), b"SELECT 'a''b\\', NULL")
        cur.execute("SELECT count(*), count(*) FILTER (WHERE track = 'x') FROM entry")
        equal(cur.fetchone(), (250, 50))


@check("IN and ANY")
def _():
    equal(one("SELECT count(*) FROM entry WHERE pos IN %s", (1, 2, 3))[0], 3)
    equal(one("SELECT count(*) FROM entry WHERE pos = ANY(%s)", [1, 2])[0], 2)
    conn.rollback()


@check("errors")
def _():
    def run(q):
        try:
            with conn.cursor() as cur:
                cur.execute(q)
        finally:
            conn.rollback()

    x = raises(E.UniqueViolation, lambda: run("INSERT INTO playlist (name) VALUES ('mine')"), "23505")
    equal((x.diag.constraint_name, x.diag.table_name, x.diag.severity), ("playlist_name_key", "playlist", "ERROR"))
    raises(E.ForeignKeyViolation, lambda: run("INSERT INTO entry VALUES (77, 1, 't')"), "23503")
    raises(E.ForeignKeyViolation, lambda: run("DELETE FROM playlist"), "23503")
    raises(E.StringDataRightTruncation, lambda: run("INSERT INTO playlist (name) VALUES (repeat('x', 51))"), "22001")
    raises(E.UndefinedTable, lambda: run("TABLE nowhere"), "42P01")
    raises(E.SyntaxError, lambda: run("SELECT FROM WHERE"), "42601")
    raises(E.DuplicateTable, lambda: run("CREATE TABLE entry (a int)"), "42P07")
    raises(E.InvalidDatetimeFormat, lambda: run("SELECT 'yesterdayish'::timestamptz"), "22007")


@check("failed transaction")
def _():
    with conn.cursor() as cur:
        raises(E.DivisionByZero, lambda: cur.execute("SELECT 1/0"))
        equal(conn.get_transaction_status(), psycopg2.extensions.TRANSACTION_STATUS_INERROR)
        raises(E.InFailedSqlTransaction, lambda: cur.execute("SELECT 1"))
    conn.rollback()


@check("named cursor")
def _():
    with conn, conn.cursor("c1") as cur:
        cur.itersize = 40
        cur.execute("SELECT pos FROM entry ORDER BY pos")
        equal([r[0] for r in cur], list(range(250)))
    with conn, conn.cursor("c2", scrollable=True) as cur:
        cur.execute("SELECT pos FROM entry ORDER BY pos")
        cur.scroll(200)
        equal(cur.fetchone(), (200,))
        cur.scroll(-100)
        equal(cur.fetchone(), (101,))


@check("COPY")
def _():
    with conn, conn.cursor() as cur:
        cur.copy_from(io.StringIO("1\t1000\ta\\tb\n1\t1001\t\\N\n"), "entry", columns=("playlist_id", "pos", "track"))
        out = io.StringIO()
        cur.copy_to(out, "entry")
        equal(out.getvalue().count("\n"), 252)
        cur.copy_expert("COPY entry FROM STDIN WITH (FORMAT csv, HEADER)", io.StringIO('playlist_id,pos,track\n1,2000,"a ""b"", c"\n'))
        out = io.StringIO()
        cur.copy_expert("COPY (SELECT track FROM entry WHERE pos >= 1000 ORDER BY pos) TO STDOUT (FORMAT csv, NULL '-')", out)
        equal(out.getvalue(), 'a\tb\n-\n"a ""b"", c"\n')


@check("DictCursor, RealDictCursor, NamedTupleCursor")
def _():
    for factory, get in [(psycopg2.extras.DictCursor, lambda r: r["name"]), (psycopg2.extras.RealDictCursor, lambda r: r["name"]),
                         (psycopg2.extras.NamedTupleCursor, lambda r: r.name)]:
        with conn.cursor(cursor_factory=factory) as cur:
            cur.execute("SELECT id, name FROM playlist")
            equal(get(cur.fetchone()), "mine")
    conn.rollback()


@check("isolation levels")
def _():
    conn.rollback()
    for level, name in [("READ COMMITTED", "read committed"), ("REPEATABLE READ", "repeatable read"), ("SERIALIZABLE", "serializable")]:
        conn.set_session(isolation_level=level, readonly=True)
        equal(one("SHOW transaction_isolation")[0], name)
        equal(one("SHOW transaction_read_only")[0], "on")
        conn.rollback()
    conn.set_session(isolation_level="DEFAULT", readonly="DEFAULT")


@check("LISTEN and NOTIFY")
def _():
    conn.rollback()
    conn.autocommit = True
    with conn.cursor() as cur:
        cur.execute("LISTEN \"Queue\"")
        cur.execute("NOTIFY \"Queue\", 'job 1'")
    if not conn.notifies:
        select.select([conn], [], [], 5)
        conn.poll()
    equal([(n.channel, n.payload, n.pid == conn.get_backend_pid()) for n in conn.notifies], [("Queue", "job 1", True)])
    conn.autocommit = False


@check("notices")
def _():
    with conn.cursor() as cur:
        cur.execute("DROP TABLE IF EXISTS nowhere")
    equal(conn.notices[-1], 'NOTICE:  table "nowhere" does not exist, skipping\n')
    conn.rollback()


@check("callproc")
def _():
    with conn.cursor() as cur:
        cur.callproc("lower", ["ABC"])
        equal(cur.fetchone(), ("abc",))
    conn.rollback()


@check("register_composite and enum array")
def _():
    with conn.cursor() as cur:
        cur.execute("CREATE TYPE card AS (value int, suit text)")
        psycopg2.extras.register_composite("card", cur)
        cur.execute("SELECT (8, 'hearts')::card")
        equal(cur.fetchone()[0].suit, "hearts")
        cur.execute("CREATE TYPE suit AS ENUM ('a', 'b')")
        cur.execute("SELECT 'a'::suit, enum_range(NULL::suit)::text")
        equal(cur.fetchone(), ("a", "{a,b}"))
    conn.rollback()


@check("pool")
def _():
    pool = psycopg2.pool.ThreadedConnectionPool(1, 3, URL)
    a, b = pool.getconn(), pool.getconn()
    equal(a.info.backend_pid != b.info.backend_pid, True)
    pool.putconn(a)
    pool.putconn(b)
    pool.closeall()


@check("reset")
def _():
    with conn.cursor() as cur:
        cur.execute("SET search_path TO nowhere")
    conn.reset()
    equal(one("SHOW search_path")[0], '"$user", public')
    conn.rollback()


@check("asynchronous connection")
def _():
    a = psycopg2.connect(URL, async_=1)

    def wait():
        while (state := a.poll()) != psycopg2.extensions.POLL_OK:
            select.select([a.fileno()] if state == psycopg2.extensions.POLL_READ else [], [a.fileno()] if state == psycopg2.extensions.POLL_WRITE else [], [], 5)

    wait()
    cur = a.cursor()
    cur.execute("SELECT 42")
    wait()
    equal(cur.fetchone(), (42,))
    a.close()


@check("cancel")
def _():
    import threading

    threading.Timer(0.3, conn.cancel).start()
    raises(E.QueryCanceled, lambda: one("SELECT pg_sleep(30)"), "57014")
    conn.rollback()


@check("column names of a description")
def _():
    with conn.cursor() as cur:
        cur.execute("SELECT id, name, made, 1.5::numeric(5,2) AS x FROM playlist")
        equal([(c.name, c.type_code, c.precision, c.scale) for c in cur.description],
              [("id", 23, None, None), ("name", 1043, None, None), ("made", 1184, None, None), ("x", 1700, 5, 2)])
        equal(cur.description[0].table_oid, one("SELECT 'playlist'::regclass::oid")[0])
        equal(cur.description[1].table_column, 2)
    conn.rollback()


@check("hstore")
def _():
    with conn, conn.cursor() as cur:
        cur.execute("CREATE EXTENSION IF NOT EXISTS hstore")
        cur.execute("CREATE TABLE tagged (id int, tags hstore, all_tags hstore[])")
    psycopg2.extras.register_hstore(conn)
    tags = {"a": "1", "b": None, 'q"\\': "x => 'y'", "": ""}
    with conn, conn.cursor() as cur:
        cur.execute("INSERT INTO tagged VALUES (1, %s, %s)", (tags, [tags, {}]))
        cur.execute("SELECT tags, all_tags, tags -> 'a' FROM tagged WHERE tags ? 'b' AND tags @> %s", ({"a": "1"},))
        equal(cur.fetchone(), (tags, [tags, {}], "1"))
        cur.execute("DROP TABLE tagged")
