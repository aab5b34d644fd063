"""asyncpg: binary only, prepared always, and an introspection query for every type that it does not know."""

import asyncio
import datetime as dt
import json
import tempfile
import uuid
from decimal import Decimal

import asyncpg

from check import HAS_VECTOR, URL, check, equal, version

loop = asyncio.new_event_loop()
run = loop.run_until_complete
conn = run(asyncpg.connect(URL))
version("asyncpg " + asyncpg.__version__)


async def fails(kind, awaitable):
    try:
        await awaitable
    except kind as e:
        return e
    raise AssertionError(f"no {kind.__name__}")


@check("server version and settings")
def _():
    equal(conn.get_server_version().major, 15)
    equal(conn.get_settings().client_encoding.upper(), "UTF8")


@check("create tables by a script of several statements")
def _():
    run(conn.execute("""
        CREATE TABLE band (id serial PRIMARY KEY, name text NOT NULL);
        CREATE TABLE gig (id bigserial PRIMARY KEY, band int REFERENCES band, at timestamptz, fee numeric, notes jsonb, tags text[]);
        CREATE INDEX gig_at ON gig (at);
    """))


for kind, value in [
    ("bool", True), ("smallint", -1), ("int", 2**31 - 1), ("bigint", -2**63), ("real", 0.5), ("double precision", 1e-300), ("numeric", Decimal("-12345.6789000")),
    ("numeric", Decimal("1E+20")), ("text", "\u00e9\U0001f3b8"), ("bytea", b"\x00\x01"), ("uuid", uuid.UUID(int=7)), ("date", dt.date(1, 1, 1)), ("date", dt.date.max),
    ("time", dt.time(1, 2, 3, 4)), ("timestamp", dt.datetime(2020, 1, 1, 1, 1, 1, 1)), ("timestamptz", dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)),
    ("interval", dt.timedelta(days=40, microseconds=-1)), ("json", '{"a": 1}'), ("jsonb", '{"a": [1, 2]}'), ("oid", 2**32 - 1), ("int[]", [1, None, 3]), ("text[]", [["a", "b"], ["c", None]]),
    ("numeric[]", [Decimal("1.0")]), ("timestamptz[]", [dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)]), ("name", "pg_class"), ("varchar(3)", "abc"), ("char(4)", "ab  "), ('"char"', b"x"),
    ("uuid[]", []), ("jsonb[]", ['"x"']), ("float8[]", [float("-inf")]), ("timetz", dt.time(1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2)))),
    ("bit(3)", asyncpg.BitString("101")), ("inet", __import__("ipaddress").ip_interface("10.1.2.3/8")), ("int4range", asyncpg.Range(1, 5)), ("daterange[]", [asyncpg.Range(dt.date(2020, 1, 1), None), asyncpg.Range(empty=True)]),
    ("nummultirange", [asyncpg.Range(Decimal("1.5"), Decimal(2)), asyncpg.Range(Decimal(5), None)]), ("point", asyncpg.Point(1, 2)),
]:
    @check(f"round trip of {kind} {value!r:.24}")
    def _(kind=kind, value=value):
        equal(run(conn.fetchval(f"SELECT $1::{kind}", value)), value)
        equal(run(conn.fetchval(f"SELECT $1::{kind}", None)), None)


@check("insert, returning, executemany")
def _():
    equal(run(conn.fetchval("INSERT INTO band (name) VALUES ($1) RETURNING id", "Stereolab")), 1)
    rows = [(1, dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(days=i), Decimal(i), json.dumps({"n": i}), ["a"] * (i % 3)) for i in range(200)]
    run(conn.executemany("INSERT INTO gig (band, at, fee, notes, tags) VALUES ($1, $2, $3, $4, $5)", rows))
    equal(run(conn.fetchrow("SELECT count(*) AS n, sum(fee) AS s, max((notes->>'n')::int) AS m FROM gig"))["s"], Decimal(19900))
    equal(run(conn.fetch("INSERT INTO band (name) SELECT unnest($1::text[]) RETURNING id, name", ["a", "b"]))[1]["name"], "b")


@check("fetchmany")
def _():
    got = run(conn.fetchmany("INSERT INTO band (name) VALUES ($1) RETURNING id", [("x",), ("y",)]))
    equal(len(got), 2)


@check("command tags")
def _():
    equal(run(conn.execute("UPDATE gig SET fee = fee + 1 WHERE id <= $1", 10)), "UPDATE 10")
    equal(run(conn.execute("DELETE FROM band WHERE id > $1", 1)), "DELETE 4")
    equal(run(conn.execute("SELECT 1")), "SELECT 1")


@check("prepared statement's own words")
def _():
    st = run(conn.prepare("SELECT id, at, fee FROM gig WHERE id = $1 AND at > $2"))
    equal([p.name for p in st.get_parameters()], ["int8", "timestamptz"])
    equal([(a.name, a.type.name) for a in st.get_attributes()], [("id", "int8"), ("at", "timestamptz"), ("fee", "numeric")])
    equal([r["id"] for r in run(st.fetch(5, dt.datetime(2000, 1, 1, tzinfo=dt.timezone.utc)))], [5])
    equal(st.get_statusmsg(), "SELECT 1")


@check("explain of a prepared statement")
def _():
    st = run(conn.prepare("SELECT * FROM gig WHERE id = $1"))
    equal("Plan" in run(st.explain(1))[0], True)


@check("cursor with prefetch")
def _():
    async def work():
        async with conn.transaction():
            n = 0
            async for _ in conn.cursor("SELECT * FROM gig ORDER BY id", prefetch=30):
                n += 1
            cur = await conn.cursor("SELECT id FROM gig ORDER BY id")
            await cur.forward(10)
            return n, (await cur.fetchrow())["id"], len(await cur.fetch(500))

    equal(run(work()), (200, 11, 189))


@check("nested transactions")
def _():
    async def work():
        async with conn.transaction(isolation="repeatable_read"):
            await conn.execute("INSERT INTO band (name) VALUES ('outer')")
            try:
                async with conn.transaction():
                    await conn.execute("INSERT INTO band (name) VALUES ('inner')")
                    raise KeyError
            except KeyError:
                pass
        return await conn.fetchval("SELECT string_agg(name, ',' ORDER BY id) FROM band")

    equal(run(work()), "Stereolab,outer")


@check("transaction options")
def _():
    async def work():
        async with conn.transaction(isolation="serializable", readonly=True, deferrable=True):
            return await fails(asyncpg.ReadOnlySQLTransactionError, conn.execute("DELETE FROM gig"))

    equal(run(work()).sqlstate, "25006")


@check("errors by class")
def _():
    e = run(fails(asyncpg.ForeignKeyViolationError, conn.execute("INSERT INTO gig (band) VALUES (99)")))
    equal((e.constraint_name, e.table_name, e.detail), ("gig_band_fkey", "gig", 'Key (band)=(99) is not present in table "band".'))
    run(fails(asyncpg.NotNullViolationError, conn.execute("INSERT INTO band (name) VALUES (NULL)")))
    run(fails(asyncpg.UniqueViolationError, conn.execute("INSERT INTO band (id, name) VALUES (1, 'x')")))
    run(fails(asyncpg.UndefinedColumnError, conn.fetch("SELECT nosuch FROM band")))
    run(fails(asyncpg.UndefinedTableError, conn.fetch("SELECT * FROM nosuch")))
    equal(run(fails(asyncpg.PostgresSyntaxError, conn.fetch("SELECT FROM FROM"))).position, "13")
    run(fails(asyncpg.DataError, conn.fetchval("SELECT $1::int", "x")))
    run(fails(asyncpg.DivisionByZeroError, conn.fetchval("SELECT 1 / $1::int", 0)))
    run(fails(asyncpg.InvalidTextRepresentationError, conn.fetchval("SELECT 'x'::uuid")))
    run(fails(asyncpg.IndeterminateDatatypeError, conn.fetchval("SELECT $1 IS NULL")))


@check("enum, introspected")
def _():
    run(conn.execute("CREATE TYPE genre AS ENUM ('rock', 'jazz')"))
    run(conn.execute("CREATE TABLE g (a genre, b genre[])"))
    run(conn.execute("INSERT INTO g VALUES ($1, $2)", "jazz", ["rock", "jazz"]))
    equal(tuple(run(conn.fetchrow("SELECT * FROM g"))), ("jazz", ["rock", "jazz"]))


@check("composite, introspected")
def _():
    run(conn.execute("CREATE TYPE venue AS (name text, seats int, at timestamptz)"))
    equal(dict(run(conn.fetchval("SELECT ROW('Bataclan', 1500, NULL)::venue"))), {"name": "Bataclan", "seats": 1500, "at": None})
    equal(run(conn.fetchval("SELECT ($1::venue).seats", ("x", 3, None))), 3)
    equal(run(conn.fetchval("SELECT ARRAY[ROW('a', 1, NULL)::venue]"))[0]["name"], "a")


@check("a table's row type")
def _():
    equal(dict(run(conn.fetchval("SELECT b FROM band b WHERE id = 1"))), {"id": 1, "name": "Stereolab"})


@check("anonymous record")
def _():
    equal(tuple(run(conn.fetchval("SELECT (1, 'a'::text, NULL::int)"))), (1, "a", None))


@check("domain, introspected")
def _():
    run(conn.execute("CREATE DOMAIN positive AS int CHECK (VALUE > 0)"))
    equal(run(conn.fetchval("SELECT $1::positive", 5)), 5)


@check("codecs by name")
def _():
    run(conn.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"))
    equal(run(conn.fetchval("SELECT $1::jsonb", {"k": [1, 2]})), {"k": [1, 2]})
    run(conn.reset_type_codec("jsonb", schema="pg_catalog"))


@check("copy records, to and from tables and queries")
def _():
    async def work():
        n = await conn.copy_records_to_table("gig", records=[(1, None, Decimal("1.5"), "{}", ["t"])] * 50, columns=["band", "at", "fee", "notes", "tags"])
        with tempfile.NamedTemporaryFile() as f:
            out = await conn.copy_from_query("SELECT id, fee, tags FROM gig WHERE fee < $1 ORDER BY id", Decimal(5), output=f.name, format="csv", header=True)
            await conn.execute("CREATE TABLE back (id bigint, fee numeric, tags text[])")
            back = await conn.copy_to_table("back", source=f.name, format="csv", header=True)
            f.truncate(0)
            b = await conn.copy_from_table("gig", output=f.name, format="binary")
        return n, out, back, b

    equal(run(work()), ("COPY 50", "COPY 54", "COPY 54", "COPY 250"))


@check("listeners")
def _():
    async def work():
        got = asyncio.Queue()
        await conn.add_listener("ch", lambda c, pid, channel, payload: got.put_nowait((channel, payload)))
        other = await asyncpg.connect(URL)
        await other.execute("SELECT pg_notify('ch', 'ping')")
        await other.close()
        return await asyncio.wait_for(got.get(), 5)

    equal(run(work()), ("ch", "ping"))


@check("log listeners")
def _():
    async def work():
        seen = []
        conn.add_log_listener(lambda c, m: seen.append(m.severity_en))
        await conn.execute("DROP TABLE IF EXISTS nowhere")
        await asyncio.sleep(0.1)
        return seen

    equal(run(work()), ["NOTICE"])


@check("pool, which resets its connections")
def _():
    async def work():
        async with asyncpg.create_pool(URL, min_size=2, max_size=4) as pool:
            async def count():
                async with pool.acquire() as c:
                    await c.execute("SET statement_timeout = '5s'")
                    return await c.fetchval("SELECT count(*) FROM gig")
            got = await asyncio.gather(*[count() for _ in range(20)])
            return set(got), await pool.fetchval("SHOW statement_timeout")

    equal(run(work()), ({250}, "0"))


@check("timeout cancels")
def _():
    run(fails(asyncio.TimeoutError, conn.execute("SELECT pg_sleep(30)", timeout=0.3)))
    equal(run(conn.fetchval("SELECT 1")), 1)


@check("a plan that the schema outlived is made again")
def _():
    async def work():
        await conn.execute("CREATE TABLE s (a int)")
        await conn.execute("INSERT INTO s VALUES (1)")
        await conn.fetch("SELECT * FROM s")
        await conn.execute("ALTER TABLE s ADD COLUMN b text DEFAULT 'new'")
        return tuple(await conn.fetchrow("SELECT * FROM s"))

    equal(run(work()), (1, "new"))


@check("server settings of the connection")
def _():
    async def work():
        c = await asyncpg.connect(URL, server_settings={"application_name": "compat", "search_path": "pg_catalog", "jit": "off"})
        try:
            return await c.fetchval("SHOW application_name"), await c.fetchval("SHOW search_path")
        finally:
            await c.close()

    equal(run(work()), ("compat", "pg_catalog"))


@check("hstore")
def _():
    tags = {"a": "1", "b": None, 'q"\\': "x => 'y'", "": ""}

    async def work():
        await conn.execute("CREATE EXTENSION IF NOT EXISTS hstore")
        await conn.set_builtin_type_codec("hstore", codec_name="pg_contrib.hstore")
        return await conn.fetchval("SELECT $1::hstore", tags), await conn.fetchval("SELECT $1::hstore -> 'a'", tags)

    equal(run(work()), (tags, "1"))


@check("vector", HAS_VECTOR)
def _():
    async def work():
        from pgvector.asyncpg import register_vector

        await conn.execute("CREATE EXTENSION IF NOT EXISTS vector")
        await register_vector(conn)
        await conn.execute("CREATE TABLE item (id bigserial PRIMARY KEY, embedding vector(3))")
        await conn.execute("INSERT INTO item (embedding) VALUES ($1), ($2), (NULL)", [1, 2, 3], [4, 5, 6])
        rows = await conn.fetch("SELECT * FROM item ORDER BY embedding <-> $1 LIMIT 5", [3, 3, 3])
        return [r["id"] for r in rows], list(rows[0]["embedding"].to_list()) if hasattr(rows[0]["embedding"], "to_list") else list(rows[0]["embedding"])

    equal(run(work()), ([1, 2, 3], [1, 2, 3]))


run(conn.close())
