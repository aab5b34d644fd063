package plan

import "slices"

// groupMethods has groups and distinct rows found one after the other, without a hash table, where the input comes in the
// order of their keys, or where the session has turned hash tables off: then it is sorted. It wants joins and indexes
// chosen, and goes before sorts are dropped, for what is grouped so comes in the order of its keys.
func (o *optimizer) groupMethods(n Node) Node {
	mapInputs(n, o.groupMethods)
	switch x := n.(type) {
	case *Aggregate:
		if len(x.Keys) > 0 && x.Sets == nil {
			x.Input, x.Sorted = o.inGroups(x.Input, x.Keys)
		}
	case *Dedup:
		if !x.Ordered {
			on := x.On
			if on == nil {
				on = colsOf(x.Input)
			}
			x.Input, x.Ordered = o.inGroups(x.Input, on)
		}
	case *SetOp:
		if x.Op == Union && !x.All && !o.allows("hashagg") {
			return o.sortedUnion(x)
		}
	}
	return n
}

// inGroups gives an input whose rows of equal keys come together; false where it has no such order, and needs none.
func (o *optimizer) inGroups(in Node, keys []Expr) (Node, bool) {
	if grouped(o.ordering(in), keys) {
		return in, true
	}
	if o.allows("hashagg") {
		return in, false
	}
	var by []SortKey
	for _, k := range keys {
		if volatile(k) {
			return in, false
		}
		if !slices.ContainsFunc(by, func(have SortKey) bool { return equalExpr(have.Expr, k) }) {
			by = append(by, SortKey{Expr: k})
		}
	}
	return o.inOrder(in, by), true
}

// grouped says whether rows in an order have those together that are equal by some keys: the keys, in some succession, are
// those of the order's beginning.
func grouped(order []SortKey, keys []Expr) bool {
	found := make([]bool, len(keys))
	for _, k := range order {
		any := false
		for i, e := range keys {
			if equalExpr(k.Expr, e) {
				found[i], any = true, true
			}
		}
		if !any {
			break
		}
	}
	return len(keys) > 0 && !slices.Contains(found, false)
}

// sortedUnion is UNION by sorting.
func (o *optimizer) sortedUnion(x *SetOp) Node {
	all := *x
	all.All = true
	d := &Dedup{Ordered: true}
	d.Cols = x.Cols
	var by []SortKey
	for _, e := range colsOf(&all) {
		by = append(by, SortKey{Expr: e})
	}
	d.Input = o.inOrder(&all, by)
	return d
}
