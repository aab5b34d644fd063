package relation

import (
	"context"
	"errors"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
)

// Comment implements exec.Relations.
func (s *Stmt) Comment(ctx context.Context, c *plan.Comment) error {
	switch {
	case c.Sequence != nil:
		return describe(ctx, s, c.Sequence, s.sequenceAt, func(q *catalog.Sequence) { q.Comment = c.Text })
	case c.Schema != nil:
		return describe(ctx, s, c.Schema, s.schemaAt, func(sc *catalog.Schema) { sc.Comment = c.Text })
	case c.Function != nil:
		return describe(ctx, s, c.Function, s.functionAt, func(f *catalog.Function) { f.Comment = c.Text })
	case c.Operator != nil:
		return describe(ctx, s, c.Operator, s.operatorAt, func(o *catalog.OperatorDef) { o.Comment = c.Text })
	case c.Cast != nil:
		return describe(ctx, s, c.Cast, s.castAt, func(k *catalog.CastDef) { k.Comment = c.Text })
	case c.Extension != nil:
		return describe(ctx, s, c.Extension, s.extensionAt, func(e *catalog.Extension) { e.Comment = &c.Text })
	case c.Type != nil:
		return describe(ctx, s, c.Type, s.typeAt, func(t *catalog.Type) { commentOnType(t, c) })
	}
	if err := s.defineUnder(ctx, ShareUpdateExclusive, c.Table); err != nil {
		return err
	}
	t := *c.Table
	switch {
	case c.Index != nil:
		t.Indexes = slices.Clone(t.Indexes)
		for i := range t.Indexes {
			if t.Indexes[i].OID == c.Index.OID {
				t.Indexes[i].Comment = c.Text
			}
		}
	case c.Constraint != "":
		if !t.CommentOnConstraint(c.Constraint, c.Text) {
			return exec.ErrConflict
		}
	case c.Trigger != 0:
		t.Triggers = slices.Clone(t.Triggers)
		for i := range t.Triggers {
			if t.Triggers[i].OID == c.Trigger {
				t.Triggers[i].Comment = c.Text
			}
		}
	case c.Rule != 0:
		t.Rules = slices.Clone(t.Rules)
		for i := range t.Rules {
			if t.Rules[i].OID == c.Rule {
				t.Rules[i].Comment = c.Text
			}
		}
	case c.AttNum == 0:
		t.Comment = c.Text
	default:
		o := t.Ordinal(c.AttNum)
		if o < 0 {
			return errors.New("comment on a column that is not there")
		}
		t.Columns = slices.Clone(t.Columns)
		t.Columns[o].Comment = c.Text
	}
	return put(s, &t)
}

func (s *Stmt) sequenceAt(q *catalog.Sequence) *catalog.Sequence {
	return s.catalog.SequenceByOID(q.OID)
}
func (s *Stmt) extensionAt(e *catalog.Extension) *catalog.Extension {
	return s.catalog.ExtensionByOID(e.OID)
}
func (s *Stmt) schemaAt(sc *catalog.Schema) *catalog.Schema { return s.catalog.SchemaByOID(sc.OID) }
func (s *Stmt) typeAt(t *catalog.Type) *catalog.Type        { return s.catalog.UserTypeByOID(t.OID) }

func commentOnType(t *catalog.Type, c *plan.Comment) {
	if !c.Multirange {
		t.Comment = c.Text
		return
	}
	r := *t.Range
	r.MultiComment = c.Text
	t.Range = &r
}

// describe changes a copy of an object and stores it, unless it has changed since the statement was bound.
func describe[T catalog.Sequence | catalog.Schema | catalog.Type | catalog.Function | catalog.OperatorDef | catalog.CastDef |
	catalog.Extension](
	ctx context.Context, s *Stmt, old *T, latest func(*T) *T, change func(*T),
) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	if latest(old) != old {
		return exec.ErrConflict
	}
	fresh := *old
	change(&fresh)
	return put(s, &fresh)
}
