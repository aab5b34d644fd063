"""LanceDB: a scan, and its indexes IVF_PQ and IVF_HNSW_SQ."""

import os

os.environ.setdefault("LANCE_CPU_THREADS", "1")

import lancedb
import pyarrow as pa


class Peer:
    def __init__(self, dim, folder):
        self.dim = dim
        self.db = lancedb.connect(folder)

    def build(self, base, attr, mode):
        emb = pa.FixedSizeListArray.from_arrays(pa.array(base.reshape(-1)), self.dim)
        data = pa.table({"id": pa.array(range(len(base))), "attr": pa.array(attr), "emb": emb})
        self.table = self.db.create_table("items", data)
        self.mode = mode
        if mode != "flat":
            kind = {"ivf-pq": "IVF_PQ", "ivf-hnsw-sq": "IVF_HNSW_SQ"}[mode]
            self.table.create_index(metric="cosine", vector_column_name="emb", index_type=kind)

    def search(self, query, k, effort, below):
        q = self.table.search(query, vector_column_name="emb").distance_type("cosine").limit(k).select(["id"])
        if below:
            q = q.where(f"attr < {below}", prefilter=True)
        if self.mode != "flat":
            q = q.nprobes(int(effort)).refine_factor(10)
        return q.to_arrow()["id"].to_pylist()
