package eval

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
)

// inSet is IN over a list without columns: a set built once, and again when an outer slot changes.
type inSet struct {
	ctx   *Context
	not   bool
	left  node
	typ   *datum.Type
	list  []node
	deps  []int
	set   *valueSet
	stamp uint64
}

// inList is IN over a list that differs from row to row.
type inList struct {
	not  bool
	typ  *datum.Type
	args []node // left, then the list
}

func (k *compiler) inList(x *plan.InList) (compiled, error) {
	var list compiled
	members, err := k.operands(&list, x.List)
	if err != nil {
		return list, err
	}
	var out compiled
	left, err := k.operands(&out, []plan.Expr{x.Left})
	if err != nil {
		return out, err
	}
	constantList := len(list.cols) == 0 && !list.volatile
	out.absorb(list)
	if constantList {
		out.node = &inSet{ctx: k.ctx, not: x.Not, left: left[0], typ: x.Left.Type(), list: members, deps: list.deps}
	} else {
		out.node = &inList{not: x.Not, typ: x.Left.Type(), args: append(left, members...)}
	}
	return out, nil
}

func (x *inSet) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.left.eval(b)
	if err != nil {
		return nil, err
	}
	if stamp := x.ctx.Stamp(x.deps); x.set == nil || stamp != x.stamp {
		set := newValueSet(x.typ)
		for _, m := range x.list {
			one, err := m.eval(oneRow)
			if err != nil {
				return nil, Cause(err)
			}
			set.add(one.Get(0))
		}
		x.set, x.stamp = set, stamp
	}
	return x.set.match(v, b.Rows, x.not), nil
}

func (x *inList) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll(x.args, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(datum.Bool, b.Rows)
	for i := range b.Rows {
		out.Append(x.row(args, i))
	}
	return out, nil
}

func (x *inList) row(args []*datum.Vec, i int) datum.Datum {
	left := args[0].Get(i)
	if left.IsNull() {
		return datum.Null
	}
	unknown := false
	for _, a := range args[1:] {
		if d := a.Get(i); d.IsNull() {
			unknown = true
		} else if datum.Equal(x.typ, left, d) {
			return datum.NewBool(!x.not)
		}
	}
	if unknown {
		return datum.Null
	}
	return datum.NewBool(x.not)
}

// comparison is the operator of ANY and ALL, applied to one pair of values at a time.
type comparison struct {
	ctx    *Context
	fn     builtin.Func
	strict bool
	all    bool
	args   [2]datum.Datum
}

func (k *compiler) comparison(x *plan.AnyAll) (*comparison, error) {
	fn, err := k.function(operatorCall(x.Proc, x.Left, x.Right.Type().Elem))
	if err != nil {
		return nil, err
	}
	return &comparison{ctx: k.ctx, fn: fn, strict: x.Proc.Strict, all: x.All}, nil
}

// operatorCall is a call of an operator's function with what is compared.
func operatorCall(p *catalog.Proc, left plan.Expr, right *datum.Type) *plan.Call {
	return &plan.Call{Typed: plan.Typed{T: datum.Bool, Mod: -1}, Proc: p, Args: []plan.Expr{left,
		&plan.Const{Typed: plan.Typed{T: right, Mod: -1}}}}
}

// verdict folds one more pair into the result so far: done says that nothing can change it.
func (c *comparison) verdict(left, right datum.Datum, unknown *bool) (done bool, err error) {
	if c.strict && (left.IsNull() || right.IsNull()) {
		*unknown = true
		return false, nil
	}
	c.args = [2]datum.Datum{left, right}
	d, err := c.fn(c.ctx.Fn, c.args[:])
	if err != nil {
		return false, err
	}
	if d.IsNull() {
		*unknown = true
		return false, nil
	}
	return d.Bool() != c.all, nil
}

// result is what ANY (false when nothing matched) or ALL comes to.
func (c *comparison) result(done, unknown bool) datum.Datum {
	switch {
	case done:
		return datum.NewBool(!c.all)
	case unknown:
		return datum.Null
	default:
		return datum.NewBool(c.all)
	}
}

// anyAll is left op ANY|ALL (array).
type anyAll struct {
	cmp         *comparison
	left, right node
}

// anySet is left = ANY (array) where the array is without columns.
type anySet struct {
	ctx         *Context
	typ         *datum.Type
	left, right node
	deps        []int
	set         *valueSet
	null        bool
	stamp       uint64
}

func (k *compiler) anyAll(x *plan.AnyAll) (compiled, error) {
	var right, out compiled
	arr, err := k.operands(&right, []plan.Expr{x.Right})
	if err != nil {
		return right, err
	}
	left, err := k.operands(&out, []plan.Expr{x.Left})
	if err != nil {
		return out, err
	}
	constantArray := len(right.cols) == 0 && !right.volatile
	out.absorb(right)
	if constantArray && x.Op == "=" && !x.All && x.Left.Type() == x.Right.Type().Elem {
		out.node = &anySet{ctx: k.ctx, typ: x.Left.Type(), left: left[0], right: arr[0], deps: right.deps}
		return out, nil
	}
	cmp, err := k.comparison(x)
	if err != nil {
		return out, err
	}
	out.volatile = out.volatile || x.Proc.Volatile == 'v'
	out.node = &anyAll{cmp: cmp, left: left[0], right: arr[0]}
	return out, nil
}

func (x *anySet) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.left.eval(b)
	if err != nil {
		return nil, err
	}
	if stamp := x.ctx.Stamp(x.deps); x.set == nil || stamp != x.stamp {
		arr, err := x.right.eval(oneRow)
		if err != nil {
			return nil, Cause(err)
		}
		x.set, x.stamp, x.null = newValueSet(x.typ), stamp, arr.IsNull(0)
		if !x.null {
			for _, d := range arr.D[0].Array().Elems {
				x.set.add(d)
			}
		}
	}
	if x.null {
		return datum.Constant(datum.Bool, datum.Null, b.Rows), nil
	}
	return x.set.match(v, b.Rows, false), nil
}

func (x *anyAll) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll([]node{x.left, x.right}, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(datum.Bool, b.Rows)
	for i := range b.Rows {
		if args[1].IsNull(i) {
			out.Append(datum.Null)
			continue
		}
		done, unknown := false, false
		for _, d := range args[1].D[i].Array().Elems {
			if done, err = x.cmp.verdict(args[0].Get(i), d, &unknown); err != nil {
				return nil, rowFailed(i, err)
			}
			if done {
				break
			}
		}
		out.Append(x.cmp.result(done, unknown))
	}
	return out, nil
}
