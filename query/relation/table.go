package relation

import (
	"context"
	"fmt"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// table is one table in one statement. It implements exec.Table.
type table struct {
	stmt    *Stmt
	t       *catalog.Table
	writing bool // the table's lock is held
}

func newTable(s *Stmt, t *catalog.Table) *table { return &table{stmt: s, t: t} }

func (t *table) beginWrite(ctx context.Context) error {
	if t.writing {
		return nil
	}
	if err := t.stmt.beginWrite(ctx, t.t); err != nil {
		return err
	}
	t.writing = true
	return nil
}

// Insert implements exec.Table.
func (t *table) Insert(ctx context.Context, rows *datum.Batch) ([]int64, error) {
	if err := t.beginWrite(ctx); err != nil {
		return nil, err
	}
	ids := make([]int64, rows.Rows)
	for i := range rows.Rows {
		row, err := t.stmt.tx.db.rowIDs.next(t.t.ID)
		if err != nil {
			return nil, err
		}
		if err := t.insert(ctx, row, rows, i); err != nil {
			return nil, &exec.RowError{Row: i, Err: err}
		}
		ids[i] = int64(row)
	}
	t.stmt.count(t.t.ID, int64(rows.Rows))
	return ids, t.stmt.checkSize()
}

func (t *table) insert(ctx context.Context, row uint64, rows *datum.Batch, i int) error {
	if err := t.check(rows, i); err != nil {
		return err
	}
	for x := range t.t.Indexes {
		if ix := &t.t.Indexes[x]; ordered(ix) {
			if err := t.enter(ctx, ix, row, rows, i); err != nil {
				return err
			}
		}
	}
	t.stmt.writes.Set(storage.RowKey(t.t.ID, row), encodeRow(t.t, rows, i))
	for c := range t.t.Columns {
		t.putVector(c, row, rows, i)
	}
	return nil
}

// putVector stores a vector column's value, or takes it away when NULL.
func (t *table) putVector(c int, row uint64, rows *datum.Batch, i int) {
	col := &t.t.Columns[c]
	if !isApart(col) {
		return
	}
	key := storage.VectorKey(t.t.ID, col.AttNum, row)
	if rows.Cols[c].IsNull(i) {
		t.stmt.writes.Delete(key)
		return
	}
	t.stmt.writes.Set(key, encodeVector(rows.Cols[c].V[i]))
}

// check refuses NULL where there must be none, and vectors of another width than declared.
func (t *table) check(rows *datum.Batch, i int) error {
	for c := range t.t.Columns {
		col := &t.t.Columns[c]
		if rows.Cols[c].IsNull(i) {
			if !col.NotNull {
				continue
			}
			e := sqlstate.New(sqlstate.NotNullViolation, "null value in column %q of relation %q violates not-null constraint",
				col.Name, t.t.Name).WithDetail("Failing row contains (%s).", rowText(rows, i))
			e.Schema, e.Table, e.Column = t.stmt.schemaName(t.t), t.t.Name, col.Name
			return e
		}
		if isApart(col) && col.Typmod > 0 && len(rows.Cols[c].V[i]) != int(col.Typmod) {
			return sqlstate.New(sqlstate.DataException, "expected %d dimensions, not %d", col.Typmod, len(rows.Cols[c].V[i]))
		}
	}
	return nil
}

// rowText prints a row for an error's detail, long values cut.
func rowText(rows *datum.Batch, i int) string {
	const longest = 64
	parts := make([]string, len(rows.Cols))
	for c, col := range rows.Cols {
		parts[c] = valueText(col, i)
		if r := []rune(parts[c]); len(r) > longest {
			parts[c] = string(r[:longest]) + "..."
		}
	}
	return strings.Join(parts, ", ")
}

// enter adds a row's entry to an index. A unique key is locked first, so that a concurrent transaction with the same key
// ends before the check.
func (t *table) enter(ctx context.Context, ix *catalog.Index, row uint64, rows *datum.Batch, i int) error {
	key, unique := entryOf(t.t, ix, rows, i, row)
	if unique {
		if _, err := t.stmt.tx.db.locks.acquire(ctx, t.stmt.tx, string(key), true); err != nil {
			return err
		}
		_, taken, err := t.stmt.latest(key)
		if err != nil {
			return err
		}
		if taken {
			return t.duplicateKey(ix, rows, i)
		}
	}
	t.stmt.writes.Set(key, entryValue(unique, row))
	return nil
}

// leave takes an entry away. A unique key is locked, so that who wants it next waits to see whether it stays free.
func (t *table) leave(ctx context.Context, key []byte, unique bool) error {
	if unique {
		if _, err := t.stmt.tx.db.locks.acquire(ctx, t.stmt.tx, string(key), true); err != nil {
			return err
		}
	}
	t.stmt.writes.Delete(key)
	return nil
}

// Conflicting implements exec.Table. A key that a commit after the snapshot took is a conflict to try again on.
func (t *table) Conflicting(ctx context.Context, rows *datum.Batch, only *catalog.Index) ([]int64, error) {
	if err := t.beginWrite(ctx); err != nil {
		return nil, err
	}
	out := make([]int64, rows.Rows)
	for i := range out {
		out[i] = -1
		for x := range t.t.Indexes {
			ix := &t.t.Indexes[x]
			if !ix.Unique || !ordered(ix) || only != nil && ix.OID != only.OID {
				continue
			}
			row, found, err := t.holder(ctx, ix, rows, i)
			if err != nil {
				return nil, &exec.RowError{Row: i, Err: err}
			}
			if found {
				out[i] = int64(row)
				break
			}
		}
	}
	return out, nil
}

// holder finds the row that holds row i's key in a unique index.
func (t *table) holder(ctx context.Context, ix *catalog.Index, rows *datum.Batch, i int) (row uint64, found bool, err error) {
	key, unique := entryOf(t.t, ix, rows, i, 0)
	if !unique {
		return 0, false, nil
	}
	if _, err := t.stmt.tx.db.locks.acquire(ctx, t.stmt.tx, string(key), true); err != nil {
		return 0, false, err
	}
	value, found, err := t.stmt.latest(key)
	if err != nil || !found {
		return 0, false, err
	}
	if row, err = entryRow(key, value); err != nil || t.stmt.wrote(key) {
		return row, err == nil, err
	}
	if _, visible, err := t.stmt.view.Get(key); err != nil || !visible {
		if err == nil {
			err = exec.ErrConflict
		}
		return 0, false, err
	}
	return row, true, nil
}

// lockRow locks a row for writing, and fails when a commit after the snapshot has changed it. again says that this
// statement has written the row already.
func (t *table) lockRow(ctx context.Context, row uint64) (again bool, err error) {
	key := storage.RowKey(t.t.ID, row)
	waited, err := t.stmt.tx.db.locks.acquire(ctx, t.stmt.tx, string(key), true)
	if err != nil {
		return false, err
	}
	if _, _, found := t.stmt.writes.Get(key); found {
		return true, nil
	}
	if t.stmt.wrote(key) || !waited && t.stmt.isLatest() {
		return false, nil
	}
	now, _, err := t.stmt.tx.db.store.Get(key)
	if err != nil {
		return false, err
	}
	then, _, err := t.stmt.snap.Get(key)
	if err != nil {
		return false, err
	}
	if string(now) != string(then) {
		return false, exec.ErrConflict
	}
	return false, nil
}

// isLatest says that nothing was committed since the statement's snapshot.
func (s *Stmt) isLatest() bool { return s.snap.commits == s.tx.db.commits.Load() }

// Update implements exec.Table. A row that comes twice is changed once, by its first new version.
func (t *table) Update(ctx context.Context, rowIDs []int64, old, rows *datum.Batch, changed []int) error {
	if err := t.beginWrite(ctx); err != nil {
		return err
	}
	for i, id := range rowIDs {
		again, err := t.lockRow(ctx, uint64(id))
		if err == nil && !again {
			err = t.update(ctx, uint64(id), old, rows, i, changed)
		}
		if err != nil {
			return &exec.RowError{Row: i, Err: err}
		}
	}
	return t.stmt.checkSize()
}

func (t *table) update(ctx context.Context, row uint64, old, rows *datum.Batch, i int, changed []int) error {
	if err := t.check(rows, i); err != nil {
		return err
	}
	for x := range t.t.Indexes {
		ix := &t.t.Indexes[x]
		if !ordered(ix) {
			continue
		}
		before, unique := entryOf(t.t, ix, old, i, row)
		if after, _ := entryOf(t.t, ix, rows, i, row); string(after) == string(before) {
			continue
		}
		if err := t.leave(ctx, before, unique); err != nil {
			return err
		}
		if err := t.enter(ctx, ix, row, rows, i); err != nil {
			return err
		}
	}
	t.stmt.writes.Set(storage.RowKey(t.t.ID, row), encodeRow(t.t, rows, i))
	for _, c := range changed {
		t.putVector(c, row, rows, i)
	}
	return nil
}

// Delete implements exec.Table.
func (t *table) Delete(ctx context.Context, rowIDs []int64, old *datum.Batch) error {
	if err := t.beginWrite(ctx); err != nil {
		return err
	}
	for i, id := range rowIDs {
		row := uint64(id)
		again, err := t.lockRow(ctx, row)
		if err != nil {
			return &exec.RowError{Row: i, Err: err}
		}
		if again {
			continue
		}
		if err := t.remove(ctx, row, old, i); err != nil {
			return &exec.RowError{Row: i, Err: err}
		}
		t.stmt.count(t.t.ID, -1)
	}
	return t.stmt.checkSize()
}

func (t *table) remove(ctx context.Context, row uint64, old *datum.Batch, i int) error {
	for x := range t.t.Indexes {
		if ix := &t.t.Indexes[x]; ordered(ix) {
			key, unique := entryOf(t.t, ix, old, i, row)
			if err := t.leave(ctx, key, unique); err != nil {
				return err
			}
		}
	}
	t.stmt.writes.Delete(storage.RowKey(t.t.ID, row))
	for c := range t.t.Columns {
		if col := &t.t.Columns[c]; isApart(col) && !old.Cols[c].IsNull(i) {
			t.stmt.writes.Delete(storage.VectorKey(t.t.ID, col.AttNum, row))
		}
	}
	return nil
}

// Fetch implements exec.Table.
func (t *table) Fetch(_ context.Context, rowIDs []int64, ordinals []int) (*datum.Batch, error) {
	out := datum.NewBatch(t.types(ordinals, false), len(rowIDs))
	dec := newRowDecoder(t.t, ordinals)
	for _, id := range rowIDs {
		value, ok, err := t.stmt.view.Get(storage.RowKey(t.t.ID, uint64(id)))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("%w: table %s has no row %d, which an index names", storage.ErrCorrupt, t.t.Name, id)
		}
		if err := dec.decode(value, out); err != nil {
			return nil, err
		}
		if err := t.appendVectors(uint64(id), ordinals, out); err != nil {
			return nil, err
		}
		out.Rows++
	}
	return out, nil
}

// appendVectors reads a row's wanted vectors one by one.
func (t *table) appendVectors(row uint64, ordinals []int, out *datum.Batch) error {
	for i, o := range ordinals {
		col := &t.t.Columns[o]
		if !isApart(col) {
			continue
		}
		value, ok, err := t.stmt.view.Get(storage.VectorKey(t.t.ID, col.AttNum, row))
		if err != nil {
			return err
		}
		if !ok {
			out.Cols[i].Append(datum.Null)
			continue
		}
		out.Cols[i].Append(datum.NewVector(decodeVector(value)))
	}
	return nil
}

// types are the output types of ordinals, with the row identity where asked.
func (t *table) types(ordinals []int, rowID bool) []*datum.Type {
	types := make([]*datum.Type, 0, len(ordinals)+1)
	for _, o := range ordinals {
		types = append(types, t.t.Columns[o].Type)
	}
	if rowID {
		types = append(types, datum.Int8)
	}
	return types
}
