package plan

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
)

// orderJoins rebuilds each cluster of joins in the cheapest order (joinsearch.go), or, of more leaves than can be searched,
// greedily: the pair with the fewest rows first, then whatever keeps the result smallest. The larger side of an inner join is
// left, so that the hash table is of the smaller one. It wants predicates pushed and indexes chosen, so that the leaves'
// estimates count them. Inner joins and the outer joins that keep one side are of a cluster; full, lateral, semi- and
// anti-joins stay where they are, a leaf each.
func (o *optimizer) orderJoins(n Node) Node {
	j, ok := n.(*Join)
	if !ok || !reorderable(j) {
		mapInputs(n, o.orderJoins)
		return n
	}
	c := &cluster{limit: o.collapseLimit()}
	c.collect(j, 0)
	for i := range c.leaves {
		c.leaves[i].node = o.orderJoins(c.leaves[i].node)
		o.estimate(c.leaves[i].node)
	}
	if len(c.leaves) == 2 && j.Kind != JoinInner {
		j.Left, j.Right = c.leaves[0].node, c.leaves[1].node
		return j
	}
	return c.build(o, j.Cols)
}

func reorderable(j *Join) bool {
	switch {
	case j.Lateral:
		return false
	case j.Kind == JoinLeft || j.Kind == JoinRight:
		return !volatile(j.Cond)
	}
	return j.Kind == JoinInner
}

// cluster is the inputs and conditions of nested joins, over the row of all leaves in the order they were written.
type cluster struct {
	leaves []clusterLeaf
	conds  []Expr // of the inner joins
	limit  int    // join_collapse_limit
}

// clusterLeaf is an input. An optional one is the side of an outer join whose rows are filled with NULLs: it is joined, by
// its own conditions, to any rows that have the leaves they read. That an outer join may come before or after the inner and
// outer joins of the side it keeps are the identities 1 and 2 of optimizer/README in PostgreSQL.
type clusterLeaf struct {
	node     Node
	off      int
	optional bool
	on       []Expr
}

func (c *cluster) collect(n Node, off int) {
	j, ok := n.(*Join)
	if !ok || !reorderable(j) {
		c.leaves = append(c.leaves, clusterLeaf{node: n, off: off})
		return
	}
	if j.Explicit && c.members(j.Left)+c.members(j.Right) > c.limit {
		c.apart(j, off)
		return
	}
	right := off + len(j.Left.Columns())
	var on []Expr
	for _, e := range conjuncts(j.Cond) {
		on = append(on, shift(e, off))
	}
	switch j.Kind {
	case JoinLeft:
		c.collect(j.Left, off)
		c.leaves = append(c.leaves, clusterLeaf{j.Right, right, true, on})
	case JoinRight:
		c.leaves = append(c.leaves, clusterLeaf{j.Left, off, true, on})
		c.collect(j.Right, right)
	default:
		c.collect(j.Left, off)
		c.collect(j.Right, right)
		c.conds = append(c.conds, on...)
	}
}

// apart keeps a join written as JOIN where it is: what is left and right of it is ordered by itself.
func (c *cluster) apart(j *Join, off int) {
	right := off + len(j.Left.Columns())
	var on []Expr
	for _, e := range conjuncts(j.Cond) {
		on = append(on, shift(e, off))
	}
	left, other := clusterLeaf{node: j.Left, off: off}, clusterLeaf{node: j.Right, off: right}
	switch j.Kind {
	case JoinLeft:
		other.optional, other.on = true, on
	case JoinRight:
		left.optional, left.on = true, on
	default:
		c.conds = append(c.conds, on...)
	}
	c.leaves = append(c.leaves, left, other)
}

// members counts what a node brings to the cluster around it (deconstruct_recurse in initsplan.c).
func (c *cluster) members(n Node) int {
	j, ok := n.(*Join)
	if !ok || !reorderable(j) {
		return 1
	}
	left, right := 1, 1
	if j.Kind != JoinRight {
		left = c.members(j.Left)
	}
	if j.Kind != JoinLeft {
		right = c.members(j.Right)
	}
	if j.Explicit && left+right > c.limit {
		return 2
	}
	return left + right
}

// collapseLimit is join_collapse_limit where it is lower than its default; beyond that the search's own limits count.
func (o *optimizer) collapseLimit() int {
	const preset = 8
	v, _ := o.cat.Setting("join_collapse_limit")
	if n, err := strconv.Atoi(v); err == nil && n < preset {
		return n
	}
	return math.MaxInt
}

// joined is a partial result: cols says which column of the cluster's row each of its columns is. An optional leaf that has
// not been joined has its conditions.
type joined struct {
	node     Node
	cols     []int
	optional bool
	on       []Expr
}

func (c *cluster) build(o *optimizer, cols []Column) Node {
	parts := make([]joined, len(c.leaves))
	for i, l := range c.leaves {
		parts[i] = joined{node: l.node, optional: l.optional, on: l.on}
		for k := range l.node.Columns() {
			parts[i].cols = append(parts[i].cols, l.off+k)
		}
	}
	conds := c.conds
	if s := c.search(o); s != nil {
		var all joined
		all, conds = o.searched(s, leafSet(len(s.best)-1), parts, conds)
		return restoreOrder(all, conds, cols)
	}
	for first := true; len(parts) > 1; first = false {
		a, b := c.choose(o, parts, conds, first)
		var merged joined
		merged, conds = o.merge(parts[a], parts[b], conds)
		rest := slices.Delete(slices.Clone(parts), max(a, b), max(a, b)+1)
		rest = slices.Delete(rest, min(a, b), min(a, b)+1)
		parts = append([]joined{merged}, rest...)
	}
	return restoreOrder(parts[0], conds, cols)
}

// searched builds the tree of a set that was found best.
func (o *optimizer) searched(s *joinSearch, set leafSet, parts []joined, conds []Expr) (joined, []Expr) {
	best := s.best[set]
	if best.left == 0 {
		return parts[bits.TrailingZeros32(uint32(set))], conds
	}
	left, conds := o.searched(s, best.left, parts, conds)
	right, conds := o.searched(s, best.right, parts, conds)
	return o.merge(left, right, conds)
}

// choose picks the next two parts to join. After the first pair, one of them is the result so far (at 0).
func (c *cluster) choose(o *optimizer, parts []joined, conds []Expr, first bool) (a, b int) {
	best, bestLinked := -1.0, false
	for i := range parts {
		if i > 0 && !first {
			break
		}
		for k := i + 1; k < len(parts); k++ {
			if !joinable(parts[i], parts[k]) {
				continue
			}
			linked := connected(conds, parts[i], parts[k])
			m, _ := o.merge(parts[i], parts[k], conds)
			rows := m.node.Est().Rows
			if best < 0 || linked && !bestLinked || linked == bestLinked && rows < best {
				a, b, best, bestLinked = i, k, rows, linked
			}
		}
	}
	return a, b
}

// joinable says whether two parts may be joined next: an optional one to what has all that its conditions read.
func joinable(x, y joined) bool {
	if x.optional {
		x, y = y, x
	}
	if x.optional {
		return false
	}
	return !slices.ContainsFunc(y.on, func(e Expr) bool { return !readable(e, x, y) })
}

// readable says whether an expression reads columns of two parts only.
func readable(e Expr, x, y joined) bool {
	return !slices.ContainsFunc(columnsOf(e), func(c int) bool { return !slices.Contains(x.cols, c) && !slices.Contains(y.cols, c) })
}

// connected says whether a condition that decides about the pairs of two parts reads columns of both and of no other.
func connected(conds []Expr, x, y joined) bool {
	if x.optional || y.optional {
		conds = append(slices.Clone(x.on), y.on...)
	}
	return slices.ContainsFunc(conds, func(e Expr) bool {
		reads := func(p joined) bool {
			return slices.ContainsFunc(columnsOf(e), func(c int) bool { return slices.Contains(p.cols, c) })
		}
		return reads(x) && reads(y) && readable(e, x, y)
	})
}

// merge joins two parts under the conditions that become answerable, and returns the others. What becomes answerable by an
// outer join is asked of its result.
func (o *optimizer) merge(x, y joined, conds []Expr) (joined, []Expr) {
	if x.optional || !y.optional && x.node.Est().Rows < y.node.Est().Rows {
		x, y = y, x
	}
	out := joined{cols: append(slices.Clone(x.cols), y.cols...)}
	here := func(e Expr) Expr { return remap(e, func(c int) int { return slices.Index(out.cols, c) }) }
	var on, rest []Expr
	for _, e := range conds {
		if readable(e, x, y) {
			on = append(on, here(e))
		} else {
			rest = append(rest, e)
		}
	}
	j := &Join{Kind: JoinInner, Left: x.node, Right: y.node}
	j.Cols = append(slices.Clone(x.node.Columns()), y.node.Columns()...)
	var above []Expr
	if y.optional {
		j.Kind, above, on = JoinLeft, on, nil
		for _, e := range y.on {
			on = append(on, here(e))
		}
	}
	j.Cond = allOf(on)
	sized := *j
	o.joinKeysOf(&sized)
	estimateJoin(&sized, &j.Cost)
	if out.node = filtered(j, above); len(above) > 0 {
		o.estimate(out.node)
	}
	return out, rest
}

// restoreOrder projects the joined row back to the order that the rest of the plan expects.
func restoreOrder(j joined, conds []Expr, cols []Column) Node {
	n := j.node
	if slices.IsSorted(j.cols) {
		return filtered(n, conds)
	}
	p := &Project{Input: n}
	p.Cols = cols
	for i, c := range cols {
		p.Exprs = append(p.Exprs, &Col{Typed: Typed{c.Type, c.Typmod}, Index: slices.Index(j.cols, i), Name: c.Name})
	}
	return filtered(p, conds)
}
