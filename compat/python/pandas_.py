"""pandas: frames in and out, by SQLAlchemy, psycopg2 and ADBC."""

import datetime as dt
import io
import warnings

import adbc_driver_postgresql.dbapi
import numpy as np
import pandas as pd
import psycopg2
import sqlalchemy as sa

from check import URL, check, equal, version

version("pandas " + pd.__version__)
engine = sa.create_engine("postgresql+psycopg://" + URL.split("://", 1)[1])
warnings.simplefilter("ignore")

N = 5000
frame = pd.DataFrame({
    "id": np.arange(N, dtype=np.int64), "artist": [f"artist {i % 50}" for i in range(N)], "bpm": np.linspace(60, 180, N), "plays": pd.array([None if i % 10 == 0 else i for i in range(N)], dtype="Int64"),
    "loved": np.arange(N) % 3 == 0, "at": pd.date_range("2024-01-01", periods=N, freq="h", tz="UTC"), "day": [dt.date(2024, 1, 1 + i % 28) for i in range(N)], "note": [None if i % 2 else "ü\\'\"" for i in range(N)],
})


@check("to_sql")
def _():
    equal(frame.to_sql("plays", engine, index=False, chunksize=1000) in (None, N, -1, -5), True)
    equal(pd.read_sql("SELECT count(*) AS n FROM plays", engine).n[0], N)


@check("to_sql by multi-row VALUES, replace, append, dtypes, an index")
def _():
    f = frame.head(300).set_index("id")
    f.to_sql("small", engine, method="multi", if_exists="replace", dtype={"artist": sa.String(40), "bpm": sa.Float(53)})
    f.to_sql("small", engine, method="multi", if_exists="append")
    equal(pd.read_sql_table("small", engine).shape, (600, 8))
    f.to_sql("small", engine, if_exists="replace")
    equal(pd.read_sql_table("small", engine, index_col="id", columns=["artist", "bpm"]).shape, (300, 2))


@check("to_sql by COPY, as its documentation shows")
def _():
    def copy(table, conn, keys, rows):
        import csv

        text = io.StringIO()
        csv.writer(text).writerows(rows)
        with conn.connection.cursor() as cur, cur.copy(f"COPY {table.name} ({', '.join(keys)}) FROM STDIN WITH CSV") as c:
            c.write(text.getvalue())

    frame.to_sql("copied", engine, index=False, method=copy)
    equal(pd.read_sql("SELECT count(*) AS n, count(plays) AS p FROM copied", engine).values.tolist(), [[N, N - N // 10]])


@check("read_sql_table keeps the types")
def _():
    got = pd.read_sql_table("plays", engine).sort_values("id").reset_index(drop=True)
    equal([str(t) for t in got.dtypes][:5], ["int64", str(got.dtypes.iloc[1]), "float64", "float64", "bool"])
    equal(bool((got.bpm == frame.bpm).all()), True)
    equal(str(got["at"].dt.tz), "UTC")
    equal(bool((got["at"] == frame["at"]).all()), True)
    equal(got.note[0], "ü\\'\"")


@check("read_sql with parameters, parse_dates, index and chunks")
def _():
    got = pd.read_sql(sa.text("SELECT id, at, day FROM plays WHERE artist = :a AND id < :n ORDER BY id"), engine, params={"a": "artist 7", "n": 1000}, index_col="id", parse_dates=["day"])
    equal((len(got), str(got.day.dtype)[:10]), (20, "datetime64"))
    equal([len(c) for c in pd.read_sql("SELECT * FROM plays", engine.connect().execution_options(stream_results=True), chunksize=2000)], [2000, 2000, 1000])


@check("grouping here equals grouping there")
def _():
    q = """SELECT artist, count(*) AS n, avg(bpm) AS mean, max(plays) AS top, stddev_samp(bpm) AS sd,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY bpm) AS median FROM plays GROUP BY artist ORDER BY artist"""
    there = pd.read_sql(q, engine, index_col="artist")
    here = frame.groupby("artist").agg(n=("id", "size"), mean=("bpm", "mean"), top=("plays", "max"), sd=("bpm", "std"), median=("bpm", "median"))
    equal(bool(np.allclose(there.sort_index().astype(float), here.sort_index().astype(float), equal_nan=True)), True)


@check("resampling there")
def _():
    there = pd.read_sql("SELECT date_trunc('week', at) AS w, sum(plays)::float8 AS s FROM plays GROUP BY 1 ORDER BY 1", engine)
    here = frame.assign(w=frame["at"].dt.tz_localize(None).dt.to_period("W").dt.start_time).groupby("w").plays.sum()
    equal(there.s.tolist(), here.astype(float).tolist())


@check("a psycopg2 connection")
def _():
    with psycopg2.connect(URL) as c:
        equal(pd.read_sql("SELECT artist, count(*) FROM plays GROUP BY 1", c).shape, (50, 2))


@check("ADBC: read, by binary COPY")
def _():
    with adbc_driver_postgresql.dbapi.connect(URL) as c:
        got = pd.read_sql("SELECT id, artist, bpm, loved, at, day, note FROM plays ORDER BY id", c)
        equal((len(got), got.bpm[N - 1], got.artist[7]), (N, 180.0, "artist 7"))


@check("ADBC: ingest")
def _():
    with adbc_driver_postgresql.dbapi.connect(URL) as c:
        frame.drop(columns=["plays"]).to_sql("adbc", c, index=False)
        c.commit()
    equal(pd.read_sql("SELECT count(*), max(bpm) FROM adbc", engine).values.tolist(), [[N, 180.0]])


@check("ADBC: what it tells of the catalog")
def _():
    with adbc_driver_postgresql.dbapi.connect(URL) as c:
        equal("bpm" in c.adbc_get_table_schema("plays").names, True)
        equal("table" in c.adbc_get_table_types(), True)
        tables = c.adbc_get_objects(depth="all").read_all().to_pylist()
        equal("plays" in str(tables), True)
        equal(c.adbc_get_info()["vendor_name"], "PostgreSQL")


@check("a duplicate table")
def _():
    try:
        frame.head(1).to_sql("plays", engine)
    except ValueError as e:
        equal("already exists" in str(e), True)
    else:
        raise AssertionError("no ValueError")
