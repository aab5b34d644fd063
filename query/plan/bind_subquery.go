package plan

import (
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// subLink binds a subquery used as a value. What it refers to outside becomes its Outer slots.
func (c *exprContext) subLink(x *parse.SubLink) (Expr, error) {
	if c.noSubqueries {
		return nil, fail(x.Pos(), sqlstate.FeatureNotSupported, "cannot use subquery in %s", singular(c.clause))
	}
	cap := c.scope.child(c.b)
	cap.context = c
	node, err := c.b.query(x.Query, cap)
	if err != nil {
		return nil, err
	}
	node = c.b.resolveUnknownOutputs(node)
	c.b.subplans++
	sub := &Subquery{Plan: node, Slots: cap.slots, Args: cap.args, Deps: cap.deps}
	sub.Name = fmt.Sprintf("SubPlan %d", c.b.subplans)
	if len(cap.deps) == 0 {
		sub.Name = fmt.Sprintf("InitPlan %d", c.b.subplans)
	}
	if c.b.rec != nil {
		c.b.rec.links[sub] = x.Query
	}
	// Deeper captures reach this scope's own parent through us: nothing to do, resolve already noted it.
	return c.subqueryValue(x, sub)
}

func (c *exprContext) subqueryValue(x *parse.SubLink, sub *Subquery) (Expr, error) {
	cols := sub.Plan.Columns()
	if x.Kind == parse.SubExists {
		sub.Kind, sub.Typed = Exists, boolType()
		return sub, nil
	}
	if row, ok := x.Left.(*parse.RowExpr); ok && (len(row.Fields) > 1 || x.Kind == parse.SubRowCompare) {
		return c.subqueryRows(x, row, sub)
	}
	if len(cols) != 1 {
		msg := "subquery must return only one column"
		if x.Kind == parse.SubAny || x.Kind == parse.SubAll {
			msg = "subquery has too many columns"
		}
		return nil, fail(x.Pos(), sqlstate.SyntaxError, "%s", msg)
	}
	switch x.Kind {
	case parse.SubScalar:
		sub.Kind, sub.Typed = Scalar, Typed{cols[0].Type, cols[0].Typmod}
		return sub, nil
	case parse.SubArray:
		t := cols[0].Type
		if !t.IsArray() {
			t = t.Array
		}
		if t == nil {
			return nil, fail(x.Pos(), sqlstate.UndefinedObject, "could not find array type for data type %s",
				cols[0].Type)
		}
		sub.Kind, sub.Typed = ArrayOf, Typed{t, -1}
		return sub, nil
	default:
		return c.subqueryCompare(x, sub)
	}
}

// subqueryCompare is left op ANY|ALL (SELECT …); IN is = ANY.
func (c *exprContext) subqueryCompare(x *parse.SubLink, sub *Subquery) (Expr, error) {
	name := x.Op
	if name == nil {
		name = meant("=")
	}
	left, err := c.bind(x.Left)
	if err != nil {
		return nil, err
	}
	col := sub.Plan.Columns()[0]
	op, err := c.b.findOperator(name, []Expr{left, &Const{Typed: Typed{col.Type, -1}}}, x.Pos())
	if err != nil {
		return nil, err
	}
	c.b.notesOperator(x, op)
	if op.Result != datum.Bool {
		return nil, fail(x.Pos(), sqlstate.DatatypeMismatch, "operator %s must return type boolean", op.Name)
	}
	if left, err = c.b.coerce(left, concreteOr(op.Left, left.Type()), -1, implicit, x.Pos()); err != nil {
		return nil, err
	}
	if sub.Plan, err = c.coerceColumn(sub.Plan, concreteOr(op.Right, col.Type), x.Pos()); err != nil {
		return nil, err
	}
	sub.Kind, sub.Typed, sub.Left, sub.Proc, sub.Op = Any, boolType(), left, op.Proc, op.Name
	if op.User != nil {
		sub.Op, sub.Operator = orderSymbol(op), op
	}
	if x.Kind == parse.SubAll {
		sub.Kind = All
	}
	return sub, nil
}

func (c *exprContext) coerceColumn(n Node, t *datum.Type, pos int) (Node, error) {
	col := n.Columns()[0]
	if col.Type == t {
		return n, nil
	}
	e, err := c.b.coerce(&Col{Typed: Typed{col.Type, col.Typmod}, Name: col.Name}, t, -1, implicit, pos)
	if err != nil {
		return nil, err
	}
	return project(n, []Expr{e}, []string{col.Name}), nil
}

// project makes a Project whose columns are named names.
func project(input Node, exprs []Expr, names []string) *Project {
	p := &Project{Input: input, Exprs: exprs}
	for i, e := range exprs {
		p.Cols = append(p.Cols, outputColumn(names[i], e, input))
	}
	return p
}

// outputColumn describes a computed column; a plain reference keeps its origin.
func outputColumn(name string, e Expr, input Node) Column {
	col := Column{Name: name, Type: e.Type(), Typmod: e.Typmod()}
	if ref, ok := e.(*Col); ok && input != nil {
		in := input.Columns()[ref.Index]
		col.Table, col.AttNum = in.Table, in.AttNum
	}
	return col
}

// colsOf makes references to every column of a node.
func colsOf(n Node) []Expr {
	cols := n.Columns()
	out := make([]Expr, len(cols))
	for i, c := range cols {
		out[i] = &Col{Typed: Typed{c.Type, c.Typmod}, Index: i, Name: c.Name}
	}
	return out
}

func namesOf(n Node) []string {
	out := make([]string, len(n.Columns()))
	for i, c := range n.Columns() {
		out[i] = c.Name
	}
	return out
}

// resolveUnknownOutputs makes bare strings and NULLs in a finished query's output text.
func (b *binder) resolveUnknownOutputs(n Node) Node {
	known := true
	for _, c := range n.Columns() {
		known = known && c.Type != datum.Unknown
	}
	if known {
		return n
	}
	exprs := colsOf(n)
	for i, e := range exprs {
		if e.Type() == datum.Unknown {
			exprs[i] = &Cast{Typed: Typed{datum.Text, -1}, Arg: e, Pos: -1}
		}
	}
	return project(n, exprs, namesOf(n))
}

// tableColumns describes a table's columns as a scan yields them.
func tableColumns(t *catalog.Table) []Column {
	out := make([]Column, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		out[i] = Column{Name: c.Name, Type: c.Type, Typmod: c.Typmod, Table: t.OID, AttNum: c.AttNum}
	}
	return out
}
