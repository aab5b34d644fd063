package relation

import (
	"context"
	"sync"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// rowSets keeps the sets of rows that ranges of indexes name, for searches among them: reading 5,000 entries costs ten
// times as much as the search that they are read for, and the same filter comes with the next query vector.
//
// A set that was read at commit b may be given to a reader at commit s ≥ b: a commit takes out the sets it changes before
// anyone can take a snapshot of it, and from then on nobody who reads an older one can put a set of that table back. A
// transaction with writes of its own in the range does without. What is kept is never changed.
type rowSets struct {
	max int64

	mu     sync.Mutex
	latest uint64 // the last commit noted
	bytes  int64
	tables map[uint32]*tableSets
}

// tableSets are one table's sets, by the keys between which the entries lie.
type tableSets struct {
	changed uint64 // the last commit that may have changed the table
	sets    map[string]*keptRowSet
}

type keptRowSet struct {
	between storage.Range
	built   uint64
	rows    *roaring64.Bitmap
	bytes   int64
}

const (
	// rowSetsBytes holds a hundred sets of half of a million rows.
	rowSetsBytes = 8 << 20
	// rowSetLeast is the smallest set worth keeping: fewer entries are read sooner than a vector is scanned.
	rowSetLeast = 64
)

func (c *rowSets) init(max int64) { c.max, c.tables = max, map[uint32]*tableSets{} }

func rangeName(r storage.Range) string { return string(r.Low) + "\x00to\x00" + string(r.High) }

// get finds the rows of a range as a reader at a commit has them, nil when they are not there. It begins to note the
// changes of the table.
func (c *rowSets) get(table uint32, r storage.Range, at uint64) *roaring64.Bitmap {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tables[table]
	if t == nil {
		c.tables[table] = &tableSets{changed: c.latest, sets: map[string]*keptRowSet{}}
		return nil
	}
	if s := t.sets[rangeName(r)]; s != nil && s.built <= at {
		return s.rows
	}
	return nil
}

// put keeps what a reader at a commit has read.
func (c *rowSets) put(table uint32, r storage.Range, at uint64, rows *roaring64.Bitmap) {
	s := &keptRowSet{between: r, built: at, rows: rows}
	s.bytes = int64(rows.GetSizeInBytes()) + int64(2*len(r.Low)+2*len(r.High)) + 256
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tables[table]
	if t == nil || t.changed > at || s.bytes > c.max/8 {
		return
	}
	name := rangeName(r)
	t.remove(c, name)
	for c.bytes+s.bytes > c.max {
		c.evictOne()
	}
	t.sets[name] = s
	c.bytes += s.bytes
}

// evictOne makes room: the order of a map is chance enough.
func (c *rowSets) evictOne() {
	for _, t := range c.tables {
		for name := range t.sets {
			t.remove(c, name)
			return
		}
	}
}

func (t *tableSets) remove(c *rowSets, name string) {
	if s := t.sets[name]; s != nil {
		c.bytes -= s.bytes
		delete(t.sets, name)
	}
}

// note takes out what a commit changes; one that changes definitions takes out everything. It is called before the commit
// can be seen.
func (c *rowSets) note(commit uint64, writes *storage.Layer, defined bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latest = commit
	if defined {
		clear(c.tables)
		c.bytes = 0
		return
	}
	for id, t := range c.tables {
		if !writes.Touches(storage.RowRange(id)) {
			continue
		}
		t.changed = commit
		for name, s := range t.sets {
			if writes.Touches(s.between) {
				t.remove(c, name)
			}
		}
	}
}

// drop empties the cache.
func (c *rowSets) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tables {
		clear(t.sets)
	}
	c.bytes = 0
}

// RowSet implements exec.Table.
func (t *table) RowSet(ctx context.Context, spec exec.ScanSpec) (exec.RowSet, error) {
	if !ordered(spec.Index) {
		return t.readRowSet(ctx, spec)
	}
	between, kept, at := boundsRange(t.t, spec.Index, spec.Bounds), &t.stmt.tx.db.rowSets, t.stmt.snap.commits
	for _, l := range t.stmt.view.Layers() {
		if l.Touches(between) {
			return t.readRowSet(ctx, spec)
		}
	}
	if rows := kept.get(t.t.ID, between, at); rows != nil {
		x := t.stmt.tx.db.counters.of(spec.Index.OID)
		x.scans.Add(1)
		x.read.Add(int64(rows.GetCardinality()))
		return rows, nil
	}
	rows, err := t.readRowSet(ctx, spec)
	if err == nil && rows.GetCardinality() >= rowSetLeast {
		kept.put(t.t.ID, between, at, rows)
	}
	return rows, err
}

// readRowSet reads the rows' identities from the index.
func (t *table) readRowSet(ctx context.Context, spec exec.ScanSpec) (*roaring64.Bitmap, error) {
	rows := roaring64.New()
	spec.Ordinals, spec.RowID = nil, true
	err := t.eachBatch(ctx, spec, func(b *datum.Batch) error {
		for _, id := range b.Cols[len(b.Cols)-1].I {
			rows.Add(uint64(id))
		}
		return nil
	})
	return rows, err
}
