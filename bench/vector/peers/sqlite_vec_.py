"""sqlite-vec: vec0 scans; attr is a metadata column of it. apsw, because not every Python's sqlite3 loads extensions."""

import apsw
import sqlite_vec


class Peer:
    def __init__(self, dim, folder):
        self.db = apsw.Connection(folder + "/items.sqlite")
        self.db.enable_load_extension(True)
        self.db.load_extension(sqlite_vec.loadable_path())
        self.db.execute(
            f"CREATE VIRTUAL TABLE items USING vec0(emb float[{dim}] distance_metric=cosine, attr integer)"
        )

    def build(self, base, attr, mode):
        rows = ((i, v.tobytes(), int(a)) for i, (v, a) in enumerate(zip(base, attr)))
        with self.db:
            self.db.executemany("INSERT INTO items (rowid, emb, attr) VALUES (?, ?, ?)", rows)

    def search(self, query, k, effort, below):
        where, args = "", [query.tobytes(), k]
        if below:
            where, args = " AND attr < ?", args + [below]
        sql = "SELECT rowid FROM items WHERE emb MATCH ? AND k = ?" + where
        return [r[0] for r in self.db.execute(sql, args)]
