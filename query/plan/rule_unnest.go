package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// unnest turns EXISTS and IN subqueries that are conditions of a WHERE into semi joins, NOT EXISTS into
// anti joins. NOT IN stays a subplan: a NULL on either side makes it neither true nor false, which no
// join here expresses. It must run before predicates are pushed, while a subquery's
// correlated conditions still stand in a Filter at its top.
func (o *optimizer) unnest(n Node) Node {
	mapInputs(n, o.unnest)
	f, ok := n.(*Filter)
	if !ok {
		return n
	}
	input := f.Input
	var keep []Expr
	for _, c := range conjuncts(f.Cond) {
		if j := o.semiJoin(input, c); j != nil {
			j.Right = o.unnest(j.Right)
			input = j
			continue
		}
		keep = append(keep, c)
	}
	if len(keep) == 0 {
		return input
	}
	f.Input, f.Cond = input, allOf(keep)
	return f
}

// semiJoin makes a join of input with a condition's subquery, nil where that is not possible.
func (o *optimizer) semiJoin(input Node, cond Expr) *Join {
	kind := JoinSemi
	if not, ok := cond.(*Logic); ok && not.Op == Not {
		kind, cond = JoinAnti, not.Args[0]
	}
	q, ok := cond.(*Subquery)
	if !ok || len(q.Slots) == 0 && q.Kind == Exists {
		return nil // an uncorrelated EXISTS runs once
	}
	if q.Kind != Exists && (q.Kind != Any || kind == JoinAnti || q.Op != "=") {
		return nil
	}
	if q.Left != nil && volatile(q.Left) {
		return nil
	}
	q.Plan = o.mergeProjections(q.Plan)
	body, correlated, ok := decorrelate(q)
	if !ok || volatilePlan(body) {
		return nil
	}
	width := len(input.Columns())
	var on []Expr
	for _, c := range correlated {
		on = append(on, outerToLeft(shift(c, width), q))
	}
	if q.Rows {
		equal, rows := rowEqualities(body, q, width)
		if equal == nil {
			return nil
		}
		on, body = append(on, equal...), rows
	} else if q.Kind == Any {
		var value Expr
		if body, value, ok = subqueryValue(body, q, width); !ok {
			return nil
		}
		on = append(on, equality(q, value))
	}
	j := &Join{Kind: kind, Left: input, Right: body, Cond: allOf(on)}
	j.Cols = slices.Clone(input.Columns())
	return j
}

// equality is IN's comparison, over the joined row.
func equality(q *Subquery, value Expr) Expr {
	return &Call{Typed: boolType(), Proc: q.Proc, Op: q.Op, Args: []Expr{q.Left, value}, Pos: -1}
}

// subqueryValue finds what IN compares with, over left row ++ body's row. A projection at the
// body's top is looked through, since conditions were taken from below it.
func subqueryValue(body Node, q *Subquery, width int) (Node, Expr, bool) {
	p, ok := body.(*Project)
	if !ok {
		c := body.Columns()[0]
		return body, &Col{Typed: Typed{c.Type, c.Typmod}, Index: width, Name: c.Name}, true
	}
	value := shift(p.Exprs[0], width)
	if readsSlots(p.Exprs[0], q.Slots) {
		value = outerToLeft(value, q)
	}
	return p.Input, value, true
}

// rowEqualities is IN's comparison of rows, field by field; nil where a type has no equality of its own.
func rowEqualities(body Node, q *Subquery, width int) ([]Expr, Node) {
	left, ok := q.Left.(*Row)
	if !ok {
		return nil, nil
	}
	values := colsOf(body)
	if p, ok := body.(*Project); ok {
		values, body = p.Exprs, p.Input
	}
	var out []Expr
	for i, v := range values {
		eq := equalityOf(v.Type())
		if eq == nil {
			return nil, nil
		}
		value := shift(v, width)
		if readsSlots(v, q.Slots) {
			value = outerToLeft(value, q)
		}
		out = append(out, &Call{Typed: boolType(), Proc: eq.Proc, Op: "=", Args: []Expr{left.Fields[i], value}, Pos: -1})
	}
	return out, body
}

func equalityOf(t *datum.Type) *catalog.Operator {
	for _, o := range catalog.Builtin().OperatorsNamed("=") {
		if o.Left == t && o.Right == t {
			return o
		}
	}
	return nil
}

// outerToLeft replaces the slots that the row at hand fills by what fills them.
func outerToLeft(e Expr, q *Subquery) Expr {
	return Transform(e, func(x Expr) Expr {
		if out, ok := x.(*Outer); ok {
			if i := slices.Index(q.Slots, out.Slot); i >= 0 {
				return q.Args[i]
			}
		}
		return x
	})
}

func readsSlots(e Expr, own []int) bool {
	return !Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Outer:
			return !slices.Contains(own, x.Slot)
		case *Subquery:
			return !planReadsSlots(x.Plan, own)
		}
		return true
	})
}

func planReadsSlots(n Node, own []int) bool {
	return !walkNodes(n, func(x Node) bool {
		for _, s := range slots(x) {
			if readsSlots(*s.at, own) {
				return false
			}
		}
		switch x := x.(type) {
		case *CTEScan:
			return !planReadsSlots(x.CTE.Plan, own)
		case *WorkTableScan:
			return !slices.Contains(own, x.Work.Slot)
		}
		return true
	})
}

// decorrelate takes the conditions that read the row at hand from a Filter at the subquery's top.
// What is left must not read it. For IN the projection stays on top, over the filter's input.
func decorrelate(q *Subquery) (body Node, correlated []Expr, ok bool) {
	top := q.Plan
	var value *Project
	for {
		switch x := top.(type) {
		case *Project:
			if value == nil && q.Kind == Any {
				value = x
			} else if q.Kind == Any {
				return nil, nil, false
			}
			top = x.Input
			continue
		case *Sort:
			if q.Kind == Exists {
				top = x.Input
				continue
			}
		case *Limit:
			if q.Kind == Exists && atLeastOne(x) {
				top = x.Input
				continue
			}
		}
		break
	}
	body = top
	if f, isFilter := top.(*Filter); isFilter {
		body, correlated = takeCorrelated(f, q.Slots)
	}
	nested := slices.ContainsFunc(correlated, func(c Expr) bool { return nestedSlots(c, q.Slots) })
	if nested || planReadsSlots(body, q.Slots) {
		return nil, nil, false
	}
	if value != nil {
		if slices.ContainsFunc(value.Exprs, func(e Expr) bool { return nestedSlots(e, q.Slots) }) {
			return nil, nil, false
		}
		body = &Project{Out: value.Out, Input: body, Exprs: value.Exprs}
	}
	return body, correlated, true
}

// nestedSlots says whether a subplan inside the expression reads the slots: it cannot be moved.
func nestedSlots(e Expr, own []int) bool {
	return !Walk(e, func(x Expr) bool {
		q, ok := x.(*Subquery)
		return !ok || !planReadsSlots(q.Plan, own)
	})
}

func takeCorrelated(f *Filter, own []int) (Node, []Expr) {
	correlated, rest := split(conjuncts(f.Cond), func(c Expr) bool { return readsSlots(c, own) })
	return filtered(f.Input, rest), correlated
}

// atLeastOne says that a LIMIT cannot make an EXISTS false.
func atLeastOne(l *Limit) bool {
	if l.Offset != nil {
		return false
	}
	c, ok := l.Count.(*Const)
	return ok && !c.Value.IsNull() && c.Value.Int() > 0
}

// isEquality says whether a call is the equality of a type's own order, which hashing agrees with.
func isEquality(c *Call) bool {
	return c.Op == "=" && c.Proc.OfOrder() && len(c.Args) == 2 && c.Proc.Ret == datum.Bool
}
