package relation

import (
	"context"

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
