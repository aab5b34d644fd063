package relation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// vectorIndexes is the vector operator's index of every vector column of a fixed width: a cache of the rows in files of
// its own, brought up to the last commit at Open and kept there by every commit since.
type vectorIndexes struct {
	db  *Database
	dir string

	mu     sync.RWMutex
	opened map[vectorColumn]*vector.Index
	// cache has vectors that searches have read from the store, of all indexes.
	cache *vector.Cache

	// sealMu admits one sealer at a time, and guards trimmed: how far each column's log is gone.
	sealMu  sync.Mutex
	trimmed map[vectorColumn]uint64

	woken chan struct{}
	stop  context.CancelFunc
	done  chan struct{}
}

// open opens the indexes, replaying or rebuilding what their files lack, and starts the sealer.
func (v *vectorIndexes) open(ctx context.Context, db *Database) error {
	v.db, v.dir = db, db.opts.VectorDir
	v.opened, v.trimmed = map[vectorColumn]*vector.Index{}, map[vectorColumn]uint64{}
	v.cache = vector.NewCache(db.opts.VectorCacheBytes)
	v.woken, v.done = make(chan struct{}, 1), make(chan struct{})
	for col, dim := range indexedColumns(db.Catalog()) {
		ix, err := v.load(ctx, col, dim)
		if err != nil {
			return err
		}
		v.opened[col] = ix
		if err := v.replay(ctx, col, ix); err != nil {
			return fmt.Errorf("replay the log of %s: %w", v.path(col), err)
		}
	}
	v.removeStrays()
	ctx, v.stop = context.WithCancel(context.WithoutCancel(ctx))
	go v.sealer(ctx)
	return nil
}

func (v *vectorIndexes) path(col vectorColumn) string {
	return filepath.Join(v.dir, fmt.Sprintf("%d-%d", col.table, col.place))
}

// load opens one index. Files that are damaged, or ahead of the store, are made again from the rows.
func (v *vectorIndexes) load(ctx context.Context, col vectorColumn, dim int) (*vector.Index, error) {
	st, err := vector.OpenDir(v.path(col))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", v.path(col), err)
	}
	ix, err := v.openIndex(st, dim)
	if err != nil && !errors.Is(err, vector.ErrCorrupt) {
		return nil, fmt.Errorf("open %s: %w", v.path(col), err)
	}
	if err == nil {
		reaches, rerr := v.logReaches(col, ix.Watermark())
		if rerr != nil {
			return nil, errors.Join(rerr, ix.Close())
		}
		if reaches && ix.Watermark() <= v.db.seq {
			return ix, nil
		}
	}
	v.db.log.Warn("relation: a vector index is made again from its rows", "files", v.path(col), "error", err)
	if err := v.rebuild(ctx, ix, col); err != nil {
		return nil, errors.Join(err, ix.Close())
	}
	return ix, nil
}

// logReaches says whether a column's log still has every commit after a watermark.
func (v *vectorIndexes) logReaches(col vectorColumn, watermark uint64) (bool, error) {
	trimmed, err := v.db.readUint64(storage.LogKey(col.table, col.place, 0))
	v.trimmed[col] = trimmed
	return trimmed <= watermark, err
}

// rebuild fills an index from the committed rows.
func (v *vectorIndexes) rebuild(ctx context.Context, ix *vector.Index, col vectorColumn) error {
	it, err := v.db.store.Iter(storage.VectorRange(col.table, col.place), false)
	if err != nil {
		return err
	}
	defer it.Close()
	err = ix.Rebuild(ctx, v.db.seq, func(yield func(row uint64, vec []float32) bool) {
		for it.Next() && yield(storage.RowOf(it.Key()), decodeVector(it.Value())) {
			continue
		}
	})
	return errors.Join(err, it.Err())
}

// replay brings an index up to the last commit: of the rows that the log names, the state that counts is the last one,
// which stands under the vectors' keys.
func (v *vectorIndexes) replay(ctx context.Context, col vectorColumn, ix *vector.Index) error {
	it, err := v.db.store.Iter(storage.LogRange(col.table, col.place, ix.Watermark(), v.db.seq), false)
	if err != nil {
		return err
	}
	defer it.Close()
	changed := map[uint64]bool{}
	for it.Next() {
		if err := readLog(it.Value(), func(row uint64) { changed[row] = true }); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil || len(changed) == 0 {
		return err
	}
	if len(changed) > replayRows {
		return v.rebuild(ctx, ix, col)
	}
	return v.applyRows(ctx, col, changed)
}

// replayRows is the most that are replayed: they are all in memory then. A crash came between a large commit and the manifest
// that names its segments.
const replayRows = 4 * sealDeltas

func (v *vectorIndexes) applyRows(ctx context.Context, col vectorColumn, rows map[uint64]bool) error {
	deltas := make([]vector.Delta, 0, len(rows))
	for row := range rows {
		value, ok, err := v.db.store.Get(storage.VectorKey(col.table, col.place, row))
		if err != nil {
			return err
		}
		d := vector.Delta{Row: row}
		if ok {
			d.Vec = vectorView(value)
		}
		deltas = append(deltas, d)
	}
	slices.SortFunc(deltas, func(a, b vector.Delta) int { return int(int64(a.Row) - int64(b.Row)) })
	v.opened[col].Apply(v.db.seq, deltas)
	return ctx.Err()
}

// removeStrays removes the files of columns that are no more: a crash came between their commit and their end.
func (v *vectorIndexes) removeStrays() {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return // nothing was made yet
	}
	for _, e := range entries {
		var col vectorColumn
		if n, _ := fmt.Sscanf(e.Name(), "%d-%d", &col.table, &col.place); n == 2 && v.opened[col] == nil {
			v.removeFiles(col)
		}
	}
}

func (v *vectorIndexes) removeFiles(col vectorColumn) {
	if err := os.RemoveAll(v.path(col)); err != nil {
		v.db.log.Warn("relation: remove a vector index", "files", v.path(col), "error", err)
	}
}

// create makes a new column's index, empty, in place of whatever a crash left under its name.
func (v *vectorIndexes) create(col vectorColumn, dim int) (*vector.Index, error) {
	if err := os.RemoveAll(v.path(col)); err != nil {
		return nil, fmt.Errorf("make a vector index: %w", err)
	}
	st, err := vector.OpenDir(v.path(col))
	if err != nil {
		return nil, fmt.Errorf("make a vector index: %w", err)
	}
	return v.openIndex(st, dim)
}

// openIndex opens an index of vectors that are in the store.
func (v *vectorIndexes) openIndex(st vector.SegmentStore, dim int) (*vector.Index, error) {
	return vector.Open(st, vector.Options{Dim: dim, SealRows: sealDeltas, Apart: true, Cache: v.cache, Logger: v.db.log})
}

func (v *vectorIndexes) get(col vectorColumn) *vector.Index {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.opened[col]
}

// drop gives back memory that searches would fill again.
func (v *vectorIndexes) drop() {
	v.cache.Drop()
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, ix := range v.opened {
		ix.Unload()
	}
}

func (v *vectorIndexes) add(col vectorColumn, ix *vector.Index) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.opened[col] = ix
}

// forget closes and removes the indexes of dropped tables and columns. A statement on an older snapshot that still wants one
// scans the rows instead.
func (v *vectorIndexes) forget(list []dropped) {
	for _, d := range list {
		if d.table == 0 && len(d.columns) == 0 && len(d.indexes) == 0 {
			continue
		}
		v.mu.Lock()
		gone := map[vectorColumn]*vector.Index{}
		for col, ix := range v.opened {
			if col.table == d.table || slices.Contains(d.columns, col) || slices.Contains(d.indexes, col.table) {
				gone[col] = ix
				delete(v.opened, col)
			}
		}
		v.mu.Unlock()
		for col, ix := range gone {
			if err := ix.Close(); err != nil {
				v.db.log.Warn("relation: close a vector index", "files", v.path(col), "error", err)
			}
			v.removeFiles(col)
		}
	}
}

// close stops the sealer and closes the indexes. What is not sealed is in the log.
func (v *vectorIndexes) close() error {
	if v.stop != nil {
		v.stop()
		<-v.done
	}
	var err error
	for _, ix := range v.opened {
		err = errors.Join(err, ix.Close())
	}
	v.opened = nil
	return err
}

// indexedColumns are the vector columns of a catalog that have an index: those of a fixed width, and what indexes keep.
func indexedColumns(snap *catalog.Snapshot) map[vectorColumn]int {
	out := map[vectorColumn]int{}
	for _, t := range snap.Tables() {
		if t.Virtual != nil {
			continue
		}
		for i := range t.Columns {
			if c := &t.Columns[i]; isApart(c) && c.Typmod > 0 {
				out[vectorColumn{t.ID, c.VectorsAt()}] = int(c.Typmod)
			}
		}
		for i := range t.Generations {
			if g := &t.Generations[i]; g.Typmod > 0 {
				out[vectorColumn{t.ID, g.Place}] = int(g.Typmod)
			}
		}
		for i := range t.Indexes {
			if ix := &t.Indexes[i]; ix.KeepsVectors() {
				if col := columnOf(t, ix); col.place == keptVectors {
					out[col] = int(ix.Keys[0].Typmod)
				}
			}
		}
	}
	return out
}
