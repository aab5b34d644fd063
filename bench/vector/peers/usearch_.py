"""usearch."""

import numpy as np
from usearch.index import Index, MetricKind, search


class Peer:
    def __init__(self, dim, folder):
        self.dim = dim

    def build(self, base, attr, mode):
        self.rows = np.array(base) if mode == "flat" else None
        if mode == "flat":
            return
        dtype = "i8" if mode == "hnsw-i8" else "f32"
        self.index = Index(ndim=self.dim, metric="cos", dtype=dtype)
        self.index.add(np.arange(len(base)), np.ascontiguousarray(base), threads=1)

    def search(self, query, k, effort, below):
        if self.rows is not None:
            return search(self.rows, query, k, MetricKind.Cos, exact=True, threads=1).keys
        self.index.expansion_search = int(effort)
        return self.index.search(query, k, threads=1).keys
