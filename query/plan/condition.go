package plan

import (
	"github.com/seguedb/segue/query/datum"
)

// What the rules need to know of conditions.

// conjuncts splits a condition at its ANDs; nil gives none.
func conjuncts(e Expr) []Expr {
	if e == nil {
		return nil
	}
	if l, ok := e.(*Logic); ok && l.Op == And {
		var out []Expr
		for _, a := range l.Args {
			out = append(out, conjuncts(a)...)
		}
		return out
	}
	return []Expr{e}
}

// allOf joins conditions by AND; none gives nil.
func allOf(conds []Expr) Expr {
	if len(conds) == 0 {
		return nil
	}
	return logic(And, conds)
}

// filtered puts a Filter above n unless there is nothing to check.
func filtered(n Node, conds []Expr) Node {
	if len(conds) == 0 {
		return n
	}
	return filterNode(n, allOf(conds))
}

// volatile says whether an expression must be evaluated exactly as often as it is written. A subplan
// counts as volatile when anything in it is.
func volatile(e Expr) bool {
	return !Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			return x.Proc.Volatile != 'v'
		case *AnyAll:
			return x.Proc.Volatile != 'v'
		case *Subquery:
			return !volatilePlan(x.Plan)
		}
		return true
	})
}

func volatilePlan(n Node) bool {
	return !walkNodes(n, func(x Node) bool {
		if s, ok := x.(*FunctionScan); ok {
			for _, c := range s.Calls {
				if c.Proc.Volatile == 'v' {
					return false
				}
			}
		}
		for _, s := range slots(x) {
			if volatile(*s.at) {
				return false
			}
		}
		return true
	})
}

// costly says whether evaluating an expression twice would be noticed: it runs a subplan or a model.
func costly(e Expr) bool {
	return !Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			return x.Proc.Volatile != 'v' && !(isEmbed(x.Proc) && !freeOfColumns(x)) && !x.Proc.RetSet
		case *Subquery:
			return false
		}
		return true
	})
}

// trivial expressions cost nothing to repeat.
func trivial(e Expr) bool {
	switch e.(type) {
	case *Col, *Const, *Param, *Outer:
		return true
	}
	return false
}

// substitute replaces references to a row by the expressions that computed it.
func substitute(e Expr, row []Expr) Expr {
	return Transform(e, func(x Expr) Expr {
		if c, ok := x.(*Col); ok {
			return row[c.Index]
		}
		return x
	})
}

// within says whether an expression reads only columns lo … hi-1.
func within(e Expr, lo, hi int) bool {
	return Walk(e, func(x Expr) bool {
		c, ok := x.(*Col)
		return !ok || c.Index >= lo && c.Index < hi
	})
}

// remap renumbers column references.
func remap(e Expr, to func(int) int) Expr {
	return Transform(e, func(x Expr) Expr {
		if c, ok := x.(*Col); ok {
			moved := *c
			moved.Index = to(c.Index)
			return &moved
		}
		return x
	})
}

// becomesNull says whether e is NULL whenever the columns in set are.
func becomesNull(e Expr, set func(int) bool) bool {
	switch x := e.(type) {
	case *Col:
		return set(x.Index)
	case *Cast:
		return becomesNull(x.Arg, set)
	case *Call:
		if !x.Proc.Strict || x.Proc.RetSet {
			return false
		}
		for _, a := range x.Args {
			if becomesNull(a, set) {
				return true
			}
		}
	}
	return false
}

// rejectsNull says whether cond cannot be true of a row in which the columns in set are all NULL.
func rejectsNull(cond Expr, set func(int) bool) bool {
	switch x := cond.(type) {
	case *NullTest:
		return x.Not && becomesNull(x.Arg, set)
	case *InList:
		return becomesNull(x.Left, set)
	case *AnyAll:
		return x.Proc.Strict && !x.All && becomesNull(x.Left, set)
	case *BoolTest:
		return !x.Not && x.Value != 'u' && becomesNull(x.Arg, set)
	case *Logic:
		return logicRejectsNull(x, set)
	}
	return becomesNull(cond, set)
}

func logicRejectsNull(x *Logic, set func(int) bool) bool {
	if x.Op == Not {
		return becomesNull(x.Args[0], set)
	}
	any, all := false, true
	for _, a := range x.Args {
		r := rejectsNull(a, set)
		any, all = any || r, all && r
	}
	return x.Op == And && any || x.Op == Or && all
}

// boolConst returns a constant condition's value: known is false for anything else. NULL counts as false.
func boolConst(e Expr) (value, null, known bool) {
	c, ok := e.(*Const)
	if !ok || c.T != datum.Bool {
		return false, false, false
	}
	if c.Value.IsNull() {
		return false, true, true
	}
	return c.Value.Bool(), false, true
}

func constBool(v bool) Expr { return &Const{Typed: boolType(), Value: datum.NewBool(v)} }
