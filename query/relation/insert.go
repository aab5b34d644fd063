package relation

import (
	"context"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// Insert implements exec.Table.
func (t *table) Insert(ctx context.Context, rows *datum.Batch) ([]int64, error) {
	if err := t.beginWrite(ctx); err != nil {
		return nil, err
	}
	rows, err := t.extend(ctx, rows)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, rows.Rows)
	t.counted().inserted.Add(int64(rows.Rows))
	t.counted().insertedSinceVacuum.Add(int64(rows.Rows))
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
	return ids, t.stmt.makeRoom()
}

func (t *table) insert(ctx context.Context, row uint64, rows *datum.Batch, i int) error {
	if err := t.check(rows, i); err != nil {
		return err
	}
	for x := range t.t.Indexes {
		ix := &t.t.Indexes[x]
		t.remember(ix, rows, i, row)
		if inverted(ix) {
			t.invert(ix, rows, i, row)
		}
		if ix.KeepsVectors() {
			if err := t.keep(ix, nil, rows, i, row); err != nil {
				return err
			}
		}
		if !ordered(ix) {
			continue
		}
		if err := t.enter(ctx, ix, row, rows, i); err != nil {
			return err
		}
	}
	t.stmt.writes.Set(storage.RowKey(t.t.ID, row), encodeRow(t.t, rows, i))
	for c := range t.t.Columns {
		t.putVector(c, row, rows, i)
	}
	return t.refer(ctx, row, nil, rows, i)
}

// putVector stores a vector column's value, or takes it away when NULL.
func (t *table) putVector(c int, row uint64, rows *datum.Batch, i int) {
	col := &t.t.Columns[c]
	if !isApart(col) {
		return
	}
	key := storage.VectorKey(t.t.ID, col.VectorsAt(), row)
	if rows.Cols[c].IsNull(i) {
		t.stmt.writes.Delete(key)
		return
	}
	t.stmt.writes.Set(key, encodeVector(col.Type, rows.Cols[c].V[i]))
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
				col.Name, t.t.Name).WithDetail("Failing row contains (%s).", rowText(rows, len(t.t.Columns), i))
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
func rowText(rows *datum.Batch, width, i int) string {
	const longest = 64
	parts := make([]string, width)
	for c, col := range rows.Cols[:width] {
		parts[c] = valueText(col, i)
		if r := []rune(parts[c]); len(r) > longest {
			parts[c] = string(r[:longest]) + "..."
		}
	}
	return strings.Join(parts, ", ")
}

// enter adds a row's entry to an index. A unique key is locked first, so that a concurrent transaction with the same
// key ends before the check.
func (t *table) enter(ctx context.Context, ix *catalog.Index, row uint64, rows *datum.Batch, i int) error {
	key, unique := t.entryOf(ix, rows, i, row)
	if key == nil {
		return nil
	}
	claim := t.claimOf(ix, key, rows, i)
	if err := t.lockKey(ctx, claim); err != nil {
		return err
	}
	if ix.Excludes() {
		if claim != nil && ix.Deferrable && !t.building {
			t.stmt.pending = append(t.stmt.pending, pendingCheck{index: ix.OID, claim: string(key), row: row})
		} else if claim != nil {
			if err := t.exclude(ix, key, rows, i, t.building); err != nil {
				return err
			}
		}
	} else if unique {
		_, taken, err := t.stmt.latest(key)
		if err != nil {
			return err
		}
		if taken {
			return t.duplicateKey(ix, rows, i)
		}
	} else if claim != nil {
		t.stmt.pending = append(t.stmt.pending,
			pendingCheck{index: ix.OID, claim: string(claim), atOnce: t.building, building: t.building})
	}
	t.stmt.writes.Set(key, entryValue(unique, row))
	return nil
}

// leave takes row i's entry away. A unique key is locked, so that who wants it next waits to see whether it stays free.
func (t *table) leave(ctx context.Context, ix *catalog.Index, key []byte, rows *datum.Batch, i int) error {
	if key == nil {
		return nil
	}
	if err := t.lockKey(ctx, t.claimOf(ix, key, rows, i)); err != nil {
		return err
	}
	t.stmt.writes.Delete(key)
	return nil
}
