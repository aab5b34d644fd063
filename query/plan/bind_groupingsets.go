package plan

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// GROUP BY is a list of items, each of which stands for a list of grouping sets: an expression for one set of
// itself, ROLLUP (a, b) for (a, b), (a), (). The query's sets are every way to take one of each.

// maxGroupingSets bounds their number, as Postgres does (expand_grouping_sets's callers).
const maxGroupingSets = 4096

// groupBy binds GROUP BY to keys and, where it is more than a list of them, grouping sets.
func (c *selectCore) groupBy() error {
	sets := [][]int{{}}
	for _, g := range c.s.GroupBy {
		item, err := c.groupingSets(g)
		if err != nil {
			return err
		}
		if len(sets)*len(item) > maxGroupingSets {
			return fail(g.Pos(), sqlstate.StatementTooComplex, "too many grouping sets present (maximum %d)", maxGroupingSets)
		}
		sets = product(sets, item)
	}
	if c.s.GroupDistinct {
		sets = distinctSets(sets)
	}
	if len(sets) > 1 || len(sets[0]) < len(c.keys) {
		c.sets = sets
	}
	return nil
}

// product joins every set of a with every one of b.
func product(a, b [][]int) [][]int {
	var out [][]int
	for _, x := range a {
		for _, y := range b {
			out = append(out, union(x, y))
		}
	}
	return out
}

// union is the sorted union of two sets of keys.
func union(a, b []int) []int {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

func distinctSets(sets [][]int) [][]int {
	var out [][]int
	for _, s := range sets {
		if !slices.ContainsFunc(out, func(have []int) bool { return slices.Equal(have, s) }) {
			out = append(out, s)
		}
	}
	return out
}

// groupingSets expands one item of GROUP BY.
func (c *selectCore) groupingSets(g parse.Expr) ([][]int, error) {
	gs, ok := g.(*parse.GroupingSet)
	if !ok {
		set, err := c.simpleSet([]parse.Expr{g})
		return [][]int{set}, err
	}
	switch gs.Kind {
	case "empty":
		return [][]int{{}}, nil
	case "rollup":
		return c.rollup(gs)
	case "cube":
		return c.cube(gs)
	case "sets":
		var out [][]int
		for _, a := range gs.Args {
			sets, err := c.groupingSets(a)
			if err != nil {
				return nil, err
			}
			out = append(out, sets...)
		}
		return out, nil
	}
	set, err := c.simpleSet(gs.Args)
	return [][]int{set}, err
}

// elements are the arguments of ROLLUP and CUBE: each a key or a list of keys in parentheses.
func (c *selectCore) elements(gs *parse.GroupingSet) ([][]int, error) {
	out := make([][]int, len(gs.Args))
	for i, a := range gs.Args {
		var err error
		if out[i], err = c.simpleSet([]parse.Expr{a}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *selectCore) rollup(gs *parse.GroupingSet) ([][]int, error) {
	elements, err := c.elements(gs)
	if err != nil {
		return nil, err
	}
	sets := [][]int{{}}
	for _, e := range elements {
		sets = append(sets, union(sets[len(sets)-1], e))
	}
	slices.Reverse(sets)
	return sets, nil
}

func (c *selectCore) cube(gs *parse.GroupingSet) ([][]int, error) {
	if len(gs.Args) > 12 {
		return nil, fail(gs.Pos(), sqlstate.TooManyColumns, "CUBE is limited to 12 elements")
	}
	elements, err := c.elements(gs)
	if err != nil {
		return nil, err
	}
	var out [][]int
	for mask := 1<<len(elements) - 1; mask >= 0; mask-- {
		set := []int{}
		for i, e := range elements {
			if mask&(1<<(len(elements)-1-i)) != 0 {
				set = union(set, e)
			}
		}
		out = append(out, set)
	}
	return out, nil
}

// simpleSet is one set of expressions; (a, b) in parentheses is a and b.
func (c *selectCore) simpleSet(items []parse.Expr) ([]int, error) {
	set := []int{}
	for _, it := range items {
		if row, ok := it.(*parse.RowExpr); ok && row.Implicit {
			more, err := c.simpleSet(row.Fields)
			if err != nil {
				return nil, err
			}
			set = union(set, more)
			continue
		}
		key, err := c.groupKey(it)
		if err != nil {
			return nil, err
		}
		set = union(set, []int{key})
	}
	return set, nil
}

// groupKey binds one grouping expression and returns its place among the keys.
func (c *selectCore) groupKey(g parse.Expr) (int, error) {
	e, out, err := c.groupItem(g)
	if err != nil {
		return 0, err
	}
	switch {
	case len(collectAggs(e)) > 0:
		return 0, fail(g.Pos(), sqlstate.GroupingError, "aggregate functions are not allowed in GROUP BY")
	case hasWindow(e):
		return 0, fail(g.Pos(), sqlstate.WindowingError, "window functions are not allowed in GROUP BY")
	case !datum.Comparable(e.Type()):
		return 0, fail(exprStart(g), sqlstate.UndefinedFunction, "could not identify an equality operator for type %s", e.Type())
	}
	key := slices.IndexFunc(c.keys, func(k Expr) bool { return equalExpr(k, e) })
	if key < 0 {
		key = len(c.keys)
		c.keys = append(c.keys, e)
	}
	if c.b.rec != nil {
		if c.keyOf == nil {
			c.keyOf = map[parse.Expr]int{}
		}
		c.keyOf[g] = key
	}
	if _, constant := e.(*Const); constant && out >= 0 {
		c.constKeys = append(c.constKeys, [2]int{out, key})
	}
	return key, nil
}

// groupItem: an ordinal, an input column, an output name (SQL92), or any expression. out is the output column that
// it stands for, -1 for none.
func (c *selectCore) groupItem(g parse.Expr) (e Expr, out int, err error) {
	switch x := g.(type) {
	case *parse.Const:
		if e, err = ordinal(x, c.outs[:c.width], "GROUP BY"); err != nil {
			return nil, -1, err
		}
		return e, slices.Index(c.outs, e), nil
	case *parse.ColumnRef:
		if len(x.Name) == 1 {
			col, err := c.scope.local(c.b, x.Name, x.Pos())
			if err == nil && col == nil {
				if i := slices.Index(c.names, x.Name[0]); i >= 0 {
					return c.outs[i], i, nil
				}
			}
		}
	}
	ec := c.context("GROUP BY", false)
	ec.srfs = true
	e, err = ec.bindTyped(g)
	return e, -1, err
}

// groupingCall is GROUPING(…) until its arguments are found among the keys.
type groupingCall struct {
	Typed
	args []Expr
	pos  []int
}

// groupingFunc binds GROUPING(…): allowed where aggregates are.
func (c *exprContext) groupingFunc(x *parse.GroupingFunc) (Expr, error) {
	switch {
	case c.inAgg:
		return nil, fail(x.Pos(), sqlstate.GroupingError, "aggregate function calls cannot be nested")
	case c.aggs == nil:
		return nil, fail(x.Pos(), sqlstate.GroupingError, "grouping operations are not allowed in %s", c.clause)
	case len(x.Args) > 31:
		return nil, fail(x.Pos(), sqlstate.TooManyArguments, "GROUPING must have fewer than 32 arguments")
	}
	args, err := c.bindAll(x.Args)
	if err != nil {
		return nil, err
	}
	c.aggs.grouping = true
	return &groupingCall{Typed: Typed{datum.Int4, -1}, args: args, pos: exprStarts(x.Args)}, nil
}

// groupingRef stands for a GROUPING call's column of the Aggregate until finish.
type groupingRef struct {
	Typed
	index int
}

// groupingCall finds the keys that a GROUPING call is about.
func (g *grouping) groupingCall(x *groupingCall) (Expr, error) {
	keys := make([]int, len(x.args))
	for i, a := range x.args {
		keys[i] = slices.IndexFunc(g.node.Keys, func(k Expr) bool { return equalExpr(k, a) })
		if keys[i] < 0 {
			return nil, fail(x.pos[i], sqlstate.GroupingError,
				"arguments to GROUPING must be grouping expressions of the associated query level")
		}
	}
	at := slices.IndexFunc(g.node.Grouping, func(have []int) bool { return slices.Equal(have, keys) })
	if at < 0 {
		at = len(g.node.Grouping)
		g.node.Grouping = append(g.node.Grouping, keys)
	}
	return &groupingRef{Typed: x.Typed, index: at}, nil
}

// GroupingMask is GROUPING(keys) in the rows of grouping set i: a bit for each key that is not in the set, the last
// key's the lowest.
func (x *Aggregate) GroupingMask(keys []int, i int) int64 {
	var mask int64
	for _, k := range keys {
		mask <<= 1
		if x.Sets != nil && !slices.Contains(x.Sets[i], k) {
			mask |= 1
		}
	}
	return mask
}
