package plan

import "slices"

// joinMethods runs each join the way that costs least: by a hash table of the right side, by merging both sides in the order
// of their keys, by a nested loop over the right rows, which are kept, or by one that looks each outer row's matches up in
// an index (rule_indexjoin.go, rule_searchjoin.go). It comes after the rules that choose indexes by constants, whose scans
// it leaves alone. What the session's settings enable_… turn off costs disabledCost more, and so is chosen only where
// nothing else would do.
func (o *optimizer) joinMethods(n Node) Node {
	mapInputs(n, o.joinMethods)
	j, ok := n.(*Join)
	if !ok {
		return n
	}
	if x := o.searchJoin(j); x != nil {
		return x
	}
	c := &cheapest{o: o}
	if j.Lateral {
		c.consider(j)
		c.consider(o.memoized(j))
		return c.node
	}
	if j.Algo == NestedLoop {
		c.consider(o.nestedLoop(j))
		return c.node
	}
	c.consider(j)
	c.consider(otherTable(j))
	c.consider(o.mergeJoin(j))
	if j.Kind == JoinRight || j.Kind == JoinFull {
		return c.node
	}
	// A hash table of a few rows costs next to nothing, while a nested loop over rows that were thought to be few may never
	// end: where there are keys it is for those who ask.
	if !o.allows("hashjoin") {
		loop := *j
		loop.Algo, loop.Cond, loop.LeftKeys, loop.RightKeys = NestedLoop, j.whole, nil, nil
		c.consider(o.nestedLoop(&loop))
	}
	o.indexJoins(j, c.consider)
	return c.node
}

// otherTable is a hash join that keeps the rows of one side, with the hash table of its other side; nil for any other.
func otherTable(j *Join) Node {
	x := *j
	switch {
	case j.Algo != Hash:
		return nil
	case j.Kind == JoinLeft:
		x.Kind = JoinRight
	case j.Kind == JoinRight:
		x.Kind = JoinLeft
	default:
		return nil
	}
	x.Left, x.Right, x.LeftKeys, x.RightKeys = j.Right, j.Left, j.RightKeys, j.LeftKeys
	return swapSides(&x, j)
}

// cheapest is the node of the least total cost among those considered, the first of equal ones.
type cheapest struct {
	o    *optimizer
	node Node
	cost float64
}

func (c *cheapest) consider(n Node) {
	if n == nil {
		return
	}
	if cost := c.o.estimate(n).Total; c.node == nil || cost < c.cost {
		c.node, c.cost = n, cost
	}
}

// nestedLoop keeps the right rows of a nested loop, unless the session has turned that off: then the right side is read
// again for every left row, but where its rows are needed at the end.
func (o *optimizer) nestedLoop(j *Join) Node {
	if o.allows("material") || j.Kind == JoinRight || j.Kind == JoinFull {
		return j
	}
	again := *j
	again.Lateral = true
	return &again
}

// mergeJoin merges both sides of a join with keys, sorted where they are not in order.
func (o *optimizer) mergeJoin(j *Join) *Join {
	left, right := make([]SortKey, len(j.LeftKeys)), make([]SortKey, len(j.LeftKeys))
	for i := range j.LeftKeys {
		left[i], right[i] = SortKey{Expr: unwidened(j.LeftKeys[i])}, SortKey{Expr: unwidened(j.RightKeys[i])}
	}
	m := *j
	m.Algo, m.Left, m.Right = Merge, o.inOrder(j.Left, left), o.inOrder(j.Right, right)
	return &m
}

// unwidened takes away the conversion of a join key to the type of the other side, which keeps its order.
func unwidened(e Expr) Expr {
	if c, ok := e.(*Cast); ok && c.Pos < 0 && (widens(c.Arg.Type(), c.T) || isStringLike(c)) {
		return c.Arg
	}
	return e
}

func isStringLike(c *Cast) bool { return stringType(c.T) && stringType(c.Arg.Type()) && c.Mod < 0 }

// indexJoins considers nested loops that look each row of one side up in an index of the other.
func (o *optimizer) indexJoins(j *Join, consider func(Node)) {
	if x := o.indexJoin(j, j.Left, j.Right, j.LeftKeys, j.RightKeys); x != nil {
		x.Cond, x.Cols = j.Cond, j.Cols
		consider(x)
		consider(o.memoized(x))
	}
	if j.Kind != JoinInner {
		return
	}
	if x := o.indexJoin(j, j.Right, j.Left, j.RightKeys, j.LeftKeys); x != nil {
		consider(swapSides(x, j))
		if m, ok := o.memoized(x).(*Join); ok {
			consider(swapSides(m, j))
		}
	}
}

// inOrder gives a node's rows in an order: as they come where they have it, or sorted.
func (o *optimizer) inOrder(n Node, keys []SortKey) Node {
	if inOrderOf(o.ordering(n), keys) {
		return n
	}
	s := &Sort{Input: n, Keys: keys}
	s.Cols = slices.Clone(n.Columns())
	return s
}
