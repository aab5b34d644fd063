"""Apache Superset: a database by its REST API, what it has, SQL Lab, datasets, and charts' data.

setup.sh made a metadata database in SQLite; this script takes a copy of it, runs Superset on it, and talks to it over HTTP
as its pages do. superset_config.py is its configuration.
"""

import atexit
import datetime as dt
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version as installed

import psycopg2
import requests

from check import URL, check, equal, version

version("Apache Superset " + installed("apache-superset"))

HOME = tempfile.mkdtemp(prefix="segue-superset-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
TEMPLATE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(sys.executable))), "home")
shutil.copy(os.path.join(TEMPLATE, "superset.db"), HOME)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


PORT = free_port()
server = subprocess.Popen(
    [sys.executable, "-m", "flask", "run", "--host", "127.0.0.1", "--port", str(PORT), "--with-threads"],
    env=os.environ | {"SUPERSET_CONFIG_PATH": os.path.abspath("superset_config.py"), "SUPERSET_HOME": HOME, "FLASK_APP": "superset.app:create_app()"},
)
atexit.register(server.wait)
atexit.register(server.terminate)

web = requests.Session()
AT = f"http://127.0.0.1:{PORT}"


def api(method, path, body=None, **more):
    """What a call of the REST API gives; an answer that is not a success fails the check with its text."""
    r = web.request(method, f"{AT}/api/v1/{path}", json=body, timeout=120, **more)
    if r.status_code >= 300:
        raise AssertionError(f"{method} {path}: {r.status_code} {r.text[:500]}")
    return r.json() if "json" in r.headers.get("Content-Type", "") else r.text


def rison(**values):
    """The query string that Superset's pages make; these values need no quoting."""
    return {"q": "(" + ",".join(f"{k}:{v}" for k, v in values.items()) + ")"}


def await_server():
    for _ in range(600):
        try:
            return web.get(AT + "/health", timeout=5).raise_for_status()
        except requests.ConnectionError:
            if server.poll() is not None:
                break
            time.sleep(0.5)
    raise AssertionError("Superset did not start")


made = {}  # what a check made and later ones use


@check("start, log in")
def _():
    await_server()
    token = api("POST", "security/login", {"username": "admin", "password": "admin", "provider": "db", "refresh": True})
    web.headers["Authorization"] = "Bearer " + token["access_token"]


@check("tables to look at")
def _():
    with psycopg2.connect(URL) as conn, conn.cursor() as cur:
        cur.execute("""CREATE TABLE artist (id serial PRIMARY KEY, name varchar(80) NOT NULL UNIQUE, country text);
            COMMENT ON TABLE artist IS 'who plays';
            CREATE TABLE play (id bigint PRIMARY KEY, artist_id int NOT NULL REFERENCES artist (id), at timestamp NOT NULL,
                heard timestamptz, day date, seconds numeric(8,2), ok bool, device text, extra jsonb, tags text[], key uuid);
            COMMENT ON COLUMN play.at IS 'when';
            CREATE INDEX play_at ON play (at);
            CREATE VIEW busy AS SELECT artist_id, count(*) AS n FROM play GROUP BY artist_id;
            CREATE MATERIALIZED VIEW daily AS SELECT day, count(*) AS n FROM play GROUP BY day;
            CREATE SCHEMA studio; CREATE TABLE studio.session (id int PRIMARY KEY, "Note" text);
            INSERT INTO artist (name, country) VALUES ('Can', 'DE'), ('Neu!', 'DE'), ('Air', 'FR'), ('Boards', NULL);
            INSERT INTO play SELECT n, 1 + n % 4, timestamp '2024-01-01' + n * interval '5 hours', timestamptz '2024-01-01 00:00Z' + n * interval '5 hours',
                date '2024-01-01' + n / 5, n % 300, n % 3 = 0, CASE n % 3 WHEN 0 THEN 'phone' WHEN 1 THEN 'web' END,
                jsonb_build_object('n', n), ARRAY['a', 'b'], NULL FROM generate_series(0, 999) n""")


BODY = {
    "database_name": "songs", "sqlalchemy_uri": "postgresql+psycopg2://" + URL.split("://", 1)[1],
    "extra": json.dumps({"cost_estimate_enabled": True, "schemas_allowed_for_file_upload": ["public"], "allows_virtual_table_explore": True}),
}


@check("test a connection")
def _():
    equal(api("POST", "database/test_connection/", BODY), {"message": "OK"})


@check("connect a database")
def _():
    may = dict.fromkeys(("expose_in_sqllab", "allow_ctas", "allow_cvas", "allow_dml", "allow_file_upload"), True)
    made["db"] = api("POST", "database/", BODY | may)["id"]


@check("a connection to a database that is not there is refused")
def _():
    wrong = BODY | {"database_name": "none", "sqlalchemy_uri": BODY["sqlalchemy_uri"].replace("?", "_none?")}
    r = web.post(AT + "/api/v1/database/test_connection/", json=wrong, timeout=60)
    equal([r.status_code, r.json()["errors"][0]["error_type"]], [400, "CONNECTION_UNKNOWN_DATABASE_ERROR"])


@check("browse catalogs and schemas")
def _():
    equal(len(api("GET", f"database/{made['db']}/catalogs/")["result"]) >= 1, True)
    equal(sorted(api("GET", f"database/{made['db']}/schemas/", params=rison(force="!t"))["result"]), ["information_schema", "public", "studio"])


@check("browse tables and views")
def _():
    got = api("GET", f"database/{made['db']}/tables/", params=rison(schema_name="public", force="!t"))["result"]
    equal(sorted((t["value"], t["type"]) for t in got), [("artist", "table"), ("busy", "view"), ("daily", "view"), ("play", "table")])


@check("browse a table: columns, keys, indexes, comment")
def _():
    got = api("GET", f"database/{made['db']}/table_metadata/", params={"name": "play", "schema": "public"})
    equal([(c["name"], c["type"]) for c in got["columns"]], [
        ("id", "BIGINT"), ("artist_id", "INTEGER"), ("at", "TIMESTAMP"), ("heard", "TIMESTAMP"), ("day", "DATE"), ("seconds", "NUMERIC"), ("ok", "BOOLEAN"), ("device", "TEXT"),
        ("extra", "JSONB"), ("tags", "ARRAY"), ("key", "UUID"),
    ])
    equal([[k["referred_table"] for k in got["foreignKeys"]], [i["name"] for i in got["indexes"]]], [["artist"], ["play_artist_id_fkey", "play_at"]])
    equal(api("GET", f"database/{made['db']}/table_metadata/", params={"name": "artist", "schema": "public"})["comment"], "who plays")
    equal("SELECT" in got["selectStar"], True)


@check("browse a view, a materialized view, another schema")
def _():
    for table, schema, columns in (("busy", "public", ["artist_id", "n"]), ("daily", "public", ["day", "n"]), ("session", "studio", ["id", "Note"])):
        got = api("GET", f"database/{made['db']}/table_metadata/", params={"name": table, "schema": schema})
        equal([c["name"] for c in got["columns"]], columns)
        api("GET", f"database/{made['db']}/table_metadata/extra/", params={"name": table, "schema": schema})


def lab(sql, **more):
    return api("POST", "sqllab/execute/", {"database_id": made["db"], "sql": sql, "schema": "public", "runAsync": False, "queryLimit": 1000, "client_id": os.urandom(5).hex()} | more)


@check("SQL Lab: a query, its types, its limit")
def _():
    got = lab("SELECT p.*, a.name FROM play p JOIN artist a ON a.id = p.artist_id ORDER BY p.id", queryLimit=10)
    equal([got["status"], len(got["data"]), got["data"][0]["name"], got["query"]["limit"]], ["success", 10, "Can", 10])
    equal({c["column_name"]: c["type"] for c in got["columns"]}["at"], "DATETIME")


@check("SQL Lab: several statements, DML, CREATE TABLE AS, an error")
def _():
    got = lab("CREATE TABLE scratch (a int); INSERT INTO scratch VALUES (1), (2); SELECT sum(a) AS s FROM scratch")
    equal(got["data"], [{"s": 3}])
    lab("SELECT country, count(*) AS n FROM artist GROUP BY 1", select_as_cta=True, ctas_method="TABLE", tmp_table_name="by_country")
    equal(len(lab("SELECT * FROM by_country")["data"]), 3)
    lab("SELECT name FROM artist", select_as_cta=True, ctas_method="VIEW", tmp_table_name="names")
    r = web.post(AT + "/api/v1/sqllab/execute/", json={"database_id": made["db"], "sql": "SELECT nam FROM artist", "schema": "public", "client_id": "x1"}, timeout=60)
    equal("COLUMN_DOES_NOT_EXIST_ERROR" in r.text, True)


@check("SQL Lab: WITH, windows, EXPLAIN, the cost of a query")
def _():
    got = lab("WITH d AS (SELECT date_trunc('month', at) AS m, count(*) AS n FROM play GROUP BY 1) SELECT m, n, sum(n) OVER (ORDER BY m) AS total FROM d ORDER BY m")
    equal([got["data"][0]["n"], got["data"][-1]["total"]], [149, 1000])
    equal("Seq Scan" in json.dumps(lab("EXPLAIN SELECT * FROM play")["data"]), True)
    cost = api("POST", "sqllab/estimate/", {"database_id": made["db"], "sql": "SELECT * FROM play", "schema": "public"})["result"]
    equal(sorted(cost[0]), ["Start-up cost", "Total cost"])


@check("SQL Lab: what it ran is exported")
def _():
    client = os.urandom(5).hex()
    lab("SELECT id, name FROM artist ORDER BY id", client_id=client)
    equal(api("GET", f"sqllab/export/{client}/").lstrip("\ufeff").splitlines()[:2], ["id,name", "1,Can"])


@check("a dataset of a table, refreshed when the table has changed")
def _():
    made["play"] = api("POST", "dataset/", {"database": made["db"], "schema": "public", "table_name": "play"})["id"]
    with psycopg2.connect(URL) as conn, conn.cursor() as cur:
        cur.execute("ALTER TABLE play ADD COLUMN volume float8 DEFAULT 0.5")
    api("PUT", f"dataset/{made['play']}/refresh")
    got = api("GET", f"dataset/{made['play']}")["result"]
    columns = {c["column_name"]: c for c in got["columns"]}
    equal([columns["volume"]["type"], columns["at"]["is_dttm"], columns["day"]["is_dttm"], got["main_dttm_col"]], ["DOUBLE PRECISION", True, True, "at"])


@check("a virtual dataset")
def _():
    sql = "SELECT p.at, p.seconds, p.device, a.name AS artist, a.country FROM play p JOIN artist a ON a.id = p.artist_id"
    made["virtual"] = api("POST", "dataset/", {"database": made["db"], "schema": "public", "table_name": "plays of artists", "sql": sql})["id"]
    got = api("GET", f"dataset/{made['virtual']}")["result"]
    equal([c["column_name"] for c in got["columns"]], ["at", "seconds", "device", "artist", "country"])


COUNT = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "n"}
SECONDS = {"expressionType": "SIMPLE", "column": {"column_name": "seconds"}, "aggregate": "SUM", "label": "s"}


def axis(column, grain):
    return {"columnType": "BASE_AXIS", "sqlExpression": column, "label": column, "expressionType": "SQL", "timeGrain": grain}


def context(dataset, **query):
    query = {"row_limit": 1000, "metrics": [COUNT], "columns": [], "filters": [], "extras": {"having": "", "where": ""}, "annotation_layers": []} | query
    return {"datasource": {"id": made[dataset], "type": "table"}, "force": True, "queries": [query], "result_format": "json", "result_type": "full"}


def chart(dataset, **query):
    got = api("POST", "chart/data", context(dataset, **query))["result"][0]
    if got.get("error"):
        raise AssertionError(got["error"])
    return got["data"]


@check("a chart: saved, and its data")
def _():
    form = {"viz_type": "table", "datasource": f"{made['play']}__table"}
    made["chart"] = api("POST", "chart/", {
        "slice_name": "by device", "viz_type": "table", "datasource_id": made["play"], "datasource_type": "table", "params": json.dumps(form),
        "query_context": json.dumps(context("play", columns=["device"], orderby=[["n", False]]) | {"form_data": form}),
    })["id"]
    got = api("GET", f"chart/{made['chart']}/data/")["result"][0]["data"]
    equal([got[0], {r["device"]: r["n"] for r in got}], [{"device": "phone", "n": 334}, {"phone": 334, "web": 333, None: 333}])


GRAINS = {
    "PT1S": 1000, "PT1M": 1000, "PT5M": 1000, "PT15M": 1000, "PT30M": 1000, "PT1H": 1000, "P1D": 209, "P1W": 30, "P1M": 7, "P3M": 3, "P1Y": 1, "1969-12-29T00:00:00Z/P1W": 30,
    "P1W/1970-01-03T00:00:00Z": 31,
}


@check("a time series by every grain")
def _():
    offered = api("GET", f"dataset/{made['play']}")["result"]["time_grain_sqla"]
    grains = [g[0] for g in offered if g[0]]
    equal(len(grains) >= 10, True)
    for column in ("at", "heard", "day"):
        for grain in grains:
            if column == "day" and "PT" in grain:
                continue  # a date has no minutes to round
            data = chart("play", columns=[axis(column, grain)], metrics=[COUNT, SECONDS], row_limit=2000)
            equal([sum(r["n"] for r in data), len(data) <= 1000], [1000, True])
            if column == "at" and grain in GRAINS:
                equal((grain, len(data)), (grain, GRAINS[grain]))


@check("a time range, filters of every kind")
def _():
    def n(*filters, **more):
        return sum(r["n"] for r in chart("play", filters=[dict(zip(("col", "op", "val"), f)) for f in filters], **more))

    equal(n(("at", "TEMPORAL_RANGE", "2024-01-10T00:00:00 : 2024-02-01T00:00:00")), 105)
    equal(n(("heard", "TEMPORAL_RANGE", "2024-01-10 : 2024-02-01"), ("day", "TEMPORAL_RANGE", "2024-01-12 : 2024-01-15")), 15)
    equal(n(("device", "IN", ["phone", "web"])), 667)
    equal(n(("device", "NOT IN", ["phone"])), 333)
    equal(n(("device", "IS NULL", None)), 333)
    equal(n(("device", "LIKE", "ph%")) + n(("device", "ILIKE", "W%")), 667)
    equal(n(("ok", "IS TRUE", None)), 334)
    equal(n(("seconds", ">=", 100), ("seconds", "<", 200), ("artist_id", "==", 1), ("artist_id", "!=", 2)), 75)
    equal(n(extras={"where": "(extra ->> 'n')::int % 2 = 0", "having": "COUNT(*) > 1"}), 500)


@check("the top artists over time, the rest left out")
def _():
    data = chart("virtual", columns=[axis("at", "P1M"), "artist"], metrics=[SECONDS], series_columns=["artist"], series_limit=2, series_limit_metric=SECONDS, orderby=[[SECONDS, False]])
    equal([len({r["artist"] for r in data}), len(data)], [2, 14])


@check("a virtual dataset's chart: groups, metrics, order")
def _():
    metrics = [COUNT] + [{"expressionType": "SIMPLE", "column": {"column_name": c}, "aggregate": a, "label": a} for a, c in (
        ("AVG", "seconds"), ("MIN", "at"), ("MAX", "at"), ("COUNT_DISTINCT", "device"))]
    metrics.append({"expressionType": "SQL", "sqlExpression": "percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)", "label": "median"})
    data = chart("virtual", columns=["country", "artist"], metrics=metrics, orderby=[["n", False], ["artist", True]])
    equal([len(data), data[0]["artist"], data[0]["n"], data[0]["COUNT_DISTINCT"]], [4, "Air", 250, 2])


@check("this period beside the one before, a rolling mean, a pivot")
def _():
    got = chart("play", columns=[axis("at", "P1W")], time_offsets=["1 week ago"], filters=[{"col": "at", "op": "TEMPORAL_RANGE", "val": "2024-02-01 : 2024-03-01"}])
    equal("n__1 week ago" in got[0], True)
    rolling = {"operation": "rolling", "options": {"rolling_type": "mean", "window": 7, "min_periods": 0, "columns": {"n": "n"}}}
    pivot = {"operation": "pivot", "options": {"index": ["at"], "columns": ["device"], "aggregates": {"n": {"operator": "mean"}}, "drop_missing_columns": False}}
    flat = {"operation": "flatten"}
    equal(len(chart("play", columns=[axis("at", "P1D"), "device"], post_processing=[pivot, flat])), 209)
    equal(len(chart("play", columns=[axis("at", "P1D")], post_processing=[rolling])), 209)


@check("raw rows, samples, the number of rows, the query's text, CSV")
def _():
    rows = chart("play", metrics=None, columns=["id", "at", "heard", "day", "seconds", "ok", "extra", "tags", "key"], orderby=[["id", True]], row_limit=5)
    equal([rows[1]["id"], float(rows[1]["seconds"]), rows[1]["tags"]], [1, 1.0, '["a", "b"]'])
    asked = context("play", metrics=None, columns=["id"], row_limit=7)
    equal(len(api("POST", "chart/data", asked | {"result_type": "samples"})["result"][0]["data"]) >= 7, True)
    equal("SELECT" in api("POST", "chart/data", asked | {"result_type": "query"})["result"][0]["query"], True)
    equal(chart("play", is_rowcount=True, metrics=None, columns=["device"])[0]["rowcount"] > 0, True)
    equal(len(api("POST", "chart/data", asked | {"result_format": "csv"}).strip().splitlines()), 8)


@check("the values of a filter box")
def _():
    got = api("GET", f"datasource/table/{made['virtual']}/column/artist/values/")["result"]
    equal(sorted(got), ["Air", "Boards", "Can", "Neu!"])


@check("upload a CSV into a new table")
def _():
    text = "name,plays,on\n" + "".join(f"song {i},{i},2024-02-{1 + i % 28:02d}\n" for i in range(500))
    r = web.post(f"{AT}/api/v1/database/{made['db']}/upload/", timeout=120, files={"file": ("songs.csv", io.BytesIO(text.encode()), "text/csv")},
                 data={"type": "csv", "table_name": "uploaded", "schema": "public", "already_exists": "fail", "delimiter": ",", "column_dates": "on"})
    equal((r.status_code, r.text[:200] if r.status_code >= 300 else ""), (201, ""))
    got = lab("SELECT count(*) AS n, max(\"on\") AS last FROM uploaded")["data"]
    equal(got[0]["n"], 500)
    equal(str(got[0]["last"])[:10], str(dt.date(2024, 2, 28)))


@check("take the database away again")
def _():
    api("DELETE", f"chart/{made['chart']}")
    for name in ("play", "virtual"):
        api("DELETE", f"dataset/{made[name]}")
    for d in api("GET", "dataset/")["result"]:
        api("DELETE", f"dataset/{d['id']}")
    api("DELETE", f"database/{made['db']}")
