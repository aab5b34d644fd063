package parse

import (
	"errors"
	"reflect"

	"github.com/seguedb/segue/query/sqlstate"
)

// ParseExpr reads one expression, as stored for a default, a generated column or an index key.
// Positions, also those of errors, count in sql; errors are *sqlstate.Error.
func ParseExpr(sql string) (Expr, error) {
	const before = "SELECT "
	text := before + sql
	if err := checkText(text); err != nil {
		return nil, err
	}
	if err := checkDepth(text); err != nil {
		return nil, err
	}
	tree, err := grammar(text)
	if err != nil {
		var e *sqlstate.Error
		if errors.As(err, &e) && e.Pos > len(before) {
			e.Pos -= len(before)
		}
		return nil, err
	}
	c := &converter{base: int32(len(before)), text: text}
	if len(tree.Stmts) == 1 {
		if e := soleExpr(c.stmt(tree.Stmts[0].Stmt)); e != nil && c.err == nil && c.refused == nil {
			return e, nil
		}
	}
	return nil, sqlstate.New(sqlstate.SyntaxError, "not a single expression: %s", sql)
}

// soleExpr is the expression of SELECT expr, nil when there is anything else in the statement.
func soleExpr(s Stmt) Expr {
	query, ok := s.(*SelectStmt)
	if !ok || len(query.Targets) != 1 {
		return nil
	}
	target := query.Targets[0]
	rest := *query
	rest.Targets = nil
	if target.Name != "" || !reflect.DeepEqual(rest, SelectStmt{At: -1}) {
		return nil
	}
	if _, star := target.Val.(*Star); star {
		return nil
	}
	return target.Val
}
