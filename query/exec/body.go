package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Body is the body of a function in another language than SQL, ready to run. Package query/plpgsql/run has them.
type Body interface {
	// Value runs it for one value, which is a row where the call's type is one.
	Value(ctx context.Context, c *Invocation) (datum.Datum, error)
	// Rows runs it to its end for a set, or as a procedure. give then gives the output columns of each row where the
	// function has such, else one value, and frees them; it must be called once.
	Rows(ctx context.Context, c *Invocation) (give func(emit func([]datum.Datum) error) error, err error)
}

// Invocation is one call of a Body. Env is the calling statement's; its Relations are what the body's statements nest in.
type Invocation struct {
	Env  *Env
	Call *plan.Call
	Args []datum.Datum
}

// other is the function's body where that is not SQL, entered; nil for SQL's.
func (x *routine) other(args []datum.Datum) (b Body, c *Invocation, leave func(), err error) {
	if x.call.Proc.User.Language == "" {
		return nil, nil, nil, nil
	}
	env := *x.r.env
	env.CopyIn, env.CopyOut, env.Progress, env.Transitions, env.Results = nil, nil, nil, nil, nil
	if f := x.call.Proc.User; x.call.Proc.Kind != 'p' || f.SecurityDefiner || len(f.Config) > 0 {
		env.EndTransaction = nil
	}
	env.depth++
	if leave, err = x.enter(); err != nil {
		return nil, nil, nil, err
	}
	if b, err = env.Routines.Body(x.call); err != nil {
		leave()
		return nil, nil, nil, err
	}
	return b, &Invocation{Env: &env, Call: x.call, Args: args}, leave, nil
}

// enter refuses what is too deep, and makes the session what the function's definition says.
func (x *routine) enter() (leave func(), err error) {
	env := x.r.env
	switch {
	case env.Routines == nil:
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "function %s cannot be run here", x.call.Proc.Name)
	case env.depth >= maxRoutineDepth:
		return nil, TooDeep()
	}
	return env.Routines.Enter(x.call)
}

// TooDeep is the error for functions that call each other without end.
func TooDeep() error {
	return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded").
		WithHint("Functions call each other more than %d levels deep.", maxRoutineDepth)
}

// Outcome is an error as a session sees it, see Query.Next.
func Outcome(ctx context.Context, err error) error { return outcome(ctx, err) }

// Evaluator computes expressions over one row, without a plan around them: what PL/pgSQL does most. It belongs to one
// goroutine, and to one call of a function at a time.
type Evaluator struct {
	env   *Env
	run   running
	fn    builtin.Env
	exprs eval.Context
}

// NewEvaluator makes one that computes in env, which may change under it.
func NewEvaluator() *Evaluator {
	v := &Evaluator{}
	v.run.plan = &plan.Plan{}
	v.run.exprs = &v.exprs
	return v
}

// Use makes env what the next expressions are computed in.
func (v *Evaluator) Use(env *Env) {
	v.env, v.run.env = env, env
	v.exprs.Init(&v.fn, nil, 0, &v.run)
}

// Compile prepares an expression over columns.
func (v *Evaluator) Compile(e plan.Expr) (*eval.Expr, error) { return eval.Compile(e, &v.exprs) }

// Scalar prepares an expression that is simple, see eval.CompileScalar; nil for others.
func (v *Evaluator) Scalar(e plan.Expr) eval.Scalar { return eval.CompileScalar(e, &v.exprs) }

// Enter has the Scalars see the session as it is now.
func (v *Evaluator) Enter(ctx context.Context) { v.enter(ctx) }

// Value computes an expression over a row.
func (v *Evaluator) Value(ctx context.Context, e *eval.Expr, row *datum.Batch) (datum.Datum, error) {
	v.enter(ctx)
	out, err := e.Eval(row)
	if err != nil {
		return datum.Null, outcome(ctx, err)
	}
	return out.Get(0), nil
}

// enter has functions see the session as it is now.
func (v *Evaluator) enter(ctx context.Context) {
	v.fn.Ctx, v.fn.Session, v.fn.Embedder, v.fn.Sequences = ctx, v.env.Session, v.env.Embedder, v.env.Relations
	v.fn.Event, v.fn.TriggerDepth = v.env.Event, v.env.triggers
	if v.env.Session != nil {
		v.fn.Datum = v.env.Session.DatumEnv()
	}
}

// Drain runs a plan to its end and gives its rows to emit, which may be nil. It returns how many rows were written.
func Drain(ctx context.Context, p *plan.Plan, env *Env, emit func(*datum.Batch) error) (affected int64, err error) {
	q, err := Run(ctx, p, env)
	if err != nil {
		return 0, err
	}
	defer q.Close()
	for {
		b, err := q.Next(ctx)
		if err != nil || b == nil {
			return q.RowsAffected(), err
		}
		if emit == nil {
			continue
		}
		if err := emit(b); err != nil {
			return q.RowsAffected(), err
		}
	}
}
