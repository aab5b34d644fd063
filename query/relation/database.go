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
}

// Database is the tables of an open store. It may be used from any goroutine; its transactions may not.
type Database struct {
	store *storage.Store
	opts  Options
	log   *slog.Logger

	catalog   atomic.Pointer[catalog.Snapshot]
	locks     lockTable
	sequences sequences
	vectors   vectorIndexes
	rowIDs    rowIDs

	nextOID, nextID atomic.Uint32

	// commitMu is the commit's critical section: sequence numbers, row counts, the published catalog and the vector
	// indexes change together in it, and snapshots are taken under it.
	commitMu sync.Mutex
	seq      uint64 // of the last commit that changed vectors
	commits  uint64
	counts   map[uint32]int64 // rows, by table ID
	current  *snapshot        // of the last commit, shared until the next; nil when not taken yet
	oldest   activeSnapshots
}

// Open opens the tables of a store: it reads the catalog, and brings the vector indexes up to the last commit.
// The store stays the caller's to close, after Close.
func Open(ctx context.Context, st *storage.Store, o Options) (*Database, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	db := &Database{store: st, opts: o, log: o.Logger, counts: map[uint32]int64{}, oldest: activeSnapshots{}}
	db.locks.init()
	db.sequences.init(st)
	db.rowIDs.init(st)
	if err := db.loadCatalog(); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	if err := db.loadCounts(); err != nil {
		return nil, fmt.Errorf("read row counts: %w", err)
	}
	if err := db.vectors.open(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open vector indexes: %w", err), db.Close())
	}
	return db, nil
}

// Close stops background work and closes the vector indexes. Transactions must have ended.
func (db *Database) Close() error {
	err := errors.Join(db.vectors.close(), db.sequences.close())
	db.commitMu.Lock()
	defer db.commitMu.Unlock()
	if db.current != nil {
		err = errors.Join(err, db.current.release(db))
		db.current = nil
	}
	return err
}

// Catalog is the committed catalog.
func (db *Database) Catalog() *catalog.Snapshot { return db.catalog.Load() }

// TableRows is the number of committed rows of a table.
func (db *Database) TableRows(t *catalog.Table) float64 {
	db.commitMu.Lock()
	defer db.commitMu.Unlock()
	return float64(db.counts[t.ID])
}

// snapshot is a storage snapshot with what belongs to the same moment. It is shared by all who ask between two
// commits; commitMu guards refs.
type snapshot struct {
	*storage.Snapshot
	seq     uint64 // of the last vector commit in it
	commits uint64
	catalog *catalog.Snapshot
	refs    int
}

// snapshot takes the state of the last commit. Release it.
func (db *Database) snapshot() *snapshot {
	db.commitMu.Lock()
	defer db.commitMu.Unlock()
	if db.current == nil {
		db.current = &snapshot{Snapshot: db.store.Snapshot(), seq: db.seq, commits: db.commits, catalog: db.catalog.Load(), refs: 1}
		db.oldest.add(db.seq)
	}
	db.current.refs++
	return db.current
}

// release gives a reference back. The caller holds commitMu.
func (s *snapshot) release(db *Database) error {
	if s.refs--; s.refs > 0 {
		return nil
	}
	db.oldest.remove(s.seq)
	return s.Snapshot.Close()
}

// dropSnapshot is release from outside the critical section.
func (db *Database) dropSnapshot(s *snapshot) {
	db.commitMu.Lock()
	err := s.release(db)
	db.commitMu.Unlock()
	if err != nil {
		db.log.Warn("relation: close a snapshot", "error", err)
	}
}

// activeSnapshots counts the snapshots by their vector sequence number.
type activeSnapshots map[uint64]int

func (a activeSnapshots) add(seq uint64) { a[seq]++ }

func (a activeSnapshots) remove(seq uint64) {
	if a[seq]--; a[seq] <= 0 {
		delete(a, seq)
	}
}

// oldestSeq is the smallest sequence number that a search may still ask for.
func (db *Database) oldestSeq() uint64 {
	db.commitMu.Lock()
	defer db.commitMu.Unlock()
	low := db.seq
	for seq := range db.oldest {
		low = min(low, seq)
	}
	return low
}
