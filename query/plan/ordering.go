package plan

import "slices"

// dropSorts takes away the sorts of rows that come in order already: of a merge join, of an index, of a subquery's ORDER BY.
// It wants joins and indexes chosen.
func (o *optimizer) dropSorts(n Node) Node {
	mapInputs(n, o.dropSorts)
	s, ok := n.(*Sort)
	if !ok {
		return n
	}
	have := o.ordering(s.Input)
	if inOrderOf(have, s.Keys) {
		return s.Input
	}
	if s.Grow == nil && o.allows("incremental_sort") {
		s.Presorted = commonPrefix(have, s.Keys)
	}
	return n
}

// ordering is the order in which a node's rows come, as keys over its row; nil for none that is known.
func (o *optimizer) ordering(n Node) []SortKey {
	switch x := n.(type) {
	case *Sort:
		return x.Keys
	case *Filter:
		return o.ordering(x.Input)
	case *Limit:
		return o.ordering(x.Input)
	case *Window:
		return o.ordering(x.Input)
	case *Dedup:
		if x.Ordered {
			return o.ordering(x.Input)
		}
	case *Aggregate:
		if x.Sorted {
			return projectedOrder(o.ordering(x.Input), x.Keys)
		}
	case *Project:
		return projectedOrder(o.ordering(x.Input), x.Exprs)
	case *Scan:
		return o.indexOrder(x)
	case *Join:
		if x.keepsLeftOrder() {
			return o.ordering(x.Left)
		}
	}
	return nil
}

// keepsLeftOrder says whether a join's rows come in the order of its left side: not where a file of right rows is read for
// each batch of left ones, nor where rows without a match follow those that have one.
func (j *Join) keepsLeftOrder() bool {
	if j.Kind != JoinInner && j.Kind != JoinSemi && j.Kind != JoinAnti {
		return false
	}
	return j.Algo == Merge || j.Algo == NestedLoop && j.Lateral
}

// projectedOrder is an order over what a projection computes, as far as that has its keys.
func projectedOrder(keys []SortKey, exprs []Expr) []SortKey {
	var out []SortKey
	for _, k := range keys {
		i := slices.IndexFunc(exprs, func(e Expr) bool { return equalExpr(e, k.Expr) })
		if i < 0 || volatile(k.Expr) {
			break
		}
		k.Expr = &Col{Typed: Typed{exprs[i].Type(), exprs[i].Typmod()}, Index: i}
		out = append(out, k)
	}
	return out
}

// indexOrder is the order of a scan by a btree index: that of the keys after those that are fixed.
func (o *optimizer) indexOrder(x *Scan) []SortKey {
	r := x.Index
	if r == nil || r.Any != nil || r.Search != nil {
		return nil
	}
	var out []SortKey
	for _, part := range r.Index.Keys[len(r.Eq):] {
		key := o.keyOver(x, part)
		if key == nil {
			break
		}
		desc := part.Desc != r.Desc
		first := part.NullsFirst != r.Desc
		if notNullKey(x, part) {
			first = desc // which is what a key without NULLs can be said to have
		}
		out = append(out, SortKey{Expr: key, Desc: desc, NullsFirst: first})
	}
	return out
}

// inOrderOf says whether rows in one order are in another, too.
func inOrderOf(have, want []SortKey) bool {
	if len(want) > len(have) {
		return false
	}
	for i, k := range want {
		if k.Desc != have[i].Desc || k.NullsFirst != have[i].NullsFirst || !equalExpr(k.Expr, have[i].Expr) {
			return false
		}
	}
	return true
}
