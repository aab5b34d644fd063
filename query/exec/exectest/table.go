package exectest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// rows is a table's rows, in order of identity. It is not changed once its statement is over.
type rows struct {
	ids  []int64
	byID map[int64][]datum.Datum
	next int64
}

// table is a table in a statement.
type table struct {
	s *statement
	t *catalog.Table
}

// read is the rows the statement sees.
func (t *table) read() *rows {
	if r := t.s.base[t.t.OID]; r != nil {
		return r
	}
	return &rows{}
}

// write is the rows the statement changes, copied before the first change.
func (t *table) write() *rows {
	r := t.s.work[t.t.OID]
	if r == nil {
		r = &rows{}
	}
	if !t.s.owned[r] {
		r = &rows{ids: slices.Clone(r.ids), byID: maps.Clone(r.byID), next: r.next}
		if r.byID == nil {
			r.byID = map[int64][]datum.Datum{}
		}
		t.s.work[t.t.OID], t.s.owned[r] = r, true
	}
	return r
}

// Scan reads rows; through an index they come in its order.
func (t *table) Scan(_ context.Context, spec exec.ScanSpec) (exec.RowIter, error) {
	r := t.read()
	ids := slices.Clone(r.ids)
	if spec.Index != nil {
		ids = slices.DeleteFunc(ids, func(id int64) bool { return !t.within(r.byID[id], spec) })
		slices.SortStableFunc(ids, func(a, b int64) int { return t.compareKeys(spec.Index, r.byID[a], r.byID[b]) })
	}
	if spec.Desc {
		slices.Reverse(ids)
	}
	return &rowIter{t: t, spec: spec, rows: r, ids: ids}, nil
}

// RowSet implements exec.Table.
func (t *table) RowSet(ctx context.Context, spec exec.ScanSpec) (exec.RowSet, error) {
	it, err := t.Scan(ctx, spec)
	if err != nil {
		return nil, err
	}
	set := roaring64.New()
	for _, id := range it.(*rowIter).ids {
		set.Add(uint64(id))
	}
	return set, nil
}

func (t *table) key(ix *catalog.Index, k int, row []datum.Datum) (*datum.Type, datum.Datum) {
	ord := t.t.Ordinal(ix.Keys[k].AttNum)
	return t.t.Columns[ord].Type, row[ord]
}

// within says whether a row is inside an index scan's bounds.
func (t *table) within(row []datum.Datum, spec exec.ScanSpec) bool {
	b := spec.Bounds
	if b == nil {
		return true
	}
	for k, want := range b.Eq {
		typ, d := t.key(spec.Index, k, row)
		if d.IsNull() != want.IsNull() || !d.IsNull() && !datum.Equal(typ, d, want) {
			return false
		}
	}
	if b.Lo == nil && b.Hi == nil && !b.NotNull {
		return true
	}
	typ, d := t.key(spec.Index, len(b.Eq), row)
	if d.IsNull() {
		return false
	}
	if b.Lo != nil {
		if c := datum.Compare(typ, d, *b.Lo); c < 0 || c == 0 && !b.LoInc && b.LoRow == nil {
			return false
		}
	}
	if b.Hi != nil {
		if c := datum.Compare(typ, d, *b.Hi); c > 0 || c == 0 && !b.HiInc && b.HiRow == nil {
			return false
		}
	}
	return true
}

func (t *table) compareKeys(ix *catalog.Index, a, b []datum.Datum) int {
	for k, part := range ix.Keys {
		typ, x := t.key(ix, k, a)
		_, y := t.key(ix, k, b)
		kx := datum.AppendKey(nil, typ, x, part.Desc, part.NullsFirst)
		ky := datum.AppendKey(nil, typ, y, part.Desc, part.NullsFirst)
		if c := bytes.Compare(kx, ky); c != 0 {
			return c
		}
	}
	return 0
}

// rowIter walks over rows.
type rowIter struct {
	t    *table
	spec exec.ScanSpec
	rows *rows
	ids  []int64
}

func (it *rowIter) Close() {}

// Next returns small batches, so that tests see operators meet batch boundaries.
func (it *rowIter) Next(ctx context.Context) (*datum.Batch, error) {
	if len(it.ids) == 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	n := min(len(it.ids), batchRows)
	ids := it.ids[:n]
	it.ids = it.ids[n:]
	return it.t.batch(it.rows, ids, it.spec.Ordinals, it.spec.RowID)
}

// batchRows is prime and small.
const batchRows = 97

func (t *table) batch(r *rows, ids []int64, ordinals []int, withID bool) (*datum.Batch, error) {
	types := make([]*datum.Type, 0, len(ordinals)+1)
	for _, ord := range ordinals {
		types = append(types, t.t.Columns[ord].Type)
	}
	if withID {
		types = append(types, datum.Int8)
	}
	b := datum.NewBatch(types, len(ids))
	for _, id := range ids {
		row, ok := r.byID[id]
		if !ok {
			return nil, fmt.Errorf("row %d of %s is not visible", id, t.t.Name)
		}
		for c, ord := range ordinals {
			b.Cols[c].Append(row[ord])
		}
		if withID {
			b.Cols[len(ordinals)].Append(datum.NewInt(id))
		}
		b.Rows++
	}
	return b, nil
}

// Fetch reads rows by identity.
func (t *table) Fetch(_ context.Context, ids []int64, ordinals []int) (*datum.Batch, error) {
	return t.batch(t.read(), ids, ordinals, false)
}

// Lock has nothing to do: nobody else is there.
func (t *table) Lock(context.Context, int64, plan.LockStrength, plan.LockWait) (exec.Locked, error) {
	return exec.LockedUnchanged, nil
}

// Find reads one row, nil when it is not there.
func (t *table) Find(_ context.Context, id int64, ordinals []int, _ bool) (*datum.Batch, error) {
	if _, ok := t.read().byID[id]; !ok {
		return nil, nil
	}
	return t.batch(t.read(), []int64{id}, ordinals, false)
}

// Insert adds rows.
func (t *table) Insert(_ context.Context, b *datum.Batch) ([]int64, error) {
	r := t.write()
	seen := t.uniqueKeys(r)
	ids := make([]int64, b.Rows)
	for i := range b.Rows {
		row := b.Row(i, nil)
		if err := t.check(row, seen, -1); err != nil {
			return nil, &exec.RowError{Row: i, Err: err}
		}
		r.next++
		ids[i] = r.next
		r.ids, r.byID[r.next] = append(r.ids, r.next), row
		t.note(row, seen, r.next)
	}
	return ids, nil
}

// uniqueKeys maps each unique index's keys to the row that has them.
func (t *table) uniqueKeys(r *rows) map[catalog.OID]map[string]int64 {
	out := map[catalog.OID]map[string]int64{}
	for i := range t.t.Indexes {
		if t.t.Indexes[i].Unique {
			out[t.t.Indexes[i].OID] = map[string]int64{}
		}
	}
	if len(out) > 0 {
		for _, id := range r.ids {
			t.note(r.byID[id], out, id)
		}
	}
	return out
}

func (t *table) uniqueKey(ix *catalog.Index, row []datum.Datum) (string, bool) {
	var key []byte
	for k := range ix.Keys {
		typ, d := t.key(ix, k, row)
		if d.IsNull() && !ix.NullsNotDistinct {
			return "", false
		}
		key = datum.AppendHashKey(key, typ, d)
	}
	return string(key), true
}

func (t *table) note(row []datum.Datum, seen map[catalog.OID]map[string]int64, id int64) {
	for i := range t.t.Indexes {
		ix := &t.t.Indexes[i]
		if key, ok := t.uniqueKey(ix, row); ok && ix.Unique {
			seen[ix.OID][key] = id
		}
	}
}

// check is NOT NULL and uniqueness; self is the identity of the row itself.
func (t *table) check(row []datum.Datum, seen map[catalog.OID]map[string]int64, self int64) error {
	for i := range t.t.Columns {
		if c := &t.t.Columns[i]; c.NotNull && row[i].IsNull() {
			return sqlstate.New(sqlstate.NotNullViolation,
				"null value in column %q of relation %q violates not-null constraint", c.Name, t.t.Name)
		}
	}
	for i := range t.t.Indexes {
		ix := &t.t.Indexes[i]
		if !ix.Unique {
			continue
		}
		key, ok := t.uniqueKey(ix, row)
		if id, dup := seen[ix.OID][key]; ok && dup && id != self {
			return sqlstate.New(sqlstate.UniqueViolation, "duplicate key value violates unique constraint %q", ix.Name)
		}
	}
	return nil
}

func (t *table) verify(ix *catalog.Index) error {
	seen := map[string]bool{}
	r := t.read()
	for _, id := range r.ids {
		key, ok := t.uniqueKey(ix, r.byID[id])
		if ok && seen[key] {
			return sqlstate.New(sqlstate.UniqueViolation, "could not create unique index %q", ix.Name)
		}
		seen[key] = true
	}
	return nil
}

// Conflicting finds the visible row that each row would conflict with.
func (t *table) Conflicting(_ context.Context, b *datum.Batch, ix *catalog.Index) ([]int64, error) {
	seen := t.uniqueKeys(t.read())
	out := make([]int64, b.Rows)
	for i := range out {
		out[i] = -1
		for x := range t.t.Indexes {
			u := &t.t.Indexes[x]
			if !u.Unique || ix != nil && ix.OID != u.OID {
				continue
			}
			if key, ok := t.uniqueKey(u, b.Row(i, nil)); ok {
				if id, dup := seen[u.OID][key]; dup {
					out[i] = id
				}
			}
		}
	}
	return out, nil
}

// Update replaces rows.
func (t *table) Update(_ context.Context, ids []int64, _, b *datum.Batch, _ []int) error {
	r := t.write()
	for _, id := range ids {
		if t.s.db.Conflict || r.byID[id] == nil {
			return exec.ErrConflict
		}
	}
	for i, id := range ids {
		r.byID[id] = b.Row(i, nil)
	}
	seen := map[catalog.OID]map[string]int64{}
	for x := range t.t.Indexes {
		seen[t.t.Indexes[x].OID] = map[string]int64{}
	}
	for _, id := range r.ids {
		if err := t.check(r.byID[id], seen, id); err != nil {
			return err
		}
		t.note(r.byID[id], seen, id)
	}
	return nil
}

// Delete removes rows.
func (t *table) Delete(_ context.Context, ids []int64, _ *datum.Batch) error {
	r := t.write()
	gone := map[int64]bool{}
	for _, id := range ids {
		if t.s.db.Conflict || r.byID[id] == nil {
			return exec.ErrConflict
		}
		gone[id] = true
		delete(r.byID, id)
	}
	r.ids = slices.DeleteFunc(r.ids, func(id int64) bool { return gone[id] })
	return nil
}
