package plan

import "github.com/seguedb/segue/query/parse"

// unnamed is what an output column is called that nothing names.
const unnamed = "?column?"

// figureName is Postgres's FigureColname: what an unaliased output column is called.
func figureName(e parse.Expr) string {
	name, _ := nameOf(e)
	if name == "" {
		return unnamed
	}
	return name
}

// nameOf also says whether the name is a real one, of a column or a function. A cast's type and "case" are
// weak: an enclosing cast or CASE goes over them.
func nameOf(e parse.Expr) (name string, strong bool) {
	switch x := e.(type) {
	case *parse.ColumnRef:
		return x.Name[len(x.Name)-1], true
	case *parse.FuncCall:
		return x.Name[len(x.Name)-1], true
	case *parse.Indirection:
		for i := len(x.Path) - 1; i >= 0; i-- {
			if x.Path[i].Field != "" {
				return x.Path[i].Field, true
			}
		}
		return nameOf(x.Arg)
	case *parse.CastExpr:
		if name, strong = nameOf(x.Arg); strong {
			return name, true
		}
		return x.Type.Name[len(x.Type.Name)-1], false
	case *parse.CaseExpr:
		if x.Else != nil {
			if name, strong = nameOf(x.Else); strong {
				return name, true
			}
		}
		return "case", false
	case *parse.CollateExpr:
		return nameOf(x.Arg)
	case *parse.SubLink:
		return sublinkName(x)
	}
	name = formName(e)
	return name, name != ""
}

// formName names the columns of forms with a syntax of their own after them.
func formName(e parse.Expr) string {
	switch x := e.(type) {
	case *parse.NullIfExpr:
		return "nullif"
	case *parse.CoalesceExpr:
		return "coalesce"
	case *parse.MinMaxExpr:
		if x.Least {
			return "least"
		}
		return "greatest"
	case *parse.ArrayExpr:
		return "array"
	case *parse.RowExpr:
		return "row"
	case *parse.SQLValue:
		return x.Name
	case *parse.GroupingFunc:
		return "grouping"
	}
	return ""
}

func sublinkName(x *parse.SubLink) (name string, strong bool) {
	switch x.Kind {
	case parse.SubExists:
		return "exists", true
	case parse.SubArray:
		return "array", true
	case parse.SubScalar:
		return firstColumn(x.Query), true
	}
	return "", false
}

// firstColumn is what a query calls its first column.
func firstColumn(q *parse.SelectStmt) string {
	for q.Op != parse.SetNone {
		q = q.Left
	}
	switch {
	case len(q.Values) > 0:
		return columnName(0)
	case len(q.Targets) == 0:
		return unnamed
	case q.Targets[0].Name != "":
		return q.Targets[0].Name
	}
	return figureName(q.Targets[0].Val)
}
