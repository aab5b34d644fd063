package relation

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// createView stores a view, under the number of the one that it replaces.
func (s *Stmt) createView(ctx context.Context, c *plan.CreateView) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	if err := s.stillThere(c.Table.View); err != nil {
		return err
	}
	t := *c.Table
	if t.Temp && t.Schema == 0 {
		var err error
		if t.Schema, err = s.tempPlace(c.TempSchema); err != nil {
			return err
		}
	}
	switch {
	case c.Old == nil && s.catalog.Relation(t.Schema, t.Name) != 0:
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", t.Name)
	case c.Old == nil:
		t.OID = s.newOID()
	case s.catalog.TableByOID(t.OID) != c.Old:
		return exec.ErrConflict
	}
	for i := range t.Columns {
		t.Columns[i].TypeOID = t.Columns[i].Type.OID
	}
	return put(s, &t)
}

// stillThere makes sure that nothing a view reads was dropped since it was bound.
func (s *Stmt) stillThere(v *catalog.View) error {
	for _, u := range v.Uses {
		t := s.catalog.TableByOID(u.Relation)
		if t == nil || slices.ContainsFunc(u.AttNums, func(a int16) bool { return t.Ordinal(a) < 0 }) {
			return exec.ErrConflict
		}
	}
	return nil
}

// Refresh implements exec.Relations: the materialized view gets new, empty storage, and the old goes at the commit.
func (s *Stmt) Refresh(ctx context.Context, n *plan.Refresh) (*catalog.Table, error) {
	if err := s.define(ctx, n.Table); err != nil {
		return nil, err
	}
	t := *s.renewed(n.Table)
	view := *t.View
	view.Unpopulated = n.Source == nil
	t.View = &view
	return &t, put(s, &t)
}

// renewed is a table with storage of its own.
func (s *Stmt) renewed(t *catalog.Table) *catalog.Table {
	fresh := *t
	fresh.ID = s.newID()
	fresh.Indexes = slices.Clone(t.Indexes)
	for i := range fresh.Indexes {
		s.renumberIndex(&fresh.Indexes[i])
	}
	s.dropped = append(s.dropped, storageOf(t))
	return &fresh
}
