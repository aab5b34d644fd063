package plan

import "slices"

// constantKeys takes away sort keys that decide nothing: those of an earlier key's expression, and those that are the same
// in every row, as constants, parameters and values of the query around are. A subquery whose ORDER BY … LIMIT 1 is
// about the outer row then reads one row, not all of them. It wants projections merged and predicates pushed.
func (o *optimizer) constantKeys(n Node) Node {
	mapInputs(n, o.constantKeys)
	s, ok := n.(*Sort)
	if !ok {
		return n
	}
	var keys []SortKey
	for _, k := range s.Keys {
		again := slices.ContainsFunc(keys, func(have SortKey) bool { return equalExpr(have.Expr, k.Expr) })
		if volatile(k.Expr) || !again && !sameInEveryRow(s.Input, k.Expr) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return s.Input
	}
	s.Keys = keys
	return s
}

// sameInEveryRow says whether an expression over a node's row has one value for all of its rows.
func sameInEveryRow(n Node, e Expr) bool {
	return !volatile(e) && Walk(e, func(x Expr) bool {
		ref, ok := x.(*Col)
		return !ok || constantColumn(n, ref.Index)
	})
}

// constantColumn says whether a node computes a column from nothing of its input's rows.
func constantColumn(n Node, i int) bool {
	switch x := n.(type) {
	case *Project:
		return sameInEveryRow(x.Input, x.Exprs[i])
	case *Filter:
		return constantColumn(x.Input, i)
	case *Limit:
		return constantColumn(x.Input, i)
	case *Dedup:
		return constantColumn(x.Input, i)
	}
	return false
}
