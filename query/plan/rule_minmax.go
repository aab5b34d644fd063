package plan

import (
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
)

// endsOfIndexes finds min(…) and max(…) of a whole table, or of the rows of a condition, at the ends of indexes
// (preprocess_minmax_aggregates of planagg.c):
//
//	Aggregate max(x)             Values (subquery)
//	  Scan t, Filter F     →       Limit 1
//	                                 Project x
//	                                   Scan t backwards by an index on x, Filter F and x IS NOT NULL
//
// for all the aggregates of a query or for none, and where that costs less. It wants predicates pushed into scans, and
// scans without indexes.
func (o *optimizer) endsOfIndexes(n Node) Node {
	mapInputs(n, o.endsOfIndexes)
	a, ok := n.(*Aggregate)
	if !ok || len(a.Keys) > 0 || a.Sets != nil || len(a.Grouping) > 0 || len(a.Aggs) == 0 {
		return n
	}
	c := chain{}
	if c.scan = c.under(a.Input); c.scan == nil || c.scan.Index != nil || c.scan.Table.Virtual != nil {
		return n
	}
	row, cost := make([]Expr, len(a.Aggs)), 0.0
	for i, call := range a.Aggs {
		end := o.endOf(&c, call)
		if end == nil {
			return n
		}
		cost += o.estimate(end).Total
		row[i] = o.initPlan(end, a.Cols[i])
	}
	plain := *c.scan
	o.useIndex(&plain)
	if e := o.estimate(&plain); e.Total+e.Rows*cpuOperatorCost*float64(len(a.Aggs)) <= cost {
		return n
	}
	out := &Values{Rows: [][]Expr{row}}
	out.Cols = a.Cols
	return out
}

// endOf is the plan that gives what an aggregate is of: the first row of an index's order; nil where there is none.
func (o *optimizer) endOf(c *chain, call *AggCall) Node {
	p := call.Proc
	if p.Schema != catalog.PgCatalogOID || p.Name != "min" && p.Name != "max" || len(call.Args) != 1 || call.Filter != nil ||
		len(call.OrderBy) > 0 {
		return nil
	}
	arg := c.overScan(call.Args[0])
	if volatile(arg) || freeOfColumns(arg) {
		return nil
	}
	key := unwidened(arg)
	for _, nullsFirst := range []bool{false, true} { // there are none of them
		scan := *c.scan
		scan.Filter = allOf(append(slices.Clone(conjuncts(scan.Filter)), &NullTest{Typed: boolType(), Arg: key, Not: true}))
		sort := &Sort{Input: &scan, Keys: []SortKey{{Expr: key, Desc: p.Name == "max", NullsFirst: nullsFirst}}}
		sort.Cols = scan.Cols
		value := &Project{Input: sort, Exprs: []Expr{arg}}
		value.Cols = []Column{{Name: p.Name, Type: arg.Type(), Typmod: arg.Typmod()}}
		first := &Limit{Input: value, Count: intExpr(1)}
		first.Cols = value.Cols
		if o.orderedLimit(first); scan.Index != nil {
			return first
		}
	}
	return nil
}

// initPlan makes a plan of one value an expression.
func (o *optimizer) initPlan(n Node, col Column) Expr {
	q := &Subquery{Typed: Typed{col.Type, col.Typmod}, Kind: Scalar, Plan: n, Deps: slotsRead(n)}
	o.subplansMade++
	kind := "SubPlan"
	if len(q.Deps) == 0 {
		kind = "InitPlan"
	}
	q.Name = fmt.Sprintf("%s %d", kind, o.subplansMade)
	if t := n.Columns()[0].Type; t != col.Type {
		q.Typed = Typed{t, -1}
		return &Cast{Typed: Typed{col.Type, col.Typmod}, Arg: q, Pos: -1}
	}
	return q
}

// countSubplans is the greatest number that a subquery of the plan has in its name.
func countSubplans(p *Plan) (most int) {
	count := func(n Node) bool {
		for _, q := range Subplans(n) {
			most = max(most, subplanNumber(q))
		}
		return true
	}
	walkNodes(p.Root, count)
	for _, c := range p.CTEs {
		walkNodes(c.Plan, count)
	}
	return most
}
