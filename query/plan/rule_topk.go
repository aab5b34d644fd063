package plan

import (
	"math"

	"github.com/seguedb/segue/query/datum"
)

// boundSorts tells each Sort under a Limit how many rows are wanted of it.
func (o *optimizer) boundSorts(n Node) Node {
	mapInputs(n, o.boundSorts)
	l, ok := n.(*Limit)
	if !ok || l.Count == nil || len(l.WithTies) > 0 {
		return n
	}
	in := l.Input
	for {
		p, ok := in.(*Project)
		if !ok {
			break
		}
		in = p.Input
	}
	if s, ok := in.(*Sort); ok {
		s.TopK = limitBound(l)
	}
	return n
}

// limitBound is how many rows a Limit takes from its input at most: count + offset. A sum that could
// overflow is capped on both sides; what is beyond 2^61 rows is no bound in practice.
func limitBound(l *Limit) Expr {
	if l.Offset == nil {
		return l.Count
	}
	c, okCount := intConst(l.Count)
	f, okOffset := intConst(l.Offset)
	if okCount && okOffset {
		if c > math.MaxInt64-f {
			c, f = math.MaxInt64, 0
		}
		return intExpr(c + f)
	}
	limited := func(e Expr) Expr {
		if n, ok := intConst(e); ok && n <= 1<<61 {
			return e
		}
		return &MinMax{Typed: Typed{datum.Int8, -1}, Least: true, Args: []Expr{e, intExpr(1 << 61)}}
	}
	return builtinCall("int8pl", "+", limited(l.Count), limited(l.Offset))
}

// intConst is a constant's value when it is a row count: NULL and negative ones are left to run time.
func intConst(e Expr) (int64, bool) {
	c, ok := e.(*Const)
	if !ok || c.T != datum.Int8 || c.Value.IsNull() || c.Value.Int() < 0 {
		return 0, false
	}
	return c.Value.Int(), true
}

func intExpr(n int64) Expr {
	return &Const{Typed: Typed{datum.Int8, -1}, Value: datum.NewInt(n)}
}
