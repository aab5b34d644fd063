package plan

import (
	"slices"
)

// windowPlan makes the Window nodes of a query: a projection of what the windows partition and order by,
// then, window by window, a Sort where the rows are not in order yet and the Window. What is computed
// for sorting is read from its column afterwards, so that random() is the same in both.
type windowPlan struct {
	w    *windowCollector
	node Node
	// sorted is how the rows at hand are ordered.
	sorted []SortKey
	// at is by use the column of the rows at hand that has its value.
	at []int
}

// window puts the query's window functions over the rows that grouping left.
func (c *selectCore) window() error {
	if len(c.windows.uses) == 0 {
		return nil
	}
	p := &windowPlan{w: &c.windows, node: c.node, at: make([]int, len(c.windows.uses))}
	active := p.active(c.sortRefs())
	p.project(active)
	for _, s := range active {
		p.sort(s.keys())
		p.add(s)
	}
	c.node = p.node
	for i, e := range c.outs {
		c.outs[i] = Transform(e, p.place)
	}
	return nil
}

func (p *windowPlan) place(e Expr) Expr {
	if ref, ok := e.(*windowRef); ok {
		return &Col{Typed: ref.Typed, Index: p.at[ref.index], Name: p.w.uses[ref.index].call.Proc.Name}
	}
	return e
}

// keys are how a window wants its rows: by partition, then by its order.
func (s *windowSpec) keys() []SortKey {
	var out []SortKey
	add := func(k SortKey) {
		if !slices.ContainsFunc(out, func(have SortKey) bool { return equalExpr(have.Expr, k.Expr) }) {
			out = append(out, k)
		}
	}
	for _, e := range s.partition {
		add(SortKey{Expr: e})
	}
	for _, k := range s.order {
		add(k)
	}
	return out
}

// sortRefs are the expressions that the query sorts by, before those of windows.
func (c *selectCore) sortRefs() []Expr {
	var out []Expr
	for _, k := range c.sort {
		if col, ok := k.Expr.(*Col); ok {
			out = append(out, c.outs[col.Index])
		}
	}
	return out
}

// active lists the windows that are used, in the order that Postgres computes them in (common_prefix_cmp of
// its planner): windows that share a prefix of their keys follow each other, the longer one first, so
// that one sort serves them. refs are what is sorted by in the order it was written.
func (p *windowPlan) active(refs []Expr) []*windowSpec {
	number := func(e Expr) int {
		i := slices.IndexFunc(refs, func(r Expr) bool { return equalExpr(r, e) })
		if i < 0 {
			i, refs = len(refs), append(refs, e)
		}
		return i
	}
	type ranked struct {
		spec *windowSpec
		keys []SortKey
		refs []int
	}
	var all []ranked
	for _, s := range p.w.specs {
		r := ranked{spec: s, keys: s.keys()}
		for _, k := range r.keys {
			r.refs = append(r.refs, number(k.Expr))
		}
		if slices.ContainsFunc(p.w.uses, func(u windowUse) bool { return u.spec == s }) {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		for i := range min(len(a.refs), len(b.refs)) {
			switch {
			case a.refs[i] != b.refs[i]:
				return b.refs[i] - a.refs[i]
			case a.keys[i].Desc != b.keys[i].Desc:
				return descendingFirst(a.keys[i].Desc)
			case a.keys[i].NullsFirst != b.keys[i].NullsFirst:
				return descendingFirst(a.keys[i].NullsFirst)
			}
		}
		return len(b.refs) - len(a.refs)
	})
	out := make([]*windowSpec, len(all))
	for i, r := range all {
		out[i] = r.spec
	}
	return out
}

func descendingFirst(first bool) int {
	if first {
		return -1
	}
	return 1
}

// project computes the keys that are not columns, and makes the windows read them from there.
func (p *windowPlan) project(active []*windowSpec) {
	exprs, names := colsOf(p.node), namesOf(p.node)
	width := len(exprs)
	column := func(e Expr) Expr {
		switch e.(type) {
		case *Col, *Const:
			return e
		}
		i := slices.IndexFunc(exprs, func(have Expr) bool { return equalExpr(have, e) })
		if i < 0 {
			i = len(exprs)
			exprs, names = append(exprs, e), append(names, unnamed)
		}
		return &Col{Typed: Typed{e.Type(), e.Typmod()}, Index: i, Name: names[i]}
	}
	for _, s := range active {
		s.partition = slices.Clone(s.partition)
		for i, e := range s.partition {
			s.partition[i] = column(e)
		}
		s.order = slices.Clone(s.order)
		for i := range s.order {
			s.order[i].Expr = column(s.order[i].Expr)
		}
	}
	if len(exprs) > width {
		p.node = project(p.node, exprs, names)
	}
}

// sort orders the rows unless they are ordered so already.
func (p *windowPlan) sort(keys []SortKey) {
	if len(keys) <= len(p.sorted) && slices.EqualFunc(keys, p.sorted[:len(keys)], sameKey) {
		return
	}
	p.node, p.sorted = sortNode(p.node, keys), keys
}

// add puts a window's functions on top.
func (p *windowPlan) add(s *windowSpec) {
	n := &Window{Input: p.node, PartitionBy: s.partition, OrderBy: s.order}
	n.Cols = slices.Clone(p.node.Columns())
	for i, u := range p.w.uses {
		if u.spec != s {
			continue
		}
		p.at[i] = len(n.Cols)
		n.Calls = append(n.Calls, u.call)
		n.Cols = append(n.Cols, Column{Name: u.call.Proc.Name, Type: u.call.T, Typmod: u.call.Mod})
	}
	p.node = n
}

// exprs are the places of the expressions that the windows read, for grouping to rewrite. Each is given once.
func (w *windowCollector) exprs() slotList {
	var s slotList
	for _, spec := range w.specs {
		s.all(spec.partition, inputRow)
		s.keys(spec.order, inputRow)
	}
	for _, u := range w.uses {
		s.all(u.call.Args, inputRow)
		s.one(&u.call.Filter, inputRow)
	}
	return s
}
