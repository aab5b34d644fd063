"""psqlODBC through pyodbc: the catalog functions that Excel and Tableau call, types, errors, transactions."""

import datetime as dt
import os
import sys
import uuid
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

import pyodbc
from check import check, equal, version

DSN = "Driver={{PostgreSQL Unicode}};Server={PGHOST};Port={PGPORT};Database={PGDATABASE};Uid={PGUSER};Pwd=compat;{more}"


def connect(more="", **kw):
    return pyodbc.connect(DSN.format(more=more, **{k: os.environ[k] for k in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER")}), **kw)


db = connect(autocommit=True)
version("psqlodbc " + db.getinfo(pyodbc.SQL_DRIVER_VER))


def rows(cursor, *columns):
    return [tuple(getattr(r, c) for c in columns) for r in cursor.fetchall()]


def fails(state, function):
    try:
        function()
    except pyodbc.Error as e:
        equal(e.args[0], state)
        return e
    raise AssertionError(f"no error, want {state}")


@check("getinfo")
def _():
    equal((db.getinfo(pyodbc.SQL_DBMS_NAME), db.getinfo(pyodbc.SQL_DBMS_VER)[:2]), ("PostgreSQL", "15"))
    equal(db.getinfo(pyodbc.SQL_IDENTIFIER_QUOTE_CHAR), '"')


@check("create tables")
def _():
    db.execute("CREATE TABLE artist (id serial PRIMARY KEY, name varchar(80) NOT NULL UNIQUE, born date)")
    db.execute("""CREATE TABLE album (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, artist_id int NOT NULL REFERENCES artist ON DELETE CASCADE, title text NOT NULL,
        price numeric(8,2) DEFAULT 9.99, made timestamp, live bool, cover bytea, ratio float8, uid uuid, info jsonb)""")
    db.execute("COMMENT ON TABLE artist IS 'who plays'")
    db.execute("CREATE INDEX album_title ON album (title)")


@check("parameters of every type")
def _():
    c = db.cursor()
    c.execute("INSERT INTO artist (name, born) VALUES (?, ?)", "Can 'ü'", dt.date(1968, 6, 1))
    c.execute("INSERT INTO album (artist_id, title, price, made, live, cover, ratio, uid) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", 1, "Tago Mago", Decimal("12.50"),
              dt.datetime(1971, 2, 1, 10, 20, 30), True, b"\x00\xff", 0.5, str(uuid.UUID(int=5)))
    r = c.execute("SELECT a.name, a.born, b.price, b.made, b.live, b.cover, b.ratio, b.uid FROM artist a JOIN album b ON b.artist_id = a.id WHERE a.id = ?", 1).fetchone()
    equal(tuple(r)[:4], ("Can 'ü'", dt.date(1968, 6, 1), Decimal("12.50"), dt.datetime(1971, 2, 1, 10, 20, 30)))
    equal((r[4] in (True, "1"), r[5], r[6]), (True, b"\x00\xff", 0.5))


@check("executemany, array binding")
def _():
    c = db.cursor()
    c.fast_executemany = True
    c.executemany("INSERT INTO album (artist_id, title, price) VALUES (?, ?, ?)", [(1, f"album {i}", Decimal(i)) for i in range(300)])
    equal(c.execute("SELECT count(*), sum(price) FROM album").fetchone()[0], 301)


@check("SQLTables")
def _():
    equal(rows(db.cursor().tables(schema="public"), "table_name", "table_type"), [("album", "TABLE"), ("artist", "TABLE")])
    equal("pg_class" in [r.table_name for r in db.cursor().tables(tableType="SYSTEM TABLE")], True)
    db.cursor().tables(catalog="%", schema="", table="").fetchall()
    db.cursor().tables(catalog="", schema="%", table="").fetchall()


@check("SQLColumns")
def _():
    equal(rows(db.cursor().columns(table="album"), "column_name", "type_name", "column_size", "nullable")[:4], [("id", "int8", 19, 0), ("artist_id", "int4", 10, 0), ("title", "text", 8190, 0), ("price", "numeric", 8, 1)])


@check("SQLPrimaryKeys")
def _():
    equal(rows(db.cursor().primaryKeys("album"), "column_name", "pk_name"), [("id", "album_pkey")])


@check("SQLForeignKeys, both ways")
def _():
    equal(rows(db.cursor().foreignKeys(foreignTable="album"), "pktable_name", "pkcolumn_name", "fkcolumn_name", "delete_rule", "fk_name"), [("artist", "id", "artist_id", 0, "album_artist_id_fkey")])
    equal(rows(db.cursor().foreignKeys(table="artist"), "fktable_name"), [("album",)])


@check("SQLStatistics")
def _():
    got = [(r.index_name, r.column_name, r.non_unique) for r in db.cursor().statistics("album") if r.index_name]
    equal(sorted(got), [("album_pkey", "id", 0), ("album_title", "title", 1)])


@check("SQLSpecialColumns")
def _():
    equal(len(db.cursor().rowIdColumns("artist", nullable=False).fetchall()) <= 1, True)
    db.cursor().rowVerColumns("artist").fetchall()


@check("SQLGetTypeInfo")
def _():
    equal({"int4", "text", "numeric", "timestamptz"} <= {r.type_name for r in db.cursor().getTypeInfo()}, True)


@check("SQLProcedures and their columns")
def _():
    db.cursor().procedures("lower").fetchall()
    db.cursor().procedures().fetchall()
    db.cursor().procedureColumns("lower").fetchall()


@check("errors")
def _():
    fails("23505", lambda: db.execute("INSERT INTO artist (name) VALUES (?)", "Can 'ü'"))
    fails("23503", lambda: db.execute("INSERT INTO album (artist_id, title) VALUES (99, 'x')"))
    fails("42P01", lambda: db.execute("SELECT * FROM nowhere"))
    fails("42601", lambda: db.execute("SELEC 1"))
    fails("22012", lambda: db.execute("SELECT 1/0").fetchall())


@check("transactions, and a statement's own rollback")
def _():
    c = connect(autocommit=False)
    c.execute("INSERT INTO artist (name) VALUES ('Neu!')")
    fails("23505", lambda: c.execute("INSERT INTO artist (name) VALUES ('Neu!')"))
    c.execute("INSERT INTO artist (name) VALUES ('Faust')")  # Protocol=7.4-2 keeps what was before the error
    c.commit()
    c.execute("DELETE FROM album")
    c.rollback()
    equal(c.execute("SELECT (SELECT count(*) FROM artist), (SELECT count(*) FROM album)").fetchone()[1], 301)
    c.close()


@check("UseDeclareFetch")
def _():
    c = connect("UseDeclareFetch=1;Fetch=50")
    equal(len(c.execute("SELECT * FROM album").fetchall()), 301)
    c.close()


@check("UseServerSidePrepare off, and ByteaAsLongVarBinary")
def _():
    c = connect("UseServerSidePrepare=0;ByteaAsLongVarBinary=1;BoolsAsChar=0")
    equal(c.execute("SELECT title FROM album WHERE id = ? AND live = ?", 1, True).fetchone()[0], "Tago Mago")
    c.close()


@check("description of a result")
def _():
    c = db.execute("SELECT id, title, price FROM album WHERE false")
    equal([(d[0], d[1].__name__) for d in c.description], [("id", "int"), ("title", "str"), ("price", "Decimal")])


@check("several results")
def _():
    c = db.execute("SELECT 1; SELECT 2")
    equal(c.fetchone()[0], 1)
    equal((c.nextset(), c.fetchone()[0]), (True, 2))


@check("escape sequences")
def _():
    equal(db.execute("SELECT {fn UCASE('abc')}, {d '2024-01-02'}").fetchone()[0], "ABC")
