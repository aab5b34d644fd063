package parse

import (
	"fmt"
	"strings"
)

// Deparse writes e as SQL in the manner of Postgres's ruleutils: every operator in parentheses, one
// space around it, keywords in capitals, identifiers quoted where they need it. ParseExpr reads the
// result back as e, positions aside, for every e that a parser made; an Unsupported node, which has
// no text, is written as its name in a comment.
func Deparse(e Expr) string {
	var d deparser
	d.expr(e)
	return d.String()
}

// DeparseQuery writes a query as SQL, in the same manner.
func DeparseQuery(s *SelectStmt) string {
	var d deparser
	d.query(s)
	return d.String()
}

// deparser collects the text.
type deparser struct{ strings.Builder }

// w writes the strings.
func (d *deparser) w(parts ...string) {
	for _, p := range parts {
		d.WriteString(p)
	}
}

// exprs writes a comma-separated list.
func (d *deparser) exprs(list []Expr) {
	for i, e := range list {
		if i > 0 {
			d.w(", ")
		}
		d.expr(e)
	}
}

// idents writes a parenthesised list of identifiers.
func (d *deparser) idents(list []string) {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = QuoteIdent(s)
	}
	d.w("(", strings.Join(quoted, ", "), ")")
}

// qualified is a dotted name, each part quoted where needed.
func qualified(n Name) string {
	parts := make([]string, len(n))
	for i, s := range n {
		parts[i] = QuoteIdent(s)
	}
	return strings.Join(parts, ".")
}

// not is "NOT " under a condition.
func not(b bool) string {
	if b {
		return "NOT "
	}
	return ""
}

// expr writes any expression.
func (d *deparser) expr(e Expr) {
	switch e := e.(type) {
	case *Const:
		d.constant(e)
	case *ColumnRef:
		d.w(qualified(e.Name))
	case *Star:
		d.star(e)
	case *ParamRef:
		fmt.Fprintf(d, "$%d", e.Number)
	case *FuncCall:
		d.funcCall(e)
	case *CastExpr:
		d.cast(e)
	case *OpExpr, *AnyAllExpr, *InExpr, *BetweenExpr, *DistinctExpr, *SimilarExpr, *BoolExpr,
		*NullTest, *BoolTest, *CollateExpr:
		d.w("(")
		d.bare(e)
		d.w(")")
	case *SubLink:
		d.subLink(e)
	default:
		d.keywordExpr(e)
	}
}

// keywordExpr writes the expressions that start with a keyword of their own.
func (d *deparser) keywordExpr(e Expr) {
	switch e := e.(type) {
	case *NullIfExpr:
		d.list("NULLIF(", []Expr{e.Left, e.Right}, ")")
	case *CoalesceExpr:
		d.list("COALESCE(", e.Args, ")")
	case *MinMaxExpr:
		if e.Least {
			d.list("LEAST(", e.Args, ")")
		} else {
			d.list("GREATEST(", e.Args, ")")
		}
	case *ArrayExpr:
		d.list("ARRAY[", e.Elems, "]")
	case *RowExpr:
		if e.Implicit {
			d.list("(", e.Fields, ")")
		} else {
			d.list("ROW(", e.Fields, ")")
		}
	case *GroupingFunc:
		d.list("GROUPING(", e.Args, ")")
	case *GroupingSet:
		d.groupingSet(e)
	case *CaseExpr:
		d.caseExpr(e)
	case *Indirection:
		d.paren(e.Arg)
		d.path(e.Path)
	case *SQLValue:
		d.w(strings.ToUpper(e.Name))
		if e.Precision >= 0 && hasPrecision(e.Name) {
			fmt.Fprintf(d, "(%d)", e.Precision)
		}
	case *SetToDefault:
		d.w("DEFAULT")
	case *MultiAssign:
		d.expr(e.Source)
	case *Unsupported:
		d.w("/* ", e.What, " */")
	}
}

// list writes a list between two strings.
func (d *deparser) list(open string, list []Expr, end string) {
	d.w(open)
	d.exprs(list)
	d.w(end)
}

// hasPrecision says whether a SQL value function takes one.
func hasPrecision(name string) bool { return strings.Contains(name, "time") }

// star writes * or t.*.
func (d *deparser) star(e *Star) {
	if len(e.Name) > 0 {
		d.w(qualified(e.Name), ".")
	}
	d.w("*")
}

// constant writes a literal.
func (d *deparser) constant(k *Const) {
	switch k.Kind {
	case ConstNull:
		d.w("NULL")
	case ConstString:
		d.w(QuoteLiteral(k.Val))
	case ConstBit:
		d.w("B'", k.Val, "'")
	case ConstHex:
		d.w("X'", k.Val, "'")
	default:
		d.w(k.Val)
	}
}

// paren writes e in exactly one pair of parentheses.
func (d *deparser) paren(e Expr) {
	start := d.Len()
	d.expr(e)
	if isParenthesised(e) {
		return
	}
	inner := d.String()[start:]
	before := d.String()[:start]
	d.Reset()
	d.w(before, "(", inner, ")")
}

// isParenthesised says whether expr puts its own parentheses around e.
func isParenthesised(e Expr) bool {
	switch e := e.(type) {
	case *OpExpr, *AnyAllExpr, *InExpr, *BetweenExpr, *DistinctExpr, *SimilarExpr, *BoolExpr,
		*NullTest, *BoolTest, *CollateExpr:
		return true
	case *SubLink:
		return e.Kind == SubScalar
	}
	return false
}

// operand writes e as an operator's argument: a negative constant is kept together.
func (d *deparser) operand(e Expr) {
	if k, ok := e.(*Const); ok && strings.HasPrefix(k.Val, "-") && k.Kind != ConstString {
		d.w("(", k.Val, ")")
		return
	}
	d.expr(e)
}

// cast writes arg::type; arguments other than plain constants get parentheses.
func (d *deparser) cast(e *CastExpr) {
	k, isConst := e.Arg.(*Const)
	if isConst && !strings.HasPrefix(k.Val, "-") || isConst && k.Kind == ConstString {
		d.constant(k)
	} else {
		d.paren(e.Arg)
	}
	d.w("::")
	d.typeName(&e.Type)
}

// caseExpr writes CASE.
func (d *deparser) caseExpr(e *CaseExpr) {
	d.w("CASE")
	if e.Arg != nil {
		d.w(" ")
		d.expr(e.Arg)
	}
	for _, w := range e.Whens {
		d.w(" WHEN ")
		d.expr(w.Cond)
		d.w(" THEN ")
		d.expr(w.Result)
	}
	if e.Else != nil {
		d.w(" ELSE ")
		d.expr(e.Else)
	}
	d.w(" END")
}

// DeparsePath writes the fields and subscripts behind a column.
func DeparsePath(path []Accessor) string {
	var d deparser
	d.path(path)
	return d.String()
}

// path writes .field, .* and subscripts.
func (d *deparser) path(path []Accessor) {
	for _, a := range path {
		switch {
		case a.Star:
			d.w(".*")
		case a.Field != "":
			d.w(".", QuoteIdent(a.Field))
		default:
			d.w("[")
			d.optional(a.Index)
			if a.Slice {
				d.w(":")
				d.optional(a.Upper)
			}
			d.w("]")
		}
	}
}

// optional writes e unless it is nil.
func (d *deparser) optional(e Expr) {
	if e != nil {
		d.expr(e)
	}
}

// groupingSet writes an item of GROUP BY.
func (d *deparser) groupingSet(g *GroupingSet) {
	switch g.Kind {
	case "rollup":
		d.w("ROLLUP ")
	case "cube":
		d.w("CUBE ")
	case "sets":
		d.w("GROUPING SETS ")
	}
	d.list("(", g.Args, ")")
}
