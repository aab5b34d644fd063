package run

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// COMMIT and ROLLBACK end the transaction of a procedure or a DO block that was called on its own, or of procedures that
// such a one called. The statement that the call is ends with it, and another begins in the next transaction: what was
// nested in it, a loop's query, reads its rows to the end before.

// endTransaction ends the transaction and makes the next one's statement what the frame's statements nest in.
func (f *frame) endTransaction(ctx context.Context, rollback, chain bool) (exec.Relations, error) {
	verb := "commit"
	if rollback {
		verb = "roll back"
	}
	switch {
	case f.env.EndTransaction == nil:
		return nil, sqlstate.New(sqlstate.InvalidTransactionTermination, "invalid transaction termination")
	case f.guards > 0:
		return nil, sqlstate.New(sqlstate.InvalidTransactionTermination, "cannot %s while a subtransaction is active", verb)
	}
	for _, src := range f.sources {
		if err := src.hold(f); err != nil {
			return nil, err
		}
	}
	for _, name := range f.looped {
		f.host.PinCursor(name)
	}
	rel, err := f.env.EndTransaction(ctx, rollback, chain)
	if err != nil {
		return nil, err
	}
	f.env.Relations = rel
	f.host.Within(rel)
	f.changed()
	return rel, nil
}

func (f *frame) transaction(s *plpgsql.Transaction) error {
	_, err := f.endTransaction(f.ctx, s.Rollback, s.Chain)
	return err
}

// hold reads a loop's query to its end and keeps the rows.
func (s *source) hold(f *frame) error {
	if s.query == nil {
		return nil
	}
	if s.writes {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState,
			"cannot perform transaction commands inside a cursor loop that is not read-only")
	}
	rows := exec.NewSpool(s.shape.types, f.env.Temp, f.env.WorkMemBytes)
	for {
		b, err := s.query.Next(f.ctx)
		if err == nil && b != nil {
			err = rows.Add(b)
		}
		if err != nil {
			rows.Close()
			return err
		}
		if b == nil {
			break
		}
	}
	s.kept, s.given = rows, 0
	return s.stop(nil)
}

// heldRows gives the rows that hold kept.
func (s *source) heldRows() (*datum.Batch, error) {
	b, err := s.kept.Chunk(s.given)
	if b != nil {
		s.given += b.Rows
	}
	return b, err
}

// calling runs CALL. Where the procedure may end the transaction it is no statement nested in the frame's: that one ends
// and goes on in the next.
func (f *frame) calling(e *plpgsql.Expr, again func(), emit func(*planned, *datum.Batch) error) (*planned, error) {
	if f.env.EndTransaction == nil {
		_, pl, err := f.query(e, again, emit)
		return pl, err
	}
	pl, err := f.plan(e, false)
	if err != nil {
		return nil, err
	}
	env := *f.env
	if env.Params, err = f.params(pl.Uses); err != nil {
		return nil, err
	}
	env.EndTransaction = func(ctx context.Context, rollback, chain bool) (exec.Relations, error) {
		rel, err := f.endTransaction(ctx, rollback, chain)
		if err == nil {
			env.Relations = rel
		}
		return rel, err
	}
	_, err = exec.Drain(f.ctx, pl.Plan, &env, func(b *datum.Batch) error { return emit(pl, b) })
	f.host.Within(f.env.Relations)
	f.changed()
	if err == errEnough {
		err = nil
	}
	return pl, err
}

// nestedEnv is what a statement of the frame runs in.
func (f *frame) nestedEnv(rel exec.Relations, params []datum.Datum) exec.Env {
	env := *f.env
	env.Relations, env.Params, env.EndTransaction = rel, params, nil
	return env
}
