package plan

import "slices"

// orderQuals puts the parts of conditions in the order that Postgres evaluates them in, which shows where one of them
// fails: cheaper ones first (order_qual_clauses of createplan.c), and of equally cheap ones of a scan those last that say
// that a column equals something that is known (they come from an equivalence class).
func (o *optimizer) orderQuals(n Node) Node {
	mapInputs(n, o.orderQuals)
	switch x := n.(type) {
	case *Scan:
		x.Filter = inOrder(x.Filter, true)
	case *VectorSearch:
		x.Filter = inOrder(x.Filter, true)
	case *Filter:
		x.Cond = inOrder(x.Cond, false)
	case *Join:
		x.Cond = inOrder(x.Cond, false)
	}
	return n
}

func inOrder(cond Expr, scan bool) Expr {
	parts := conjuncts(cond)
	if len(parts) < 2 {
		return cond
	}
	slices.SortStableFunc(parts, func(a, b Expr) int {
		if d := qualCost(a) - qualCost(b); d != 0 {
			return d
		}
		return b2n(scan && equivalence(a)) - b2n(scan && equivalence(b))
	})
	return allOf(parts)
}

func b2n(b bool) int {
	if b {
		return 1
	}
	return 0
}

// equivalence says whether a condition is column = something without columns.
func equivalence(e Expr) bool {
	call, ok := e.(*Call)
	if !ok || !isEquality(call) || volatile(e) {
		return false
	}
	return freeOfColumns(call.Args[0]) != freeOfColumns(call.Args[1])
}

// qualCost counts the calls of an expression; a subquery costs more than any number of them.
func qualCost(e Expr) int {
	n := 0
	Walk(e, func(x Expr) bool {
		switch q := x.(type) {
		case *Call, *InList, *AnyAll, *Distinct, *NullIf, *MinMax:
			n++
		case *Cast:
			if q.Pos >= 0 || q.T.Kind != q.Arg.Type().Kind {
				n++
			}
		case *Subquery:
			if !q.once() {
				n += 1000
			}
		}
		return true
	})
	return n
}
