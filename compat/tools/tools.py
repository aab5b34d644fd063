"""What graphical tools ask to find their way about, as they ask it: Grafana, Metabase, DBeaver, pgAdmin, Tableau.

The statements are written after what these programs send; each must give the rows that an application's schema has.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

import psycopg
from check import URL, check, equal, version

conn = psycopg.connect(URL, autocommit=True)
version("statements of 2025")


def rows(sql, *args):
    return conn.execute(sql, args or None).fetchall()


@check("schema")
def _():
    conn.execute("CREATE TABLE artist (id serial PRIMARY KEY, name varchar(80) NOT NULL UNIQUE)")
    conn.execute("""CREATE TABLE play (id bigint PRIMARY KEY, artist_id int NOT NULL REFERENCES artist (id), at timestamptz NOT NULL,
        seconds numeric(8,2) DEFAULT 0, ok bool)""")
    conn.execute("CREATE INDEX play_at ON play (at)")
    conn.execute("CREATE VIEW busy AS SELECT artist_id, count(*) AS n FROM play GROUP BY artist_id")
    conn.execute("COMMENT ON TABLE play IS 'who heard what'")
    conn.execute("COMMENT ON COLUMN play.at IS 'when'")
    conn.execute("INSERT INTO artist (name) VALUES ('Can'), ('Neu!')")
    conn.execute("INSERT INTO play SELECT n, 1 + n % 2, timestamptz '2024-01-01' + n * interval '1 hour', n, n % 3 = 0 FROM generate_series(1, 200) n")


@check("Grafana: version, and TimescaleDB asked for")
def _():
    equal(rows("SELECT current_setting('server_version_num')::int/100")[0][0] // 100, 15)
    equal(rows("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"), [])


@check("Grafana: tables of the search path")
def _():
    got = rows("""SELECT CASE WHEN quote_ident(table_schema) IN (
            SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
            FROM generate_series(array_lower(string_to_array(current_setting('search_path'), ','), 1),
                array_upper(string_to_array(current_setting('search_path'), ','), 1)) AS i,
                string_to_array(current_setting('search_path'), ',') s)
            THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS "table"
        FROM information_schema.tables
        WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog', '_timescaledb_cache', '_timescaledb_catalog')
        ORDER BY CASE WHEN quote_ident(table_schema) IN (
            SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
            FROM generate_series(array_lower(string_to_array(current_setting('search_path'), ','), 1),
                array_upper(string_to_array(current_setting('search_path'), ','), 1)) AS i,
                string_to_array(current_setting('search_path'), ',') s) THEN 0 ELSE 1 END, 1""")
    equal([r[0] for r in got], ["artist", "busy", "play"])


@check("Grafana: columns and their types")
def _():
    got = rows("""SELECT quote_ident(column_name) AS "column", data_type AS "type" FROM information_schema.columns
        WHERE CASE WHEN array_length(parse_ident('play'), 1) = 2
            THEN quote_ident(table_schema) = (parse_ident('play'))[1] AND quote_ident(table_name) = (parse_ident('play'))[2]
            ELSE quote_ident(table_name) = 'play' AND quote_ident(table_schema) IN ('public') END""")
    equal(dict(got)["at"], "timestamp with time zone")


@check("Grafana: a panel by $__timeGroup")
def _():
    got = rows("""SELECT floor(extract(epoch from at)/86400)*86400 AS "time", avg(seconds) AS s, count(*) AS n FROM play
        WHERE at BETWEEN '2024-01-01T00:00:00Z' AND '2024-01-04T00:00:00Z' GROUP BY 1 ORDER BY 1""")
    equal([r[2] for r in got], [23, 24, 24, 1])


@check("Metabase: schemas and privileges")
def _():
    got = rows("""SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND has_schema_privilege(n.nspname, 'USAGE')""")
    equal(got, [("public",)])
    got = rows("""with table_privileges as (
            select NULL as role, t.schemaname as schema, t.objectname as table,
                pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"' || replace(t.objectname, '"', '""') || '"', 'update') as update,
                pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"' || replace(t.objectname, '"', '""') || '"', 'select') as select,
                pg_catalog.has_table_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"' || replace(t.objectname, '"', '""') || '"', 'delete') as delete
            from (select schemaname, tablename as objectname from pg_catalog.pg_tables
                union select schemaname, viewname as objectname from pg_catalog.pg_views
                union select schemaname, matviewname as objectname from pg_catalog.pg_matviews) t
            where t.schemaname !~ '^pg_' and t.schemaname <> 'information_schema'
                and pg_catalog.has_schema_privilege(current_user, t.schemaname, 'usage'))
        select t.* from table_privileges t order by 3""")
    equal([r[2:] for r in got], [("artist", True, True, True), ("busy", True, True, True), ("play", True, True, True)])


@check("Metabase: tables with their comments and estimates")
def _():
    got = rows("""SELECT "n"."nspname" AS "schema", "c"."relname" AS "name",
            CASE "c"."relkind" WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'PARTITIONED TABLE' WHEN 'v' THEN 'VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE NULL END AS "type",
            "d"."description" AS "description", "stat"."n_live_tup" AS "estimated_row_count"
        FROM "pg_catalog"."pg_class" AS "c" INNER JOIN "pg_catalog"."pg_namespace" AS "n" ON "c"."relnamespace" = "n"."oid"
        LEFT JOIN "pg_catalog"."pg_description" AS "d" ON ("c"."oid" = "d"."objoid") AND ("d"."objsubid" = 0) AND ("d"."classoid" = 'pg_class'::regclass)
        LEFT JOIN "pg_stat_user_tables" AS "stat" ON ("n"."nspname" = "stat"."schemaname") AND ("c"."relname" = "stat"."relname")
        WHERE ("c"."relnamespace" = "n"."oid") AND ("n"."nspname" !~ '^pg_') AND ("n"."nspname" <> 'information_schema') AND "c"."relkind" IN ('r', 'p', 'v', 'f', 'm') AND ("n"."nspname" IN ('public'))
        ORDER BY "type" ASC, "schema" ASC, "name" ASC""")
    equal([r[:4] for r in got], [("public", "artist", "TABLE", None), ("public", "play", "TABLE", "who heard what"), ("public", "busy", "VIEW", None)])


@check("Metabase: fields")
def _():
    got = rows("""SELECT "c"."column_name" AS "name",
            CASE WHEN "c"."udt_schema" IN ('public', 'pg_catalog') THEN FORMAT('%s', "c"."udt_name") ELSE FORMAT('"%s"."%s"', "c"."udt_schema", "c"."udt_name") END AS "database-type",
            "c"."ordinal_position" - 1 AS "database-position", "c"."table_schema" AS "table-schema", "c"."table_name" AS "table-name", "pk"."column_name" IS NOT NULL AS "pk?",
            COL_DESCRIPTION(CAST(CAST(FORMAT('%I.%I', CAST("c"."table_schema" AS TEXT), CAST("c"."table_name" AS TEXT)) AS REGCLASS) AS OID), "c"."ordinal_position") AS "field-comment",
            (("column_default" IS NULL) OR (LOWER("column_default") = 'null')) AND ("is_nullable" = 'NO') AND NOT ((("column_default" IS NOT NULL) AND ("column_default" LIKE '%nextval(%')) OR ("is_identity" <> 'NO')) AS "database-required",
            (("column_default" IS NOT NULL) AND ("column_default" LIKE '%nextval(%')) OR ("is_identity" <> 'NO') AS "database-is-auto-increment"
        FROM "information_schema"."columns" AS "c" LEFT JOIN (
            SELECT "tc"."table_schema", "tc"."table_name", "kc"."column_name" FROM "information_schema"."table_constraints" AS "tc"
            INNER JOIN "information_schema"."key_column_usage" AS "kc" ON ("tc"."constraint_name" = "kc"."constraint_name") AND ("tc"."table_schema" = "kc"."table_schema") AND ("tc"."table_name" = "kc"."table_name")
            WHERE "tc"."constraint_type" = 'PRIMARY KEY') AS "pk"
            ON ("c"."table_schema" = "pk"."table_schema") AND ("c"."table_name" = "pk"."table_name") AND ("c"."column_name" = "pk"."column_name")
        WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' AND "c"."table_schema" IN ('public') AND "c"."table_name" IN ('play', 'artist')
        ORDER BY "table-schema" ASC, "table-name" ASC, "database-position" ASC""")
    equal([(r[0], r[1], r[5], r[6], r[7], r[8]) for r in got], [
        ("id", "int4", True, None, False, True), ("name", "varchar", False, None, True, False), ("id", "int8", True, None, True, False), ("artist_id", "int4", False, None, True, False),
        ("at", "timestamptz", False, "when", True, False), ("seconds", "numeric", False, None, False, False), ("ok", "bool", False, None, False, False)])


@check("Metabase: foreign keys")
def _():
    got = rows("""SELECT "fk_ns"."nspname" AS "fk-table-schema", "fk_table"."relname" AS "fk-table-name", "fk_column"."attname" AS "fk-column-name",
            "pk_ns"."nspname" AS "pk-table-schema", "pk_table"."relname" AS "pk-table-name", "pk_column"."attname" AS "pk-column-name"
        FROM "pg_constraint" AS "c" INNER JOIN "pg_class" AS "fk_table" ON "c"."conrelid" = "fk_table"."oid" INNER JOIN "pg_namespace" AS "fk_ns" ON "c"."connamespace" = "fk_ns"."oid"
        INNER JOIN "pg_attribute" AS "fk_column" ON "c"."conrelid" = "fk_column"."attrelid" INNER JOIN "pg_class" AS "pk_table" ON "c"."confrelid" = "pk_table"."oid"
        INNER JOIN "pg_namespace" AS "pk_ns" ON "pk_table"."relnamespace" = "pk_ns"."oid" INNER JOIN "pg_attribute" AS "pk_column" ON "c"."confrelid" = "pk_column"."attrelid"
        WHERE fk_ns.nspname !~ '^information_schema|catalog_history|pg_' AND ("c"."contype" = 'f'::char) AND ("fk_column"."attnum" = ANY(c.conkey)) AND ("pk_column"."attnum" = ANY(c.confkey))
        ORDER BY "fk-table-schema" ASC, "fk-table-name" ASC""")
    equal(got, [("public", "play", "artist_id", "public", "artist", "id")])


@check("Metabase: indexes")
def _():
    got = rows("""SELECT tmp.table_schema, tmp.table_name, TRIM(BOTH '"' FROM pg_catalog.pg_get_indexdef(tmp.ci_oid, tmp.pos, false)) AS field_name
        FROM (SELECT n.nspname AS table_schema, ct.relname AS table_name, ci.oid AS ci_oid,
                (information_schema._pg_expandarray(i.indkey)).n AS pos
            FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_namespace n ON (ct.relnamespace = n.oid)
            JOIN pg_catalog.pg_index i ON (ct.oid = i.indrelid) JOIN pg_catalog.pg_class ci ON (ci.oid = i.indexrelid)
            WHERE pg_catalog.pg_get_expr(i.indpred, i.indrelid) IS NULL AND n.nspname !~ '^information_schema|pg_') tmp
        WHERE tmp.pos = 1 ORDER BY 2, 3""")
    equal(got, [("public", "artist", "id"), ("public", "artist", "name"), ("public", "play", "at"), ("public", "play", "id")])


@check("DBeaver: session, database, settings")
def _():
    rows("SELECT current_schema(), session_user")
    equal(len(rows("SELECT db.oid, db.* FROM pg_catalog.pg_database db WHERE datname = %s", os.environ["PGDATABASE"])), 1)
    rows("SELECT * FROM pg_catalog.pg_settings WHERE name = 'standard_conforming_strings'")
    rows("SELECT string_agg(word, ',') FROM pg_catalog.pg_get_keywords() WHERE word <> ALL ('{select,from,where}'::text[])")
    equal(len(rows("SELECT n.oid, n.*, d.description FROM pg_catalog.pg_namespace n LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = n.oid AND d.objsubid = 0 AND d.classoid = 'pg_namespace'::regclass ORDER BY nspname")) >= 3, True)


@check("DBeaver: types")
def _():
    got = rows("""SELECT t.oid, t.*, c.relkind, format_type(nullif(t.typbasetype, 0), t.typtypmod) AS base_type_name, d.description
        FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid = t.typelem LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
        LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid = d.objoid
        WHERE t.typname IS NOT NULL AND (c.relkind IS NULL OR c.relkind = 'c') AND (et.typcategory IS NULL OR et.typcategory <> 'C')""")
    equal(len(got) > 30, True)


@check("DBeaver: tables, columns, constraints, indexes, DDL")
def _():
    tables = rows("""SELECT c.oid, c.*, d.description, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_expr, pg_catalog.pg_get_partkeydef(c.oid) AS partition_key
        FROM pg_catalog.pg_class c LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('i', 'I', 'c') ORDER BY c.relname""")
    equal([r[2] for r in tables], ["artist", "artist_id_seq", "busy", "play"])
    equal(len(rows("""SELECT c.relname, a.*, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) AS def_value, dsc.description, dep.objid
        FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_class c ON (a.attrelid = c.oid)
        LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid = ad.adrelid AND a.attnum = ad.adnum)
        LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid = dsc.objoid AND a.attnum = dsc.objsubid)
        LEFT OUTER JOIN pg_depend dep ON dep.refobjid = a.attrelid AND dep.deptype = 'i' AND dep.refobjsubid = a.attnum AND dep.classid = dep.refclassid
        WHERE NOT a.attisdropped AND c.oid = 'play'::regclass ORDER BY a.attnum""")) >= 5, True)
    equal([r[0] for r in rows("""SELECT pg_catalog.pg_get_constraintdef(c.oid) FROM pg_catalog.pg_constraint c INNER JOIN pg_catalog.pg_class t ON t.oid = c.conrelid
        WHERE t.oid = 'play'::regclass ORDER BY c.contype""")], ["FOREIGN KEY (artist_id) REFERENCES artist(id)", "PRIMARY KEY (id)"])
    equal(len(rows("""SELECT i.*, i.indkey AS keys, c.relname, c.relnamespace, c.relam, c.reltablespace, tc.relname AS tabrelname, dsc.description,
            pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS pred_expr, pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) AS expr, pg_catalog.pg_relation_size(i.indexrelid) AS index_rel_size,
            pg_catalog.pg_stat_get_numscans(i.indexrelid) AS index_num_scans
        FROM pg_catalog.pg_index i INNER JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid INNER JOIN pg_catalog.pg_class tc ON tc.oid = i.indrelid
        LEFT OUTER JOIN pg_catalog.pg_description dsc ON i.indexrelid = dsc.objoid WHERE i.indrelid = 'play'::regclass ORDER BY tabrelname, c.relname""")), 2)
    rows("SELECT c.oid, pg_catalog.pg_total_relation_size(c.oid) AS total_rel_size, pg_catalog.pg_relation_size(c.oid) AS rel_size FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace")


@check("DBeaver: the session and lock views")
def _():
    equal(len(rows("SELECT sa.* FROM pg_catalog.pg_stat_activity sa WHERE pid = pg_backend_pid()")), 1)
    rows("SELECT l.* FROM pg_catalog.pg_locks l")


@check("pgAdmin: on connecting")
def _():
    rows("SELECT version()")
    got = rows("""SELECT db.oid as did, db.datname, db.datallowconn, pg_encoding_to_char(db.encoding) AS serverencoding,
            has_database_privilege(db.oid, 'CREATE') as cancreate, datistemplate
        FROM pg_catalog.pg_database db WHERE db.datname = current_database()""")
    equal(got[0][1:], (os.environ["PGDATABASE"], True, "UTF8", True, False))
    got = rows("""SELECT roles.oid as id, roles.rolname as name, roles.rolsuper as is_superuser, CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreaterole END as can_create_role,
            CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreatedb END as can_create_db,
            CASE WHEN 'pg_signal_backend' = ANY(ARRAY(WITH RECURSIVE cte AS (
                SELECT pg_roles.oid, pg_roles.rolname FROM pg_roles WHERE pg_roles.oid = roles.oid
                UNION ALL SELECT m.roleid, pgr.rolname FROM cte cte_1 JOIN pg_auth_members m ON m.member = cte_1.oid JOIN pg_roles pgr ON pgr.oid = m.roleid)
                SELECT rolname FROM cte)) THEN True ELSE False END as can_signal_backend
        FROM pg_catalog.pg_roles as roles WHERE rolname = current_user""")
    equal(got[0][1:], (os.environ["PGUSER"], True, True, True, False))
    equal(rows("SELECT CASE WHEN (SELECT count(extname) FROM pg_catalog.pg_extension WHERE extname='bdr') > 0 THEN 'pgd' WHEN (SELECT COUNT(*) FROM pg_replication_slots) > 0 THEN 'log' ELSE NULL END as type"), [(None,)])


@check("pgAdmin: the dashboard's figures")
def _():
    got = rows("""SELECT 'session_stats' AS chart_name, pg_catalog.row_to_json(t) AS chart_data FROM (SELECT
            (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = (SELECT datname FROM pg_catalog.pg_database WHERE datname = current_database())) AS "Total",
            (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'active') AS "Active") t
        UNION ALL SELECT 'tps_stats', pg_catalog.row_to_json(t) FROM (SELECT
            (SELECT sum(xact_commit) + sum(xact_rollback) FROM pg_catalog.pg_stat_database WHERE datname = current_database()) AS "Transactions",
            (SELECT sum(xact_commit) FROM pg_catalog.pg_stat_database WHERE datname = current_database()) AS "Commits") t
        UNION ALL SELECT 'ti_stats', pg_catalog.row_to_json(t) FROM (SELECT (SELECT sum(tup_inserted) FROM pg_catalog.pg_stat_database WHERE datname = current_database()) AS "Inserts") t
        UNION ALL SELECT 'bio_stats', pg_catalog.row_to_json(t) FROM (SELECT (SELECT sum(blks_read) FROM pg_catalog.pg_stat_database) AS "Reads", (SELECT sum(blks_hit) FROM pg_catalog.pg_stat_database) AS "Hits") t""")
    equal([r[0] for r in got], ["session_stats", "tps_stats", "ti_stats", "bio_stats"])
    rows("""SELECT pid, datname, usename, application_name, client_addr, pg_catalog.to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS backend_start, state,
            wait_event_type || ': ' || wait_event AS wait_event, array_to_string(pg_catalog.pg_blocking_pids(pid), ', ') AS blocking_pids, query, backend_type FROM pg_catalog.pg_stat_activity""")


@check("pgAdmin: properties of a table")
def _():
    got = rows("""SELECT rel.oid, rel.relname AS name, (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid=rel.oid AND tgisinternal = FALSE) AS triggercount,
            pg_catalog.pg_get_userbyid(rel.relowner) AS relowner, pg_catalog.obj_description(rel.oid) AS comment
        FROM pg_catalog.pg_class rel WHERE rel.relkind IN ('r','s','t','p') AND rel.relnamespace = 'public'::regnamespace AND NOT rel.relispartition ORDER BY rel.relname""")
    equal([(r[1], r[2], r[4]) for r in got], [("artist", 0, None), ("play", 0, "who heard what")])
    equal(len(rows("""SELECT att.attname as name, att.attnum, format_type(ty.oid, NULL) AS typname, format_type(ty.oid, att.atttypmod) AS displaytypname, pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS defval,
            CASE WHEN attidentity in ('a', 'd') THEN 'i' WHEN attgenerated in ('s') THEN 'g' ELSE 'n' END AS colconstype, seq.*
        FROM pg_catalog.pg_attribute att JOIN pg_catalog.pg_type ty ON ty.oid=atttypid LEFT OUTER JOIN pg_catalog.pg_attrdef def ON adrelid=att.attrelid AND adnum=att.attnum
        LEFT OUTER JOIN (pg_catalog.pg_depend JOIN pg_catalog.pg_class cs ON classid='pg_class'::regclass AND objid=cs.oid AND cs.relkind='S') ON refobjid=att.attrelid AND refobjsubid=att.attnum
        LEFT OUTER JOIN pg_catalog.pg_sequence seq ON cs.oid = seq.seqrelid
        WHERE att.attrelid = 'play'::regclass AND att.attnum > 0 AND att.attisdropped IS FALSE ORDER BY att.attnum""")), 5)


@check("Tableau and Excel: the tables that ODBC lists")
def _():
    got = rows("""select relname, nspname, relkind from pg_catalog.pg_class c, pg_catalog.pg_namespace n where relkind in ('r', 'v', 'm', 'f', 'p')
        and nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'pg_temp_1') and n.oid = relnamespace order by nspname, relname""")
    equal([r[0] for r in got], ["artist", "busy", "play"])
