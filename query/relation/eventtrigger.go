package relation

import (
	"context"

	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// changeEventTrigger creates an event trigger, or puts a new definition in the place of an old one.
func (s *Stmt) changeEventTrigger(ctx context.Context, c *plan.ChangeEventTrigger) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	fresh := *c.New
	if other := s.catalog.EventTrigger(fresh.Name); other != nil && other != c.Old {
		return sqlstate.New(sqlstate.DuplicateObject, "event trigger \"%s\" already exists", fresh.Name)
	}
	if c.Old == nil {
		fresh.OID = s.newOID()
	} else if s.catalog.EventTriggerByOID(c.Old.OID) != c.Old {
		return exec.ErrConflict
	}
	return put(s, &fresh)
}
