package run

import (
	"context"
	"errors"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// frame is one call of a function.
type frame struct {
	p    *Program
	host Host
	// env's Relations are what statements nest in: those of the caller, or of the block with EXCEPTION around.
	env  *exec.Env
	eval *exec.Evaluator
	// compiled are the evaluator's expressions.
	compiled []compiledExpr
	vars     []value
	row      []datum.Datum // of scalar
	// epoch counts what may have changed the session; entered is that which the evaluator has seen. 0 is none.
	epoch, entered uint64
	ticks          uint8 // statements, of which some look for a cancellation
	ctx            context.Context

	// place is the statement at hand, and marked the error that has this function's CONTEXT line already.
	place  plpgsql.Place
	doing  string // instead of "at" and the statement's kind
	marked error
	// caught are the errors of the handlers that are running, the innermost last.
	caught []*sqlstate.Error

	rowCount int64
	// result is RETURN's, of type ret.
	result   datum.Datum
	ret      *datum.Type
	returned bool
	// rows are those of a set.
	rows    *exec.Spool
	columns *shape

	trigger *exec.Firing // nil for other functions
	guards  int          // the blocks with EXCEPTION that are running
	sources []*source    // of the loops that are running
	looped  []string     // the cursors of such
	level   int          // of blocks and loops, against exhaustion of the stack
}

// flow is how a statement ended.
type flow uint8

const (
	goOn flow = iota
	leaveLoop
	nextRound
	leaveFunction
)

// jump is where EXIT and CONTINUE lead; "" is the innermost loop.
type jump struct {
	flow
	label string
}

// call runs the body.
func (p *Program) call(ctx context.Context, env *exec.Env, fill func(*frame) error, then func(*frame) error) error {
	f := &frame{p: p, host: p.host, env: env, ctx: ctx, vars: make([]value, len(p.fn.Vars))}
	f.eval = p.evaluator(f.env)
	f.compiled = p.compiled[f.eval]
	defer p.giveBack(f.eval)
	defer func() {
		if f.rows != nil {
			f.rows.Close()
		}
	}()
	defer f.host.Within(env.Relations)()
	defer f.host.Transitions(env.Transitions)()
	for i, v := range p.fn.Vars {
		if v.Line == 0 {
			f.vars[i] = initial(v)
		}
	}
	f.doing = "during function entry"
	f.changed()
	if err := fill(f); err != nil {
		return f.explained(err)
	}
	f.vars[p.fn.Found].d = datum.NewBool(false)
	f.doing = ""
	if _, err := f.statement(p.fn.Body); err != nil {
		return f.explained(err)
	}
	if err := then(f); err != nil {
		return f.explained(err)
	}
	return nil
}

// explained is an error with the line of CONTEXT that says where in the function it happened. It is a copy, since some
// errors are shared.
func (f *frame) explained(err error) error {
	if err == nil || err == f.marked {
		return err
	}
	var e *sqlstate.Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	switch {
	case f.doing != "" && f.place.Line > 0:
		_ = out.WithWhere("PL/pgSQL function %s line %d %s", f.p.title, f.place.Line, f.doing)
	case f.doing != "":
		_ = out.WithWhere("PL/pgSQL function %s %s", f.p.title, f.doing)
	default:
		_ = out.WithWhere("PL/pgSQL function %s line %d at %s", f.p.title, f.place.Line, f.place.Kind)
	}
	f.marked = &out
	return &out
}

// setFound sets FOUND.
func (f *frame) setFound(found bool) { f.vars[f.p.fn.Found].d = datum.NewBool(found) }

// statements runs a list.
func (f *frame) statements(list []plpgsql.Stmt) (jump, error) {
	for _, s := range list {
		if j, err := f.statement(s); err != nil || j.flow != goOn {
			return j, err
		}
	}
	return jump{}, nil
}

// maxLevels bounds the blocks and loops that are running inside each other.
const maxLevels = 2000

// statement runs one, and explains its error.
func (f *frame) statement(s plpgsql.Stmt) (jump, error) {
	outer, doing := f.place, f.doing
	f.place, f.doing = s.Pos(), ""
	if f.ticks++; f.ticks&31 == 0 && f.ctx.Err() != nil {
		return jump{}, f.explained(exec.Outcome(f.ctx, context.Cause(f.ctx)))
	}
	j, err := f.run(s)
	if err != nil {
		return j, f.explained(err)
	}
	f.place, f.doing = outer, doing
	return j, nil
}

// run dispatches a statement to the file that is about it.
func (f *frame) run(s plpgsql.Stmt) (jump, error) {
	switch s := s.(type) {
	case *plpgsql.Block:
		return f.block(s)
	case *plpgsql.Assign:
		return jump{}, f.assign(s)
	case *plpgsql.If:
		return f.ifStmt(s)
	case *plpgsql.Case:
		return f.caseStmt(s)
	case *plpgsql.Loop:
		return f.loop(s)
	case *plpgsql.ForRange:
		return f.forRange(s)
	case *plpgsql.ForQuery:
		return f.forQuery(s)
	case *plpgsql.ForCursor:
		return f.forCursor(s)
	case *plpgsql.Foreach:
		return f.foreach(s)
	case *plpgsql.Exit:
		return f.exit(s)
	case *plpgsql.Return:
		return f.returnStmt(s)
	case *plpgsql.Null:
		return jump{}, nil
	}
	return jump{}, f.runSQL(s)
}

func (f *frame) runSQL(s plpgsql.Stmt) error {
	switch s := s.(type) {
	case *plpgsql.ReturnNext:
		return f.returnNext(s)
	case *plpgsql.ReturnQuery:
		return f.returnQuery(s)
	case *plpgsql.Raise:
		return f.raise(s)
	case *plpgsql.Assert:
		return f.assert(s)
	case *plpgsql.SQL:
		return f.sql(s)
	case *plpgsql.Perform:
		return f.perform(s)
	case *plpgsql.Execute:
		return f.execute(s)
	case *plpgsql.Call:
		return f.callStmt(s)
	case *plpgsql.Diagnostics:
		return f.diagnostics(s)
	case *plpgsql.Open:
		return f.open(s)
	case *plpgsql.Fetch:
		return f.fetch(s)
	case *plpgsql.Close:
		return f.closeCursor(s)
	case *plpgsql.Transaction:
		return f.transaction(s)
	}
	return sqlstate.New(sqlstate.InternalError, "statement %T cannot be run", s)
}

// catalogOf says what a plan was made for.
func (f *frame) holds(pl *planned) bool {
	switch {
	case pl == nil:
		return false
	case pl.epoch == f.epoch:
	case pl.key != f.host.PlanKey():
		return false
	default:
		pl.epoch = f.epoch
	}
	for _, u := range pl.shapes {
		if !u.shape.same(f.vars[u.number].shape) {
			return false
		}
	}
	return true
}

var _ plan.Variables = (*inSight)(nil)
