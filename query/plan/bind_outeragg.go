package plan

import (
	"slices"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// An aggregate belongs to the innermost query that a column in it is of: in SELECT (SELECT count(t.id)) FROM t it
// is t's query that counts, and the subquery reads the count as it reads any value of the row around it.

// captured is the state of the captures around an expression, to go back to after a binding on trial.
type captured struct {
	at                *capture
	slots, args, deps int
}

// aggregateOwner binds an aggregate's arguments on trial: the capture of the enclosing query that it belongs to, nil when
// that is its own query. Errors are left for the binding proper to find.
func (c *exprContext) aggregateOwner(x *parse.FuncCall) *capture {
	if c.scope.parent == nil || c.inAgg {
		return nil
	}
	var own bool
	var outer []int
	return c.trial(func() { own, outer = c.columnsOfAggregate(x) }, func(m captured) bool {
		return !own && slices.ContainsFunc(outer, func(s int) bool { return slices.Contains(m.at.slots, s) })
	})
}

// onTrial binds expressions and forgets that it did; ok is false where they cannot be bound.
func (c *exprContext) onTrial(list []parse.Expr) (out []Expr, ok bool) {
	inner := *c
	inner.aggs, inner.windows = &aggCollector{}, &windowCollector{}
	var err error
	c.trial(func() { out, err = inner.bindAll(list) }, func(captured) bool { return false })
	return out, err == nil
}

// trial binds something whose traces are then removed. It gives the first of the captures around that owns says yes to.
func (c *exprContext) trial(bind func(), owns func(captured) bool) *capture {
	slots, subplans, ctes := c.b.slots, c.b.subplans, len(c.b.ctes)
	var marks []captured
	for at := c.scope.parent; at != nil; at = at.scope.parent {
		marks = append(marks, captured{at, len(at.slots), len(at.args), len(at.deps)})
	}
	c.b.copying++
	bind()
	c.b.copying--
	var owner *capture
	for _, m := range marks {
		if owner == nil && owns(m) {
			owner = m.at
		}
		m.at.slots, m.at.args, m.at.deps = m.at.slots[:m.slots], m.at.args[:m.args], m.at.deps[:m.deps]
	}
	c.b.slots, c.b.subplans, c.b.ctes = slots, subplans, c.b.ctes[:ctes]
	return owner
}

// columnsOfAggregate says whether an aggregate reads columns of its own query, and which outer slots it reads.
func (c *exprContext) columnsOfAggregate(x *parse.FuncCall) (own bool, outer []int) {
	inner := *c
	inner.inAgg, inner.aggs = true, &aggCollector{}
	written := slices.Clone(x.Args)
	for _, it := range x.OrderBy {
		written = append(written, it.Arg)
	}
	if x.Filter != nil {
		written = append(written, x.Filter)
	}
	for _, w := range written {
		e, err := inner.bind(w)
		if err != nil {
			return true, nil
		}
		Walk(e, func(e Expr) bool {
			switch e := e.(type) {
			case *Col:
				own = true
			case *Outer:
				outer = append(outer, e.Slot)
			case *Subquery: // its Args are walked; the rest of what it reads is of queries further out
				outer = append(outer, e.Deps...)
			}
			return true
		})
	}
	return own, outer
}

// outerAggregate binds an aggregate where it belongs and makes its value one of the row that the queries between read.
func (c *exprContext) outerAggregate(x *parse.FuncCall, of *capture) (Expr, error) {
	if of.context == nil {
		return nil, fail(x.Pos(), sqlstate.GroupingError,
			"aggregate functions are not allowed in FROM clause of their own query level")
	}
	if c.b.rec != nil {
		return nil, unsupported(x.Pos(), "an aggregate of an outer query in a view")
	}
	e, err := of.context.call(x)
	if err != nil {
		return nil, err
	}
	value := of.capture(c.b, e, &scopeCol{name: x.Name[len(x.Name)-1]}, -1)
	for at := c.scope.parent; at != of; at = at.scope.parent {
		at.depend(value.(*Outer).Slot)
	}
	return value, nil
}
