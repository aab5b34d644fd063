package eval

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// arrayAssign is an array with an element or a slice replaced, as SET a[1] = … makes it.
type arrayAssign struct {
	typ          *datum.Type
	slice        bool
	arg, value   node
	index, upper []node // nil bounds of a slice are open
}

func (k *compiler) arrayAssign(x *plan.ArrayAssign) (compiled, error) {
	if x.T == datum.Hstore {
		return k.hstoreAssign(x)
	}
	var out compiled
	both, err := k.operands(&out, []plan.Expr{x.Arg, x.Value})
	if err != nil {
		return out, err
	}
	n := &arrayAssign{typ: x.T, slice: x.Slice, arg: both[0], value: both[1]}
	if n.index, err = k.operands(&out, x.Index); err != nil {
		return out, err
	}
	n.upper, err = k.operands(&out, x.Upper)
	out.node = n
	return out, err
}

func (x *arrayAssign) eval(b *datum.Batch) (*datum.Vec, error) {
	both, err := evalAll([]node{x.arg, x.value}, b)
	if err != nil {
		return nil, err
	}
	lower, err := evalBounds(x.index, b)
	if err != nil {
		return nil, err
	}
	upper, err := evalBounds(x.upper, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		d, err := x.assign(both[0].Get(i), both[1].Get(i), lower, upper, i)
		if err != nil {
			return nil, rowFailed(i, err)
		}
		out.Append(d)
	}
	return out, nil
}

func (x *arrayAssign) assign(old, value datum.Datum, lower, upper []*datum.Vec, row int) (datum.Datum, error) {
	if x.slice && value.IsNull() {
		return old, nil
	}
	if datum.PartOf(x.typ) != nil {
		return assignPart(x.typ, old, value, lower, row)
	}
	a := copyArray(x.typ, old)
	box, err := x.box(a, lower, upper, row)
	if err != nil {
		return datum.Null, err
	}
	if !x.slice {
		return replaceElement(a, box, value)
	}
	if err := fit(a, box); err != nil {
		return datum.Null, err
	}
	return fill(a, box, value.Array())
}

// assignPart replaces a part of a shape. Where either is NULL, the shape stays as it is.
func assignPart(t *datum.Type, old, value datum.Datum, lower []*datum.Vec, row int) (datum.Datum, error) {
	i, _, err := bound(lower, 0, row)
	if err != nil || old.IsNull() || value.IsNull() {
		return old, err
	}
	out, ok := datum.WithPart(t, old, int64(i), value)
	if !ok {
		return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError, "array subscript out of range")
	}
	return out, nil
}

// subscriptBox is the elements that an assignment is to: lo … hi in each dimension.
type subscriptBox struct{ lo, hi []int }

// box evaluates the subscripts; open bounds are the array's own.
func (x *arrayAssign) box(a *datum.ArrayValue, lower, upper []*datum.Vec, row int) (subscriptBox, error) {
	var box subscriptBox
	for d := range max(len(lower), len(upper)) {
		lo, hasLo, err := bound(lower, d, row)
		if err != nil {
			return box, err
		}
		hi, hasHi := lo, hasLo
		if x.slice {
			if hi, hasHi, err = bound(upper, d, row); err != nil {
				return box, err
			}
		}
		if (!hasLo || !hasHi) && d >= len(a.Dims) {
			return box, sqlstate.New(sqlstate.ArraySubscriptError, "array slice subscript must provide both boundaries").
				WithDetail("When assigning to a slice of an empty array value, slice boundaries must be fully specified.")
		}
		if !hasLo {
			lo = a.Lower[d]
		}
		if !hasHi {
			hi = a.Lower[d] + a.Dims[d] - 1
		}
		if lo > hi {
			return box, sqlstate.New(sqlstate.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		box.lo, box.hi = append(box.lo, lo), append(box.hi, hi)
	}
	return box, nil
}

func bound(vecs []*datum.Vec, d, row int) (at int, given bool, err error) {
	if d >= len(vecs) || vecs[d] == nil {
		return 0, false, nil
	}
	if vecs[d].IsNull(row) {
		return 0, false, nullSubscript()
	}
	return int(vecs[d].Get(row).Int()), true, nil
}

// maxElements is MaxArraySize of PostgreSQL, for elements as they are held here.
const maxElements = 1 << 26

// fit makes room for the box: an empty array becomes it, a vector grows at either end, the gap NULL.
func fit(a *datum.ArrayValue, box subscriptBox) error {
	switch {
	case len(a.Dims) == 0:
		n := 1
		for d := range box.lo {
			size := box.hi[d] - box.lo[d] + 1
			if n *= size; size > maxElements || n > maxElements {
				return tooLarge()
			}
			a.Dims, a.Lower = append(a.Dims, size), append(a.Lower, box.lo[d])
		}
		a.Elems = make([]datum.Datum, n)
		return nil
	case len(box.lo) > len(a.Dims):
		return sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
	case len(a.Dims) == 1:
		return stretch(a, box.lo[0], box.hi[0])
	case len(box.lo) < len(a.Dims):
		return sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
	}
	for d := range box.lo {
		if box.lo[d] < a.Lower[d] || box.hi[d] >= a.Lower[d]+a.Dims[d] {
			return sqlstate.New(sqlstate.ArraySubscriptError, "array subscript out of range")
		}
	}
	return nil
}

func tooLarge() error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxElements)
}

func stretch(a *datum.ArrayValue, lo, hi int) error {
	before, after := max(0, a.Lower[0]-lo), max(0, hi-(a.Lower[0]+a.Dims[0]-1))
	if before+after+a.Dims[0] > maxElements {
		return tooLarge()
	}
	if before+after == 0 {
		return nil
	}
	a.Elems = append(append(make([]datum.Datum, before, before+len(a.Elems)+after), a.Elems...), make([]datum.Datum, after)...)
	a.Lower[0], a.Dims[0] = a.Lower[0]-before, a.Dims[0]+before+after
	return nil
}

// offset is where the element at some subscripts is held.
func offset(a *datum.ArrayValue, at []int) int {
	n := 0
	for d, i := range at {
		n = n*a.Dims[d] + i - a.Lower[d]
	}
	return n
}

// fill puts a source's elements into the box, in order.
func fill(a *datum.ArrayValue, box subscriptBox, source *datum.ArrayValue) (datum.Datum, error) {
	at := slices.Clone(box.lo)
	for i := 0; ; i++ {
		if i >= len(source.Elems) {
			return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError, "source array too small")
		}
		a.Elems[offset(a, at)] = source.Elems[i]
		d := len(at) - 1
		for ; d >= 0; d-- {
			if at[d]++; at[d] <= box.hi[d] {
				break
			}
			at[d] = box.lo[d]
		}
		if d < 0 {
			return datum.NewArray(a), nil
		}
	}
}
