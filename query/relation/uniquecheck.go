package relation

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// checkUnique fails at the first of the keys of deferrable constraints that more than one row has by now.
func (s *Stmt) checkUnique(ctx context.Context, list []pendingCheck) error {
	seen := map[string]bool{}
	for _, p := range list {
		if p.index == 0 || seen[p.claim] {
			continue
		}
		seen[p.claim] = true
		if def, ix := s.now().IndexByOID(p.index); ix != nil && ix.Excludes() {
			if err := newTable(s, def).checkExcluded(ctx, ix, p); err != nil {
				return err
			}
			continue
		}
		row, twice, err := s.holders(p.claim)
		if err != nil {
			return err
		}
		if twice {
			return s.notUnique(ctx, p, row)
		}
	}
	return nil
}

// checkExcluded fails where a row conflicts with another by a deferrable exclusion constraint. A row that is gone by now, or has
// other values, has no such entry.
func (t *table) checkExcluded(ctx context.Context, ix *catalog.Index, p pendingCheck) error {
	s := t.stmt
	if _, ok, err := s.view.Get([]byte(p.claim)); err != nil || !ok {
		return err
	}
	all := make([]int, len(t.t.Columns))
	for i := range all {
		all[i] = i
	}
	rows, err := t.Fetch(ctx, []int64{int64(p.row)}, all)
	if err != nil {
		return err
	}
	if rows, err = t.extend(ctx, rows); err != nil {
		return err
	}
	x := t.exclusionOf(ix, rows, 0)
	it, err := s.view.Iter(storage.PrefixRange(x.start), false)
	if err != nil {
		return err
	}
	var other []datum.Datum
	for other == nil && it.Next() && err == nil {
		if string(it.Key()) != p.claim {
			other, _, err = x.conflicts(it.Key())
		}
	}
	if closed := it.Close(); err == nil {
		err = closed
	}
	if err != nil || other == nil {
		return err
	}
	return t.excluded(ix, rows, 0, other, false)
}

// holders says whether more than one row has a key, and names one.
func (s *Stmt) holders(claim string) (row uint64, twice bool, err error) {
	it, err := s.view.Iter(storage.PrefixRange([]byte(claim)), false)
	if err != nil {
		return 0, false, err
	}
	n := 0
	for n < 2 && it.Next() {
		n++
		if row, err = entryRow(it.Key(), it.Value()); err != nil {
			break
		}
	}
	if closed := it.Close(); err == nil {
		err = closed
	}
	return row, n == 2, err
}

// notUnique is the error of a key that two rows have, one of them row.
func (s *Stmt) notUnique(ctx context.Context, p pendingCheck, row uint64) error {
	def, ix := s.now().IndexByOID(p.index)
	if ix == nil {
		return exec.ErrConflict
	}
	t := newTable(s, def)
	t.building = p.building
	all := make([]int, len(def.Columns))
	for i := range all {
		all[i] = i
	}
	b, err := t.Fetch(ctx, []int64{int64(row)}, all)
	if err != nil {
		return err
	}
	return t.duplicateKey(ix, b, 0)
}
