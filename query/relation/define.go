package relation

import (
	"context"
	"errors"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Define implements exec.Relations.
func (s *Stmt) Define(ctx context.Context, n plan.Node) error {
	switch x := n.(type) {
	case *plan.CreateView:
		return s.createView(ctx, x)
	case *plan.Reindex:
		return s.reindex(ctx, x)
	case *plan.ChangeSchema:
		return s.renameSchema(ctx, x)
	case *plan.ChangeType:
		return s.changeType(ctx, x)
	case *plan.ChangeFunction:
		return s.changeFunction(ctx, x)
	case *plan.CreateExtension:
		return s.createExtension(ctx, x)
	case *plan.ChangeExtension:
		return describe(ctx, s, x.Old, s.extensionAt, func(e *catalog.Extension) { *e = *x.New })
	case *plan.MoveExtension:
		return s.moveExtension(ctx, x)
	case *plan.ChangeOperator:
		return s.changeOperator(ctx, x)
	case *plan.ChangeEventTrigger:
		return s.changeEventTrigger(ctx, x)
	case *plan.CreateCast:
		return s.createCast(ctx, x)
	case *plan.ChangeTriggers:
		return s.changeTriggers(ctx, x)
	case *plan.ChangeSequence:
		return s.changeSequence(ctx, x)
	}
	return sqlstate.New(sqlstate.InternalError, "definition %T is unknown", n)
}

// changeSequence creates or alters a sequence. One that goes on by other rules gets its state under a new ID, so that a
// rollback finds the old one as it was.
func (s *Stmt) changeSequence(ctx context.Context, c *plan.ChangeSequence) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	q := *c.New
	if c.Old == nil {
		if s.catalog.Relation(q.Schema, q.Name) != 0 {
			return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", q.Name)
		}
		if q.Temp && q.Schema == 0 {
			var err error
			if q.Schema, err = s.tempPlace(c.TempSchema); err != nil {
				return err
			}
		}
		q.OID, q.ID = s.newOID(), s.newID()
		return errors.Join(s.tx.db.sequences.restart(&q), put(s, &q))
	}
	if s.catalog.SequenceByOID(q.OID) != c.Old {
		return exec.ErrConflict
	}
	s.tx.session().forget(q.OID)
	if !c.Renew {
		return put(s, &q)
	}
	value, called, err := s.tx.db.SequenceValue(c.Old)
	if err != nil {
		return err
	}
	if c.Restart != nil {
		value, called = *c.Restart, false
	}
	if err := withinBounds(&q, value); err != nil {
		return err
	}
	s.dropped = append(s.dropped, dropped{sequence: []uint32{q.ID}})
	q.ID = s.newID()
	return errors.Join(s.tx.db.sequences.set(&q, value, called), put(s, &q))
}

// withinBounds holds the value that a sequence stands at to new bounds, in the words of Postgres's init_params.
func withinBounds(q *catalog.Sequence, value int64) error {
	if value < q.Min {
		return sqlstate.New(sqlstate.InvalidParameterValue, "RESTART value (%d) cannot be less than MINVALUE (%d)", value, q.Min)
	}
	if value > q.Max {
		return sqlstate.New(sqlstate.InvalidParameterValue, "RESTART value (%d) cannot be greater than MAXVALUE (%d)", value, q.Max)
	}
	return nil
}

// renameSchema renames a schema; the types in it are called after it.
func (s *Stmt) renameSchema(ctx context.Context, c *plan.ChangeSchema) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	if s.catalog.SchemaByOID(c.Old.OID) != c.Old || s.catalog.Schema(c.New.Name) != nil {
		return exec.ErrConflict
	}
	if err := put(s, c.New); err != nil {
		return err
	}
	for _, t := range s.catalog.Types() {
		if t.Schema == c.New.OID {
			fresh := *t
			s.catalog.PutType(&fresh)
		}
	}
	return nil
}
