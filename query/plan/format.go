package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// formatter writes bound expressions as SQL in the manner of Postgres's ruleutils, for EXPLAIN.
type formatter struct {
	// labels name the columns of the row at hand.
	labels []string
	// params are the names of results of subqueries that run once, see explainer.nameParams.
	params map[string]string
}

// formatExpr writes e over a row whose columns are called labels.
func formatExpr(e Expr, labels []string) string {
	f := formatter{labels: labels}
	return f.expr(e)
}

// condition writes e in one pair of parentheses, as EXPLAIN's Filter and Cond lines have them.
func (f formatter) condition(e Expr) string {
	s := f.expr(e)
	switch x := e.(type) {
	case *Col, *Outer, *Param, *Const, *Coalesce, *Case:
		return s
	case *Call:
		if x.written() == "" {
			return s
		}
	case *Subquery:
		if x.once() {
			return s
		}
	}
	if !strings.HasPrefix(s, "(") {
		s = "(" + s + ")"
	}
	return s
}

func (f formatter) expr(e Expr) string {
	switch x := e.(type) {
	case *Const:
		return formatConst(x)
	case *Param:
		return "$" + strconv.Itoa(x.Index+1)
	case *Col:
		return f.column(x)
	case *Outer:
		return x.Name
	case *Call:
		if x.Coercion != 0 {
			return f.expr(x.cast())
		}
		return f.call(x)
	case *Logic:
		return f.logic(x)
	case *Cast:
		return f.operand(x.Arg) + "::" + x.T.FormatTypmod(x.Mod)
	case *NullTest:
		return "(" + f.expr(x.Arg) + " IS " + notWord(x.Not) + "NULL)"
	case *BoolTest:
		word := map[byte]string{'t': "TRUE", 'f': "FALSE", 'u': "UNKNOWN"}[x.Value]
		return "(" + f.expr(x.Arg) + " IS " + notWord(x.Not) + word + ")"
	case *InList:
		return f.inList(x)
	case *AnyAll:
		return "(" + f.expr(x.Left) + " " + writtenOperator(x.Op, x.Operator) + " " + anyAllWord(x.All) + " (" + f.expr(x.Right) + "))"
	case *Subquery:
		return f.subquery(x)
	default:
		return f.form(e)
	}
}

func (f formatter) column(x *Col) string {
	if x.Index < len(f.labels) {
		return f.labels[x.Index]
	}
	return parse.QuoteIdent(x.Name)
}

// operand writes an argument of a cast or subscript, in exactly one pair of parentheses.
func (f formatter) operand(e Expr) string {
	switch e.(type) {
	case *Logic, *NullTest, *BoolTest, *InList, *AnyAll, *Distinct:
		return f.expr(e)
	case *Call:
		if s := f.expr(e); strings.HasPrefix(s, "(") {
			return s
		}
	}
	return "(" + f.expr(e) + ")"
}

func notWord(not bool) string {
	if not {
		return "NOT "
	}
	return ""
}

func anyAllWord(all bool) string {
	if all {
		return "ALL"
	}
	return "ANY"
}

func (f formatter) list(es []Expr) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = f.expr(e)
	}
	return strings.Join(parts, ", ")
}

func (f formatter) call(x *Call) string {
	x = asCalled(x)
	switch {
	case x.written() != "" && len(x.Args) == 2:
		return "(" + f.expr(x.Args[0]) + " " + x.written() + " " + f.expr(x.Args[1]) + ")"
	case x.written() != "" && len(x.Args) == 1:
		return "(" + x.written() + " " + f.expr(x.Args[0]) + ")"
	}
	args := x.Args
	if isCalibrated(x.Proc) && args[len(args)-1].Type() == datum.Int2 {
		args = args[:len(args)-2] // the column that a calibration is of: the search or scan has it
	}
	return parse.QuoteIdent(x.Proc.Name) + "(" + f.list(args) + ")"
}

func (f formatter) logic(x *Logic) string {
	if x.Op == Not {
		return "(NOT " + f.expr(x.Args[0]) + ")"
	}
	word := " AND "
	if x.Op == Or {
		word = " OR "
	}
	parts := make([]string, len(x.Args))
	for i, a := range x.Args {
		parts[i] = f.expr(a)
	}
	return "(" + strings.Join(parts, word) + ")"
}

// inList writes IN as the = ANY or <> ALL over an array that Postgres turns it into.
func (f formatter) inList(x *InList) string {
	if x.Not {
		return "(" + f.expr(x.Left) + " <> ALL (ARRAY[" + f.list(x.List) + "]))"
	}
	return "(" + f.expr(x.Left) + " = ANY (ARRAY[" + f.list(x.List) + "]))"
}

func (f formatter) subquery(x *Subquery) string {
	if x.once() {
		if name := f.params[x.Name]; name != "" {
			return name
		}
		return "(" + x.Name + ")"
	}
	name := "SubPlan " + strconv.Itoa(subplanNumber(x))
	if x.Kind == Any && x.Op == "=" && len(x.Deps) == 0 && !x.Rows && x.Left.Type() == x.Plan.Columns()[0].Type {
		name = "hashed " + name
	}
	return "(" + name + ")"
}

// form writes the expressions with a syntax of their own.
func (f formatter) form(e Expr) string {
	switch x := e.(type) {
	case *Case:
		return f.caseExpr(x)
	case *Distinct:
		return "(" + f.expr(x.Left) + " IS " + notWord(x.Not) + "DISTINCT FROM " + f.expr(x.Right) + ")"
	case *Coalesce:
		return "COALESCE(" + f.list(x.Args) + ")"
	case *NullIf:
		if eq, ok := x.Eq.(*Call); ok && len(eq.Args) == 2 {
			return "NULLIF(" + f.list(eq.Args) + ")"
		}
		return "NULLIF(" + f.expr(x.Left) + ")"
	case *MinMax:
		if x.Least {
			return "LEAST(" + f.list(x.Args) + ")"
		}
		return "GREATEST(" + f.list(x.Args) + ")"
	case *Array:
		return "ARRAY[" + f.list(x.Elems) + "]"
	case *Row:
		return "ROW(" + f.list(x.Fields) + ")"
	case *Field:
		return "(" + f.expr(x.Arg) + ")." + parse.QuoteIdent(x.Name)
	case *Subscript:
		return f.subscript(x)
	case *SessionValue:
		return strings.ToUpper(x.Name)
	}
	return fmt.Sprintf("%T", e)
}

func (f formatter) caseExpr(x *Case) string {
	var out strings.Builder
	out.WriteString("CASE")
	for _, w := range x.Whens {
		out.WriteString(" WHEN " + f.expr(w.Cond) + " THEN " + f.expr(w.Result))
	}
	if x.Else != nil {
		out.WriteString(" ELSE " + f.expr(x.Else))
	}
	return out.String() + " END"
}

func (f formatter) subscript(x *Subscript) string {
	var out strings.Builder
	out.WriteString(f.operand(x.Arg))
	bound := func(list []Expr, i int) string {
		if i < len(list) && list[i] != nil {
			return f.expr(list[i])
		}
		return ""
	}
	for i := range max(len(x.Index), len(x.Upper)) {
		out.WriteString("[" + bound(x.Index, i))
		if x.Slice {
			out.WriteString(":" + bound(x.Upper, i))
		}
		out.WriteString("]")
	}
	return out.String()
}

// maxVectorText bounds how much of a vector constant is printed: 768 numbers help nobody.
const maxVectorText = 40

func formatConst(c *Const) string {
	if c.Value.IsNull() {
		return "NULL::" + c.T.FormatTypmod(c.Mod)
	}
	text := datum.Format(c.T, c.Value, nil)
	if (c.T == datum.Vector || c.T == datum.Halfvec) && len(text) > maxVectorText {
		text = text[:maxVectorText] + "…]"
	}
	return formatConstAs(c, text, castName(c.T, c.Mod))
}

// formatConstAs is a constant that is not NULL, written so, of a type by that name.
func formatConstAs(c *Const, text, typ string) string {
	switch c.T {
	case datum.Bool:
		return strconv.FormatBool(c.Value.Bool())
	case datum.Int4:
		if !strings.HasPrefix(text, "-") {
			return text
		}
	case datum.Numeric:
		if !strings.HasPrefix(text, "-") && c.Mod < 0 && strings.ContainsAny(text, ".") {
			return text
		}
	}
	return parse.QuoteLiteral(text) + "::" + typ
}

// castName is a type in a cast: character without a length would mean one character, so that is bpchar.
func castName(t *datum.Type, mod int32) string {
	if t == datum.Bpchar && mod < 0 {
		return "bpchar"
	}
	if t == datum.Bit && mod < 0 {
		return `"bit"`
	}
	return t.FormatTypmod(mod)
}
