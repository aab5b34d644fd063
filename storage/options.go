package storage

import (
	"log/slog"
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	defaultCacheBytes = 64 << 20
	memTableBytes     = 32 << 20
	// bloomBits is the filter's size for a key: 1 % of the reads of absent keys, which every unique check of
	// a new row is, go on to the disk.
	bloomBits = 10
)

// Options are what a Store can be told.
type Options struct {
	// FS is the file system; the operating system's when nil. Tests inject crashes and errors by it.
	FS vfs.FS
	// CacheBytes is the block cache's size; 64 MiB when 0.
	CacheBytes int64
	Logger     *slog.Logger // slog's default when nil
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = defaultCacheBytes
	}
	return o
}

// pebble gives the options in Pebble's words. A stall (a full second memtable, twelve files in L0) would hold
// the commit's critical section, so there is room for a few of them. The list of files begins anew as soon as it has more
// edits than files, however short it is: Erase counts on it, and it costs four syncs beside a memtable's flush.
func (s *Store) pebbleOptions(o Options) *pebble.Options {
	opts := &pebble.Options{
		FS: s.logs, Logger: pebbleLogger{s}, CacheSize: o.CacheBytes,
		MemTableSize: memTableBytes, MemTableStopWritesThreshold: 4, L0StopWritesThreshold: 24,
		MaxManifestFileSize: 1, FormatMajorVersion: pebbleFormat, EventListener: &pebble.EventListener{DataCorruption: s.noteDamage},
	}
	opts.WALMinSyncInterval = s.yieldAfterSync
	opts.EnsureDefaults()
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBits)
	}
	return opts
}

// yieldAfterSync lets those run whom a sync of the log has woken, before the next one begins: Pebble asks after each how long
// it is to wait, and does not wait. Otherwise the next sync takes the processor away under them, for those few commits that
// have gathered since: 16 clients synced 0.18 to 0.24 times a commit, and do so 0.14 to 0.16 times (2026-11-30). Where nobody
// else can run it costs nothing.
func (s *Store) yieldAfterSync() time.Duration {
	if s.late.committing.Load() > 1 {
		runtime.Gosched()
	}
	return 0
}
