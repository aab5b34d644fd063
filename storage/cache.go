package storage

// The embedding cache is a keyspace of its own, outside all transactions: key is whatever names the content and the
// model, value the embeddings.

// CacheGet reads an entry of the embedding cache.
func (s *Store) CacheGet(key []byte) ([]byte, bool, error) { return s.Get(cacheKey(key)) }

// CachePut writes an entry of the embedding cache. It is not synced: what a crash takes is computed again.
func (s *Store) CachePut(key, value []byte) error {
	b := s.NewBatch()
	if err := b.Set(cacheKey(key), value); err != nil {
		return closing(b, err)
	}
	return s.WriteUnsynced(b)
}
