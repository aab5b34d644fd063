package exec

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Routines knows the bodies of users' functions. The session implements it.
type Routines interface {
	// Routine plans a function's body, as the session is.
	Routine(call *plan.Call) (*plan.Routine, error)
	// Body is a function's body in another language.
	Body(call *plan.Call) (Body, error)
	// Triggers are the triggers of a table that are on, in the order of their names.
	Triggers(t *catalog.Table) ([]plan.BoundTrigger, error)
	// Trigger is a trigger's function, and a call of it for Enter, nil for a built-in one.
	Trigger(t *catalog.Trigger) (TriggerBody, *plan.Call, error)
	// EventTrigger is an event trigger's function, and a call of it for Enter.
	EventTrigger(t *catalog.EventTrigger) (EventBody, *plan.Call, error)
	// Enter makes the session what a function's definition says for its run: SECURITY DEFINER, SET. leave undoes it.
	Enter(call *plan.Call) (leave func(), err error)
}

// Nested are the relations that a statement of a function sees: what the statements around it have written so far is
// there, and what it writes is theirs once it is finished.
type Nested interface {
	Relations
	Finish() error
	Abort()
}

// maxRoutineDepth bounds functions that call functions: some megabytes of stack, as Postgres's max_stack_depth allows.
const maxRoutineDepth = 1000

// routine is a user's function as one call of the statement runs it. Its body is planned at the first run.
//
// A VOLATILE function's statements have a snapshot each and see what was written before them; others read what the
// statement around them reads, and may not write.
type routine struct {
	r    *running
	call *plan.Call
	body *plan.Routine
}

// Routine implements eval.Subplans.
func (r *running) Routine(call *plan.Call) (builtin.Func, error) {
	x := &routine{r: r, call: call}
	return func(env *builtin.Env, args []datum.Datum) (datum.Datum, error) { return x.value(env.Ctx, args) }, nil
}

// set is a set-returning function of a user's, or a procedure.
func (r *running) set(call *plan.Call) builtin.SetFunc {
	x := &routine{r: r, call: call}
	return func(env *builtin.Env, args []datum.Datum, emit func([]datum.Datum) error) error {
		return x.rows(env.Ctx, args, emit)
	}
}

// value is the first row of the result: its only column, or all of it as a row.
func (x *routine) value(ctx context.Context, args []datum.Datum) (datum.Datum, error) {
	if b, c, leave, err := x.other(args); b != nil || err != nil {
		if err != nil {
			return datum.Null, err
		}
		defer leave()
		return b.Value(ctx, c)
	}
	var row []datum.Datum
	var shape *datum.Batch
	err := x.run(ctx, args, func(b *datum.Batch) error {
		shape, row = b, rowAt(b, 0)
		return errStopped
	})
	switch {
	case err != nil && err != errStopped:
		return datum.Null, err
	case row == nil:
		return datum.Null, nil
	case !x.call.T.IsRecord():
		return row[0], nil
	}
	return x.whole(shape, row), nil
}

// whole is a row of the result as one value.
func (x *routine) whole(shape *datum.Batch, row []datum.Datum) datum.Datum {
	t := x.call.T
	switch {
	case len(row) == 1 && (shape.Cols[0].Type == t || shape.Cols[0].Type.IsRecord() && !t.IsComposite()):
		return row[0]
	case t.IsComposite():
		return t.NewComposite(row)
	}
	names, types := make([]string, len(row)), make([]*datum.Type, len(row))
	for i, c := range x.body.Plans[len(x.body.Plans)-1].Columns {
		names[i], types[i] = c.Name, c.Type
	}
	return datum.NewNamedRecord(names, types, row)
}

func rowAt(b *datum.Batch, i int) []datum.Datum {
	row := make([]datum.Datum, len(b.Cols))
	for c := range b.Cols {
		row[c] = b.Cols[c].Get(i)
	}
	return row
}

// rows gives the result's rows. They are gathered first where the run may write, or has the session changed, so that
// nothing else happens in between.
func (x *routine) rows(ctx context.Context, args []datum.Datum, emit func([]datum.Datum) error) error {
	if b, c, leave, err := x.other(args); b != nil || err != nil {
		if err != nil {
			return err
		}
		give, err := b.Rows(ctx, c)
		leave() // before anybody goes on with the rows
		if err != nil {
			return err
		}
		return give(emit)
	}
	shapeless := x.call.T.IsRecord() && len(x.call.Proc.OutTypes) == 0
	each := func(b *datum.Batch) error {
		for i := range b.Rows {
			row := rowAt(b, i)
			if shapeless {
				row = []datum.Datum{x.whole(b, row)}
			}
			if err := emit(row); err != nil {
				return err
			}
		}
		return nil
	}
	f := x.call.Proc.User
	if f.Volatile != "v" && !f.SecurityDefiner && len(f.Config) == 0 {
		return x.run(ctx, args, each)
	}
	var kept []*datum.Batch
	if err := x.run(ctx, args, func(b *datum.Batch) error {
		kept = append(kept, b.Gather(allRows(b)))
		return nil
	}); err != nil {
		return err
	}
	for _, b := range kept {
		if err := each(b); err != nil {
			return err
		}
	}
	return nil
}

func allRows(b *datum.Batch) []int {
	out := make([]int, b.Rows)
	for i := range out {
		out[i] = i
	}
	return out
}

// run runs the body, and gives the rows of the last statement to emit where those are the result. A statement that
// writes runs to its end; another stops when emit fails.
func (x *routine) run(ctx context.Context, args []datum.Datum, emit func(*datum.Batch) error) error {
	env := x.r.env
	leave, err := x.enter()
	if err != nil {
		return err
	}
	defer leave()
	if x.body == nil {
		if x.body, err = env.Routines.Routine(x.call); err != nil {
			return err
		}
	}
	for i, p := range x.body.Plans {
		to := emit
		if i < len(x.body.Plans)-1 || !x.body.Returns {
			to = nil
		}
		if err := x.statement(ctx, p, args, to); err != nil {
			return err
		}
	}
	return nil
}

func (x *routine) statement(ctx context.Context, p *plan.Plan, args []datum.Datum, emit func(*datum.Batch) error) error {
	env := *x.r.env
	env.Params, env.CopyIn, env.CopyOut, env.Progress, env.Transitions, env.EndTransaction, env.Results = args, nil, nil, nil, nil, nil, nil
	env.depth++
	if x.call.Proc.User.Volatile != "v" {
		if p.Writes {
			return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed in a non-volatile function", p.Tag).
				WithWhere("SQL function \"%s\" during startup", x.call.Proc.Name)
		}
		return drainTo(ctx, p, &env, emit)
	}
	nested, err := x.r.env.Relations.Nested(ctx)
	if err != nil {
		return err
	}
	defer nested.Abort()
	env.Relations = nested
	if err := drainTo(ctx, p, &env, emit); err != nil && err != errStopped {
		return err
	}
	return nested.Finish()
}

// drainTo runs a plan and gives its rows to emit, which may be nil.
func drainTo(ctx context.Context, p *plan.Plan, env *Env, emit func(*datum.Batch) error) error {
	q, err := Run(ctx, p, env)
	if err != nil {
		return err
	}
	defer q.Close()
	var stopped error
	for {
		b, err := q.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return stopped
		}
		if emit == nil || stopped != nil {
			continue
		}
		if stopped = emit(b); stopped != nil && !p.Writes {
			return stopped
		}
	}
}
