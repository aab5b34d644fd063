package relation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// Erasure is what VACUUM (ERASE) is told.
type Erasure struct {
	// Tables are those whose deleted rows go; every table when there are none. What was dropped goes in any case.
	Tables []*catalog.Table
	// CachedVector finds the vector in an entry of the embedding cache, as a row stores it; nil when there is none.
	CachedVector func(entry []byte) []byte
	// Wait is how long it waits for those who still read what is to go.
	Wait time.Duration
}

// Erased is what an erasure did.
type Erased struct {
	storage.Erased
	Segments   int // of vector indexes, written again; an index of FAISS's counts as one
	Cached     int // entries that went from the embedding cache
	Statistics int // tables that were analyzed again
}

// Erase leaves no byte in any file of a row that a commit has deleted or replaced, nor of what was made of it: (1) who
// reads an older state is waited for, since it needs the bytes, and builds of FAISS's indexes for as long as they take; (2)
// statistics hold values, and are found out again; inverted indexes lose what they keep of rows that have lost a part; the
// embedding cache loses the entries whose vector no row has; vector indexes lose their dead versions; (3) who reads a state
// with those is waited for; (4) the store writes its files again.
// 55006 when the wait is over before the readers are, and then the rows are as they were and part of the bytes may be gone.
func (db *Database) Erase(ctx context.Context, e Erasure) (Erased, error) {
	db.eraseMu.Lock()
	defer db.eraseMu.Unlock()
	var out Erased
	release, err := db.faiss.hold(ctx)
	if err != nil {
		return out, err
	}
	defer release()
	if err := db.renew(ctx, e.Wait); err != nil {
		return out, err
	}
	tables := e.Tables
	if len(tables) == 0 {
		tables = db.Catalog().Tables()
	}
	if out.Statistics, err = db.renewStatistics(ctx, tables); err != nil {
		return out, fmt.Errorf("renew statistics: %w", err)
	}
	if err := db.Fold(ctx, tables); err != nil {
		return out, err
	}
	if out.Cached, err = db.pruneCache(ctx, e.CachedVector); err != nil {
		return out, fmt.Errorf("prune the embedding cache: %w", err)
	}
	if out.Segments, err = db.vectors.erase(ctx, tables); err != nil {
		return out, err
	}
	again, err := db.faiss.erase(ctx, tables)
	if out.Segments += again; err != nil {
		return out, err
	}
	if err := db.renew(ctx, e.Wait); err != nil {
		return out, err
	}
	out.Erased, err = db.store.Erase(ctx, db.erasable(e.Tables))
	if errors.Is(err, storage.ErrStillRead) {
		return out, stillRead(err).WithDetail("Running statements still read files that were written again.")
	}
	return out, err
}

func stillRead(cause error) *sqlstate.Error {
	return sqlstate.Wrap(cause, sqlstate.ObjectInUse, "could not erase what was deleted, because it is still being read").
		WithHint("End the transactions that pg_stat_activity shows with an older xact_start, and run VACUUM (ERASE) again.")
}

// renew makes everything written so far, what is written outside commits too, the state that others see from now on, and
// waits until nobody sees an older one.
func (db *Database) renew(ctx context.Context, wait time.Duration) error {
	db.commitMu.Lock()
	db.commits.Add(1)
	s := db.take()
	db.commitMu.Unlock()
	if err := db.store.Sync(); err != nil {
		db.dropSnapshot(s)
		return err
	}
	commits := s.commits
	db.promote(s)
	const pause = 5 * time.Millisecond
	for deadline := time.Now().Add(wait); ; {
		readers := db.readersBefore(commits)
		if readers == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return stillRead(nil).WithDetail("%d older snapshots are in use.", readers)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// readersBefore counts the uses of snapshots that are older than a commit.
func (db *Database) readersBefore(commits uint64) int {
	db.snapMu.Lock()
	defer db.snapMu.Unlock()
	n := 0
	for s := range db.open {
		if s.commits < commits {
			n += s.refs
		}
	}
	return n
}

// renewStatistics analyzes again the tables that were analyzed, and drops what is kept of tables that are no more.
func (db *Database) renewStatistics(ctx context.Context, tables []*catalog.Table) (int, error) {
	n := 0
	for _, t := range tables {
		now := db.Catalog().TableByOID(t.OID)
		if now == nil || db.Statistics(t.OID) == nil {
			continue
		}
		if err := db.analyze(ctx, now); err != nil {
			return n, err
		}
		n++
	}
	return n, errors.Join(db.dropLost(statisticsPrefix), db.dropLost(calibrationPrefix))
}

// dropLost drops the entries prefix:oid and prefix:oid:attribute of tables that are no more.
func (db *Database) dropLost(prefix string) error {
	it, err := db.store.Iter(storage.PrefixRange(storage.MetaKey(prefix)), false)
	if err != nil {
		return err
	}
	batch, start := db.store.NewBatch(), len(storage.MetaKey(prefix))
	for it.Next() {
		name, _, _ := strings.Cut(string(it.Key()[start:]), ":")
		oid, perr := strconv.ParseUint(name, 10, 32)
		if perr != nil || db.Catalog().TableByOID(catalog.OID(oid)) == nil {
			err = errors.Join(err, batch.Delete(it.Key()))
		}
	}
	if err = errors.Join(err, it.Err(), it.Close()); err != nil {
		return errors.Join(err, batch.Close())
	}
	return db.store.Commit(batch)
}

// erase drops the dead versions from the files of tables' vector indexes, and the log that they do not need.
func (v *vectorIndexes) erase(ctx context.Context, tables []*catalog.Table) (int, error) {
	v.sealMu.Lock()
	defer v.sealMu.Unlock()
	v.mu.RLock()
	list := map[vectorColumn]*vector.Index{}
	for col, ix := range v.opened {
		for _, t := range tables {
			if col.belongs(t) {
				list[col] = ix
			}
		}
	}
	v.mu.RUnlock()
	if err := v.db.store.Sync(); err != nil {
		return 0, err
	}
	segments := 0
	for col, ix := range list {
		n, err := ix.Erase(ctx, v.db.oldestSeq())
		segments += n
		if err != nil && !errors.Is(err, vector.ErrClosed) {
			return segments, fmt.Errorf("erase from %s: %w", v.path(col), err)
		}
	}
	return segments, v.trim(list)
}

// largeBytes is how much another table must have for its keys to be left as they are.
const largeBytes = 64 << 20

// erasable are the ranges of keys to write again: everything but the rows, vectors and index entries of other tables, if
// those are large. What was dropped, truncated or written elsewhere lies between.
func (db *Database) erasable(tables []*catalog.Table) []storage.Range {
	if len(tables) == 0 {
		return []storage.Range{storage.Everything()}
	}
	named := map[catalog.OID]bool{}
	for _, t := range tables {
		named[t.OID] = true
	}
	var keep []storage.Range
	for _, t := range db.Catalog().Tables() {
		if t.Virtual != nil || named[t.OID] {
			continue
		}
		ranges := []storage.Range{storage.RowRange(t.ID), storage.TableVectorRange(t.ID)}
		for i := range t.Indexes {
			ranges = append(ranges, storage.IndexRange(t.Indexes[i].ID), storage.TableVectorRange(t.Indexes[i].ID))
		}
		for _, r := range ranges {
			if n, err := db.store.SizeBytes(r); err == nil && n >= largeBytes {
				keep = append(keep, r)
			}
		}
	}
	return storage.Gaps(keep)
}
