package eval

import (
	"errors"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Expr is a compiled expression. It keeps memory between calls: one goroutine at a time.
type Expr struct {
	root node
	typ  *datum.Type
}

// node is one compiled operation. eval is only called with at least one row, and returns one value a row.
type node interface {
	eval(b *datum.Batch) (*datum.Vec, error)
}

// rowwise is a node that can go on past rows that fail without computing the others twice: see
// Expr.EvalRows.
type rowwise interface {
	evalRows(b *datum.Batch) (*datum.Vec, []error, error)
}

// oneRow is the input of expressions without columns.
var oneRow = &datum.Batch{Rows: 1}

// Type is the expression's type.
func (e *Expr) Type() *datum.Type { return e.typ }

// Eval computes the expression for each row of b. An error about one row is a *builtin.RowError.
func (e *Expr) Eval(b *datum.Batch) (*datum.Vec, error) {
	if b.Rows == 0 {
		return datum.NewVec(e.typ, 0), nil
	}
	v, err := e.root.eval(b)
	if err != nil {
		return nil, err
	}
	return labelled(v, e.typ), nil
}

// Value computes an expression that reads no columns.
func (e *Expr) Value() (datum.Datum, error) {
	if c, ok := e.root.(*constant); ok {
		return c.value, nil
	}
	v, err := e.root.eval(oneRow)
	if err != nil {
		return datum.Null, Cause(err)
	}
	return v.Get(0), nil
}

// Select returns the rows of b for which a condition is true; all is true when that is every row.
func (e *Expr) Select(b *datum.Batch) (rows []int, all bool, err error) {
	v, err := e.Eval(b)
	if err != nil {
		return nil, false, err
	}
	rows = make([]int, 0, b.Rows)
	for i, keep := range v.B {
		if keep && !v.IsNull(i) {
			rows = append(rows, i)
		}
	}
	return rows, len(rows) == b.Rows, nil
}

// EvalRows is Eval that goes on past the rows that fail: errs[i] is row i's error, and its value is
// NULL. errs is nil when no row failed. Errors that are not about a row (cancellation) are err.
func (e *Expr) EvalRows(b *datum.Batch) (v *datum.Vec, errs []error, err error) {
	if n, ok := e.root.(rowwise); ok && b.Rows > 0 {
		return n.evalRows(b)
	}
	if v, err = e.Eval(b); err == nil || !isDataError(err) {
		return v, nil, err
	}
	return eachRow(e.root, e.typ, b)
}

// eachRow evaluates row by row, giving NULL for those that fail.
func eachRow(n node, t *datum.Type, b *datum.Batch) (*datum.Vec, []error, error) {
	v, errs := datum.NewVec(t, b.Rows), make([]error, b.Rows)
	for i := range b.Rows {
		one, err := n.eval(b.Slice(i, i+1))
		switch {
		case err == nil:
			v.AppendFrom(one, 0)
		case isDataError(err):
			errs[i] = Cause(err)
			v.Append(datum.Null)
		default:
			return nil, nil, err
		}
	}
	return v, errs, nil
}

// isDataError says whether an error is about the value at hand and not about the statement as a whole.
func isDataError(err error) bool {
	switch class := sqlstate.CodeOf(err); {
	case len(class) < 2, class[:2] == "57", class[:2] == "53", class[:2] == "XX":
		return false
	}
	return true
}

// Cause takes the row off an error.
func Cause(err error) error {
	var row *builtin.RowError
	if errors.As(err, &row) {
		return row.Err
	}
	return err
}

// CompileAll compiles a list; a nil expression gives a nil Expr.
func CompileAll(es []plan.Expr, c *Context) ([]*Expr, error) {
	out := make([]*Expr, len(es))
	for i, e := range es {
		if e == nil {
			continue
		}
		var err error
		if out[i], err = Compile(e, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// labelled gives a column the expression's own type where a function returned another of its kind.
func labelled(v *datum.Vec, t *datum.Type) *datum.Vec {
	if v.Type == t || v.Type.Kind != t.Kind {
		return v
	}
	c := *v
	c.Type = t
	return &c
}

// rowFailed attaches row i of the batch at hand to an error, unless it already has one.
func rowFailed(i int, err error) error {
	var row *builtin.RowError
	if errors.As(err, &row) {
		return err
	}
	return &builtin.RowError{Row: i, Err: err}
}
