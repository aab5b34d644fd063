package eval

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Compile prepares an expression for evaluation. Nothing is computed yet, so that what no row needs
// can do no harm.
func Compile(e plan.Expr, c *Context) (*Expr, error) {
	k := &compiler{ctx: c}
	out, err := k.compile(e)
	if err != nil {
		return nil, err
	}
	return &Expr{root: out.node, typ: e.Type()}, nil
}

type compiler struct{ ctx *Context }

// compiled is a node with what decides how often it must run.
type compiled struct {
	node
	cols     []int // columns it reads
	deps     []int // outer slots it reads
	volatile bool
	leaf     bool
}

func (c *compiled) absorb(o compiled) {
	for _, i := range o.cols {
		if !slices.Contains(c.cols, i) {
			c.cols = append(c.cols, i)
		}
	}
	c.depend(o.deps)
	c.volatile = c.volatile || o.volatile
}

func (c *compiled) depend(slots []int) {
	for _, i := range slots {
		if !slices.Contains(c.deps, i) {
			c.deps = append(c.deps, i)
		}
	}
}

func (c compiled) arm() arm { return arm{c.node, c.cols} }

// compile builds e, computed once where that is the same.
func (k *compiler) compile(e plan.Expr) (compiled, error) {
	out, err := k.direct(e)
	if err != nil || out.leaf || out.volatile || len(out.cols) > 0 {
		return out, err
	}
	out.node = &once{ctx: k.ctx, inner: out.node, deps: out.deps, constant: constant{typ: e.Type()}}
	return out, nil
}

func (k *compiler) direct(e plan.Expr) (compiled, error) {
	switch x := e.(type) {
	case *plan.Const:
		return compiled{node: &constant{typ: x.T, value: x.Value}, leaf: true}, nil
	case *plan.Param:
		return k.param(x)
	case *plan.Col:
		return compiled{node: column(x.Index), cols: []int{x.Index}, leaf: true}, nil
	case *plan.Outer:
		n := &outer{ctx: k.ctx, slot: x.Slot, constant: constant{typ: x.T}}
		return compiled{node: n, deps: []int{x.Slot}, leaf: true}, nil
	case *plan.SessionValue:
		return compiled{node: &sessionValue{k.ctx, x}}, nil
	case *plan.Call:
		return k.call(x)
	case *plan.Logic:
		return k.logic(x)
	case *plan.Case:
		return k.caseExpr(x)
	case *plan.Cast:
		return k.cast(x)
	case *plan.Coalesce:
		return k.coalesce(x)
	case *plan.Subquery:
		return k.subquery(x)
	case *plan.InList:
		return k.inList(x)
	case *plan.AnyAll:
		return k.anyAll(x)
	default:
		return k.plain(e)
	}
}

// plain compiles the forms that evaluate all their operands for every row.
func (k *compiler) plain(e plan.Expr) (compiled, error) {
	switch x := e.(type) {
	case *plan.NullTest:
		return k.strict(func(a []node) node { return &nullTest{a[0], x.Arg.Type(), x.Not} }, x.Arg)
	case *plan.BoolTest:
		return k.strict(func(a []node) node { return &boolTest{a[0], x.Value, x.Not} }, x.Arg)
	case *plan.Distinct:
		return k.strict(func(a []node) node { return &distinct{a[0], a[1], x.Left.Type(), x.Not} }, x.Left, x.Right)
	case *plan.NullIf:
		return k.strict(func(a []node) node { return &nullIf{x.T, a[0], a[1]} }, x.Eq, x.Left)
	case *plan.MinMax:
		return k.strict(func(a []node) node { return &minMax{x.T, x.Least, a} }, x.Args...)
	case *plan.Array:
		return k.strict(func(a []node) node { return &arrayExpr{x.T, nestedArray(x), a} }, x.Elems...)
	case *plan.Field:
		return k.strict(func(a []node) node { return &fieldOf{x.T, a[0], x.Index} }, x.Arg)
	case *plan.Row:
		return k.strict(func(a []node) node { return &rowExpr{typesOf(x.Fields), a, x.Names} }, x.Fields...)
	case *plan.FieldAssign:
		return k.strict(func(a []node) node { return &fieldAssign{x.T, a[0], a[1], x.Index} }, x.Arg, x.Value)
	case *plan.JSONAssign:
		operands := append([]plan.Expr{x.Arg, x.Value}, x.Path...)
		return k.strict(func(a []node) node { return &jsonAssign{x.T, a, x.Numbered} }, operands...)
	case *plan.ArrayAssign:
		return k.arrayAssign(x)
	case *plan.Subscript:
		return k.subscript(x)
	default:
		return compiled{}, sqlstate.New(sqlstate.InternalError, "expression %T has no evaluation", e)
	}
}

// strict compiles operands and makes their parent.
func (k *compiler) strict(make func([]node) node, operands ...plan.Expr) (compiled, error) {
	var out compiled
	nodes, err := k.operands(&out, operands)
	if err != nil {
		return out, err
	}
	out.node = make(nodes)
	return out, nil
}

// operands compiles a list into its parent; a nil operand stays nil.
func (k *compiler) operands(parent *compiled, es []plan.Expr) ([]node, error) {
	nodes := make([]node, len(es))
	for i, e := range es {
		if e == nil {
			continue
		}
		c, err := k.compile(e)
		if err != nil {
			return nil, err
		}
		parent.absorb(c)
		nodes[i] = c.node
	}
	return nodes, nil
}

// arms compiles operands that may be evaluated for some rows only.
func (k *compiler) arms(parent *compiled, es []plan.Expr) ([]arm, error) {
	out := make([]arm, len(es))
	for i, e := range es {
		c, err := k.compile(e)
		if err != nil {
			return nil, err
		}
		parent.absorb(c)
		out[i] = c.arm()
	}
	return out, nil
}

func (k *compiler) param(x *plan.Param) (compiled, error) {
	if x.Index >= len(k.ctx.Params) {
		return compiled{}, sqlstate.New(sqlstate.UndefinedParameter, "there is no parameter $%d", x.Index+1)
	}
	return compiled{node: &constant{typ: x.T, value: k.ctx.Params[x.Index]}, leaf: true}, nil
}

// evalAll evaluates operands for every row.
func evalAll(nodes []node, b *datum.Batch) ([]*datum.Vec, error) {
	out := make([]*datum.Vec, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = n.eval(b); err != nil {
			return nil, err
		}
	}
	return out, nil
}
