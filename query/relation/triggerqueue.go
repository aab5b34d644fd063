package relation

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
)

// Constraint triggers that are deferred wait in the transaction's state, so that a rollback to a savepoint forgets those that
// came after it. Their rows lie in spools, which the transaction closes at its end.

// Defers implements exec.Relations.
func (s *Stmt) Defers(t *catalog.Trigger) bool {
	return s.tx.waits(t.Constraint, t.Deferrable, t.Deferred)
}

// Defer implements exec.Relations.
func (s *Stmt) Defer(d exec.DeferredRows) {
	if !slices.Contains(s.tx.queues, d.Queue) {
		s.tx.queues = append(s.tx.queues, d.Queue)
	}
	s.triggered = append(s.triggered, d)
}

// DueTriggers takes the constraint triggers whose time has come: all, or those that wait no longer.
func (tx *Tx) DueTriggers(all bool) []exec.DeferredRows {
	if len(tx.state.triggered) == 0 {
		return nil
	}
	var due, left []exec.DeferredRows
	for _, d := range tx.state.triggered {
		now, later := d, d
		now.Triggers, later.Triggers = nil, nil
		for _, oid := range d.Triggers {
			_, t := tx.Catalog().TriggerByOID(oid)
			switch {
			case t == nil: // dropped since
			case all || !tx.waits(t.Constraint, t.Deferrable, t.Deferred):
				now.Triggers = append(now.Triggers, oid)
			default:
				later.Triggers = append(later.Triggers, oid)
			}
		}
		if now.Triggers != nil {
			due = append(due, now)
		}
		if later.Triggers != nil {
			left = append(left, later)
		}
	}
	st := tx.state
	st.triggered = left
	tx.state = st
	return due
}

// closeQueues frees the rows.
func (tx *Tx) closeQueues() {
	for _, q := range tx.queues {
		q.Close()
	}
	tx.queues = nil
}

// refuseTriggered refuses to change a table that deferred triggers still have rows of.
func (tx *Tx) refuseTriggered(t *catalog.Table, what string) error {
	if slices.ContainsFunc(tx.state.triggered, func(d exec.DeferredRows) bool { return d.Table == t.OID }) {
		return sqlstate.New(sqlstate.ObjectInUse, "cannot %s %q because it has pending trigger events", what, t.Name)
	}
	return nil
}
