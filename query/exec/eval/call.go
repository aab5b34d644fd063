package eval

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// call runs a function: over whole columns where there is a VecFunc, else row by row.
type call struct {
	ctx    *Context
	typ    *datum.Type
	fn     builtin.Func
	vec    builtin.VecFunc
	strict bool
	args   []node
}

func (k *compiler) call(x *plan.Call) (compiled, error) {
	var out compiled
	args, err := k.operands(&out, x.Args)
	if err != nil {
		return out, err
	}
	out.volatile = out.volatile || x.Proc.Volatile == 'v'
	if isFileCall(x.Proc) && len(out.cols) > 0 {
		out.node = newFileCall(k.ctx, x, args)
		return out, nil
	}
	fn, err := k.function(x)
	if err != nil {
		return out, err
	}
	if x.Spread {
		fn = spread(x.Proc, typesOf(x.Args))
	}
	n := &call{ctx: k.ctx, typ: x.T, fn: fn, strict: x.Proc.Strict, args: args}
	n.vec, _ = builtin.LookupVec(x.Proc)
	out.node = n
	return out, nil
}

func (k *compiler) function(x *plan.Call) (builtin.Func, error) {
	if x.Proc.Native() {
		return Function(x.Proc, typesOf(x.Args))
	}
	if k.ctx.Subplans == nil {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "function %s cannot be run here", x.Proc.Name)
	}
	return k.ctx.Subplans.Routine(x)
}

// Function finds the implementation of a plain function for arguments of those types.
func Function(p *catalog.Proc, types []*datum.Type) (builtin.Func, error) {
	if fn, ok := builtin.LookupFunc(p); ok {
		return fn, nil
	}
	if typed, ok := builtin.LookupTyped(p); ok {
		return func(env *builtin.Env, args []datum.Datum) (datum.Datum, error) { return typed(env, types, args) }, nil
	}
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "function %s is not supported", p.Key)
}

// spread calls a function of VARIADIC "any" with an array's elements. Without an array most have no result;
// format has no arguments then.
func spread(p *catalog.Proc, types []*datum.Type) builtin.Func {
	last := len(types) - 1
	return func(env *builtin.Env, args []datum.Datum) (datum.Datum, error) {
		all, allTypes := slices.Clone(args[:last]), slices.Clone(types[:last])
		switch {
		case !args[last].IsNull():
			a := args[last].Array()
			all = append(all, a.Elems...)
			allTypes = append(allTypes, slices.Repeat([]*datum.Type{a.Elem}, len(a.Elems))...)
		case p.Name != "format":
			return datum.Null, nil
		}
		typed, ok := builtin.LookupTyped(p)
		if !ok {
			return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported, "function %s is not supported", p.Key)
		}
		return typed(env, allTypes, all)
	}
}

func typesOf(es []plan.Expr) []*datum.Type {
	out := make([]*datum.Type, len(es))
	for i, e := range es {
		out[i] = e.Type()
	}
	return out
}

func (x *call) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll(x.args, b)
	if err != nil {
		return nil, err
	}
	if x.vec != nil {
		v, err := x.vec(x.ctx.Fn, args, b.Rows)
		if err != nil {
			return nil, err
		}
		return labelled(v, x.typ), nil
	}
	return x.byRow(args, b.Rows)
}

func (x *call) byRow(args []*datum.Vec, n int) (*datum.Vec, error) {
	out := datum.NewVec(x.typ, n)
	row := make([]datum.Datum, len(args))
	for i := range n {
		null := false
		for j, a := range args {
			row[j] = a.Get(i)
			null = null || row[j].IsNull()
		}
		if null && x.strict {
			out.Append(datum.Null)
			continue
		}
		d, err := x.fn(x.ctx.Fn, row)
		if err != nil {
			return nil, rowFailed(i, err)
		}
		out.Append(d)
	}
	return out, nil
}
