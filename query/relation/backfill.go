package relation

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
)

// Backfill knows which rows of a table have no vector in one of its generations: when it is opened it looks, and from then
// on every commit tells it of the rows that it wrote. It is filled step by step: (1) Take some rows, (2) Read them at a
// statement's snapshot, (3) compute their vectors, for as long as that takes, (4) Store them in a transaction. Rows that
// others have changed or hold by then come back and are taken again; so a generation has the vectors of rows as they are.
//
// When it is Done while the table's writers are kept away, the generation has a vector of every row that can have one.
type Backfill struct {
	db    *Database
	table catalog.OID
	id    uint32 // the table's storage
	place int16

	mu      sync.Mutex
	missing *roaring64.Bitmap
	woken   chan struct{}
}

// backfills are those that are open, by the tables' storage.
type backfills struct {
	mu   sync.Mutex
	open map[uint32][]*Backfill
}

// note is told of a commit's writes, in its critical section.
func (s *backfills) note(writes *storage.Layer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, list := range s.open {
		writes.Range(storage.RowRange(id), func(key, _ []byte, deleted bool) {
			for _, b := range list {
				b.put(storage.RowOf(key), !deleted)
				b.wake()
			}
		})
	}
}

// Backfill begins to watch a generation. Close it.
func (db *Database) Backfill(ctx context.Context, t *catalog.Table, place int16) (*Backfill, error) {
	b := &Backfill{db: db, table: t.OID, id: t.ID, place: place, missing: roaring64.New(), woken: make(chan struct{}, 1)}
	s := &db.backfills
	s.mu.Lock()
	if s.open == nil {
		s.open = map[uint32][]*Backfill{}
	}
	s.open[b.id] = append(s.open[b.id], b)
	s.mu.Unlock()
	if err := b.look(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// look finds the rows without a vector in the latest state. Commits that come meanwhile tell of their rows themselves.
func (b *Backfill) look(ctx context.Context) error {
	have := roaring64.New()
	err := b.db.each(ctx, storage.VectorRange(b.id, b.place), func(key, _ []byte) error {
		have.Add(storage.RowOf(key))
		return nil
	})
	if err != nil {
		return err
	}
	return b.db.each(ctx, storage.RowRange(b.id), func(key, _ []byte) error {
		if row := storage.RowOf(key); !have.Contains(row) {
			b.put(row, true)
		}
		return nil
	})
}

func (b *Backfill) put(row uint64, missing bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if missing {
		b.missing.Add(row)
	} else {
		b.missing.Remove(row)
	}
}

func (b *Backfill) wake() {
	select {
	case b.woken <- struct{}{}:
	default:
	}
}

// Of says whether the table's rows are still those that are watched: TRUNCATE and definitions that write every row again
// put new ones in their place.
func (b *Backfill) Of(t *catalog.Table) bool { return t.OID == b.table && t.ID == b.id }

// Missing is the number of rows that are not taken and have no vector; those that have none because they are NULL are
// among them until they were taken once.
func (b *Backfill) Missing() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int(b.missing.GetCardinality())
}

// Changed says whether a row that was taken is missing again, or is no more.
func (b *Backfill) Changed(row uint64) (bool, error) {
	b.mu.Lock()
	missing := b.missing.Contains(row)
	b.mu.Unlock()
	if missing {
		return true, nil
	}
	_, ok, err := b.db.store.Get(storage.RowKey(b.id, row))
	return !ok, err
}

// Woken has something to receive when rows were written since it last had.
func (b *Backfill) Woken() <-chan struct{} { return b.woken }

// Take takes at most n of the rows that are missing.
func (b *Backfill) Take(n int) []uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []uint64
	for it := b.missing.Iterator(); len(out) < n && it.HasNext(); {
		out = append(out, it.Next())
	}
	for _, row := range out {
		b.missing.Remove(row)
	}
	return out
}

// GiveBack makes rows missing again.
func (b *Backfill) GiveBack(rows []uint64) {
	for _, row := range rows {
		b.put(row, true)
	}
}

// Close ends it.
func (b *Backfill) Close() {
	s := &b.db.backfills
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[b.id] = slices.DeleteFunc(s.open[b.id], func(x *Backfill) bool { return x == b })
	if len(s.open[b.id]) == 0 {
		delete(s.open, b.id)
	}
}

// BackfillRows are rows that were read.
type BackfillRows struct {
	IDs  []uint64
	Rows *datum.Batch // in table order; columns that were not wanted are nil
	tags [][]byte     // that tell a row's versions apart
}

// Read reads rows at a statement's snapshot: the columns of ordinals, as ScanSpec's. Rows that have their vector by now, or
// are no more, are left out; those that the snapshot does not have yet are given back.
func (b *Backfill) Read(ctx context.Context, s *Stmt, t *catalog.Table, rows []uint64, ordinals []int) (*BackfillRows, error) {
	out := &BackfillRows{}
	for _, row := range rows {
		value, ok, err := s.view.Get(storage.RowKey(b.id, row))
		if err != nil {
			return nil, err
		}
		if !ok {
			if _, ok, err = b.db.store.Get(storage.RowKey(b.id, row)); err != nil {
				return nil, err
			} else if ok {
				b.put(row, true)
			}
			continue
		}
		if _, ok, err = s.view.Get(storage.VectorKey(b.id, b.place, row)); err != nil {
			return nil, err
		} else if !ok {
			out.IDs = append(out.IDs, row)
			out.tags = append(out.tags, slices.Clone(value[:rowTagBytes]))
		}
	}
	ids := make([]int64, len(out.IDs))
	for i, row := range out.IDs {
		ids[i] = int64(row)
	}
	read, err := newTable(s, t).Fetch(ctx, ids, ordinals)
	if err != nil {
		return nil, err
	}
	out.Rows = spread(t, read, ordinals)
	return out, nil
}

// Store writes the vectors of rows that were read, none where it is NULL or the row has an error in errs, which may be nil.
// Rows that were changed since, or that somebody has locked, are given back: all but those are done. stored are the indexes of
// those done without an error.
func (b *Backfill) Store(ctx context.Context, s *Stmt, t *catalog.Table, rows *BackfillRows, vectors *datum.Vec,
	errs []error,
) (done int, stored []int, err error) {
	to := newTable(s, t)
	if err := to.beginWrite(ctx); err != nil {
		return 0, nil, err
	}
	for i, row := range rows.IDs {
		if errs != nil && errs[i] != nil {
			done++
			continue
		}
		same, err := b.hold(ctx, s, row, rows.tags[i])
		switch {
		case err != nil:
			return 0, nil, err
		case !same:
			b.put(row, true)
			continue
		case !vectors.IsNull(i):
			s.writes.Set(storage.VectorKey(b.id, b.place, row), encodeVector(vectors.Type, vectors.V[i]))
		}
		done, stored = done+1, append(stored, i)
	}
	return done, stored, s.makeRoom()
}

// hold locks a row unless somebody else has it, and says whether it is still as it was read.
func (b *Backfill) hold(ctx context.Context, s *Stmt, row uint64, tag []byte) (bool, error) {
	lock := lockTag{kind: lockRow, relation: b.table, row: row}
	_, err := s.tx.holder.acquire(ctx, request{tag: lock, mode: RowNoKeyUpdate, noWait: true})
	if errors.Is(err, errWouldWait) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now, ok, err := b.db.store.Get(storage.RowKey(b.id, row))
	return ok && len(now) >= rowTagBytes && string(now[:rowTagBytes]) == string(tag), err
}
