package relation

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/storage"
)

// AlterTable implements exec.Relations. Rows that are written again go to new storage, as those of a new table: the old
// rows stay until the commit, and a crash finds one or the other.
func (s *Stmt) AlterTable(ctx context.Context, a *plan.AlterTable) (exec.Altered, error) {
	tables := []*catalog.Table{a.Table}
	for _, o := range a.Others {
		tables = append(tables, o.Table)
	}
	if err := s.define(ctx, tables...); err != nil {
		return exec.Altered{}, err
	}
	if err := s.tx.refusePending(s.catalog, a.Table, "ALTER TABLE"); err != nil {
		return exec.Altered{}, err
	}
	if err := s.lockReferenced(ctx, a.New.ForeignKeys); err != nil {
		return exec.Altered{}, err
	}
	s.renew()
	t := *a.New
	t.Columns, t.Indexes, t.Checks = slices.Clone(t.Columns), slices.Clone(t.Indexes), slices.Clone(t.Checks)
	if err := s.alterSequences(&t, a); err != nil {
		return exec.Altered{}, err
	}
	fresh := s.numberNew(&t, a.Rewrite != nil)
	if err := s.numberReferences(&t); err != nil {
		return exec.Altered{}, err
	}
	s.dropReplaced(a.Table, &t)
	if a.Rewrite == nil {
		for _, i := range fresh {
			if err := s.fillIndex(ctx, &t, &t.Indexes[i]); err != nil {
				return exec.Altered{}, err
			}
		}
	}
	for _, o := range a.Others {
		if err := put(s, o.New); err != nil {
			return exec.Altered{}, err
		}
	}
	if err := put(s, &t); err != nil {
		return exec.Altered{}, err
	}
	if err := s.Drop(ctx, &a.Drop); err != nil {
		return exec.Altered{}, err
	}
	if err := s.alterOwner(a.Owner); err != nil {
		return exec.Altered{}, err
	}
	out := exec.Altered{Table: &t, From: newTable(s, &t)}
	if a.NewSegments != nil {
		var err error
		if out.Table, err = s.createSegments(&t, a.NewSegments); err != nil {
			return exec.Altered{}, err
		}
		out.Segments = s.catalog.TableByOID(out.Table.Segments)
	}
	if a.Rewrite != nil {
		to := newTable(s, &t)
		to.building, to.writing = true, true
		out.From, out.To = newTable(s, a.Table), to
	}
	return out, nil
}

// renew lets a definition see what was committed while it waited for its locks, whatever its transaction's level: nobody
// changes these rows any more.
func (s *Stmt) renew() {
	old := s.snap
	s.snap = s.tx.db.snapshot()
	s.view = storage.NewView(s.snap.Snapshot, s.layers)
	s.tx.db.dropSnapshot(old)
}

// alterSequences makes, changes and drops the sequences that belong to columns.
func (s *Stmt) alterSequences(t *catalog.Table, a *plan.AlterTable) error {
	if err := s.createSequences(t, a.Added); err != nil {
		return err
	}
	for _, q := range a.Dropped {
		s.dropSequence(q)
	}
	for _, c := range a.Sequences {
		q := *c.Sequence
		if c.Restart != nil {
			s.dropped = append(s.dropped, dropped{sequence: []uint32{q.ID}})
			q.ID = s.newID()
			if err := s.tx.db.sequences.set(&q, *c.Restart, false); err != nil {
				return err
			}
		}
		if err := put(s, &q); err != nil {
			return err
		}
	}
	return nil
}

// numberNew gives numbers to what is new, and new storage to all that is written again. It returns the new indexes that
// keep entries, which are to be filled.
func (s *Stmt) numberNew(t *catalog.Table, rewrite bool) (fill []int) {
	if rewrite {
		t.ID = s.newID()
	}
	for i := range t.Checks {
		if t.Checks[i].OID == 0 {
			t.Checks[i].OID = s.newOID()
		}
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		switch {
		case ix.OID == 0:
			s.numberIndex(ix)
			if keepsEntries(ix) {
				fill = append(fill, i)
			}
		case rewrite:
			s.renumberIndex(ix)
		}
		if ix.Constraint == catalog.Unnumbered { // USING INDEX
			ix.Constraint = s.newOID()
		}
	}
	return fill
}

// dropReplaced notes the storage that the new definition does not use any more, that of generations of columns which it
// drops or makes other included.
func (s *Stmt) dropReplaced(old, t *catalog.Table) {
	t.Prune(old)
	if old.ID != t.ID {
		s.dropped = append(s.dropped, storageOf(old))
		return
	}
	var d dropped
	for i := range old.Indexes {
		id := old.Indexes[i].ID
		if !slices.ContainsFunc(t.Indexes, func(ix catalog.Index) bool { return ix.ID == id }) {
			d.indexes = append(d.indexes, id)
		}
	}
	used := placesOf(t)
	for _, place := range placesOf(old) {
		if !slices.Contains(used, place) {
			d.columns = append(d.columns, vectorColumn{old.ID, place})
		}
	}
	if len(d.indexes)+len(d.columns) > 0 {
		s.dropped = append(s.dropped, d)
	}
}
