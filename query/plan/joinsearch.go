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

// joinSearch finds the cheapest order of a cluster's joins by dynamic programming (standard_join_search in allpaths.c): the
// best way to join a set of leaves is made of the best ways to join two sets that it is divided into. Bushy trees are among
// them. Sets that no condition connects are joined only where the leaves cannot all be reached otherwise. An optional leaf is
// the right part of a join to a set with all that its conditions read, and by itself it is no set to join more to.
type joinSearch struct {
	conds    []searchCond
	best     []searchedSet // by leafSet
	optional leafSet
	needs    map[leafSet]leafSet // what the conditions of each optional leaf read of other leaves
}

// searchCond is a condition: the leaves it reads, and the share of pairs that it lets pass. key says that it is an equality
// of two sides, which hashing finds. lookups are the costs of finding the rows of one leaf for one value by an index. by is the
// optional leaf whose condition it is.
type searchCond struct {
	of, by  leafSet
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
	s := &joinSearch{best: make([]searchedSet, 1<<len(c.leaves)), needs: map[leafSet]leafSet{}}
	for _, e := range c.conds {
		if cond := c.searchCond(o, e); cond.of != 0 {
			s.conds = append(s.conds, cond)
		}
	}
	for i, l := range c.leaves {
		s.best[1<<i] = searchedSet{rows: math.Max(l.node.Est().Rows, 1), cost: l.node.Est().Total}
		if l.optional {
			s.addOptional(c, o, l, 1<<i)
		}
	}
	if s.run(false); math.IsNaN(s.whole().cost) {
		s.run(true)
	}
	return s
}

// addOptional adds what an optional leaf is joined by.
func (s *joinSearch) addOptional(c *cluster, o *optimizer, l clusterLeaf, leaf leafSet) {
	s.optional |= leaf
	for _, e := range l.on {
		cond := c.searchCond(o, e)
		s.needs[leaf] |= cond.of &^ leaf
		cond.of, cond.by = cond.of|leaf, leaf
		s.conds = append(s.conds, cond)
	}
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
			l, r, ok := s.sides(left, right)
			if !ok {
				continue
			}
			cost, connected := s.cost(l, r, best.rows)
			if (connected || cross) && !(cost >= best.cost) {
				best.cost, best.left, best.right = cost, l, r
			}
		}
		s.best[set] = best
	}
}

// sides puts a sole optional leaf right, and says whether the two sets may be joined.
func (s *joinSearch) sides(left, right leafSet) (l, r leafSet, ok bool) {
	if s.sole(left) {
		left, right = right, left
	}
	return left, right, !s.sole(left) && (!s.sole(right) || s.needs[right]&^left == 0)
}

// sole says whether a set is one leaf that is optional.
func (s *joinSearch) sole(set leafSet) bool { return set&(set-1) == 0 && set&s.optional != 0 }

// rows is how many a set of leaves has once it is joined, whatever the order. An optional leaf takes none away.
func (s *joinSearch) rows(set leafSet) float64 {
	rows := 1.0
	for rest := set; rest != 0; rest &= rest - 1 {
		leaf := rest & -rest
		n := s.best[leaf].rows
		if leaf&s.optional != 0 {
			n = math.Max(n*s.share(set, leaf), 1)
		}
		rows *= n
	}
	return math.Max(rows*s.share(set, 0), 1)
}

// share is that of the pairs which the conditions of a set's inner joins, or of an optional leaf, let pass.
func (s *joinSearch) share(set, by leafSet) float64 {
	share := 1.0
	for _, c := range s.conds {
		if c.by == by && c.of&^set == 0 && c.of&(c.of-1) != 0 {
			share *= c.share
		}
	}
	return share
}

// cost is that of joining two sets, with the costs of the sets; connected says that a condition is over both.
func (s *joinSearch) cost(left, right leafSet, rows float64) (cost float64, connected bool) {
	l, r := s.best[left], s.best[right]
	hashed := false
	lookup := math.Inf(1)
	keys, each := 1.0, 0.0
	by := leafSet(0)
	if s.sole(right) {
		by = right
	}
	for _, c := range s.conds {
		if c.by != by || c.of&^(left|right) != 0 || c.of&left == 0 || c.of&right == 0 {
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
		if one, ok := c.lookups[left]; ok && by == 0 {
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
