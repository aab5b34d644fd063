package plan

import (
	"slices"
	"strconv"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// A Growth may stand over groups, of which each is ranked by its best row:
//
//	Sort min(emb <=> q)                 Sort d
//	  Aggregate artist                    Dedup on artist
//	    Scan                                Sort artist, d
//	                                          Project … emb <=> q AS d
//	                                            Scan
//
// Of the rows that the search has not given none is better than the bound. So a group that is has its best row among those
// given, and all that are as good as it; and no group is missing that is better than the bound.

// firstOfGroup is the expression over an aggregate's input of which key, over its output, is the least value, or with desc
// the greatest; nil where the groups have anything else that more rows could change.
func firstOfGroup(x *Aggregate, key Expr, desc bool) Expr {
	col, ok := key.(*Col)
	if !ok || col.Index < len(x.Keys) || len(x.Sets) > 0 || len(x.Grouping) > 0 || len(x.Keys) == 0 {
		return nil
	}
	want := "min"
	if desc {
		want = "max"
	}
	first := x.Aggs[0]
	for _, a := range x.Aggs {
		if a.Proc.Schema != catalog.PgCatalogOID || a.Proc.Name != want || a.Filter != nil || len(a.Args) != 1 ||
			!equalExpr(a.Args[0], first.Args[0]) || volatile(a.Args[0]) {
			return nil
		}
	}
	if slices.ContainsFunc(x.Keys, volatile) {
		return nil
	}
	return first.Args[0]
}

// firstRowOfGroup is where the input hangs of a DISTINCT ON that keeps the first row of each group by the key; nil where it
// keeps another.
func firstRowOfGroup(x *Dedup, by SortKey) *Node {
	s, ok := x.Input.(*Sort)
	if !ok || !x.Ordered || len(x.On) == 0 || len(s.Keys) <= len(x.On) || s.Grow != nil {
		return nil
	}
	if next := s.Keys[len(x.On)]; next.Desc != by.Desc || next.NullsFirst != by.NullsFirst || !equalExpr(next.Expr, by.Expr) {
		return nil
	}
	return &s.Input
}

// groupsUnder is the node that makes groups below others that pass its rows on, nil for none.
func groupsUnder(n Node) Node {
	for {
		switch x := n.(type) {
		case *Aggregate, *Dedup:
			return x
		case *Project:
			n = x.Input
		case *Filter:
			n = x.Input
		default:
			return nil
		}
	}
}

// fewOfGroups says whether a Limit wants only some of the groups below it: for all of them all rows would be read, and
// again what was read before.
func (o *optimizer) fewOfGroups(n Node, l *Limit) bool {
	groups := groupsUnder(n)
	if groups == nil {
		return true
	}
	k, ok := constCount(limitBound(l))
	if !ok {
		k = 10
	}
	return o.estimate(groups).Rows >= 2*k
}

// rowsAGroup is how many rows a group must have on average for it to be worth looking for each group's first row among the
// nearest: those of a group may all be far away, and then all rows are read in the end.
const rowsAGroup = 64

// growGroups lets DISTINCT ON (g) … ORDER BY g, distance read the nearest rows until every group has one. How many groups
// there are is found out first, without looking at vectors.
//
//	Dedup on artist                         Dedup on artist
//	  Sort artist, emb <=> q                  Sort artist, distance; Groups (SELECT count(*) FROM (SELECT DISTINCT artist …))
//	    Project              →                  Project
//	      Scan                                    VectorSearch, as many as needed
func (o *optimizer) growGroups(x *Dedup) {
	s, ok := x.Input.(*Sort)
	if !ok || !x.Ordered || len(x.On) == 0 || len(s.Keys) <= len(x.On) || s.Grow != nil || volatilePlan(s.Input) {
		return
	}
	var c chain
	scan := c.under(s.Input)
	if scan == nil || scan.Index != nil || scan.RowID || scan.Mark != 0 || o.uniqueLookup(scan) {
		return
	}
	key := s.Keys[len(x.On)]
	d, ok := distanceOf(c.overScan(key.Expr))
	if !ok || (d.sign > 0) == key.Desc {
		return
	}
	if o.cat.Statistics(scan.Table.OID) == nil || o.estimate(x).Rows*rowsAGroup > o.cat.TableRows(scan.Table) {
		return
	}
	v, ok := o.search(scan, d)
	if !ok {
		return
	}
	nullable := v.takeConditions(scan, d) && !o.filled(scan, d.key)
	if nullable && key.NullsFirst || key.Desc && d.metric == Cosine && !o.unitVectors(scan.Table, v.AttNum) {
		return
	}
	groups := o.groupCount(scan, mapExprs(x.On, c.overScan))
	v.NullsLast, v.Ties, v.Unordered = nullable, true, true
	v.K = &Outer{Typed: Typed{datum.Int8, -1}, Slot: o.plan.Slots}
	s.Grow = &Growth{Search: v, Want: o.plan.Slots, Last: o.plan.Slots + 1, Each: 4, Groups: groups, GroupKeys: len(x.On)}
	o.plan.Slots += 2
	if len(c.below) == 0 {
		s.Input = dropDistance(v, scan.Cols)
		return
	}
	last := c.below[len(c.below)-1]
	for i, e := range last.Exprs {
		last.Exprs[i] = replaceDistance(e, d, distanceColumn(v))
	}
	last.Input = v
}

func mapExprs(list []Expr, f func(Expr) Expr) []Expr {
	out := make([]Expr, len(list))
	for i, e := range list {
		out[i] = f(e)
	}
	return out
}

// groupCount is (SELECT count(*) FROM (SELECT DISTINCT on FROM scan)).
func (o *optimizer) groupCount(from *Scan, on []Expr) Expr {
	scan := *from
	scan.Ordinals, scan.Cols = slices.Clone(scan.Ordinals), slices.Clone(scan.Cols)
	scan.Filter = allOf(cloneAll(conjuncts(scan.Filter)))
	groups := &Project{Input: &scan, Exprs: cloneAll(on)}
	for i, e := range on {
		groups.Cols = append(groups.Cols, Column{Name: "key" + strconv.Itoa(i+1), Type: e.Type(), Typmod: e.Typmod()})
	}
	i := slices.IndexFunc(catalog.Builtin().ProcsNamed("count"), func(p *catalog.Proc) bool { return len(p.Args) == 0 })
	count := &AggCall{Typed: Typed{datum.Int8, -1}, Proc: catalog.Builtin().ProcsNamed("count")[i]}
	sum := &Aggregate{Input: dedup(groups, nil), Aggs: []*AggCall{count}}
	sum.Cols = []Column{{Name: "count", Type: datum.Int8, Typmod: -1}}
	return o.initPlan(sum, sum.Cols[0])
}
