package plan

import (
	"reflect"

	"github.com/seguedb/segue/query/datum"
)

// mapChildren returns e with f applied to each direct operand: a copy when anything changed. A
// Subquery's operands are its Args and Left; its plan is not entered.
func mapChildren(e Expr, f func(Expr) Expr) Expr {
	switch x := e.(type) {
	case *Call:
		c := *x
		c.Args = mapAll(x.Args, f)
		return &c
	case *Logic:
		c := *x
		c.Args = mapAll(x.Args, f)
		return &c
	case *Case:
		c := *x
		c.Whens = make([]When, len(x.Whens))
		for i, w := range x.Whens {
			c.Whens[i] = When{f(w.Cond), f(w.Result)}
		}
		c.Else = mapOne(x.Else, f)
		return &c
	case *Cast:
		c := *x
		c.Arg = f(x.Arg)
		return &c
	case *NullTest:
		c := *x
		c.Arg = f(x.Arg)
		return &c
	case *BoolTest:
		c := *x
		c.Arg = f(x.Arg)
		return &c
	case *Distinct:
		c := *x
		c.Left, c.Right = f(x.Left), f(x.Right)
		return &c
	case *Coalesce:
		c := *x
		c.Args = mapAll(x.Args, f)
		return &c
	case *NullIf:
		c := *x
		c.Eq, c.Left = f(x.Eq), f(x.Left)
		return &c
	default:
		return mapComposite(e, f)
	}
}

func mapComposite(e Expr, f func(Expr) Expr) Expr {
	switch x := e.(type) {
	case *MinMax:
		c := *x
		c.Args = mapAll(x.Args, f)
		return &c
	case *Array:
		c := *x
		c.Elems = mapAll(x.Elems, f)
		return &c
	case *Subscript:
		c := *x
		c.Arg, c.Index, c.Upper = f(x.Arg), mapAll(x.Index, f), mapAll(x.Upper, f)
		return &c
	case *ArrayAssign:
		c := *x
		c.Arg, c.Index, c.Upper, c.Value = f(x.Arg), mapAll(x.Index, f), mapAll(x.Upper, f), f(x.Value)
		return &c
	case *JSONAssign:
		c := *x
		c.Arg, c.Path, c.Value = f(x.Arg), mapAll(x.Path, f), f(x.Value)
		return &c
	case *FieldAssign:
		c := *x
		c.Arg, c.Value = f(x.Arg), f(x.Value)
		return &c
	case *AnyAll:
		c := *x
		c.Left, c.Right = f(x.Left), f(x.Right)
		return &c
	case *InList:
		c := *x
		c.Left, c.List = f(x.Left), mapAll(x.List, f)
		return &c
	case *Field:
		c := *x
		c.Arg = f(x.Arg)
		return &c
	case *Row:
		c := *x
		c.Fields = mapAll(x.Fields, f)
		return &c
	case *Subquery:
		c := *x
		c.Args, c.Left = mapAll(x.Args, f), mapOne(x.Left, f)
		return &c
	case *aggRef, *windowRef, *groupingCall:
		return e // its arguments are over another row: rewritten when the Aggregate is made
	default:
		return e
	}
}

func mapOne(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	return f(e)
}

func mapAll(es []Expr, f func(Expr) Expr) []Expr {
	if es == nil {
		return nil
	}
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = mapOne(e, f)
	}
	return out
}

// Transform rewrites e bottom-up.
func Transform(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	return f(mapChildren(e, func(c Expr) Expr { return Transform(c, f) }))
}

// Walk visits e and its operands, parents first, until f returns false.
func Walk(e Expr, f func(Expr) bool) bool {
	if e == nil {
		return true
	}
	if !f(e) {
		return false
	}
	ok := true
	mapChildren(e, func(c Expr) Expr {
		if ok {
			ok = Walk(c, f)
		}
		return c
	})
	return ok
}

// Shift moves every column reference by delta.
func shift(e Expr, delta int) Expr {
	if delta == 0 {
		return e
	}
	return Transform(e, func(x Expr) Expr {
		if c, ok := x.(*Col); ok {
			moved := *c
			moved.Index += delta
			return &moved
		}
		return x
	})
}

// equalExpr says whether two expressions are the same but for names and positions.
func equalExpr(a, b Expr) bool {
	x, ok := a.(*Col)
	y, both := b.(*Col)
	switch {
	case ok != both, ok && x.Index != y.Index: // the usual cases, without a copy
		return false
	case ok && x.Typed == y.Typed:
		return true
	}
	return reflect.DeepEqual(anonymous(a), anonymous(b))
}

func anonymous(e Expr) Expr {
	return Transform(e, func(x Expr) Expr {
		switch x := x.(type) {
		case *Col:
			return &Col{Typed: x.Typed, Index: x.Index}
		case *Const:
			return &Const{Typed: x.Typed, Value: x.Value}
		case *Outer:
			return &Outer{Typed: x.Typed, Slot: x.Slot}
		case *Call:
			c := *x
			c.Pos = 0
			return &c
		case *Cast:
			c := *x
			c.Pos = 0
			return &c
		}
		return x
	})
}

// isConst says whether e is free of columns, so that it has one value a statement (or, with Outer
// slots, one a run of its subplan) unless volatile.
func freeOfColumns(e Expr) bool {
	return Walk(e, func(x Expr) bool {
		_, isCol := x.(*Col)
		return !isCol
	})
}

func boolType() Typed { return Typed{datum.Bool, -1} }
