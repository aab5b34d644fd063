package plan

import (
	"math"
	"strings"
)

// selectivity guesses the share of rows that pass a condition. unique gives the number of values of a
// column that is unique, 0 for others; it may be nil.
func selectivity(cond Expr, unique func(col int) float64) float64 {
	if unique == nil {
		unique = func(int) float64 { return 0 }
	}
	sel := 1.0
	ranges := map[int]int{} // range conditions a column
	for _, c := range conjuncts(cond) {
		if col, ok := rangeColumn(c); ok {
			ranges[col]++
			continue
		}
		sel *= one(c, unique)
	}
	for _, n := range ranges {
		if n > 1 {
			sel *= bandSelectivity
		} else {
			sel *= rangeSelectivity
		}
	}
	return sel
}

// rangeColumn recognises column < value and its kin.
func rangeColumn(c Expr) (int, bool) {
	call, ok := c.(*Call)
	if !ok || len(call.Args) != 2 {
		return 0, false
	}
	switch call.Op {
	case "<", "<=", ">", ">=":
		for _, a := range call.Args {
			if col, ok := stripCast(a).(*Col); ok {
				return col.Index, true
			}
		}
	}
	return 0, false
}

func one(c Expr, unique func(int) float64) float64 {
	switch x := c.(type) {
	case *Const:
		if v, _, known := boolConst(x); known && !v {
			return 0
		}
		return 1
	case *Call:
		return callSelectivity(x, unique)
	case *NullTest:
		if x.Not {
			return 1 - nullSelectivity
		}
		return nullSelectivity
	case *InList:
		s := math.Min(1, float64(len(x.List))*equalTo(x.Left, unique))
		if x.Not {
			s = 1 - s
		}
		return s
	case *AnyAll:
		return math.Min(1, 10*equalTo(x.Left, unique)) // Postgres supposes ten elements
	case *Logic:
		return logicSelectivity(x, unique)
	}
	return anySelectivity
}

func logicSelectivity(x *Logic, unique func(int) float64) float64 {
	switch x.Op {
	case Not:
		return 1 - selectivity(x.Args[0], unique)
	case Or:
		s := 0.0
		for _, a := range x.Args {
			p := selectivity(a, unique)
			s += p - s*p
		}
		return s
	}
	return selectivity(x, unique)
}

func callSelectivity(x *Call, unique func(int) float64) float64 {
	switch op := x.Op; {
	case op == "=":
		return math.Min(equalTo(x.Args[0], unique), equalTo(x.Args[1], unique))
	case op == "<>":
		return 1 - math.Min(equalTo(x.Args[0], unique), equalTo(x.Args[1], unique))
	case op == "<" || op == "<=" || op == ">" || op == ">=" || op == "":
		return rangeSelectivity
	case strings.HasPrefix(op, "!~"):
		return 1 - matchSelectivity
	case strings.HasPrefix(op, "~"):
		return matchSelectivity
	}
	return anySelectivity
}

func equalTo(e Expr, unique func(int) float64) float64 {
	if c, ok := stripCast(e).(*Col); ok {
		if n := unique(c.Index); n > 0 {
			return 1 / n
		}
	}
	return eqSelectivity
}
