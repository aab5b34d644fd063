package plan

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// subqueryRows is (a, b) op ANY|ALL (SELECT …), (a, b) IN (SELECT …) and (a, b) op (SELECT …).
func (c *exprContext) subqueryRows(x *parse.SubLink, left *parse.RowExpr, sub *Subquery) (Expr, error) {
	fields, places, err := c.rowFields(left)
	if err != nil {
		return nil, err
	}
	cols := colsOf(sub.Plan)
	switch {
	case len(cols) < len(fields):
		return nil, fail(x.Pos(), sqlstate.SyntaxError, "subquery has too few columns")
	case len(cols) > len(fields):
		return nil, fail(x.Pos(), sqlstate.SyntaxError, "subquery has too many columns")
	}
	op := "="
	if x.Op != nil {
		op = x.Op[len(x.Op)-1]
	}
	if op == "!=" {
		op = "<>"
	}
	for i := range fields {
		found, err := c.b.findOperator(meant(op), []Expr{fields[i], cols[i]}, x.Pos())
		if err != nil {
			return nil, err
		}
		if found.Result != datum.Bool {
			return nil, fail(x.Pos(), sqlstate.DatatypeMismatch,
				"row comparison operator must yield type boolean, not type %s", found.Result)
		}
		pair := []Expr{fields[i], cols[i]}
		if _, err := c.b.unify(pair, "row comparison", []int{places[i], x.Pos()}); err != nil {
			return nil, err
		}
		fields[i], cols[i] = pair[0], pair[1]
	}
	if !slices.Contains(rowOperators, op) {
		return nil, notRowOperator(op, x.Pos())
	}
	out := &Row{Typed: Typed{datum.Record, -1}, Fields: fields}
	sub.Plan = project(sub.Plan, cols, namesOf(sub.Plan))
	sub.Kind, sub.Typed, sub.Left, sub.Op, sub.Rows = Any, boolType(), out, op, true
	switch x.Kind {
	case parse.SubAll:
		sub.Kind = All
	case parse.SubRowCompare:
		sub.Kind = RowCompare
	}
	return sub, nil
}

// rowOperators compare rows: those of a btree operator family, and <>.
var rowOperators = []string{"=", "<>", "!=", "<", "<=", ">", ">="}

func notRowOperator(op string, pos int) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", op).
		WithHint("Row comparison operators must be associated with btree operator families.").At(pos)
}
