package plan

import (
	"math"
	"math/bits"
	"slices"
)

// searchLimit is how many relations are put in the best order there is; more are joined greedily. The work grows as 3^n:
// ten are 59,049 pairs of sets at most, a few milliseconds.
const searchLimit = 10

// leafSet is a set of a cluster's leaves, a bit each.
type leafSet uint32

// joinSearch finds the cheapest order of a cluster's inner joins by dynamic programming (standard_join_search in
// allpaths.c): the best way to join a set of leaves is made of the best ways to join two sets that it is divided into.
// Bushy trees are among them. Sets that no condition connects are joined only where the leaves cannot all be reached
// otherwise.
type joinSearch struct {
	conds []searchCond
	best  []searchedSet // by leafSet
}

// searchCond is a condition: the leaves it reads, and the share of pairs that it lets pass. key says that it is an equality
// of two sides, which hashing finds. lookups are the costs of finding the rows of one leaf for one value by an index.
type searchCond struct {
	of      leafSet
	share   float64
	key     bool
	each    float64 // what its subqueries cost for one pair
	lookups map[leafSet]float64
}

// searchedSet is the best way known to join a set; a single leaf has no parts. cost is NaN where there is none.
type searchedSet struct {
	rows, cost  float64
	left, right leafSet
}

// search gives the tree of the cluster's best order, nil where there is none.
func (c *cluster) search(o *optimizer) *joinSearch {
	if len(c.leaves) < 3 || len(c.leaves) > searchLimit {
		return nil
	}
	s := &joinSearch{best: make([]searchedSet, 1<<len(c.leaves))}
	for _, e := range c.conds {
		if cond := c.searchCond(o, e); cond.of != 0 {
			s.conds = append(s.conds, cond)
		}
	}
	for i, l := range c.leaves {
		s.best[1<<i] = searchedSet{rows: math.Max(l.node.Est().Rows, 1), cost: l.node.Est().Total}
	}
	if s.run(false); math.IsNaN(s.whole().cost) {
		s.run(true)
	}
	return s
}

func (s *joinSearch) whole() searchedSet { return s.best[len(s.best)-1] }

// leafOf is the leaf that a column of the cluster's row belongs to.
func (c *cluster) leafOf(col int) int {
	return slices.IndexFunc(c.leaves, func(l clusterLeaf) bool { return col >= l.off && col < l.off+len(l.node.Columns()) })
}

func (c *cluster) leavesOf(e Expr) (of leafSet) {
	for _, col := range columnsOf(e) {
		of |= 1 << c.leafOf(col)
	}
	return of
}

// facts are those of the cluster's row.
func (c *cluster) facts(col int) *columnFacts {
	l := c.leaves[c.leafOf(col)]
	return nodeFacts(l.node)(col - l.off)
}

func (c *cluster) searchCond(o *optimizer, e Expr) searchCond {
	out := searchCond{of: c.leavesOf(e), lookups: map[leafSet]float64{}}
	for _, q := range subqueriesOf(e) {
		o.estimate(q.Plan)
	}
	out.each = subplansCost(e)
	call, ok := e.(*Call)
	if ok && isEquality(call) && !volatile(e) {
		a, b := c.leavesOf(call.Args[0]), c.leavesOf(call.Args[1])
		_, comparable := keyType(call.Args[0].Type(), call.Args[1].Type())
		out.key = comparable && a != 0 && b != 0 && a&b == 0
	}
	if !out.key {
		out.share = selectivity(e, c.facts)
		return out
	}
	most := 1.0
	for _, side := range call.Args {
		of := c.leavesOf(side)
		if bits.OnesCount32(uint32(of)) > 1 {
			most = math.Max(most, defaultDistinct)
			continue
		}
		l := c.leaves[bits.TrailingZeros32(uint32(of))]
		key := shift(side, -l.off)
		most = math.Max(most, distinct(key, l.node))
		if cost, ok := o.lookupCost(l.node, key); ok {
			out.lookups[of] = cost
		}
	}
	out.share = 1 / most
	return out
}

// lookupCost is that of finding the rows of a leaf that have one value of a key, where an index begins with that.
func (o *optimizer) lookupCost(leaf Node, key Expr) (float64, bool) {
	scan, ok := leaf.(*Scan)
	if !ok || scan.Index != nil || scan.Table.Virtual != nil || scan.Mark != 0 || !o.allows("nestloop") ||
		!o.allows("indexscan") {
		return 0, false
	}
	for i := range scan.Table.Indexes {
		ix := &scan.Table.Indexes[i]
		if !ix.FindsEqual() || !plainIndex(ix) {
			continue
		}
		if ord := scan.Table.Ordinal(ix.Keys[0].AttNum); ord >= 0 && isColumn(stripCast(key), outputOf(scan, ord)) {
			whole := *scan
			whole.Filter = nil
			found := math.Max(scan.TableRows, 1) / distinct(key, &whole)
			return 0.25 + indexCost(scan, math.Max(found, 1), len(conjuncts(scan.Filter))), true
		}
	}
	return 0, false
}

// run fills in the best way for every set. A set comes after all of its parts, whose numbers are smaller.
func (s *joinSearch) run(cross bool) {
	for set := leafSet(3); int(set) < len(s.best); set++ {
		if set&(set-1) == 0 {
			continue
		}
		best := searchedSet{rows: s.rows(set), cost: math.NaN()}
		first := set & -set // each pair once: the left part has the first leaf
		for left := (set - 1) & set; left > 0; left = (left - 1) & set {
			right := set &^ left
			if left&first == 0 || math.IsNaN(s.best[left].cost) || math.IsNaN(s.best[right].cost) {
				continue
			}
			cost, connected := s.cost(left, right, best.rows)
			if (connected || cross) && !(cost >= best.cost) {
				best.cost, best.left, best.right = cost, left, right
			}
		}
		s.best[set] = best
	}
}

// rows is how many a set of leaves has once it is joined, whatever the order.
func (s *joinSearch) rows(set leafSet) float64 {
	rows := 1.0
	for rest := set; rest != 0; rest &= rest - 1 {
		rows *= s.best[rest&-rest].rows
	}
	for _, c := range s.conds {
		if c.of&^set == 0 && c.of&(c.of-1) != 0 {
			rows *= c.share
		}
	}
	return math.Max(rows, 1)
}

// cost is that of joining two sets, with the costs of the sets; connected says that a condition is over both.
func (s *joinSearch) cost(left, right leafSet, rows float64) (cost float64, connected bool) {
	l, r := s.best[left], s.best[right]
	hashed := false
	lookup := math.Inf(1)
	keys, each := 1.0, 0.0
	for _, c := range s.conds {
		if c.of&^(left|right) != 0 || c.of&left == 0 || c.of&right == 0 {
			continue
		}
		connected = true
		if hashed = hashed || c.key; c.key {
			keys *= c.share
		}
		each += c.each
		if one, ok := c.lookups[right]; ok {
			lookup = math.Min(lookup, l.cost+l.rows*one)
		}
		if one, ok := c.lookups[left]; ok {
			lookup = math.Min(lookup, r.cost+r.rows*one)
		}
	}
	pairs := l.rows * r.rows
	switch {
	case hashed:
		pairs = l.rows + r.rows
	case !connected: // nothing is asked of a pair
		pairs = 0
	}
	return math.Min(lookup, l.cost+r.cost+pairs*cpuOperatorCost) + rows*cpuTupleCost + l.rows*r.rows*keys*each, connected
}
