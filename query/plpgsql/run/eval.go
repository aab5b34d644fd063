package run

import (
	"errors"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// compiledExpr is an expression compiled for one plan.
type compiledExpr struct {
	of     *planned
	e      *eval.Expr
	scalar eval.Scalar // instead of e, where the expression is simple enough
}

// tree is the syntax tree of an expression or statement, which the Program keeps.
func (f *frame) tree(e *plpgsql.Expr) (parse.Statement, error) {
	if pl := f.p.plans[e.ID]; pl != nil {
		return pl.stmt, nil
	}
	stmts, err := parse.Parse(e.SQL())
	if err != nil {
		return parse.Statement{}, inQuery(err, e)
	}
	if len(stmts) != 1 {
		return parse.Statement{}, sqlstate.New(sqlstate.SyntaxError, "query \"%s\" is not a SELECT", e.Text)
	}
	return stmts[0], nil
}

// plan is an expression's plan for the variables as they are.
func (f *frame) plan(e *plpgsql.Expr, cursor bool) (*planned, error) {
	pl := f.p.plans[e.ID]
	if f.holds(pl) {
		return pl, nil
	}
	stmt, err := f.tree(e)
	if err != nil {
		return nil, err
	}
	sight := &inSight{f: f, names: e.Names}
	bound, err := plan.BindEmbedded(f.host, stmt.Node, sight, cursor)
	if err != nil {
		return nil, inQuery(err, e)
	}
	if err := f.host.Allow(bound.Plan); err != nil {
		return nil, err
	}
	pl = &planned{Embedded: bound, key: f.host.PlanKey(), shapes: sight.shapes, stmt: stmt}
	f.p.plans[e.ID] = pl
	return pl, nil
}

// rowShape is the shape of a plan's rows.
func (pl *planned) rowShape() *shape {
	if pl.fields == nil {
		pl.fields = shapeOfColumns(pl.Columns)
	}
	return pl.fields
}

// inQuery is an error about the text of an expression: its place is one within that.
func inQuery(err error, e *plpgsql.Expr) error {
	var sql *sqlstate.Error
	if !errors.As(err, &sql) {
		return err
	}
	return sql.InQuery(e.Shown())
}

// value computes an expression.
func (f *frame) value(e *plpgsql.Expr) (datum.Datum, *datum.Type, error) {
	pl, err := f.plan(e, false)
	if err != nil {
		return datum.Null, nil, f.inSQL(err, e)
	}
	if pl.Expr != nil {
		return f.simple(e, pl)
	}
	return f.queried(e)
}

// simple computes what needs no plan to run.
func (f *frame) simple(e *plpgsql.Expr, pl *planned) (datum.Datum, *datum.Type, error) {
	kept := &f.compiled[e.ID]
	if kept.of != pl && pl.Stable {
		*kept = compiledExpr{of: pl, scalar: f.eval.Scalar(pl.Expr)}
	}
	if kept.of == pl && kept.scalar != nil {
		return f.scalar(e, pl, kept.scalar)
	}
	params, err := f.params(pl.Uses)
	if err != nil {
		return datum.Null, nil, err
	}
	row := &datum.Batch{Rows: 1, Cols: make([]*datum.Vec, len(params))}
	for i, d := range params {
		row.Cols[i] = datum.Constant(pl.Uses[i].Type, d, 1)
	}
	if kept.of != pl || !pl.Stable || kept.e == nil {
		compiled, err := f.eval.Compile(pl.Expr)
		if err != nil {
			return datum.Null, nil, err
		}
		*kept = compiledExpr{of: pl, e: compiled}
	}
	defer f.changed()
	d, err := f.eval.Value(f.ctx, kept.e, row)
	if err != nil {
		return datum.Null, nil, f.foldable(err, e, pl)
	}
	return d, pl.Expr.Type(), nil
}

// scalar computes an expression over the variables that it uses, in a buffer: nothing of a call of it is left when another
// begins.
func (f *frame) scalar(e *plpgsql.Expr, pl *planned, compiled eval.Scalar) (datum.Datum, *datum.Type, error) {
	if cap(f.row) < len(pl.Uses) {
		f.row = make([]datum.Datum, len(pl.Uses))
	}
	row := f.row[:len(pl.Uses)]
	if err := f.fill(row, pl.Uses); err != nil {
		return datum.Null, nil, err
	}
	d, err := f.computed(compiled, row)
	if err != nil {
		return datum.Null, nil, f.foldable(err, e, pl)
	}
	return d, pl.Expr.Type(), nil
}

// computed is the value of an expression over a row, in the session as it is now.
func (f *frame) computed(e eval.Scalar, row []datum.Datum) (datum.Datum, error) {
	if f.entered != f.epoch {
		f.eval.Enter(f.ctx)
		f.entered = f.epoch
	}
	d, err := e(row)
	if err != nil {
		return datum.Null, exec.Outcome(f.ctx, err)
	}
	return d, nil
}

// foldable is the error of an expression. One of constants alone fails in PostgreSQL as it is planned, and says so.
func (f *frame) foldable(err error, e *plpgsql.Expr, pl *planned) error {
	if err = inQuery(err, e); len(pl.Uses) == 0 && pl.Stable {
		return f.inSQL(err, e)
	}
	return err
}

// changed says that what plans and expressions were made for may be another: a statement ran, or a function of a user's.
func (f *frame) changed() {
	f.p.epochs++
	f.epoch = f.p.epochs
}

// queried is the value of an expression that reads tables.
func (f *frame) queried(e *plpgsql.Expr) (d datum.Datum, t *datum.Type, err error) {
	n := 0
	again := func() { d, n = datum.Null, 0 }
	_, pl, err := f.query(e, again, func(pl *planned, b *datum.Batch) error {
		if len(b.Cols) != 1 {
			return nil
		}
		if n += b.Rows; n == b.Rows {
			d = b.Cols[0].Get(0)
		}
		if n > 1 {
			return errEnough
		}
		return nil
	})
	switch {
	case err != nil:
		return datum.Null, nil, f.inSQL(err, e)
	case pl.Columns == nil:
		return datum.Null, nil, sqlstate.New(sqlstate.SyntaxError, "query did not return data").WithWhere("query: %s", e.Text)
	case len(pl.Columns) != 1:
		return datum.Null, nil, sqlstate.New(sqlstate.SyntaxError, "query returned %d columns", len(pl.Columns)).
			WithWhere("query: %s", e.Text)
	case n > 1:
		return datum.Null, nil, sqlstate.New(sqlstate.CardinalityViolation, "query returned more than one row").
			WithWhere("query: %s", e.Text)
	}
	return d, pl.Columns[0].Type, nil
}

// inSQL is an error of a statement with the line of CONTEXT that shows it, unless its place in that is known.
func (f *frame) inSQL(err error, e *plpgsql.Expr) error {
	text, _ := e.Shown()
	return inText(err, e.What(), text)
}

func inText(err error, what, text string) error {
	var e *sqlstate.Error
	if !errors.As(err, &e) || e.InternalQuery == text {
		return err
	}
	out := *e
	return out.WithWhere("%s \"%s\"", what, text)
}

// errEnough stops a query of which no more rows are wanted.
var errEnough = errors.New("enough rows")

// maxTries bounds how often a statement that meets conflicts runs again, as a statement of its own does.
const maxTries = 1000

// query runs a statement and gives its rows to emit, which may stop a query with errEnough. Where it meets a conflict it
// runs again after again.
func (f *frame) query(e *plpgsql.Expr, again func(), emit func(*planned, *datum.Batch) error) (int64, *planned, error) {
	return f.restarting(again, func(rel exec.Relations) (int64, *planned, error) {
		pl, err := f.plan(e, false)
		if err != nil {
			return 0, nil, err
		}
		params, err := f.params(pl.Uses)
		if err != nil {
			return 0, nil, err
		}
		n, err := f.drain(rel, pl.Plan, params, func(b *datum.Batch) error { return emit(pl, b) })
		return n, pl, err
	})
}

// restarting gives a statement relations of its own, as often as it takes.
func (f *frame) restarting(again func(), do func(exec.Relations) (int64, *planned, error)) (int64, *planned, error) {
	for try := 0; ; try++ {
		rel, end, err := f.begin()
		if err != nil {
			return 0, nil, err
		}
		n, pl, err := do(rel)
		if err = end(err); !errors.Is(err, exec.ErrConflict) || !f.host.Restarts() || try == maxTries {
			return n, pl, err
		}
		again()
	}
}

// begin begins a statement: of a function that may write at a snapshot of its own. end ends it with its error.
func (f *frame) begin() (rel exec.Relations, end func(error) error, err error) {
	if f.p.reads {
		f.changed()
		return f.env.Relations, func(err error) error { f.changed(); return err }, nil
	}
	nested, err := f.env.Relations.Nested(f.ctx)
	if err != nil {
		return nil, nil, err
	}
	leave := f.host.Within(nested)
	f.changed()
	return nested, func(err error) error {
		leave()
		f.changed()
		if err != nil {
			nested.Abort()
			return err
		}
		return nested.Finish()
	}, nil
}

// drain runs a plan to its end.
func (f *frame) drain(rel exec.Relations, p *plan.Plan, params []datum.Datum, emit func(*datum.Batch) error) (int64, error) {
	if f.p.reads && p.Writes {
		return 0, sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed in a non-volatile function", p.Tag)
	}
	if p.OutsideBlock != "" {
		return 0, sqlstate.New(sqlstate.ActiveSQLTransaction, "%s cannot be executed from a function", p.OutsideBlock)
	}
	if p.Root == nil {
		return 0, nil
	}
	env := f.nestedEnv(rel, params)
	rows := int64(0)
	n, err := exec.Drain(f.ctx, p, &env, func(b *datum.Batch) error {
		rows += int64(b.Rows)
		err := emit(b)
		if err == errEnough && p.Writes {
			return nil
		}
		return err
	})
	if err == errEnough {
		err = nil
	}
	if !p.Writes {
		n = rows
	}
	return n, err
}

// boolean computes a condition; NULL is false.
func (f *frame) boolean(e *plpgsql.Expr) (bool, error) {
	d, t, err := f.value(e)
	if err != nil {
		return false, err
	}
	if d, err = f.convert(d, t, datum.Bool, -1); err != nil {
		return false, err
	}
	return !d.IsNull() && d.Bool(), nil
}

// text computes an expression as text; ok is false for NULL.
func (f *frame) text(e *plpgsql.Expr) (text string, ok bool, err error) {
	d, t, err := f.value(e)
	if err != nil || d.IsNull() {
		return "", false, err
	}
	return datum.Format(t, d, f.host.DatumEnv()), true, nil
}

// integer computes a bound of a loop.
func (f *frame) integer(e *plpgsql.Expr, what string) (int64, error) {
	d, t, err := f.value(e)
	if err != nil {
		return 0, err
	}
	if d, err = f.convert(d, t, datum.Int4, -1); err != nil {
		return 0, err
	}
	if d.IsNull() {
		return 0, sqlstate.New(sqlstate.NullValueNotAllowed, "%s cannot be null", what)
	}
	return d.Int(), nil
}
