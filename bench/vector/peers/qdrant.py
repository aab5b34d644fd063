"""Qdrant's embedded edition: qdrant-client's local mode, which scans."""

from qdrant_client import QdrantClient, models


class Peer:
    def __init__(self, dim, folder):
        self.client = QdrantClient(path=folder)
        self.client.create_collection(
            "items", vectors_config=models.VectorParams(size=dim, distance=models.Distance.COSINE)
        )

    def build(self, base, attr, mode):
        for first in range(0, len(base), 1000):
            part = base[first : first + 1000]
            points = [
                models.PointStruct(id=first + i, vector=v.tolist(), payload={"attr": int(attr[first + i])})
                for i, v in enumerate(part)
            ]
            self.client.upsert("items", points)

    def search(self, query, k, effort, below):
        keep = None
        if below:
            keep = models.Filter(must=[models.FieldCondition(key="attr", range=models.Range(lt=below))])
        found = self.client.query_points("items", query=query.tolist(), limit=k, query_filter=keep)
        return [p.id for p in found.points]
