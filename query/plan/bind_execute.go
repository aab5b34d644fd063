package plan

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// BindArguments binds EXECUTE's arguments as one row of the parameters' types. There must be as many.
func BindArguments(cat Catalog, args []parse.Expr, types []*datum.Type) (*Plan, error) {
	b := &binder{cat: cat}
	ec := &exprContext{b: b, scope: &scope{}, clause: "EXECUTE parameters", noSubqueries: true}
	row := make([]Expr, len(args))
	columns := make([]Column, len(args))
	for i, a := range args {
		e, err := ec.bind(a)
		if err != nil {
			return nil, err
		}
		out, ok, err := b.tryCoerce(e, types[i], -1, assignment, exprStart(a))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, sqlstate.New(sqlstate.DatatypeMismatch, "parameter $%d of type %s cannot be coerced to the expected type %s",
				i+1, e.Type(), types[i]).WithHint("You will need to rewrite or cast the expression.").At(exprStart(a))
		}
		row[i], columns[i] = out, Column{Name: columnName(i), Type: types[i], Typmod: -1}
	}
	node := &Values{Rows: [][]Expr{row}}
	node.Cols = columns
	return &Plan{Root: node, Columns: columns, Tag: "SELECT", Slots: b.slots}, nil
}

// BindCustom is Bind for one run with these values: they stand in the place of the parameters, as in Postgres's custom
// plans.
func BindCustom(cat Catalog, stmt parse.Stmt, types []*datum.Type, values []datum.Datum) (*Plan, error) {
	p, err := Bind(cat, stmt, types)
	if err != nil {
		return nil, err
	}
	EachNode(p, func(n Node) {
		for _, s := range slots(n) {
			*s.at = Transform(*s.at, func(e Expr) Expr {
				if x, ok := e.(*Param); ok && x.Index < len(values) {
					return &Const{Typed: Typed{x.T, -1}, Value: values[x.Index]}
				}
				return e
			})
		}
	})
	return p, nil
}
