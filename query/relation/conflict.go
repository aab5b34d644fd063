package relation

import (
	"context"
	"errors"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
)

// Conflicting implements exec.Table. A key that a commit after the snapshot took is a conflict to try again on.
func (t *table) Conflicting(ctx context.Context, rows *datum.Batch, only *catalog.Index) ([]int64, error) {
	if err := t.beginWrite(ctx); err != nil {
		return nil, err
	}
	rows, err := t.extend(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]int64, rows.Rows)
	for i := range out {
		out[i] = -1
		for x := range t.t.Indexes {
			ix := &t.t.Indexes[x]
			if !immediate(ix) && !ix.Excludes() || !ordered(ix) || only != nil && ix.OID != only.OID {
				continue
			}
			row, found, err := t.holder(ctx, ix, rows, i)
			if errors.Is(err, errWrittenBefore) {
				out[i] = exec.WrittenBefore
				break
			}
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

// errWrittenBefore says that a key's holder is a row that this very statement has written.
var errWrittenBefore = errors.New("a row of the same statement")

// holder finds the row that holds row i's key in a unique index.
func (t *table) holder(
	ctx context.Context, ix *catalog.Index, rows *datum.Batch, i int,
) (row uint64, found bool, err error) {
	key, unique := t.entryOf(ix, rows, i, 0)
	switch {
	case ix.Excludes():
		if key, err = t.conflicting(ctx, ix, key, rows, i); key == nil || err != nil {
			return 0, false, err
		}
	case !unique:
		return 0, false, nil
	default:
		if err := t.lockKey(ctx, key); err != nil {
			return 0, false, err
		}
	}
	value, found, err := t.stmt.latest(key)
	if err != nil || !found {
		return 0, false, err
	}
	if row, err = entryRow(key, value); err != nil || t.stmt.wrote(key) {
		if err == nil && t.stmt.wroteItself(key) {
			return row, true, errWrittenBefore
		}
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
