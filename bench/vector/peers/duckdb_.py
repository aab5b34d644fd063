"""DuckDB: a scan of an array column, and the HNSW index of its extension vss where that installs."""

import duckdb
import pyarrow as pa


class Peer:
    def __init__(self, dim, folder):
        self.dim = dim
        self.db = duckdb.connect(folder + "/items.duckdb")
        self.db.execute("SET threads = 1")

    def build(self, base, attr, mode):
        db, dim = self.db, self.dim
        if mode == "hnsw":
            db.execute("INSTALL vss")
            db.execute("LOAD vss")
            db.execute("SET hnsw_enable_experimental_persistence = true")
        db.execute(f"CREATE TABLE items (id BIGINT PRIMARY KEY, attr INTEGER, emb FLOAT[{dim}])")
        for first in range(0, len(base), 10_000):
            part = base[first : first + 10_000]
            arrow = pa.table(
                {
                    "id": pa.array(range(first, first + len(part))),
                    "attr": pa.array(attr[first : first + len(part)]),
                    "emb": pa.FixedSizeListArray.from_arrays(pa.array(part.reshape(-1)), dim),
                }
            )
            db.execute("INSERT INTO items SELECT * FROM arrow")
        if mode == "hnsw":
            db.execute("CREATE INDEX items_emb ON items USING HNSW (emb) WITH (metric = 'cosine')")
        db.execute("CHECKPOINT")

    def search(self, query, k, effort, below):
        if effort:
            self.db.execute(f"SET hnsw_ef_search = {int(effort)}")
        where = f"WHERE attr < {below}" if below else ""
        sql = f"SELECT id FROM items {where} ORDER BY array_cosine_distance(emb, ?::FLOAT[{self.dim}]) LIMIT {k}"
        return [r[0] for r in self.db.execute(sql, [query.tolist()]).fetchall()]
