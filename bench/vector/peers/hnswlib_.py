"""hnswlib: a graph, and its brute force index."""

import hnswlib
import numpy as np


class Peer:
    def __init__(self, dim, folder):
        self.dim = dim

    def build(self, base, attr, mode):
        self.attr = attr
        if mode == "flat":
            self.index = hnswlib.BFIndex(space="ip", dim=self.dim)
            self.index.init_index(max_elements=len(base))
            self.index.add_items(base, np.arange(len(base)))
            return
        self.index = hnswlib.Index(space="ip", dim=self.dim)
        self.index.init_index(max_elements=len(base), M=16, ef_construction=200)
        self.index.add_items(base, np.arange(len(base)), num_threads=1)

    def search(self, query, k, effort, below):
        keep = (lambda i: self.attr[i] < below) if below else None
        if isinstance(self.index, hnswlib.BFIndex):
            return self.index.knn_query(query, k=k, filter=keep)[0][0]
        self.index.set_ef(max(k, int(effort)))
        return self.index.knn_query(query, k=k, num_threads=1, filter=keep)[0][0]
