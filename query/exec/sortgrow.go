package exec

import (
	"context"
	"math"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// growingSort is a Sort with a plan.Growth: rounds of its input, each with more rows of the vector search below, until no
// row that the search has not given can be among the first.
type growingSort struct {
	node   *plan.Growth
	search *vectorSearch
	bound  *eval.Expr // nil where groups is there
	groups *eval.Expr
	want   int64 // its value
	asked  int   // rows of the search in the round at hand, -1 for all
}

// Each round asks for growthFactor times the rows of the one before. One that would ask for more than a growthShare'th of
// them has them all, by a scan.
const (
	leastGrowth  = 64
	growthFactor = 4
	growthShare  = 16
)

// growing makes it, once the input has been built; nil for a Sort of all its input.
func (r *running) growing(g *plan.Growth) (*growingSort, error) {
	if g == nil {
		return nil, nil
	}
	bound, err := r.condition(g.Bound)
	if err != nil {
		return nil, err
	}
	groups, err := r.condition(g.Groups)
	return &growingSort{node: g, search: r.searches[g.Search], bound: bound, groups: groups}, err
}

// ask tells the search how many rows to give. It must be opened again then.
func (g *growingSort) ask(k int) error {
	if k >= 0 {
		rows, err := g.search.indexed()
		if err != nil {
			return err
		}
		if k > max(leastGrowth, rows/growthShare) {
			k = -1
		}
	}
	value := datum.Null
	if g.asked = k; k >= 0 {
		value = datum.NewInt(int64(k))
	}
	g.search.r.exprs.SetSlot(g.node.Want, value)
	return nil
}

// first asks for the rows of the first round.
func (g *growingSort) first(ctx context.Context, limit int) error {
	k := -1
	if limit >= 0 && limit < 1<<20 {
		k = max(leastGrowth, int(float64(limit)*g.node.Each))
	}
	if g.groups != nil {
		groups, err := g.groups.Value()
		if err != nil {
			return err
		}
		g.want = groups.Int()
		k = max(leastGrowth, int(float64(min(g.want, 1<<30))*g.node.Each))
	}
	if k >= 0 && g.node.Undefined {
		undefined, err := g.search.hasZeroVectors(ctx)
		if err != nil {
			return err
		}
		if undefined {
			k = -1
		}
	}
	return g.ask(k)
}

// grow sorts the rows of one round after the other. The input is open for the first.
func (s *sortRows) grow(ctx context.Context, limit int) error {
	for {
		if err := s.round(ctx, limit); err != nil {
			return err
		}
		g := s.growth
		if g.asked < 0 || limit == 0 || g.search.exhausted() {
			return nil
		}
		if done, err := s.settled(limit); err != nil || done {
			return err
		}
		if err := g.ask(g.asked * growthFactor); err != nil {
			return err
		}
		s.runs.drop()
		s.input.Close()
		if err := s.input.Open(ctx); err != nil {
			return err
		}
	}
}

// settled says whether the last of the rows wanted is at least as good as any that is still to come can be, or whether all
// groups have a row.
func (s *sortRows) settled(limit int) (bool, error) {
	if s.growth.groups != nil {
		return len(s.runs.runs) == 0 && s.groupsFound() == s.growth.want, nil
	}
	if len(s.runs.order) < limit {
		return false, nil
	}
	g := s.growth
	last := g.search.last()
	g.search.r.exprs.SetSlot(g.node.Last, last)
	bound, err := g.bound.Value()
	if err != nil || isNaN(last) || isNaN(bound) { // of which nothing follows
		return false, err
	}
	key := s.node.Keys[0]
	worst := s.runs.by.vals.Cols[0].Get(s.runs.order[limit-1])
	if worst.IsNull() || bound.IsNull() { // NULL is the last of all, or there is none
		return !worst.IsNull(), nil
	}
	c := datum.Compare(key.Expr.Type(), worst, bound)
	if key.Desc {
		c = -c
	}
	return c < 0, nil
}

func isNaN(d datum.Datum) bool { return !d.IsNull() && math.IsNaN(d.Float()) }

// groupsFound counts the groups of rows that are equal in the first keys.
func (s *sortRows) groupsFound() (n int64) {
	same := func(a, b int) bool {
		for k, col := range s.runs.by.vals.Cols[:s.growth.node.GroupKeys] {
			x, y := col.Get(a), col.Get(b)
			if x.IsNull() != y.IsNull() || !x.IsNull() && datum.Compare(s.node.Keys[k].Expr.Type(), x, y) != 0 {
				return false
			}
		}
		return true
	}
	for i, at := range s.runs.order {
		if i == 0 || !same(at, s.runs.order[i-1]) {
			n++
		}
	}
	return n
}
