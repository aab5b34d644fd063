package relation

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
)

// changeTriggers stores a table with other triggers. Who writes to the table has ended by then, and whoever comes next
// sees them.
func (s *Stmt) changeTriggers(ctx context.Context, c *plan.ChangeTriggers) error {
	if err := s.defineUnder(ctx, ShareRowExclusive, c.Old); err != nil {
		return err
	}
	t := *c.New
	for i := range t.Triggers {
		if t.Triggers[i].OID == 0 {
			t.Triggers[i].OID = s.newOID()
		}
		if t.Triggers[i].Constraint == catalog.NewConstraint {
			t.Triggers[i].Constraint = s.newOID()
		}
	}
	for i := range t.Rules {
		if t.Rules[i].OID == 0 {
			t.Rules[i].OID = s.newOID()
		}
	}
	return put(s, &t)
}
