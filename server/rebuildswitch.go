package server

import (
	"context"
	"slices"
	"time"

	"github.com/seguedb/segue/query/relation"
)

// trySwitch makes the column the new one, unless too many rows have come meanwhile; done says that it did.
func (j *rebuild) trySwitch(ctx context.Context, w *rebuildWork) (done bool, err error) {
	j.note(rebuildSwitching, nil)
	w.session.holder.LockTimeout = switchLockTimeout
	if ms := w.of.LockTimeoutMS; ms > 0 {
		w.session.holder.LockTimeout = time.Duration(ms) * time.Millisecond
	}
	tx := w.session.holder.Begin(relation.ReadCommitted, false)
	defer tx.Rollback()
	s, err := tx.Statement(ctx)
	if err != nil {
		return false, err
	}
	defer s.Abort()
	if err := s.HoldDefinition(ctx, w.table); err != nil {
		return false, err
	}
	taken, err := j.finish(ctx, tx, w)
	defer func() {
		if !done { // nothing of it was committed
			j.fill.GiveBack(slices.DeleteFunc(taken, j.hasFailed))
		}
	}()
	if err != nil || j.fill.Missing() > 0 || len(j.failed) > 0 {
		return false, err
	}
	if err := s.PutGenerations(ctx, w.table, w.table.Switched(w.of, w.column.Column, time.Now())); err != nil {
		return false, err
	}
	if err := s.Finish(); err != nil {
		return false, err
	}
	return true, tx.Commit(ctx)
}

func (j *rebuild) hasFailed(row uint64) bool {
	_, failed := j.failed[row]
	return failed
}

// finish makes the last rows while the writers are away, and gives those that it took. It ends when one fails; what is not
// done within switchWork is missing still.
func (j *rebuild) finish(ctx context.Context, tx *relation.Tx, w *rebuildWork) (taken []uint64, err error) {
	limited, cancel := context.WithTimeout(ctx, switchWork)
	defer cancel()
	for j.fill.Missing() > 0 && limited.Err() == nil && len(j.failed) == 0 {
		rows := j.fill.Take(min(firstRows, w.most))
		taken = append(taken, rows...)
		read, err := j.readIn(ctx, tx, w, rows)
		if err != nil {
			return taken, err
		}
		vectors, errs, err := j.compute(limited, w, read)
		if err != nil && limited.Err() != nil && ctx.Err() == nil {
			j.each = max(2*j.each, switchWork)
			j.fill.GiveBack(rows)
			return taken, nil
		}
		if err != nil {
			return taken, err
		}
		if _, err := j.store(ctx, tx, w, read, vectors, errs); err != nil {
			return taken, err
		}
	}
	return taken, nil
}
