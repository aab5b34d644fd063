"""Milvus's embedded edition, milvus-lite."""

from pymilvus import DataType, MilvusClient


class Peer:
    def __init__(self, dim, folder):
        self.client = MilvusClient(folder + "/milvus.db")
        schema = MilvusClient.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("attr", DataType.INT64)
        schema.add_field("emb", DataType.FLOAT_VECTOR, dim=dim)
        self.schema = schema

    def build(self, base, attr, mode):
        params = self.client.prepare_index_params()
        kind, options = ("FLAT", {}) if mode == "flat" else ("IVF_FLAT", {"nlist": 1024})
        params.add_index("emb", index_type=kind, metric_type="COSINE", params=options)
        self.client.create_collection("items", schema=self.schema, index_params=params)
        for first in range(0, len(base), 1000):
            part = base[first : first + 1000]
            rows = [{"id": first + i, "attr": int(attr[first + i]), "emb": v.tolist()} for i, v in enumerate(part)]
            self.client.insert("items", rows)
        self.client.load_collection("items")

    def search(self, query, k, effort, below):
        found = self.client.search(
            "items",
            data=[query.tolist()],
            limit=k,
            filter=f"attr < {below}" if below else "",
            search_params={"params": {"nprobe": int(effort)} if effort else {}},
        )
        return [hit["id"] for hit in found[0]]
