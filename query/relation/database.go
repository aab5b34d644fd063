package relation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// Options are what a Database can be told.
type Options struct {
	// VectorDir is where the vector indexes' files go.
	VectorDir string
	Logger    *slog.Logger // slog's default when nil
	// Superuser names the bootstrap superuser for as long as nothing is stored about it; "segue" when empty.
	Superuser string
	// MaxTransactionBytes bounds what one transaction may write; the disk does when 0.
	MaxTransactionBytes int64
	// SpillBytes is how much of a transaction's writes may stay in memory, about: 64 MiB when 0. The rest goes to files in
	// SpillDir, which exists; the system's directory of temporary files when empty.
	SpillBytes int64
	SpillDir   string
	// ColumnCacheBytes bounds the columns that are kept decoded for scans: 256 MiB when 0, none when negative.
	ColumnCacheBytes int64
	// PointCacheBytes bounds the rows and index entries that are kept for look-ups by key: 32 MiB when 0, none when negative.
	PointCacheBytes int64
	// VectorCacheBytes bounds the vectors that searches have read and that are kept: 16 MiB when 0, none when negative.
	VectorCacheBytes int64
	// Defined is called after every commit that changed definitions, and must not block; nil is fine.
	Defined func()
}

const (
	defaultColumnCacheBytes = 256 << 20
	defaultPointCacheBytes  = 32 << 20
	defaultVectorCacheBytes = 16 << 20
	defaultSpillBytes       = 64 << 20
)

// Database is the tables of an open store. It may be used from any goroutine; its transactions may not.
type Database struct {
	store *storage.Store
	opts  Options
	log   *slog.Logger

	locks      lockTable
	sequences  sequences
	vectors    vectorIndexes
	faiss      faissIndexes
	rowIDs     rowIDs
	columns    columnCache
	points     pointCache
	rowSets    rowSets
	kept       keptIndexes
	backfills  backfills
	statistics statistics
	counters   counters
	rejects    rejects

	eraseMu sync.Mutex // admits one erasure
	foldMu  sync.Mutex // admits one Fold

	nextOID, nextID atomic.Uint32
	xids            atomic.Uint32 // the last number of a transaction, since Open
	xidState        atomic.Pointer[xidState]
	xidHistory      xidHistory
	epoch           uint32 // above it (transactionid.go)

	// commitMu is the commit's critical section, in which the store, the vector indexes and what follows change
	// together. It is held while a batch is written, though not while it is synced: no reader waits for it.
	commitMu sync.Mutex
	seq      uint64            // of the last commit that changed vectors
	latest   *catalog.Snapshot // of the last commit
	commits  atomic.Uint64     // since Open; renewals of the snapshot count, too
	unsynced atomic.Int32      // commits that are not yet durable

	// snapMu is held for moments. It guards what others see: the last commit that is durable.
	snapMu  sync.Mutex
	current *snapshot
	open    map[*snapshot]struct{}
	// exported are the snapshots that transactions lent to others; exports counts them.
	exported map[string]exportedSnapshot
	exports  uint64
	counts   map[uint32]int64 // committed rows, by table ID

	catalog atomic.Pointer[catalog.Snapshot] // current's
}

// Open opens the tables of a store: it reads the catalog, and brings the vector indexes up to the last commit.
// The store stays the caller's to close, after Close.
func Open(ctx context.Context, st *storage.Store, o Options) (*Database, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.SpillBytes <= 0 {
		o.SpillBytes = defaultSpillBytes
	}
	if o.VectorCacheBytes == 0 {
		o.VectorCacheBytes = defaultVectorCacheBytes
	}
	db := &Database{store: st, opts: o, log: o.Logger, counts: map[uint32]int64{}, open: map[*snapshot]struct{}{}}
	db.kept.db = db
	db.locks.init()
	db.sequences.init(st)
	db.rowIDs.init(st)
	if o.ColumnCacheBytes == 0 {
		o.ColumnCacheBytes = defaultColumnCacheBytes
	}
	db.columns.init(max(o.ColumnCacheBytes, 0))
	if o.PointCacheBytes == 0 {
		o.PointCacheBytes = defaultPointCacheBytes
	}
	db.points.init(max(o.PointCacheBytes, 0))
	db.rowSets.init(rowSetsBytes)
	if err := db.loadCatalog(); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	if err := db.loadCounts(); err != nil {
		return nil, fmt.Errorf("read row counts: %w", err)
	}
	if err := db.sequences.sweep(db.latest); err != nil {
		return nil, fmt.Errorf("sweep sequences: %w", err)
	}
	if err := db.counters.load(st); err != nil {
		return nil, fmt.Errorf("read statistics counters: %w", err)
	}
	if err := db.rejects.open(st); err != nil {
		return nil, fmt.Errorf("read rejected rows: %w", err)
	}
	if err := db.statistics.open(db); err != nil {
		return nil, fmt.Errorf("read statistics: %w", err)
	}
	if err := db.beginEpoch(); err != nil {
		return nil, fmt.Errorf("begin an epoch of transactions: %w", err)
	}
	db.promote(db.take())
	db.faiss.db, db.faiss.builds = db, make(chan struct{}, 1)
	if err := db.vectors.open(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open vector indexes: %w", err), db.Close())
	}
	db.faiss.open()
	if err := db.sweepTemp(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("drop temporary objects: %w", err), db.Close())
	}
	return db, nil
}

// DropCaches frees the memory of rows, columns and vectors that are kept for the next who reads them, and that of the
// vector indexes' files.
func (db *Database) DropCaches() {
	db.vectors.drop()
	db.kept.drop()
	db.columns.drop()
	db.points.drop(0)
	db.rowSets.drop()
}

// Close stops background work and closes the vector indexes. Transactions must have ended.
func (db *Database) Close() error {
	db.statistics.close()
	if err := db.counters.save(db); err != nil { // they are worth no failure
		db.log.Warn("relation: close", "error", err)
	}
	err := errors.Join(db.vectors.close(), db.sequences.close())
	db.faiss.close()
	if db.current != nil {
		db.dropSnapshot(db.current)
		db.current = nil
	}
	return err
}

// Catalog is the committed catalog.
func (db *Database) Catalog() *catalog.Snapshot { return db.catalog.Load() }

// TableRows is the number of committed rows of a table.
func (db *Database) TableRows(t *catalog.Table) float64 {
	db.snapMu.Lock()
	defer db.snapMu.Unlock()
	return float64(db.counts[t.ID])
}
