package eval

import (
	"github.com/seguedb/segue/query/datum"
)

// nullTest is IS [NOT] NULL. A row value is NULL when all its fields are, and NOT NULL when none is.
type nullTest struct {
	arg node
	typ *datum.Type
	not bool
}

func (x *nullTest) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	out := make([]bool, b.Rows)
	for i := range out {
		if x.typ.Kind == datum.KindRecord && !v.IsNull(i) {
			out[i] = allFields(v.D[i].Record(), !x.not)
		} else {
			out[i] = v.IsNull(i) != x.not
		}
	}
	return &datum.Vec{Type: datum.Bool, B: out}, nil
}

func allFields(fields []datum.Datum, null bool) bool {
	for _, f := range fields {
		if f.IsNull() != null {
			return false
		}
	}
	return true
}

// boolTest is IS [NOT] TRUE, FALSE or UNKNOWN.
type boolTest struct {
	arg   node
	value byte
	not   bool
}

func (x *boolTest) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	out := make([]bool, b.Rows)
	for i := range out {
		got := byte('u')
		if !v.IsNull(i) {
			got = 'f'
			if v.B[i] {
				got = 't'
			}
		}
		out[i] = (got == x.value) != x.not
	}
	return &datum.Vec{Type: datum.Bool, B: out}, nil
}

// distinct is IS DISTINCT FROM, or with not set IS NOT DISTINCT FROM.
type distinct struct {
	left, right node
	typ         *datum.Type
	not         bool
}

func (x *distinct) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll([]node{x.left, x.right}, b)
	if err != nil {
		return nil, err
	}
	out := make([]bool, b.Rows)
	for i := range out {
		l, r := args[0].Get(i), args[1].Get(i)
		same := l.IsNull() && r.IsNull()
		if !l.IsNull() && !r.IsNull() {
			same = datum.Equal(x.typ, l, r)
		}
		out[i] = same == x.not
	}
	return &datum.Vec{Type: datum.Bool, B: out}, nil
}

// nullIf is NULL where eq is true, left elsewhere.
type nullIf struct {
	typ      *datum.Type
	eq, left node
}

func (x *nullIf) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll([]node{x.eq, x.left}, b)
	if err != nil {
		return nil, err
	}
	eq, left := args[0], args[1]
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		if !eq.IsNull(i) && eq.B[i] {
			out.Append(datum.Null)
		} else {
			out.AppendFrom(left, i)
		}
	}
	return out, nil
}

// minMax is GREATEST or LEAST; NULLs do not count.
type minMax struct {
	typ   *datum.Type
	least bool
	args  []node
}

func (x *minMax) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll(x.args, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		best := datum.Null
		for _, a := range args {
			d := a.Get(i)
			if d.IsNull() {
				continue
			}
			if best.IsNull() || (datum.Compare(x.typ, d, best) < 0) == x.least && !datum.Equal(x.typ, d, best) {
				best = d
			}
		}
		out.Append(best)
	}
	return out, nil
}
