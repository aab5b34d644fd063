package eval

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// arrayExpr is ARRAY[…]; nested says that the elements are arrays, which become one more dimension.
type arrayExpr struct {
	typ    *datum.Type
	nested bool
	elems  []node
}

func nestedArray(x *plan.Array) bool {
	return len(x.Elems) > 0 && x.Elems[0].Type() == x.T
}

func (x *arrayExpr) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll(x.elems, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		elems := make([]datum.Datum, len(args))
		for j, a := range args {
			elems[j] = a.Get(i)
		}
		if !x.nested {
			out.Append(datum.ArrayFrom(x.typ.Elem, elems))
			continue
		}
		d, err := stack(x.typ.Elem, elems)
		if err != nil {
			return nil, rowFailed(i, err)
		}
		out.Append(d)
	}
	return out, nil
}

// stack joins arrays of the same shape under a new first dimension.
func stack(elem *datum.Type, parts []datum.Datum) (datum.Datum, error) {
	out := &datum.ArrayValue{Elem: elem}
	var shape []int
	for i, p := range parts {
		var dims []int
		if !p.IsNull() {
			dims = p.Array().Dims
			out.Elems = append(out.Elems, p.Array().Elems...)
		}
		if i == 0 {
			shape = dims
		}
		if !slices.Equal(shape, dims) {
			return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError,
				"multidimensional arrays must have array expressions with matching dimensions")
		}
	}
	if len(shape) == 0 {
		return datum.NewArray(out), nil
	}
	out.Dims = append([]int{len(parts)}, shape...)
	if len(out.Dims) > 6 {
		return datum.Null, sqlstate.New(sqlstate.ProgramLimitExceeded,
			"number of array dimensions (%d) exceeds the maximum allowed (%d)", len(out.Dims), 6)
	}
	out.Lower = make([]int, len(out.Dims))
	for i := range out.Lower {
		out.Lower[i] = 1
	}
	return datum.NewArray(out), nil
}

// rowExpr is ROW(…).
type rowExpr struct {
	types  []*datum.Type
	fields []node
	names  []string
}

func (x *rowExpr) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll(x.fields, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(datum.Record, b.Rows)
	for i := range b.Rows {
		fields := make([]datum.Datum, len(args))
		for j, a := range args {
			fields[j] = a.Get(i)
		}
		out.Append(datum.NewNamedRecord(x.names, x.types, fields))
	}
	return out, nil
}

// fieldOf is a field of a row value.
type fieldOf struct {
	typ   *datum.Type
	arg   node
	index int
}

func (x *fieldOf) eval(b *datum.Batch) (*datum.Vec, error) {
	rows, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		if fields := rows.Get(i).Record(); x.index < len(fields) {
			out.Append(fields[x.index])
		} else {
			out.Append(datum.Null)
		}
	}
	return out, nil
}

// subscript is arg[index…], or with slice set arg[index:upper…], where a nil bound is open.
type subscript struct {
	typ          *datum.Type
	shape        *datum.Type // whose parts are taken; nil for arrays
	slice        bool
	arg          node
	index, upper []node
}

func (k *compiler) subscript(x *plan.Subscript) (compiled, error) {
	if x.Arg.Type().Root() == datum.Hstore {
		return k.hstoreSubscript(x)
	}
	var out compiled
	arg, err := k.operands(&out, []plan.Expr{x.Arg})
	if err != nil {
		return out, err
	}
	n := &subscript{typ: x.T, slice: x.Slice, arg: arg[0]}
	if datum.PartOf(x.Arg.Type()) != nil {
		n.shape = x.Arg.Type()
	}
	if n.index, err = k.operands(&out, x.Index); err != nil {
		return out, err
	}
	if n.upper, err = k.operands(&out, x.Upper); err != nil {
		return out, err
	}
	out.node = n
	return out, nil
}

func (x *subscript) eval(b *datum.Batch) (*datum.Vec, error) {
	arr, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	index, err := evalBounds(x.index, b)
	if err != nil {
		return nil, err
	}
	upper, err := evalBounds(x.upper, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		if arr.IsNull(i) {
			out.Append(datum.Null)
		} else if x.shape != nil {
			out.Append(partOf(x.shape, arr.Get(i), index, i))
		} else if x.slice {
			out.Append(sliceOf(arr.D[i].Array(), index, upper, i))
		} else {
			out.Append(elementOf(arr.D[i].Array(), index, i))
		}
	}
	return out, nil
}

// evalBounds evaluates subscripts; an open bound stays nil.
func evalBounds(nodes []node, b *datum.Batch) ([]*datum.Vec, error) {
	out := make([]*datum.Vec, len(nodes))
	for i, n := range nodes {
		if n == nil {
			continue
		}
		var err error
		if out[i], err = n.eval(b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// partOf is a part of a shape, NULL where there is none of the subscript.
func partOf(shape *datum.Type, of datum.Datum, index []*datum.Vec, row int) datum.Datum {
	if len(index) != 1 || index[0].IsNull(row) {
		return datum.Null
	}
	return datum.Part(shape, of, index[0].Get(row).Int())
}

// elementOf is NULL for a subscript out of bounds, as in Postgres.
func elementOf(a *datum.ArrayValue, index []*datum.Vec, row int) datum.Datum {
	if len(index) != len(a.Dims) {
		return datum.Null
	}
	at := 0
	for d, v := range index {
		if v == nil || v.IsNull(row) {
			return datum.Null
		}
		off := int(v.I[row]) - a.Lower[d]
		if off < 0 || off >= a.Dims[d] {
			return datum.Null
		}
		at = at*a.Dims[d] + off
	}
	return a.Elems[at]
}

// sliceOf cuts a box out of an array; the result's subscripts start at 1.
func sliceOf(a *datum.ArrayValue, lower, upper []*datum.Vec, row int) datum.Datum {
	empty := datum.NewArray(&datum.ArrayValue{Elem: a.Elem})
	if len(lower) > len(a.Dims) {
		return empty
	}
	lo, size := make([]int, len(a.Dims)), slices.Clone(a.Dims)
	for d := range lower {
		first, last := 0, a.Dims[d]-1
		if v := lower[d]; v != nil {
			if v.IsNull(row) {
				return datum.Null
			}
			first = max(first, int(v.I[row])-a.Lower[d])
		}
		if v := upper[d]; v != nil {
			if v.IsNull(row) {
				return datum.Null
			}
			last = min(last, int(v.I[row])-a.Lower[d])
		}
		if first > last {
			return empty
		}
		lo[d], size[d] = first, last-first+1
	}
	out := &datum.ArrayValue{Elem: a.Elem, Dims: size, Lower: make([]int, len(size))}
	for d := range out.Lower {
		out.Lower[d] = 1
	}
	out.Elems = box(nil, a, lo, size, 0, 0)
	return datum.NewArray(out)
}

// box appends the elements of a box in row-major order; base is the offset of the dimensions before d.
func box(dst []datum.Datum, a *datum.ArrayValue, lo, size []int, d, base int) []datum.Datum {
	for i := lo[d]; i < lo[d]+size[d]; i++ {
		at := base*a.Dims[d] + i
		if d == len(size)-1 {
			dst = append(dst, a.Elems[at])
		} else {
			dst = box(dst, a, lo, size, d+1, at)
		}
	}
	return dst
}
