package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// grouping rewrites expressions from the input row to the Aggregate's output row.
type grouping struct {
	core *selectCore
	node *Aggregate
	// inSubquery is set while the columns that a subquery takes from our row are looked at.
	inSubquery bool
}

func collectAggs(e Expr) (out []*aggRef) {
	Walk(e, func(x Expr) bool {
		if a, ok := x.(*aggRef); ok {
			out = append(out, a)
		}
		return true
	})
	return out
}

// rewrite puts placeholders for keys and aggregates, since the number of keys is final only in finish: an
// ungrouped column that a grouped primary key determines becomes a key too.
func (g *grouping) rewrite(e Expr) (Expr, error) {
	_, constant := e.(*Const)
	for i, k := range g.node.Keys {
		if !constant && equalExpr(k, e) {
			return &keyRef{Typed: Typed{e.Type(), e.Typmod()}, index: i, name: exprName(k)}, nil
		}
	}
	switch x := e.(type) {
	case *aggRef, *keyRef:
		return x, nil
	case *groupingCall:
		return g.groupingCall(x)
	case *Col:
		return g.ungrouped(x)
	case *Subquery:
		return g.subquery(x)
	}
	return g.operands(e)
}

// subquery rewrites what a subquery takes from our row; its left side stands in our own query.
func (g *grouping) subquery(x *Subquery) (Expr, error) {
	out := *x
	var err error
	if x.Left != nil {
		if out.Left, err = g.rewrite(x.Left); err != nil {
			return nil, err
		}
	}
	defer func(was bool) { g.inSubquery = was }(g.inSubquery)
	g.inSubquery = true
	out.Args = make([]Expr, len(x.Args))
	for i, a := range x.Args {
		if out.Args[i], err = g.rewrite(a); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

func (g *grouping) operands(e Expr) (Expr, error) {
	var err error
	out := mapChildren(e, func(c Expr) Expr {
		if err != nil {
			return c
		}
		var r Expr
		if r, err = g.rewrite(c); err != nil {
			return c
		}
		return r
	})
	return out, err
}

func exprName(e Expr) string {
	if c, ok := e.(*Col); ok {
		return c.Name
	}
	return ""
}

// ungrouped accepts a column that a grouped primary key determines, as SQL:1999 and Postgres do.
func (g *grouping) ungrouped(x *Col) (Expr, error) {
	for _, col := range g.core.scope.cols {
		ref, ok := col.expr.(*Col)
		if !ok || ref.Index != x.Index || col.merged {
			continue
		}
		if g.determined(col) {
			g.node.Keys = append(g.node.Keys, x)
			for i := range g.node.Sets {
				g.node.Sets[i] = append(g.node.Sets[i], len(g.node.Keys)-1)
			}
			return &keyRef{Typed: x.Typed, index: len(g.node.Keys) - 1, name: x.Name}, nil
		}
		if g.inSubquery {
			return nil, fail(x.at-1, sqlstate.GroupingError, "subquery uses ungrouped column \"%s.%s\" from outer query",
				col.rel, col.name)
		}
		return nil, fail(x.at-1, sqlstate.GroupingError,
			"column \"%s.%s\" must appear in the GROUP BY clause or be used in an aggregate function", col.rel, col.name)
	}
	return nil, fail(x.at-1, sqlstate.GroupingError,
		"column %q must appear in the GROUP BY clause or be used in an aggregate function", x.Name)
}

func (g *grouping) determined(col scopeCol) bool {
	rel := g.core.scope.relNamed(parse.Name{col.rel})
	if rel == nil || rel.table == nil {
		return false
	}
	pk := rel.table.PrimaryKey()
	if pk == nil || pk.Deferrable {
		return false
	}
	for _, part := range pk.Keys {
		if !g.groupsBy(col.rel, part) {
			return false
		}
	}
	return true
}

func (g *grouping) groupsBy(rel string, part catalog.KeyPart) bool {
	for _, col := range g.core.scope.cols {
		if col.rel == rel && col.attNum == part.AttNum {
			key := slices.IndexFunc(g.node.Keys, func(k Expr) bool { return equalExpr(k, col.expr) })
			return key >= 0 && !slices.ContainsFunc(g.node.Sets, func(set []int) bool { return !slices.Contains(set, key) })
		}
	}
	return false
}

// keyRef stands for a grouping key until finish.
type keyRef struct {
	Typed
	index int
	name  string
}

// finish fixes the Aggregate's columns and turns the placeholders of the rewritten expressions into references to them.
func (g *grouping) finish(above slotList) Node {
	n := len(g.node.Keys)
	for _, k := range g.node.Keys {
		g.node.Cols = append(g.node.Cols, outputColumn(exprName(k), k, g.node.Input))
	}
	for _, a := range g.node.Aggs {
		g.node.Cols = append(g.node.Cols, Column{Name: a.Proc.Name, Type: a.T, Typmod: a.Mod})
	}
	for range g.node.Grouping {
		g.node.Cols = append(g.node.Cols, Column{Name: "grouping", Type: datum.Int4, Typmod: -1})
	}
	place := func(x Expr) Expr {
		switch r := x.(type) {
		case *keyRef:
			return &Col{Typed: r.Typed, Index: r.index, Name: r.name}
		case *aggRef:
			return &Col{Typed: r.Typed, Index: n + r.index, Name: g.node.Aggs[r.index].Proc.Name}
		case *groupingRef:
			return &Col{Typed: r.Typed, Index: n + len(g.node.Aggs) + r.index, Name: "grouping"}
		}
		return x
	}
	for _, a := range g.node.Aggs {
		for i, e := range a.Direct {
			a.Direct[i] = Transform(e, place)
		}
	}
	for _, s := range above {
		*s.at = Transform(*s.at, place)
	}
	return g.node
}
