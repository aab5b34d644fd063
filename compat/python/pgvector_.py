"""pgvector-python: what its README shows, over its drivers. PostgreSQL needs pgvector for it; without, only Segue is driven."""

import asyncio
import importlib.metadata

import numpy as np
import psycopg
import psycopg2

from check import HAS_VECTOR, URL, check, equal, raises, version

version("pgvector " + importlib.metadata.version("pgvector"))
conn = psycopg.connect(URL, autocommit=True)


def near(got, want, tolerance=1e-5):
    if abs(got - want) > tolerance:
        raise AssertionError(f"got {got}, want {want}")


@check("connect")
def _():
    equal(conn.execute("SELECT 1").fetchone(), (1,))


if not HAS_VECTOR:
    raise SystemExit


@check("extension and register_vector")
def _():
    from pgvector.psycopg import register_vector

    conn.execute("CREATE EXTENSION IF NOT EXISTS vector")
    register_vector(conn)
    equal(conn.execute("SELECT extversion IS NOT NULL FROM pg_extension WHERE extname = 'vector'").fetchone(), (True,))


@check("vector: round trip, text and binary")
def _():
    conn.execute("CREATE TABLE items (id bigserial PRIMARY KEY, embedding vector(3))")
    conn.execute("INSERT INTO items (embedding) VALUES (%s), (%s), (NULL)", (np.array([1, 2, 3]), np.array([4, 5, 6])))
    for binary in (False, True):
        got = conn.cursor(binary=binary).execute("SELECT embedding FROM items ORDER BY id").fetchall()
        equal([None if g[0] is None else list(np.asarray(g[0].to_numpy() if hasattr(g[0], "to_numpy") else g[0])) for g in got], [[1, 2, 3], [4, 5, 6], None])


@check("operators")
def _():
    v = np.array([3, 1, 2])
    for op, want in [("<->", 2.44949), ("<#>", -11), ("<=>", 0.214286), ("<+>", 4)]:
        near(conn.execute(f"SELECT embedding {op} %s FROM items WHERE id = 1", (v,)).fetchone()[0], want)


@check("functions and aggregates")
def _():
    for sql, want in [("vector_dims('[1,2,3]'::vector)", 3), ("vector_norm('[3,4]')", 5), ("inner_product('[1,2]'::vector, '[3,4]')", 11),
                      ("l2_distance('[0,0]'::vector, '[3,4]')", 5), ("cosine_distance('[1,1]'::vector, '[1,1]')", 0), ("l1_distance('[0,0]'::vector, '[3,4]')", 7)]:
        near(conn.execute("SELECT " + sql).fetchone()[0], want)
    for sql, want in [("avg(embedding) FROM items", "[2.5,3.5,4.5]"), ("sum(embedding) FROM items", "[5,7,9]"), ("l2_normalize('[3,4]'::vector)", "[0.6,0.8]"),
                      ("'[1,2]'::vector + '[3,4]'", "[4,6]"), ("'[1,2]'::vector - '[3,5]'", "[-2,-3]"), ("'[1,2]'::vector * '[3,4]'", "[3,8]"),
                      ("subvector('[1,2,3,4]'::vector, 2, 2)", "[2,3]"), ("'[1,2]'::vector || '[3]'", "[1,2,3]"), ("binary_quantize('[1,-1,2]'::vector)", "101"),
                      ("'{1,2}'::real[]::vector", "[1,2]"), ("ARRAY[1,2]::vector(2)", "[1,2]")]:
        equal(conn.execute(f"SELECT ({sql.split(' FROM ')[0]})::text" + (" FROM items" if " FROM " in sql else "")).fetchone()[0], want)
    equal(conn.execute("SELECT '[1,2]'::vector < '[1,3]', '[1,2]'::vector = '[1,2]', '[1,2]'::vector::real[]").fetchone(), (True, True, [1, 2]))


@check("errors")
def _():
    e = psycopg.errors
    for sql, kind, text in [("SELECT '[1,2]'::vector <-> '[1]'", e.DataException, "different vector dimensions 2 and 1"),
                            ("INSERT INTO items (embedding) VALUES ('[1,2]')", e.DataException, "expected 3 dimensions, not 2"),
                            ("SELECT '[]'::vector", e.DataException, "vector must have at least 1 dimension"),
                            ("SELECT '1,2'::vector", e.InvalidTextRepresentation, 'invalid input syntax for type vector: "1,2"'),
                            ("SELECT '[NaN]'::vector", e.DataException, "NaN not allowed in vector"),
                            ("SELECT '[1,2]'::vector(0)", e.InvalidParameterValue, "dimensions for type vector must be at least 1"),
                            ("CREATE TABLE x (v vector); CREATE INDEX ON x USING hnsw (v vector_l2_ops)", psycopg.Error, "column does not have dimensions")]:
        x = raises(kind, lambda sql=sql: conn.execute(sql))
        equal(x.diag.message_primary, text)


@check("bulk loading by binary COPY")
def _():
    rng = np.random.default_rng(1)
    conn.execute("CREATE TABLE big (id bigserial PRIMARY KEY, embedding vector(64), kind int)")
    with conn.cursor().copy("COPY big (embedding, kind) FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.set_types(["vector", "int4"])
        for i, v in enumerate(rng.normal(size=(2000, 64)).astype(np.float32)):
            copy.write_row([v, i % 4])
    equal(conn.execute("SELECT count(*) FROM big").fetchone(), (2000,))


for method, ops, options in [("hnsw", "vector_l2_ops", "m = 16, ef_construction = 64"), ("hnsw", "vector_cosine_ops", ""), ("hnsw", "vector_ip_ops", ""), ("hnsw", "vector_l1_ops", ""),
                             ("ivfflat", "vector_l2_ops", "lists = 10"), ("ivfflat", "vector_cosine_ops", "lists = 10"), ("ivfflat", "vector_ip_ops", "lists = 10")]:
    @check(f"{method} {ops}: a query through it")
    def _(method=method, ops=ops, options=options):
        op = {"vector_l2_ops": "<->", "vector_cosine_ops": "<=>", "vector_ip_ops": "<#>", "vector_l1_ops": "<+>"}[ops]
        q = conn.execute("SELECT embedding FROM big WHERE id = 77").fetchone()[0]
        want = conn.execute(f"SELECT id FROM big ORDER BY embedding {op} %s LIMIT 10", (q,)).fetchall()
        conn.execute(f"CREATE INDEX big_idx ON big USING {method} (embedding {ops})" + (f" WITH ({options})" if options else ""))
        equal(conn.execute(f"SELECT id FROM big ORDER BY embedding {op} %s LIMIT 10", (q,)).fetchall(), want)
        equal(len(conn.execute(f"SELECT id FROM big WHERE kind = 3 ORDER BY embedding {op} %s LIMIT 10", (q,)).fetchall()), 10)
        equal(conn.execute("SELECT indexdef LIKE '%%USING ' || %s || '%%' || %s || '%%' FROM pg_indexes WHERE indexname = 'big_idx'", (method, "" if (method, ops) == ("ivfflat", "vector_l2_ops") else ops)).fetchone(), (True,))  # the default class is not written
        conn.execute("DROP INDEX big_idx")


@check("settings")
def _():
    conn.execute("SET hnsw.ef_search = 100; SET ivfflat.probes = 10; SET hnsw.iterative_scan = strict_order; SET hnsw.max_scan_tuples = 20000; SET ivfflat.iterative_scan = relaxed_order")
    equal(conn.execute("SHOW hnsw.ef_search").fetchone(), ("100",))
    with conn.transaction():
        conn.execute("SET LOCAL hnsw.ef_search = 200")
    equal(conn.execute("SHOW hnsw.ef_search").fetchone(), ("100",))


@check("halfvec")
def _():
    from pgvector import HalfVector

    conn.execute("CREATE TABLE halves (id bigserial PRIMARY KEY, h halfvec(3))")
    conn.execute("INSERT INTO halves (h) VALUES (%s), ('[4,5,6]')", (HalfVector([1, 2, 3]),))
    equal(conn.execute("SELECT id FROM halves ORDER BY h <-> '[4,5,7]'").fetchall(), [(2,), (1,)])
    equal(conn.execute("SELECT h::vector::text FROM halves WHERE id = 1").fetchone(), ("[1,2,3]",))
    conn.execute("CREATE INDEX ON halves USING hnsw (h halfvec_l2_ops)")
    equal(conn.cursor(binary=True).execute("SELECT h FROM halves WHERE id = 1").fetchone()[0].to_list(), [1.0, 2.0, 3.0])


@check("an expression index on a cast, and binary quantization reranked")
def _():
    conn.execute("CREATE INDEX ON big USING hnsw ((embedding::halfvec(64)) halfvec_l2_ops)")
    conn.execute("CREATE INDEX ON big USING hnsw ((binary_quantize(embedding)::bit(64)) bit_hamming_ops)")
    q = conn.execute("SELECT embedding FROM big WHERE id = 5").fetchone()[0]
    got = conn.execute("SELECT id FROM (SELECT id, embedding FROM big ORDER BY binary_quantize(embedding)::bit(64) <~> binary_quantize(%s) LIMIT 50) s ORDER BY embedding <=> %s LIMIT 1", (q, q)).fetchone()
    equal(got, (5,))


@check("sparsevec and bit")
def _():
    from pgvector import SparseVector

    conn.execute("CREATE TABLE sparse (id bigserial PRIMARY KEY, s sparsevec(6), b bit(3))")
    conn.execute("INSERT INTO sparse (s, b) VALUES (%s, '101')", (SparseVector({0: 1, 2: 2, 4: 3}, 6),))
    equal(conn.execute("SELECT s::text, b <~> '111', b <%%> '111' FROM sparse", ()).fetchone()[0], "{1:1,3:2,5:3}/6")


@check("hybrid search by reciprocal rank fusion, as its example does")
def _():
    conn.execute("CREATE TABLE documents (id bigserial PRIMARY KEY, content text, embedding vector(3))")
    for text, v in [("The dog is barking", [1, 0, 0]), ("The cat is purring", [0, 1, 0]), ("The bear is growling", [0, 0, 1])]:
        conn.execute("INSERT INTO documents (content, embedding) VALUES (%s, %s)", (text, np.array(v)))
    conn.execute("CREATE INDEX ON documents USING gin (to_tsvector('english', content))")
    rows = conn.execute("""
        WITH semantic_search AS (
            SELECT id, RANK () OVER (ORDER BY embedding <=> %(embedding)s) AS rank FROM documents ORDER BY embedding <=> %(embedding)s LIMIT 20
        ), keyword_search AS (
            SELECT id, RANK () OVER (ORDER BY ts_rank_cd(to_tsvector('english', content), query) DESC)
            FROM documents, plainto_tsquery('english', %(query)s) query WHERE to_tsvector('english', content) @@ query
            ORDER BY ts_rank_cd(to_tsvector('english', content), query) DESC LIMIT 20
        )
        SELECT COALESCE(semantic_search.id, keyword_search.id) AS id,
            COALESCE(1.0 / (%(k)s + semantic_search.rank), 0.0) + COALESCE(1.0 / (%(k)s + keyword_search.rank), 0.0) AS score
        FROM semantic_search FULL OUTER JOIN keyword_search ON semantic_search.id = keyword_search.id ORDER BY score DESC LIMIT 5
    """, {"query": "growling bear", "embedding": np.array([0, 0.1, 0.9]), "k": 60}).fetchall()
    equal(rows[0][0], 3)


@check("psycopg2")
def _():
    from pgvector.psycopg2 import register_vector

    c = psycopg2.connect(URL)
    register_vector(c)
    with c, c.cursor() as cur:
        cur.execute("INSERT INTO items (embedding) VALUES (%s)", (np.array([1.5, 2, 3]),))
        cur.execute("SELECT embedding FROM items WHERE id = (SELECT max(id) FROM items)")
        got = cur.fetchone()[0]
        equal([float(x) for x in getattr(got, "to_list", lambda: list(got))()], [1.5, 2.0, 3.0])
    c.close()


@check("asyncpg")
def _():
    import asyncpg
    from pgvector.asyncpg import register_vector

    async def work():
        c = await asyncpg.connect(URL)
        await register_vector(c)
        got = await c.fetchval("SELECT embedding FROM items ORDER BY embedding <-> $1 LIMIT 1", np.array([1, 2, 3]))
        await c.close()
        return [float(x) for x in getattr(got, "to_list", lambda: list(got))()]

    equal(asyncio.run(work()), [1.0, 2.0, 3.0])


@check("arrays of vectors")
def _():
    conn.execute("CREATE TABLE many (e vector(2)[])")
    conn.execute("INSERT INTO many VALUES (%s)", ([np.array([1, 2]), np.array([3, 4])],))
    equal(conn.execute("SELECT e::text FROM many").fetchone(), ('{"[1,2]","[3,4]"}',))


@check("similarity, a word of Segue's own")
def _():
    equal(conn.execute("SELECT round(similarity(embedding, '[1,2,3]')::numeric, 4) FROM items WHERE id = 1").fetchone()[0], 1)


@check("halfvec, bit and sparsevec: round trip, text and binary, and arrays")
def _():
    from pgvector import Bit, HalfVector, SparseVector

    conn.execute("CREATE TABLE kinds (h halfvec(3), b bit(3), s sparsevec(6), ha halfvec(2)[], sa sparsevec(2)[])")
    row = (HalfVector([1, 0.1, -65504]), Bit("101"), SparseVector({0: 1, 5: -2.5}, 6), [HalfVector([1, 2])], [SparseVector({1: 3}, 2)])
    conn.execute("INSERT INTO kinds VALUES (%s, %s, %s, %s, %s)", row)
    for binary in (False, True):
        h, b, s, ha, sa = conn.cursor(binary=binary).execute("SELECT * FROM kinds").fetchone()
        equal([round(x, 4) for x in h.to_list()], [1.0, 0.1, -65504.0])
        equal(s.to_list(), [1.0, 0.0, 0.0, 0.0, 0.0, -2.5])
        equal((ha[0].to_list(), sa[0].to_list()), ([1.0, 2.0], [0.0, 3.0]))
        if not binary:  # psycopg hands binary bits out as they came
            equal(str(b), "101")


@check("asyncpg: halfvec, bit and sparsevec")
def _():
    import asyncpg
    from pgvector import Bit, HalfVector, SparseVector
    from pgvector.asyncpg import register_vector

    async def work():
        c = await asyncpg.connect(URL)
        await register_vector(c)
        got = await c.fetchrow("SELECT $1::halfvec h, $2::bit(3) b, $3::sparsevec s", HalfVector([1, 2]), asyncpg.BitString("110"), SparseVector({0: 1}, 3))
        await c.close()
        return got["h"].to_list(), got["b"].as_string(), got["s"].to_list()

    equal(asyncio.run(work()), ([1.0, 2.0], "110", [1.0, 0.0, 0.0]))


@check("SQLAlchemy: its types, distances, aggregates and indexes")
def _():
    from pgvector.sqlalchemy import BIT, HALFVEC, SPARSEVEC, VECTOR, avg, sum as total
    from sqlalchemy import Column, Index, Integer, MetaData, Table, create_engine, insert, select

    engine = create_engine(URL.replace("postgresql://", "postgresql+psycopg://").replace("postgres://", "postgresql+psycopg://"))
    t = Table("sa_items", MetaData(), Column("id", Integer, primary_key=True), Column("v", VECTOR(3)), Column("h", HALFVEC(3)), Column("b", BIT(3)), Column("s", SPARSEVEC(3)))
    Index("sa_v", t.c.v, postgresql_using="hnsw", postgresql_with={"m": 16, "ef_construction": 64}, postgresql_ops={"v": "vector_l2_ops"})
    Index("sa_h", t.c.h, postgresql_using="ivfflat", postgresql_with={"lists": 1}, postgresql_ops={"h": "halfvec_l2_ops"})
    Index("sa_b", t.c.b, postgresql_using="hnsw", postgresql_ops={"b": "bit_hamming_ops"})
    Index("sa_s", t.c.s, postgresql_using="hnsw", postgresql_ops={"s": "sparsevec_l2_ops"})
    t.metadata.create_all(engine)
    with engine.begin() as c:
        for i, v in enumerate([[1, 1, 1], [2, 2, 2], [1, 1, 2]]):
            c.execute(insert(t).values(id=i + 1, v=v, h=v, b=["000", "101", "111"][i], s=v))
        for column in (t.c.v, t.c.h, t.c.s):
            for distance, want in [("l2_distance", [1, 3, 2]), ("max_inner_product", [2, 3, 1]), ("l1_distance", [1, 3, 2])]:
                equal(c.scalars(select(t.c.id).order_by(getattr(column, distance)([1, 1, 1]))).all(), want)
            equal(c.scalars(select(t.c.id).order_by(column.cosine_distance([1, 1, 1]), t.c.id)).all(), [1, 2, 3])
        equal(c.scalars(select(t.c.id).order_by(t.c.b.hamming_distance("101"))).all(), [2, 3, 1])
        equal(c.scalars(select(t.c.id).order_by(t.c.b.jaccard_distance("101"))).all(), [2, 3, 1])
        for f, want in ((avg, [1.333, 1.333, 1.667]), (total, [4, 4, 5])):
            got = c.scalar(select(f(t.c.v)))
            equal([round(float(x), 3) for x in getattr(got, "to_list", lambda: list(got))()], want)


@check("Django: its fields, distances, aggregates and indexes")
def _():
    import django
    from django.conf import settings
    from psycopg.conninfo import conninfo_to_dict

    to = conninfo_to_dict(URL)
    settings.configure(INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": to["dbname"], "USER": to["user"], "PASSWORD": to.get("password", ""), "HOST": to["host"], "PORT": to["port"]}})
    django.setup()
    from django.db import connection, models
    from django.db.migrations.state import ProjectState
    from pgvector import SparseVector
    from pgvector.django import (BitField, CosineDistance, HalfVectorField, HammingDistance, HnswIndex, IvfflatIndex, JaccardDistance, L1Distance, L2Distance,
                                 MaxInnerProduct, SparseVectorField, VectorExtension, VectorField)

    with connection.schema_editor() as editor:
        VectorExtension().database_forwards("pgv", editor, ProjectState(), ProjectState())

    class Item(models.Model):
        v = VectorField(dimensions=3, null=True)
        h = HalfVectorField(dimensions=3, null=True)
        b = BitField(length=3, null=True)
        s = SparseVectorField(dimensions=3, null=True)

        class Meta:
            app_label = "pgv"
            indexes = [HnswIndex(name="dj_v", fields=["v"], m=16, ef_construction=64, opclasses=["vector_l2_ops"]), IvfflatIndex(name="dj_v2", fields=["v"], lists=1, opclasses=["vector_ip_ops"]),
                       HnswIndex(name="dj_h", fields=["h"], opclasses=["halfvec_cosine_ops"]), HnswIndex(name="dj_b", fields=["b"], opclasses=["bit_jaccard_ops"]),
                       HnswIndex(name="dj_s", fields=["s"], opclasses=["sparsevec_l2_ops"])]

    with connection.schema_editor() as editor:
        editor.create_model(Item)
    for i, v in enumerate([[1, 1, 1], [2, 2, 2], [1, 1, 2]]):
        Item.objects.create(id=i + 1, v=v, h=v, b=["000", "101", "111"][i], s=SparseVector(v))
    ids = lambda order: [x.id for x in Item.objects.order_by(order, "id")]  # noqa: E731
    for field in "vhs":
        equal([ids(d(field, SparseVector([1, 1, 1]) if field == "s" else [1, 1, 1])) for d in (L2Distance, MaxInnerProduct, CosineDistance, L1Distance)], [[1, 3, 2], [2, 3, 1], [1, 2, 3], [1, 3, 2]])
    equal([ids(d("b", "101")) for d in (HammingDistance, JaccardDistance)], [[2, 3, 1], [2, 3, 1]])
    got = Item.objects.aggregate(models.Avg("v"), models.Sum("h"))
    flat = lambda x: [round(float(e), 3) for e in getattr(x, "to_list", lambda: list(x))()]  # noqa: E731
    equal((flat(got["v__avg"]), flat(got["h__sum"])), ([1.333, 1.333, 1.667], [4, 4, 5]))
    item = Item.objects.get(id=3)
    equal((flat(item.v), flat(item.h), flat(item.s), item.b), ([1, 1, 2], [1, 1, 2], [1, 1, 2], "111"))
    equal(Item.objects.alias(d=L2Distance("v", [1, 1, 1])).filter(d__lt=1.5).count(), 2)
