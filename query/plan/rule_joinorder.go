package plan

import (
	"math/bits"
	"slices"
)

// orderJoins rebuilds each cluster of inner joins in the cheapest order (joinsearch.go), or, of more leaves than can be
// searched, greedily: the pair with the fewest rows first, then whatever keeps the result smallest. The larger side is
// left, so that the hash table is of the smaller one. It wants predicates pushed and indexes chosen, so that the leaves'
// estimates count them. Outer joins stay where they are, a leaf each.
func (o *optimizer) orderJoins(n Node) Node {
	j, ok := n.(*Join)
	if !ok || !reorderable(j) {
		mapInputs(n, o.orderJoins)
		return n
	}
	c := &cluster{}
	c.collect(j, 0)
	for i := range c.leaves {
		c.leaves[i].node = o.orderJoins(c.leaves[i].node)
		o.estimate(c.leaves[i].node)
	}
	return c.build(o, j.Cols)
}

func reorderable(j *Join) bool { return j.Kind == JoinInner && !j.Lateral }

// cluster is the inputs and conditions of nested inner joins, over the row of all leaves in the
// order they were written.
type cluster struct {
	leaves []clusterLeaf
	conds  []Expr
}

type clusterLeaf struct {
	node Node
	off  int
}

func (c *cluster) collect(n Node, off int) {
	j, ok := n.(*Join)
	if !ok || !reorderable(j) {
		c.leaves = append(c.leaves, clusterLeaf{n, off})
		return
	}
	c.collect(j.Left, off)
	c.collect(j.Right, off+len(j.Left.Columns()))
	for _, e := range conjuncts(j.Cond) {
		c.conds = append(c.conds, shift(e, off))
	}
}

// joined is a partial result: cols says which column of the cluster's row each of its columns is.
type joined struct {
	node Node
	cols []int
}

func (c *cluster) build(o *optimizer, cols []Column) Node {
	parts := make([]joined, len(c.leaves))
	for i, l := range c.leaves {
		parts[i] = joined{node: l.node}
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
	best, bestConnected := -1.0, false
	for i := range parts {
		if i > 0 && !first {
			break
		}
		for k := i + 1; k < len(parts); k++ {
			connected := slices.ContainsFunc(conds, func(e Expr) bool { return connects(e, parts[i], parts[k]) })
			m, _ := o.merge(parts[i], parts[k], conds)
			rows := m.node.Est().Rows
			if best < 0 || connected && !bestConnected || connected == bestConnected && rows < best {
				a, b, best, bestConnected = i, k, rows, connected
			}
		}
	}
	return a, b
}

// connects says whether a condition reads columns of both parts and of no other.
func connects(e Expr, x, y joined) bool {
	inX, inY, other := false, false, false
	for _, c := range columnsOf(e) {
		switch {
		case slices.Contains(x.cols, c):
			inX = true
		case slices.Contains(y.cols, c):
			inY = true
		default:
			other = true
		}
	}
	return inX && inY && !other
}

// merge joins two parts under the conditions that become answerable, and returns the others.
func (o *optimizer) merge(x, y joined, conds []Expr) (joined, []Expr) {
	if x.node.Est().Rows < y.node.Est().Rows {
		x, y = y, x
	}
	out := joined{cols: append(slices.Clone(x.cols), y.cols...)}
	var on, rest []Expr
	for _, e := range conds {
		if slices.ContainsFunc(columnsOf(e), func(c int) bool { return !slices.Contains(out.cols, c) }) {
			rest = append(rest, e)
			continue
		}
		on = append(on, remap(e, func(c int) int { return slices.Index(out.cols, c) }))
	}
	j := &Join{Kind: JoinInner, Left: x.node, Right: y.node, Cond: allOf(on)}
	j.Cols = append(slices.Clone(x.node.Columns()), y.node.Columns()...)
	sized := *j
	o.joinKeysOf(&sized)
	estimateJoin(&sized, &j.Cost)
	out.node = j
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
