package relation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/vector/faiss"
)

// An index USING faiss is FAISS's own, of the rows as they were at one commit: a proposer of candidates. Rows that were
// written since, by others or by the asking transaction, are all candidates, too; the vector operator then measures the
// candidates at the statement's snapshot. So an answer can lack a near row that FAISS did not propose, and nothing else can
// be wrong with it. Where FAISS cannot serve (not trained yet, an older snapshot, a filter that leaves few rows, fewer
// rows proposed than asked for) the operator answers alone, and exactly.
//
// It is made when the index is created, from the rows: deferred until there are as many as its training wants, and
// made again by REINDEX, by VACUUM (ERASE) and when a quarter of its rows have changed. Its file is a cache
// (faissfile.go).

// faissIndexes are those of the committed catalog.
type faissIndexes struct {
	db     *Database
	mu     sync.RWMutex
	opened map[uint32]*faissIndex // by catalog.Index.ID
	builds chan struct{}          // holds who may build
}

// faissIndex is one of them.
type faissIndex struct {
	id      uint32
	col     vectorColumn
	dim     int
	factory string
	metric  string // of faissMetrics
	path    string

	mu     sync.RWMutex
	built  *faissBuilt // nil: the operator answers alone
	closed bool
	// changed are the rows that commits have written since built; pending those since a build under way began.
	changed, pending *roaring64.Bitmap
	tried            int // rows at the last build if it failed, or FAISS wanted more of them
}

// faissBuilt never changes, but that its FAISS index is closed.
type faissBuilt struct {
	index *faiss.Index
	seq   uint64   // of the commit whose rows it has
	rows  []uint64 // by FAISS's numbers, ascending
}

// faissMetrics are the values of the option metric. FAISS knows no cosine: it is the inner product of unit vectors.
var faissMetrics = map[string]faiss.Metric{"cosine": faiss.InnerProduct, "ip": faiss.InnerProduct, "l2": faiss.L2}

// faissOption is one of an index's options.
func faissOption(ix *catalog.Index, name string) string {
	for _, o := range ix.Options {
		if v, ok := strings.CutPrefix(o, name+"="); ok {
			return v
		}
	}
	return ""
}

// checkFactory refuses what FAISS does not know, in its words.
func checkFactory(t *catalog.Table, ix *catalog.Index) error {
	col := &t.Columns[t.Ordinal(ix.Keys[0].AttNum)]
	made, err := faiss.NewIndex(int(col.Typmod), faissOption(ix, "factory"), faissMetrics[faissOption(ix, "metric")])
	if err == nil {
		return made.Close()
	}
	if errors.Is(err, faiss.ErrLimit) {
		limit := strings.TrimPrefix(err.Error(), faiss.ErrLimit.Error()+": ")
		return sqlstate.Wrap(err, sqlstate.InvalidParameterValue, "invalid value for option \"factory\": %q",
			faissOption(ix, "factory")).WithDetail("It is beyond a limit: %s.", limit)
	}
	why := err.Error()
	if i := strings.LastIndex(why, "failed: "); i >= 0 { // after C++'s names and places
		why = why[i+len("failed: "):]
	}
	return sqlstate.Wrap(err, sqlstate.InvalidParameterValue, "invalid value for option \"factory\": %q",
		faissOption(ix, "factory")).WithDetail("FAISS says: %s", strings.TrimSpace(why))
}

func (f *faissIndexes) path(id uint32) string {
	return filepath.Join(f.db.opts.VectorDir, fmt.Sprintf("faiss-%d", id))
}

// wanted are the indexes of a catalog.
func (f *faissIndexes) wanted(snap *catalog.Snapshot) map[uint32]*faissIndex {
	out := map[uint32]*faissIndex{}
	for _, t := range snap.Tables() {
		for i := range t.Indexes {
			ix := &t.Indexes[i]
			if ix.Method != "faiss" {
				continue
			}
			att := ix.Keys[0].AttNum
			out[ix.ID] = &faissIndex{id: ix.ID, col: vectorsOf(t, att), dim: int(t.Columns[t.Ordinal(att)].Typmod),
				factory: faissOption(ix, "factory"), metric: faissOption(ix, "metric"), path: f.path(ix.ID),
				changed: roaring64.New()}
		}
	}
	return out
}

// open loads the files of the catalog's indexes, once the operator's indexes are up to date, and removes others.
// Those that must be made again the sealer makes.
func (f *faissIndexes) open() {
	db := f.db
	f.mu.Lock()
	f.opened = f.wanted(db.Catalog())
	f.mu.Unlock()
	f.removeOthers()
	for _, ix := range f.opened {
		built, err := ix.load(db.seq)
		if errors.Is(err, os.ErrNotExist) {
			continue // its build was not finished
		}
		if err != nil {
			db.log.Warn("relation: a faiss index is made again from its rows", "file", ix.path, "error", err)
			ix.remove(db)
			continue
		}
		if built == nil {
			continue // there were too few rows
		}
		ix.mu.Lock()
		ix.built = built
		ix.catchUp(db)
		ix.mu.Unlock()
	}
	db.vectors.wake()
}

// removeOthers removes the files of indexes that are no more, and those that were not finished.
func (f *faissIndexes) removeOthers() {
	names, err := filepath.Glob(filepath.Join(f.db.opts.VectorDir, "faiss-*"))
	if err != nil {
		return
	}
	for _, name := range names {
		if slices.ContainsFunc(f.list(vectorColumn{}), func(ix *faissIndex) bool { return ix.path == name }) {
			continue
		}
		if err := os.Remove(name); err != nil {
			f.db.log.Warn("relation: remove a faiss index", "file", name, "error", err)
		}
	}
}

// catchUp finds the rows that changed since the index was built: those that the operator's index got later, and those of
// FAISS's that it no longer has.
func (ix *faissIndex) catchUp(db *Database) {
	op := db.vectors.get(ix.col)
	if op == nil {
		return
	}
	live := roaring64.New()
	op.EachRow(func(row, born uint64) {
		live.Add(row)
		if born > ix.built.seq {
			ix.changed.Add(row)
		}
	})
	for _, row := range ix.built.rows {
		if !live.Contains(row) {
			ix.changed.Add(row)
		}
	}
}

// reconcile makes the indexes those of the catalog after a commit, and builds new ones unless others are being built. The
// sealer makes those that are left.
func (f *faissIndexes) reconcile(ctx context.Context, snap *catalog.Snapshot) {
	if snap == nil {
		return
	}
	want := f.wanted(snap)
	var gone, fresh []*faissIndex
	f.mu.Lock()
	for id, ix := range f.opened {
		if want[id] == nil || want[id].col != ix.col || want[id].dim != ix.dim {
			gone = append(gone, ix)
			delete(f.opened, id)
		}
	}
	for id, ix := range want {
		if f.opened[id] == nil {
			f.opened[id] = ix
			fresh = append(fresh, ix)
		}
	}
	f.mu.Unlock()
	for _, ix := range gone {
		ix.close()
		ix.remove(f.db)
	}
	if len(fresh) == 0 {
		return
	}
	select {
	case f.builds <- struct{}{}:
		defer func() { <-f.builds }()
	default:
		return
	}
	for _, ix := range fresh {
		if err := ix.build(ctx, f.db); err != nil && ctx.Err() == nil {
			f.db.log.Warn("relation: build a faiss index", "file", ix.path, "error", err)
		}
	}
}

// remove removes the file.
func (ix *faissIndex) remove(db *Database) {
	if err := os.Remove(ix.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		db.log.Warn("relation: remove a faiss index", "file", ix.path, "error", err)
	}
}

// list is the indexes of a column, of all with a zero column.
func (f *faissIndexes) list(col vectorColumn) []*faissIndex {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []*faissIndex
	for _, ix := range f.opened {
		if ix.col == col || col == (vectorColumn{}) {
			out = append(out, ix)
		}
	}
	return out
}

func (f *faissIndexes) get(id uint32) *faissIndex {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.opened[id]
}

// note is told of a commit's rows, in its critical section.
func (f *faissIndexes) note(c *commit, indexed []vectorColumn) {
	f.mu.RLock()
	none := len(f.opened) == 0
	f.mu.RUnlock()
	if none {
		return
	}
	for _, col := range indexed {
		for _, ix := range f.list(col) {
			ix.mu.Lock()
			for _, d := range c.deltas[col] {
				ix.changed.Add(d.Row)
				if ix.pending != nil {
					ix.pending.Add(d.Row)
				}
			}
			ix.mu.Unlock()
		}
	}
}

// refresh builds again what has changed by a quarter, and what was refused for want of rows and has twice as many now.
func (f *faissIndexes) refresh(ctx context.Context) {
	const leastChanged = 1000
	for _, ix := range f.list(vectorColumn{}) {
		op := f.db.vectors.get(ix.col)
		if op == nil || ctx.Err() != nil {
			continue
		}
		ix.mu.RLock()
		rows := op.Len()
		due := rows > 0 && rows >= 2*ix.tried
		if ix.built != nil {
			changed := int(ix.changed.GetCardinality())
			due = due && changed > leastChanged && changed > len(ix.built.rows)/4
		}
		ix.mu.RUnlock()
		if !due {
			continue
		}
		release, err := f.hold(ctx)
		if err != nil {
			return
		}
		err = ix.build(ctx, f.db)
		release()
		if err != nil && ctx.Err() == nil {
			f.db.log.Warn("relation: build a faiss index", "file", ix.path, "error", err)
		}
	}
}

// erase builds the indexes of tables again without the rows that are no more, for a caller that holds the builds.
func (f *faissIndexes) erase(ctx context.Context, tables []*catalog.Table) (int, error) {
	n := 0
	for _, ix := range f.list(vectorColumn{}) {
		ix.mu.RLock()
		clean := ix.built == nil || ix.changed.IsEmpty()
		ix.mu.RUnlock()
		if clean || !slices.ContainsFunc(tables, func(t *catalog.Table) bool { return t.ID == ix.col.table }) {
			continue
		}
		if err := ix.build(ctx, f.db); err != nil {
			return n, fmt.Errorf("build %s again: %w", ix.path, err)
		}
		n++
	}
	return n, nil
}

func (f *faissIndexes) close() {
	for _, ix := range f.list(vectorColumn{}) {
		ix.close()
	}
}

// close lets go of FAISS's memory; searches end first. A build that ends later drops what it made.
func (ix *faissIndex) close() {
	ix.mu.Lock()
	old := ix.built
	ix.built, ix.closed = nil, true
	ix.mu.Unlock()
	old.close()
}

func (b *faissBuilt) close() {
	if b != nil {
		_ = b.index.Close() // has no error
	}
}
