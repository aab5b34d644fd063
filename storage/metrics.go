package storage

// Metrics is the store's size and work, since Open where it counts.
type Metrics struct {
	DiskBytes     uint64 // files on disk
	LogBytes      uint64 // of them, the write-ahead log
	MemTableBytes uint64
	CacheBytes    int64 // blocks in memory
	CacheHits     int64
	CacheMisses   int64
	Flushes       int64
	Compactions   int64
	// ReadAmplification is how many files a read may have to look into.
	ReadAmplification int
	// OpenSnapshots keep what was deleted since on disk.
	OpenSnapshots int
	BytesIn       uint64 // written by commits
}

// Metrics reads them. It is cheap enough for a scrape, not for a query.
func (s *Store) Metrics() Metrics {
	m := s.db.Metrics()
	return Metrics{
		DiskBytes: m.DiskSpaceUsage(), LogBytes: m.WAL.Size, MemTableBytes: m.MemTable.Size,
		CacheBytes: m.BlockCache.Size, CacheHits: m.BlockCache.Hits, CacheMisses: m.BlockCache.Misses,
		Flushes: m.Flush.Count, Compactions: m.Compact.Count, ReadAmplification: m.ReadAmp(),
		OpenSnapshots: m.Snapshots.Count, BytesIn: m.WAL.BytesIn,
	}
}
