package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// foldConditions converts constants to the types they are cast to, simplifies AND, OR and NOT over
// constants and drops filters that are always true; one that is never true becomes an empty Values. Calls are
// not evaluated here: the planner has no functions.
func (o *optimizer) foldConditions(n Node) Node {
	mapInputs(n, o.foldConditions)
	for _, s := range slots(n) {
		*s.at = Transform(*s.at, o.foldExpr)
	}
	for _, q := range Subplans(n) { // unnesting looks into them
		q.Plan = o.foldConditions(q.Plan)
	}
	f, ok := n.(*Filter)
	if !ok {
		return n
	}
	var conds []Expr
	for _, c := range conjuncts(f.Cond) {
		v, _, known := boolConst(c)
		if known && !v {
			empty := &Values{}
			empty.Cols = f.Columns()
			return empty
		}
		if !known {
			conds = append(conds, c)
		}
	}
	return filtered(f.Input, conds)
}

func (o *optimizer) foldExpr(e Expr) Expr {
	switch x := e.(type) {
	case *Cast:
		return foldCast(x, o.cat.DatumEnv())
	case *Logic:
		if x.Op == Not {
			return foldNot(x)
		}
		return foldLogic(x)
	}
	return e
}

// foldCast converts a constant now, unless the session's settings decide what comes out or the
// conversion fails: then the failure belongs to the row that asks for it.
func foldCast(x *Cast, env *datum.Env) Expr {
	c, ok := x.Arg.(*Const)
	if !ok || x.Method != 0 || c.T.Pseudo || x.T.Pseudo || x.T.Constrained() || mutableCast(c.T, x.T) {
		return x
	}
	if c.Value.IsNull() {
		return &Const{Typed: x.Typed}
	}
	v, err := datum.Cast(c.Value, c.T, x.T, x.Mod, x.Explicit, env)
	if err != nil {
		return x
	}
	return &Const{Typed: x.Typed, Value: v}
}

func foldLogic(x *Logic) Expr {
	// absorbing decides the whole (FALSE in AND), neutral may be left out (TRUE in AND).
	absorbing := x.Op == Or
	var args []Expr
	for _, a := range x.Args {
		v, null, known := boolConst(a)
		switch {
		case known && !null && v == absorbing:
			return constBool(absorbing)
		case known && !null:
			continue
		}
		if inner, ok := a.(*Logic); ok && inner.Op == x.Op {
			args = append(args, inner.Args...)
		} else {
			args = append(args, a)
		}
	}
	if len(args) == 0 {
		return constBool(!absorbing)
	}
	return logic(x.Op, args)
}

func foldNot(x *Logic) Expr {
	arg := x.Args[0]
	if v, null, known := boolConst(arg); known {
		if null {
			return arg
		}
		return constBool(!v)
	}
	switch a := arg.(type) {
	case *Call:
		if neg := negation(a); neg != nil {
			return neg
		}
	case *Logic:
		if a.Op == Not {
			return a.Args[0]
		}
		return deMorgan(a)
	case *NullTest:
		return &NullTest{Typed: a.Typed, Arg: a.Arg, Not: !a.Not}
	case *InList:
		c := *a
		c.Not = !a.Not
		return &c
	case *Distinct:
		c := *a
		c.Not = !a.Not
		return &c
	}
	return x
}

// deMorgan writes NOT (a AND b) as NOT a OR NOT b, so that each can be placed on its own.
func deMorgan(a *Logic) Expr {
	op := Or
	if a.Op == Or {
		op = And
	}
	args := make([]Expr, len(a.Args))
	for i, x := range a.Args {
		args[i] = foldNot(&Logic{Typed: boolType(), Op: Not, Args: []Expr{x}})
	}
	return logic(op, args)
}

// negation is the comparison that is true where a call of an operator is false, nil when there is none.
func negation(call *Call) Expr {
	if call.Op == "" || len(call.Args) != 2 {
		return nil
	}
	b := catalog.Builtin()
	for _, o := range b.OperatorsNamed(call.Op) {
		if o.Proc != call.Proc || o.Left != call.Proc.Args[0] || o.Right != call.Proc.Args[1] {
			continue
		}
		if neg := b.OperatorByOID(o.Negator); neg != nil && neg.Proc.Strict && call.Proc.Strict {
			return &Call{Typed: call.Typed, Proc: neg.Proc, Op: neg.Name, Args: call.Args, Pos: call.Pos}
		}
	}
	return nil
}
