package parse

import (
	"regexp"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/seguedb/segue/query/sqlstate"
)

// exprs converts a list; nil stays nil.
func (c *converter) exprs(list []*pg.Node) []Expr {
	if len(list) == 0 {
		return nil
	}
	out := make([]Expr, len(list))
	for i, n := range list {
		out[i] = c.expr(n)
	}
	return out
}

// expr converts one expression; nil stays nil.
func (c *converter) expr(n *pg.Node) Expr {
	if n == nil || n.Node == nil {
		return nil
	}
	switch n := n.Node.(type) {
	case *pg.Node_AConst:
		return c.constant(n.AConst)
	case *pg.Node_ColumnRef:
		return c.columnRef(n.ColumnRef)
	case *pg.Node_ParamRef:
		return &ParamRef{At: c.at(n.ParamRef.Location), Number: int(n.ParamRef.Number)}
	case *pg.Node_AExpr:
		return c.operator(n.AExpr)
	case *pg.Node_BoolExpr:
		return c.boolExpr(n.BoolExpr)
	case *pg.Node_FuncCall:
		return c.funcCall(n.FuncCall)
	case *pg.Node_TypeCast:
		t := n.TypeCast
		return &CastExpr{At: c.at(t.Location), Arg: c.expr(t.Arg), Type: c.typeName(t.TypeName)}
	case *pg.Node_NullTest:
		t := n.NullTest
		return &NullTest{At: c.at(t.Location), Not: t.Nulltesttype == pg.NullTestType_IS_NOT_NULL, Arg: c.expr(t.Arg)}
	case *pg.Node_BooleanTest:
		return c.boolTest(n.BooleanTest)
	case *pg.Node_SubLink:
		return c.subLink(n.SubLink)
	default:
		return c.rareExpr(n)
	}
}

// rareExpr converts the expressions that most statements have none of.
func (c *converter) rareExpr(n any) Expr {
	switch n := n.(type) {
	case *pg.Node_CaseExpr:
		return c.caseExpr(n.CaseExpr)
	case *pg.Node_CoalesceExpr:
		return &CoalesceExpr{At: c.at(n.CoalesceExpr.Location), Args: c.exprs(n.CoalesceExpr.Args)}
	case *pg.Node_MinMaxExpr:
		m := n.MinMaxExpr
		return &MinMaxExpr{At: c.at(m.Location), Least: m.Op == pg.MinMaxOp_IS_LEAST, Args: c.exprs(m.Args)}
	case *pg.Node_AArrayExpr:
		return &ArrayExpr{At: c.at(n.AArrayExpr.Location), Elems: c.exprs(n.AArrayExpr.Elements)}
	case *pg.Node_RowExpr:
		r := n.RowExpr
		return &RowExpr{At: c.at(r.Location), Implicit: r.RowFormat == pg.CoercionForm_COERCE_IMPLICIT_CAST, Fields: c.exprs(r.Args)}
	case *pg.Node_AIndirection:
		arg := c.expr(n.AIndirection.Arg)
		return &Indirection{At: posOf(arg), Arg: arg, Path: c.path(n.AIndirection.Indirection)}
	case *pg.Node_CollateClause:
		l := n.CollateClause
		return &CollateExpr{At: c.at(l.Location), Arg: c.expr(l.Arg), Name: name(l.Collname)}
	case *pg.Node_SqlvalueFunction:
		return c.sqlValue(n.SqlvalueFunction)
	case *pg.Node_CurrentOfExpr:
		return &CurrentOf{At: -1, Cursor: n.CurrentOfExpr.CursorName}
	case *pg.Node_SetToDefault:
		return &SetToDefault{At: c.at(n.SetToDefault.Location)}
	case *pg.Node_GroupingFunc:
		return &GroupingFunc{At: c.at(n.GroupingFunc.Location), Args: c.exprs(n.GroupingFunc.Args)}
	case *pg.Node_GroupingSet:
		return c.groupingSet(n.GroupingSet)
	case *pg.Node_MultiAssignRef:
		return c.multiAssign(n.MultiAssignRef)
	default:
		return unsupportedExpr(c, n)
	}
}

// constant converts a literal.
func (c *converter) constant(k *pg.A_Const) Expr {
	out := &Const{At: c.at(k.Location)}
	if k.Isnull {
		return out
	}
	switch v := k.Val.(type) {
	case *pg.A_Const_Ival:
		c.plainNumber(k.Location)
		out.Kind, out.Val = ConstInt, strconv.Itoa(int(v.Ival.GetIval()))
	case *pg.A_Const_Fval:
		c.plainNumber(k.Location)
		out.Kind, out.Val = ConstFloat, v.Fval.GetFval()
	case *pg.A_Const_Boolval:
		out.Kind, out.Val = ConstBool, strconv.FormatBool(v.Boolval.GetBoolval())
	case *pg.A_Const_Sval:
		out.Kind, out.Val = ConstString, v.Sval.GetSval()
	case *pg.A_Const_Bsval:
		// The scanner keeps the letter of B'…' and X'…' in front.
		digits := v.Bsval.GetBsval()
		out.Kind = ConstBit
		if strings.HasPrefix(digits, "x") {
			out.Kind = ConstHex
		}
		out.Val = strings.TrimLeft(digits, "bx")
		if out.Kind == ConstHex {
			out.Val = digits[1:]
		}
	}
	return out
}

// newNumber is a number as only PostgreSQL 16 and later read it: 0x1F, 1_000.
var newNumber = regexp.MustCompile(`^(0[xXoObB]|[0-9.]+_)[0-9A-Za-z_]*`)

// plainNumber refuses the number at a location where PostgreSQL 15 does.
func (c *converter) plainNumber(location int32) {
	if location < 0 || int(location) >= len(c.text) {
		return
	}
	if junk := newNumber.FindString(c.text[location:]); junk != "" {
		c.fail(c.at(location), sqlstate.New(sqlstate.SyntaxError, "trailing junk after numeric literal at or near %q", junk))
	}
}

// columnRef converts a, t.a, * and t.*.
func (c *converter) columnRef(r *pg.ColumnRef) Expr {
	at := c.at(r.Location)
	fields := r.Fields
	if last := len(fields) - 1; last >= 0 && fields[last].GetAStar() != nil {
		return &Star{At: at, Name: name(fields[:last])}
	}
	return &ColumnRef{At: at, Name: name(fields)}
}

// boolExpr converts AND, OR and NOT.
func (c *converter) boolExpr(b *pg.BoolExpr) Expr {
	op := And
	switch b.Boolop {
	case pg.BoolExprType_OR_EXPR:
		op = Or
	case pg.BoolExprType_NOT_EXPR:
		op = Not
	}
	return &BoolExpr{At: c.at(b.Location), Op: op, Args: c.exprs(b.Args)}
}

// boolTest converts IS [NOT] TRUE, FALSE and UNKNOWN.
func (c *converter) boolTest(b *pg.BooleanTest) Expr {
	out := &BoolTest{At: c.at(b.Location), Arg: c.expr(b.Arg), Value: 't'}
	switch b.Booltesttype {
	case pg.BoolTestType_IS_NOT_TRUE:
		out.Not = true
	case pg.BoolTestType_IS_FALSE:
		out.Value = 'f'
	case pg.BoolTestType_IS_NOT_FALSE:
		out.Not, out.Value = true, 'f'
	case pg.BoolTestType_IS_UNKNOWN:
		out.Value = 'u'
	case pg.BoolTestType_IS_NOT_UNKNOWN:
		out.Not, out.Value = true, 'u'
	}
	return out
}

// caseExpr converts CASE.
func (c *converter) caseExpr(e *pg.CaseExpr) Expr {
	out := &CaseExpr{At: c.at(e.Location), Arg: c.expr(e.Arg), Else: c.expr(e.Defresult)}
	for _, n := range e.Args {
		w := n.GetCaseWhen()
		out.Whens = append(out.Whens, CaseWhen{Cond: c.expr(w.GetExpr()), Result: c.expr(w.GetResult())})
	}
	return out
}

// path converts the steps after an expression or a column: .field, .*, [i], [i:j].
func (c *converter) path(list []*pg.Node) []Accessor {
	var out []Accessor
	for _, n := range list {
		switch n := n.Node.(type) {
		case *pg.Node_String_:
			out = append(out, Accessor{Field: n.String_.Sval})
		case *pg.Node_AStar:
			out = append(out, Accessor{Star: true})
		case *pg.Node_AIndices:
			i := n.AIndices
			a := Accessor{Slice: i.IsSlice, Index: c.expr(i.Lidx), Upper: c.expr(i.Uidx)}
			if !i.IsSlice { // a single subscript arrives as the upper one
				a.Index, a.Upper = a.Upper, nil
			}
			out = append(out, a)
		}
	}
	return out
}

// subLink converts a subquery in an expression.
func (c *converter) subLink(s *pg.SubLink) Expr {
	out := &SubLink{At: c.at(s.Location), Left: c.expr(s.Testexpr), Op: name(s.OperName)}
	switch s.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		out.Kind = SubExists
	case pg.SubLinkType_ALL_SUBLINK:
		out.Kind = SubAll
	case pg.SubLinkType_ANY_SUBLINK:
		out.Kind = SubAny
	case pg.SubLinkType_ROWCOMPARE_SUBLINK:
		out.Kind = SubRowCompare
	case pg.SubLinkType_EXPR_SUBLINK:
		out.Kind = SubScalar
	case pg.SubLinkType_ARRAY_SUBLINK:
		out.Kind = SubArray
	default:
		return &Unsupported{At: out.At, What: "this kind of subquery"}
	}
	out.Query = c.selectStmt(s.Subselect.GetSelectStmt())
	return out
}

// sqlValues names the SQL value functions; both forms, with and without a precision.
var sqlValues = map[pg.SQLValueFunctionOp]string{
	pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "current_date",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME:           "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "current_role",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "current_user",
	pg.SQLValueFunctionOp_SVFOP_USER:                "user",
	pg.SQLValueFunctionOp_SVFOP_SESSION_USER:        "session_user",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "current_catalog",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "current_schema",
}

// sqlValue converts CURRENT_TIMESTAMP and its kin.
func (c *converter) sqlValue(f *pg.SQLValueFunction) Expr {
	return &SQLValue{At: c.at(f.Location), Name: sqlValues[f.Op], Precision: int(f.Typmod)}
}

// groupingKinds names the grouping sets.
var groupingKinds = map[pg.GroupingSetKind]string{
	pg.GroupingSetKind_GROUPING_SET_EMPTY:  "empty",
	pg.GroupingSetKind_GROUPING_SET_SIMPLE: "simple",
	pg.GroupingSetKind_GROUPING_SET_ROLLUP: "rollup",
	pg.GroupingSetKind_GROUPING_SET_CUBE:   "cube",
	pg.GroupingSetKind_GROUPING_SET_SETS:   "sets",
}

// groupingSet converts ROLLUP, CUBE, GROUPING SETS and ().
func (c *converter) groupingSet(g *pg.GroupingSet) Expr {
	return &GroupingSet{At: c.at(g.Location), Kind: groupingKinds[g.Kind], Args: c.exprs(g.Content)}
}
