package relation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// Scan implements exec.Table.
func (t *table) Scan(_ context.Context, spec exec.ScanSpec) (exec.RowIter, error) {
	if spec.Index != nil && ordered(spec.Index) {
		return t.indexScan(spec)
	}
	if spec.Index != nil && inverted(spec.Index) {
		if it, err := t.searchIndex(spec); it != nil || err != nil {
			return it, err
		}
		spec.Index, spec.Bounds = nil, nil
	}
	it, err := t.wholeScan(spec)
	if err != nil {
		return nil, err
	}
	t.counted().scans.Add(1)
	return &countedScan{RowIter: it, read: &t.counted().read}, nil
}

// wholeScan reads the whole table.
func (t *table) wholeScan(spec exec.ScanSpec) (exec.RowIter, error) {
	if b, err := t.blockScanOf(spec); err != nil {
		return nil, err
	} else if b != nil {
		return b, nil
	}
	rows, err := t.stmt.view.Iter(storage.RowRange(t.t.ID), spec.Desc)
	if err != nil {
		return nil, err
	}
	s := &tableScan{table: t, spec: spec, rows: rows, dec: newRowDecoder(t.t, spec.Ordinals)}
	s.out = datum.NewBatch(t.types(spec.Ordinals, spec.RowID), datum.BatchRows)
	for i, o := range spec.Ordinals {
		if col := &t.t.Columns[o]; isApart(col) {
			it, err := t.stmt.view.Iter(storage.VectorRange(t.t.ID, col.VectorsAt()), spec.Desc)
			if err != nil {
				s.Close()
				return nil, err
			}
			s.vectors = append(s.vectors, vectorWalk{column: i, it: it, desc: spec.Desc})
		}
	}
	return s, nil
}

// tableScan walks a table's rows, with the wanted vector columns beside them in the same order.
type tableScan struct {
	table   *table
	spec    exec.ScanSpec
	rows    *storage.Iter
	vectors []vectorWalk
	dec     *rowDecoder
	out     *datum.Batch
}

// vectorWalk is a walk over one column's vectors, at the first that no row was given yet.
type vectorWalk struct {
	column  int
	it      *storage.Iter
	desc    bool
	at      uint64
	started bool
	ok      bool
}

// value returns the row's vector, nil for NULL.
func (w *vectorWalk) value(row uint64) ([]float32, error) {
	for !w.started || w.ok && (w.at < row && !w.desc || w.at > row && w.desc) {
		w.started = true
		if w.ok = w.it.Next(); w.ok {
			w.at = storage.RowOf(w.it.Key())
		} else if err := w.it.Err(); err != nil {
			return nil, err
		}
	}
	if !w.ok || w.at != row {
		return nil, nil
	}
	return decodeVector(w.it.Value()), nil
}

// Next implements exec.RowIter.
func (s *tableScan) Next(context.Context) (*datum.Batch, error) {
	resetBatch(s.out)
	for s.out.Rows < datum.BatchRows && s.rows.Next() {
		row := storage.RowOf(s.rows.Key())
		if err := s.dec.decode(s.rows.Value(), s.out); err != nil {
			return nil, err
		}
		for i := range s.vectors {
			w := &s.vectors[i]
			v, err := w.value(row)
			if err != nil {
				return nil, err
			}
			if v == nil {
				s.out.Cols[w.column].Append(datum.Null)
			} else {
				s.out.Cols[w.column].Append(datum.NewVector(v))
			}
		}
		if s.spec.RowID {
			s.out.Cols[len(s.spec.Ordinals)].Append(datum.NewInt(int64(row)))
		}
		s.out.Rows++
	}
	if err := s.rows.Err(); err != nil {
		return nil, fmt.Errorf("scan table %s: %w", s.table.t.Name, err)
	}
	return orEnd(s.out), nil
}

// Close implements exec.RowIter.
func (s *tableScan) Close() {
	err := s.rows.Close()
	for i := range s.vectors {
		err = errors.Join(err, s.vectors[i].it.Close())
	}
	if err != nil {
		s.table.stmt.tx.db.log.Warn("relation: close a scan", "error", err)
	}
}

// indexScan walks an index and reads the rows it names.
func (t *table) indexScan(spec exec.ScanSpec) (exec.RowIter, error) {
	if b := spec.Bounds; b != nil && immediate(spec.Index) && len(b.Eq) == len(spec.Index.Keys) &&
		!slices.ContainsFunc(b.Eq, datum.Datum.IsNull) {
		return &keyLookup{table: t, spec: spec}, nil // which counts for itself
	}
	it, err := t.stmt.view.Iter(boundsRange(t.t, spec.Index, spec.Bounds), spec.Desc)
	if err != nil {
		return nil, err
	}
	x := t.stmt.tx.db.counters.of(spec.Index.OID)
	x.scans.Add(1)
	if spec.IndexOnly {
		return &countedScan{RowIter: newKeyScan(t, spec, it), read: &x.read}, nil
	}
	return &countedScan{RowIter: &indexScan{table: t, spec: spec, it: it}, read: &x.read, fetched: &x.fetched}, nil
}

// keyLookup is an index scan for all keys of a unique index, none of them NULL: one entry, which need not be looked for
// by an iterator.
type keyLookup struct {
	table *table
	spec  exec.ScanSpec
	done  bool
	buf   [128]byte // for values
}

// Next implements exec.RowIter.
func (s *keyLookup) Next(context.Context) (*datum.Batch, error) {
	if s.done {
		return nil, nil
	}
	s.done = true
	x := s.table.stmt.tx.db.counters.of(s.spec.Index.OID)
	x.scans.Add(1)
	entry := entryPrefix(s.table.t, s.spec.Index, s.spec.Bounds.Eq)
	value, ok, err := s.table.stmt.lookUp(entry, s.buf[:0])
	if err != nil || !ok {
		return nil, err
	}
	row, err := entryRow(entry, value)
	if err != nil {
		return nil, err
	}
	x.read.Add(1)
	var b *datum.Batch
	if s.spec.IndexOnly {
		b = s.asked()
	} else {
		x.fetched.Add(1)
		b, err = s.table.fetchOne(row, s.spec.Ordinals, s.buf[:0])
	}
	if err == nil && s.spec.RowID {
		b.Cols = append(b.Cols, datum.Constant(datum.Int8, datum.NewInt(int64(row)), 1))
	}
	return b, err
}

// asked is the row of the values that were asked for.
func (s *keyLookup) asked() *datum.Batch {
	b := &datum.Batch{Rows: 1}
	for _, o := range s.spec.Ordinals {
		b.Cols = append(b.Cols, datum.Constant(s.table.t.Columns[o].Type, s.spec.Bounds.Eq[keyOf(s.table.t, s.spec.Index, o)], 1))
	}
	return b
}

// Close implements exec.RowIter.
func (s *keyLookup) Close() {}

type indexScan struct {
	table *table
	spec  exec.ScanSpec
	it    *storage.Iter
	ids   []int64
}

// Next implements exec.RowIter. The first batches are small: a scan under a LIMIT reads no more than it must.
func (s *indexScan) Next(ctx context.Context) (*datum.Batch, error) {
	want := min(max(2*len(s.ids), 8), datum.BatchRows)
	s.ids = s.ids[:0]
	for len(s.ids) < want && s.it.Next() {
		row, err := entryRow(s.it.Key(), s.it.Value())
		if err != nil {
			return nil, err
		}
		s.ids = append(s.ids, int64(row))
	}
	if err := s.it.Err(); err != nil {
		return nil, fmt.Errorf("scan index %s: %w", s.spec.Index.Name, err)
	}
	if len(s.ids) == 0 {
		return nil, nil
	}
	return s.table.fetchFor(ctx, s.ids, s.spec)
}

// fetchFor fetches rows as a scan gives them; one for nothing but their identities has no need to.
func (t *table) fetchFor(ctx context.Context, rows []int64, spec exec.ScanSpec) (*datum.Batch, error) {
	b := &datum.Batch{Rows: len(rows)}
	if len(spec.Ordinals) > 0 || !spec.RowID {
		var err error
		if b, err = t.Fetch(ctx, rows, spec.Ordinals); err != nil {
			return nil, err
		}
	}
	if spec.RowID {
		ids := datum.NewVec(datum.Int8, len(rows))
		ids.I = append(ids.I, rows...)
		b.Cols = append(b.Cols, ids)
	}
	return b, nil
}

// Close implements exec.RowIter.
func (s *indexScan) Close() { s.table.closeScan(s.it) }

// closeScan closes what a scan of an index walks over. Nobody is left to tell of an error but the log.
func (t *table) closeScan(it *storage.Iter) {
	if err := it.Close(); err != nil {
		t.stmt.tx.db.log.Warn("relation: close a scan", "error", err)
	}
}

func resetBatch(b *datum.Batch) {
	for _, c := range b.Cols {
		c.Reset()
	}
	b.Rows = 0
}

func orEnd(b *datum.Batch) *datum.Batch {
	if b.Rows == 0 {
		return nil
	}
	return b
}

// eachBatch calls fn for the batches of a scan, until the context ends.
func (t *table) eachBatch(ctx context.Context, spec exec.ScanSpec, fn func(*datum.Batch) error) error {
	it, err := t.Scan(ctx, spec)
	if err != nil {
		return err
	}
	defer it.Close()
	for {
		b, err := it.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := fn(b); err != nil {
			return err
		}
	}
}
