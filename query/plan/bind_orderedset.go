package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// orderedSet binds f(direct) WITHIN GROUP (ORDER BY sorted): the function is declared on both lists, one after the other.
func (c *exprContext) orderedSet(x *parse.FuncCall) (Expr, error) {
	if of := c.aggregateOwner(x); of != nil {
		return c.outerAggregate(x, of)
	}
	inner, err := c.insideAggregate(x)
	if err != nil {
		return nil, err
	}
	direct, err := inner.bindAll(x.Args)
	if err != nil {
		return nil, err
	}
	sorted := make([]Expr, len(x.OrderBy))
	for i, it := range x.OrderBy {
		if sorted[i], err = inner.bind(it.Arg); err != nil {
			return nil, err
		}
	}
	p, args, ret, err := c.resolveOrderedSet(x, append(direct, sorted...), len(direct))
	if err != nil {
		return nil, err
	}
	call := &AggCall{Typed: Typed{ret, -1}, Proc: p, Direct: args[:len(direct)]}
	if call.Steps, err = c.b.aggregateSteps(p, args); err != nil {
		return nil, at(err, x.Pos())
	}
	if call.Filter, err = inner.filter(x.Filter); err != nil {
		return nil, err
	}
	for i, it := range x.OrderBy {
		k, err := c.b.sortKey(args[len(direct)+i], it)
		if err != nil {
			return nil, err
		}
		call.OrderBy = append(call.OrderBy, k)
	}
	return c.collect(call, x)
}

// resolveOrderedSet finds the aggregate among those of its name and converts the arguments.
func (c *exprContext) resolveOrderedSet(x *parse.FuncCall, args []Expr, direct int) (*catalog.Proc, []Expr, *datum.Type, error) {
	name := x.Name[len(x.Name)-1]
	procs := c.b.procsNamed(x.Name)
	if i := slices.IndexFunc(procs, func(p *catalog.Proc) bool { return p.OrderedSet() == 'h' && p.User == nil }); i >= 0 {
		if sorted := len(args) - direct; direct != sorted {
			return nil, nil, nil, missingOrderedSet(x, args, fmt.Sprintf("To use the hypothetical-set aggregate %s, the number of "+
				"hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).", name, direct, sorted))
		}
		err := c.unifyHypothetical(x, args, direct)
		return procs[i], args, procs[i].Ret, err
	}
	whole := *x
	whole.Args = slices.Clone(x.Args)
	for _, it := range x.OrderBy {
		whole.Args = append(whole.Args, it.Arg)
	}
	p, args, ret, err := c.b.resolveProc(&whole, args, "a")
	if err == nil && madeByUser(p) {
		c.b.notes(x, p.OID)
	}
	if err == nil && p.OrderedSet() == 0 {
		return nil, nil, nil, fail(x.Pos(), sqlstate.WrongObjectType,
			"%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
	}
	if err == nil && p.DirectArgs() != direct {
		err = c.b.noProc(name, procs, &whole, args, -1)
	}
	if err == nil && p.OrderedSet() == 'h' {
		err = c.unifyHypothetical(x, args, direct)
	}
	return p, args, ret, err
}

func missingOrderedSet(x *parse.FuncCall, args []Expr, hint string) error {
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = a.Type().String()
	}
	return sqlstate.New(sqlstate.UndefinedFunction, "function %s(%s) does not exist", strings.Join(x.Name, "."),
		strings.Join(types, ", ")).WithHint("%s", hint).At(x.Pos())
}

// unifyHypothetical gives each direct argument and the sort expression that it is compared with one type.
func (c *exprContext) unifyHypothetical(x *parse.FuncCall, args []Expr, direct int) error {
	for i := range direct {
		pair := []Expr{args[direct+i], args[i]} // the sorted one leads
		places := []int{exprStart(x.OrderBy[i].Arg), exprStart(x.Args[i])}
		if _, err := c.b.unify(pair, "WITHIN GROUP", places); err != nil {
			return err
		}
		args[direct+i], args[i] = pair[0], pair[1]
	}
	return nil
}

// cloneAggs copies aggregates as far as rewriteDirect changes them: the recorder keeps what was bound.
func cloneAggs(calls []*AggCall) []*AggCall {
	out := make([]*AggCall, len(calls))
	for i, a := range calls {
		c := *a
		c.Direct = slices.Clone(a.Direct)
		out[i] = &c
	}
	return out
}

// rewriteDirect puts direct arguments over the keys of their group.
func (g *grouping) rewriteDirect() error {
	for _, a := range g.node.Aggs {
		for i := range a.Direct {
			var err error
			if a.Direct[i], err = g.rewrite(a.Direct[i]); err != nil {
				var e *sqlstate.Error
				if errors.As(err, &e) {
					_ = e.WithDetail("Direct arguments of an ordered-set aggregate must use only grouped columns.")
				}
				return err
			}
		}
	}
	return nil
}
