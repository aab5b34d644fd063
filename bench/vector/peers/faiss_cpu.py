"""PyPI's faiss-cpu."""

import faiss
import numpy as np

FACTORIES = {
    "flat": "Flat",
    "hnsw": "HNSW32,Flat",
    "ivf": "IVF{lists},Flat",
    "ivf-pq-fastscan": "IVF{lists},PQ{quarters}x4fs,RFlat",
    "ivf-rabitq": "IVF{lists},RaBitQ,RFlat",
}


class Peer:
    def __init__(self, dim, folder):
        faiss.omp_set_num_threads(1)
        self.dim = dim

    def build(self, base, attr, mode):
        lists = max(8, int(4 * len(base) ** 0.5))
        factory = FACTORIES[mode].format(lists=lists, quarters=self.dim // 2)
        self.index = faiss.index_factory(self.dim, factory, faiss.METRIC_INNER_PRODUCT)
        base = np.ascontiguousarray(base)
        if not self.index.is_trained:
            self.index.train(base[:: max(1, len(base) // (50 * lists))])
        self.index.add(base)
        self.attr, self.mode, self.filters = attr, mode, {}

    def parameters(self, effort, below):
        selector = None
        if below:
            if below not in self.filters:
                self.filters[below] = faiss.IDSelectorBatch(np.flatnonzero(self.attr < below))
            selector = self.filters[below]
        if self.mode == "flat":
            return faiss.SearchParameters(sel=selector) if selector else None
        if self.mode == "hnsw":
            return faiss.SearchParametersHNSW(efSearch=int(effort), sel=selector)
        ivf = faiss.SearchParametersIVF(nprobe=int(effort), sel=selector)
        if self.mode == "ivf":
            return ivf
        return faiss.IndexRefineSearchParameters(k_factor=10, base_index_params=ivf)

    def search(self, query, k, effort, below):
        _, ids = self.index.search(query[None, :], k, params=self.parameters(effort, below))
        return [i for i in ids[0] if i >= 0]
