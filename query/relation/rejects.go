package relation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// rejects numbers what COPY leaves out. They are written like rows: with the rest of the transaction, or not at all. The
// newest exec.MaxRejects stay; the commit that adds some removes those before.
type rejects struct{ last atomic.Uint64 }

func (r *rejects) open(st *storage.Store) error {
	it, err := st.Iter(storage.RejectRange(), true)
	if err != nil {
		return err
	}
	if it.Next() {
		r.last.Store(storage.RowOf(it.Key()))
	}
	return errors.Join(it.Err(), it.Close())
}

// trim removes from the store what a commit that adds rejects makes one too many.
func (r *rejects) trim(batch *storage.Batch, writes *storage.Layer) error {
	last := r.last.Load()
	if last <= exec.MaxRejects || !writes.Touches(storage.RejectRange()) {
		return nil
	}
	return batch.DeleteRange(storage.RejectsUpTo(last - exec.MaxRejects))
}

// Reject implements exec.RejectStore.
func (s *Stmt) Reject(_ context.Context, r exec.Reject) error {
	if s.rejected++; s.rejected > exec.MaxRejectsOfCopy {
		return nil
	}
	number := s.tx.db.rejects.last.Add(1)
	r.Number = int64(number)
	value, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write a rejected row: %w", err)
	}
	s.writes.Set(storage.RejectKey(number), value)
	s.permanent = true
	return nil
}

// Forget implements exec.RejectStore.
func (s *Stmt) Forget(_ context.Context, gone []exec.Reject) error {
	if len(gone) == 0 {
		return nil
	}
	if s.tx.readOnly {
		return sqlstate.New(sqlstate.ReadOnlySQLTransaction, "cannot write in a read-only transaction")
	}
	for _, r := range gone {
		s.writes.Delete(storage.RejectKey(uint64(r.Number)))
	}
	s.permanent = true
	return nil
}

// Rejects implements exec.RejectStore.
func (s *Stmt) Rejects() ([]exec.Reject, error) { return readRejects(s.view) }

// Rejects are those that a statement of the transaction that began now would see.
func (tx *Tx) Rejects() ([]exec.Reject, error) {
	snap := tx.snap
	if snap == nil {
		snap = tx.db.snapshot()
	} else {
		snap = tx.db.share(snap)
	}
	defer tx.db.dropSnapshot(snap)
	return readRejects(storage.NewView(snap.Snapshot, tx.state.layers))
}

func readRejects(v storage.View) ([]exec.Reject, error) {
	it, err := v.Iter(storage.RejectRange(), false)
	if err != nil {
		return nil, fmt.Errorf("read segue_rejects: %w", err)
	}
	var out []exec.Reject
	for it.Next() {
		var r exec.Reject
		if err := json.Unmarshal(it.Value(), &r); err != nil {
			return nil, errors.Join(sqlstate.Wrap(err, sqlstate.DataCorrupted, "a row of segue_rejects cannot be read"), it.Close())
		}
		out = append(out, r)
	}
	if err := errors.Join(it.Err(), it.Close()); err != nil {
		return nil, fmt.Errorf("read segue_rejects: %w", err)
	}
	return out, nil
}
