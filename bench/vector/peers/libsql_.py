"""libSQL: a scan by vector_distance_cos, and its DiskANN index."""

import libsql


class Peer:
    def __init__(self, dim, folder):
        self.db = libsql.connect(folder + "/items.libsql")
        self.db.execute(f"CREATE TABLE items (id INTEGER PRIMARY KEY, attr INTEGER, emb F32_BLOB({dim}))")

    def build(self, base, attr, mode):
        self.mode = mode
        if mode == "diskann":
            self.db.execute("CREATE INDEX items_emb ON items (libsql_vector_idx(emb, 'metric=cosine'))")
        for i, (v, a) in enumerate(zip(base, attr)):
            self.db.execute("INSERT INTO items VALUES (?, ?, ?)", (i, int(a), v.tobytes()))
        self.db.commit()

    def search(self, query, k, effort, below):
        q = query.tobytes()
        if self.mode == "diskann":
            sql = "SELECT id FROM vector_top_k('items_emb', ?, ?)"
            return [r[0] for r in self.db.execute(sql, (q, max(k, int(effort)))).fetchall()][:k]
        where = f"WHERE attr < {below}" if below else ""
        sql = f"SELECT id FROM items {where} ORDER BY vector_distance_cos(emb, ?) LIMIT {k}"
        return [r[0] for r in self.db.execute(sql, (q,)).fetchall()]
