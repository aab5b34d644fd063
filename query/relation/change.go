package relation

import (
	"context"
	"errors"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// Lock implements exec.Table.
func (t *table) Lock(ctx context.Context, id int64, strength plan.LockStrength, wait plan.LockWait) (exec.Locked, error) {
	mode := [...]LockMode{plan.LockKeyShare: RowKeyShare, plan.LockShare: RowForShare, plan.LockNoKeyUpdate: RowNoKeyUpdate,
		plan.LockUpdate: RowUpdate}[strength]
	tag := lockTag{kind: lockRow, relation: t.t.OID, row: uint64(id)}
	waited, err := t.stmt.tx.holder.acquire(ctx, request{tag: tag, mode: mode, noWait: wait != plan.LockBlock})
	switch {
	case errors.Is(err, errWouldWait) && wait == plan.LockSkip:
		return exec.NotLocked, nil
	case errors.Is(err, errWouldWait):
		return 0, sqlstate.New(sqlstate.LockNotAvailable, "could not obtain lock on row in relation %q", t.t.Name)
	case err != nil:
		return 0, err
	}
	changed, err := t.changed(uint64(id), waited)
	if err != nil || !changed {
		return exec.LockedUnchanged, err
	}
	if t.stmt.tx.iso == RepeatableRead {
		return 0, errConcurrent("update")
	}
	return exec.LockedChanged, nil
}

func errConcurrent(what string) error {
	return sqlstate.New(sqlstate.SerializationFailure, "could not serialize access due to concurrent %s", what)
}

// mayRecheck fails where a transaction must not see what was committed after its snapshot.
func (tx *Tx) mayRecheck(t *table, row uint64) error {
	if tx.iso != RepeatableRead {
		return nil
	}
	what := "update"
	if _, ok, err := tx.db.store.Get(storage.RowKey(t.t.ID, row)); err != nil {
		return err
	} else if !ok {
		what = "delete"
	}
	return errConcurrent(what)
}

// Find implements exec.Table.
func (t *table) Find(ctx context.Context, id int64, ordinals []int, now bool) (*datum.Batch, error) {
	key := storage.RowKey(t.t.ID, uint64(id))
	at := t
	if now {
		if err := t.stmt.tx.mayRecheck(t, uint64(id)); err != nil {
			return nil, err
		}
		snap := t.stmt.tx.db.snapshot()
		defer t.stmt.tx.db.dropSnapshot(snap)
		reader := &Stmt{tx: t.stmt.tx, snap: snap, view: storage.NewView(snap.Snapshot, t.stmt.layers)}
		at = newTable(reader, t.t)
		if t.stmt.rechecked == nil {
			t.stmt.rechecked = map[string]bool{}
		}
		t.stmt.rechecked[string(key)] = true
	}
	_, ok, err := at.stmt.view.Get(key)
	if err != nil || !ok {
		return nil, err
	}
	return at.Fetch(ctx, []int64{id}, ordinals)
}

// changed says whether a row that is locked now was changed by a transaction that committed after the snapshot.
func (t *table) changed(row uint64, waited bool) (bool, error) {
	key := storage.RowKey(t.t.ID, row)
	if t.stmt.wrote(key) || !waited && t.stmt.isLatest() {
		return false, nil
	}
	now, _, err := t.stmt.tx.db.store.Get(key)
	if err != nil {
		return false, err
	}
	snap := t.stmt.snap
	if t.stmt.tx.iso == RepeatableRead {
		snap = t.stmt.tx.snap // of the transaction, wherever the statement looks by now
	}
	then, _, err := snap.Get(key)
	return string(now) != string(then), err
}

// lockRow locks a row for writing, and fails when a commit after the snapshot has changed it. again says that this
// statement has written the row already.
func (t *table) lockRow(ctx context.Context, row uint64, mode LockMode) (again bool, err error) {
	tag := lockTag{kind: lockRow, relation: t.t.OID, row: row}
	waited, err := t.stmt.tx.holder.acquire(ctx, request{tag: tag, mode: mode})
	if err != nil {
		return false, err
	}
	key := storage.RowKey(t.t.ID, row)
	if found := t.stmt.wroteItself(key); found || t.stmt.rechecked[string(key)] {
		return found, nil
	}
	changed, err := t.changed(row, waited)
	if err == nil && changed {
		err = exec.ErrConflict
	}
	return false, err
}

// isLatest says that nothing was committed since the statement's snapshot.
func (s *Stmt) isLatest() bool {
	snap := s.snap
	if s.tx.iso == RepeatableRead {
		snap = s.tx.snap
	}
	return snap.commits == s.tx.db.commits.Load()
}

// Update implements exec.Table. A row that comes twice is changed once, by its first new version.
func (t *table) Update(ctx context.Context, rowIDs []int64, old, rows *datum.Batch, changed []int) error {
	if err := t.beginWrite(ctx); err != nil {
		return err
	}
	old, err := t.extendOld(ctx, old)
	if err == nil {
		rows, err = t.extend(ctx, rows)
	}
	if err != nil {
		return err
	}
	t.counted().updated.Add(int64(len(rowIDs)))
	for i, id := range rowIDs {
		again, err := t.lockRow(ctx, uint64(id), t.updateMode(old, rows, i))
		if err == nil && !again {
			err = t.update(ctx, uint64(id), old, rows, i, changed)
		}
		if err != nil {
			return &exec.RowError{Row: i, Err: err}
		}
	}
	return t.stmt.makeRoom()
}

// updateMode is how a row is locked that is to be changed: others may reference it meanwhile unless a key changes that
// a foreign key could name.
func (t *table) updateMode(old, rows *datum.Batch, i int) LockMode {
	for x := range t.t.Indexes {
		ix := &t.t.Indexes[x]
		if immediate(ix) && ordered(ix) && !hasExprs(ix) && !t.sameKey(keyColumns(ix), old, rows, i) {
			return RowUpdate
		}
	}
	return RowNoKeyUpdate
}

func (t *table) update(ctx context.Context, row uint64, old, rows *datum.Batch, i int, changed []int) error {
	if err := t.check(rows, i); err != nil {
		return err
	}
	for x := range t.t.Indexes {
		if err := t.reenter(ctx, &t.t.Indexes[x], row, old, rows, i); err != nil {
			return err
		}
	}
	t.stmt.writes.Set(storage.RowKey(t.t.ID, row), encodeRow(t.t, rows, i))
	for _, c := range changed {
		t.putVector(c, row, rows, i)
	}
	t.outdate(row, changed)
	t.takeAway(old, rows, i)
	return t.refer(ctx, row, old, rows, i)
}

// reenter brings an index from row i of old to that of rows. Both are extended.
func (t *table) reenter(ctx context.Context, ix *catalog.Index, row uint64, old, rows *datum.Batch, i int) error {
	if !keepsEntries(ix) {
		return nil
	}
	old, at, err := t.entered(ctx, ix, old, i, row)
	if err != nil {
		return err
	}
	t.remember(ix, rows, i, row)
	if inverted(ix) {
		t.reinvert(ix, row, t.partsOf(ix, old, at, row), t.partsOf(ix, rows, i, row))
	}
	if ix.KeepsVectors() {
		before, _ := t.keptOf(ix, old, at) // what was stored had no error
		if err := t.keep(ix, before, rows, i, row); err != nil {
			return err
		}
	}
	if !ordered(ix) {
		return nil
	}
	before, _ := t.entryOf(ix, old, at, row)
	if after, _ := t.entryOf(ix, rows, i, row); string(after) == string(before) {
		return nil
	}
	if err := t.leave(ctx, ix, before, old, at); err != nil {
		return err
	}
	return t.enter(ctx, ix, row, rows, i)
}

// Delete implements exec.Table.
func (t *table) Delete(ctx context.Context, rowIDs []int64, old *datum.Batch) error {
	if err := t.beginWrite(ctx); err != nil {
		return err
	}
	old, err := t.extendOld(ctx, old)
	if err != nil {
		return err
	}
	t.counted().deleted.Add(int64(len(rowIDs)))
	for i, id := range rowIDs {
		row := uint64(id)
		again, err := t.lockRow(ctx, row, RowUpdate)
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
	return t.stmt.makeRoom()
}

func (t *table) remove(ctx context.Context, row uint64, old *datum.Batch, i int) error {
	for x := range t.t.Indexes {
		if err := t.removeEntry(ctx, &t.t.Indexes[x], row, old, i); err != nil {
			return err
		}
	}
	t.stmt.writes.Delete(storage.RowKey(t.t.ID, row))
	for c := range t.t.Columns {
		if col := &t.t.Columns[c]; isApart(col) && !old.Cols[c].IsNull(i) {
			t.stmt.writes.Delete(storage.VectorKey(t.t.ID, col.VectorsAt(), row))
		}
	}
	t.outdate(row, nil)
	t.takeAway(old, nil, i)
	return nil
}

// removeEntry takes row i of old out of an index.
func (t *table) removeEntry(ctx context.Context, ix *catalog.Index, row uint64, old *datum.Batch, i int) error {
	if !keepsEntries(ix) {
		return nil
	}
	old, i, err := t.entered(ctx, ix, old, i, row)
	if err != nil {
		return err
	}
	t.forget(ix, row)
	if inverted(ix) {
		t.reinvert(ix, row, t.partsOf(ix, old, i, row), nil)
	}
	if ix.KeepsVectors() {
		before, _ := t.keptOf(ix, old, i)
		if err := t.keep(ix, before, nil, i, row); err != nil {
			return err
		}
	}
	if !ordered(ix) {
		return nil
	}
	key, _ := t.entryOf(ix, old, i, row)
	return t.leave(ctx, ix, key, old, i)
}
