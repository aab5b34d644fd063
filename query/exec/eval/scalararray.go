package eval

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// scalarSubscript is an element of a vector: arg[i].
func scalarSubscript(x *plan.Subscript, ctx *Context) Scalar {
	if x.Slice || len(x.Index) != 1 || datum.PartOf(x.Arg.Type()) != nil || x.Arg.Type().Root() == datum.Hstore {
		return nil
	}
	both := scalarArgs([]plan.Expr{x.Arg, x.Index[0]}, ctx)
	if both == nil {
		return nil
	}
	return func(row []datum.Datum) (datum.Datum, error) {
		array, err := both[0](row)
		if err != nil {
			return datum.Null, err
		}
		at, err := both[1](row)
		if err != nil || array.IsNull() || at.IsNull() {
			return datum.Null, err
		}
		a := array.Array()
		if len(a.Dims) != 1 || at.Int() < int64(a.Lower[0]) || at.Int() >= int64(a.Lower[0]+a.Dims[0]) {
			return datum.Null, nil
		}
		return a.Elems[at.Int()-int64(a.Lower[0])], nil
	}
}

// scalarArrayAssign is arg with the element at one subscript replaced.
func scalarArrayAssign(x *plan.ArrayAssign, ctx *Context) Scalar {
	if datum.PartOf(x.T) != nil || x.T == datum.Hstore {
		return nil
	}
	if x.Slice || len(x.Index) != 1 {
		return nil
	}
	args := scalarArgs([]plan.Expr{x.Arg, x.Value, x.Index[0]}, ctx)
	if args == nil {
		return nil
	}
	return func(row []datum.Datum) (datum.Datum, error) {
		var d [3]datum.Datum
		for i, arg := range args {
			var err error
			if d[i], err = arg(row); err != nil {
				return datum.Null, err
			}
		}
		if d[2].IsNull() {
			return datum.Null, nullSubscript()
		}
		at := int(d[2].Int())
		return replaceElement(copyArray(x.T, d[0]), subscriptBox{[]int{at}, []int{at}}, d[1])
	}
}

// copyArray is an array to change: a copy, or an empty one in the place of NULL.
func copyArray(t *datum.Type, old datum.Datum) *datum.ArrayValue {
	if old.IsNull() {
		return &datum.ArrayValue{Elem: t.Elem}
	}
	have := old.Array()
	return &datum.ArrayValue{Elem: have.Elem, Dims: slices.Clone(have.Dims), Lower: slices.Clone(have.Lower),
		Elems: slices.Clone(have.Elems)}
}

// replaceElement gives an array the element of a box that is one.
func replaceElement(a *datum.ArrayValue, box subscriptBox, value datum.Datum) (datum.Datum, error) {
	if err := fit(a, box); err != nil {
		return datum.Null, err
	}
	a.Elems[offset(a, box.lo)] = value
	return datum.NewArray(a), nil
}

func nullSubscript() error {
	return sqlstate.New(sqlstate.NullValueNotAllowed, "array subscript in assignment must not be null")
}
