package relation

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// lockRow locks a row for writing, and fails when a commit after the snapshot has changed it. again says that this
// statement has written the row already.
func (t *table) lockRow(ctx context.Context, row uint64) (again bool, err error) {
	key := storage.RowKey(t.t.ID, row)
	tag := lockTag{kind: lockRow, relation: t.t.OID, row: row}
	waited, err := t.stmt.tx.holder.acquire(ctx, request{tag: tag, mode: RowUpdate})
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
