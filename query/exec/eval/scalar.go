package eval

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// Scalar computes an expression over one row without vectors: the conditions and assignments of PL/pgSQL, where a vector
// of one value costs more than what is done with it. Measured 2026-11-30: s := s + i in a loop took 2.0 µs by vectors.
type Scalar func(row []datum.Datum) (datum.Datum, error)

// CompileScalar prepares an expression over columns as a Scalar; nil where it is not of the simple kinds below. It has the
// value, and the errors, of the Expr that Compile makes.
func CompileScalar(e plan.Expr, ctx *Context) Scalar {
	switch x := e.(type) {
	case *plan.Const:
		return func([]datum.Datum) (datum.Datum, error) { return x.Value, nil }
	case *plan.Col:
		return func(row []datum.Datum) (datum.Datum, error) { return row[x.Index], nil }
	case *plan.Call:
		return scalarCall(x, ctx)
	case *plan.Cast:
		return scalarCast(x, ctx)
	case *plan.Logic:
		return scalarLogic(x, ctx)
	case *plan.NullTest:
		return scalarNullTest(x, ctx)
	case *plan.Subscript:
		return scalarSubscript(x, ctx)
	case *plan.ArrayAssign:
		return scalarArrayAssign(x, ctx)
	}
	return nil
}

func scalarArgs(list []plan.Expr, ctx *Context) []Scalar {
	out := make([]Scalar, len(list))
	for i, e := range list {
		if out[i] = CompileScalar(e, ctx); out[i] == nil {
			return nil
		}
	}
	return out
}

// scalarCall calls a built-in function. A user's may come back to the same expression, whose buffer it would overwrite.
func scalarCall(x *plan.Call, ctx *Context) Scalar {
	if !x.Proc.Native() || x.Spread || len(x.Args) == 0 || isFileCall(x.Proc) {
		return nil
	}
	fn, err := Function(x.Proc, typesOf(x.Args))
	args := scalarArgs(x.Args, ctx)
	if err != nil || args == nil {
		return nil
	}
	values, strict, columns := make([]datum.Datum, len(args)), x.Proc.Strict, columnArgs(x.Args)
	return func(row []datum.Datum) (datum.Datum, error) {
		null := false
		for i, c := range columns {
			if c >= 0 {
				values[i] = row[c]
			} else if d, err := args[i](row); err != nil {
				return datum.Null, err
			} else {
				values[i] = d
			}
			null = null || values[i].IsNull()
		}
		if null && strict {
			return datum.Null, nil
		}
		return fn(ctx.Fn, values)
	}
}

// columnArgs are the columns that arguments are, -1 for others.
func columnArgs(args []plan.Expr) []int {
	out := make([]int, len(args))
	for i, e := range args {
		out[i] = -1
		if c, ok := e.(*plan.Col); ok {
			out[i] = c.Index
		}
	}
	return out
}

func scalarCast(x *plan.Cast, ctx *Context) Scalar {
	arg := CompileScalar(x.Arg, ctx)
	if arg == nil || x.T.IsDomain() {
		return nil
	}
	from := x.Arg.Type().Root()
	if x.Method != 0 {
		return func(row []datum.Datum) (datum.Datum, error) {
			d, err := arg(row)
			if err != nil || d.IsNull() {
				return d, err
			}
			return convertBy(x, d, from, ctx.Fn.Datum)
		}
	}
	if x.Mod < 0 && sameValues(from, x.T) {
		return arg
	}
	return func(row []datum.Datum) (datum.Datum, error) {
		d, err := arg(row)
		if err != nil || d.IsNull() {
			return d, err
		}
		return datum.Cast(d, from, x.T, x.Mod, x.Explicit, ctx.Fn.Datum)
	}
}

func scalarLogic(x *plan.Logic, ctx *Context) Scalar {
	args := scalarArgs(x.Args, ctx)
	if args == nil {
		return nil
	}
	if x.Op == plan.Not {
		return func(row []datum.Datum) (datum.Datum, error) {
			d, err := args[0](row)
			if err != nil || d.IsNull() {
				return d, err
			}
			return datum.NewBool(!d.Bool()), nil
		}
	}
	decisive := x.Op == plan.Or
	return func(row []datum.Datum) (datum.Datum, error) {
		unknown := false
		for _, arg := range args {
			d, err := arg(row)
			switch {
			case err != nil:
				return datum.Null, err
			case d.IsNull():
				unknown = true
			case d.Bool() == decisive:
				return datum.NewBool(decisive), nil
			}
		}
		if unknown {
			return datum.Null, nil
		}
		return datum.NewBool(!decisive), nil
	}
}

func scalarNullTest(x *plan.NullTest, ctx *Context) Scalar {
	arg := CompileScalar(x.Arg, ctx)
	if arg == nil || x.Arg.Type().Root().IsRecord() {
		return nil
	}
	return func(row []datum.Datum) (datum.Datum, error) {
		d, err := arg(row)
		if err != nil {
			return datum.Null, err
		}
		return datum.NewBool(d.IsNull() != x.Not), nil
	}
}
