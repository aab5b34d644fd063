package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// expr is get_rule_expr.
func (w *ruler) expr(e Expr) {
	switch x := e.(type) {
	case *Const:
		w.constant(x)
	case *Col:
		w.column(x)
	case *Outer:
		w.WriteString(x.Name)
	case *Param:
		w.param(x)
	case *Call:
		w.call(x)
	case *Logic:
		w.logic(x)
	case *Cast:
		w.cast(x)
	case *aggRef:
		w.aggregate(w.level.aggs[x.index])
	case *windowRef:
		w.windowCall(w.level.windows[x.index])
	case *groupingCall:
		w.list("GROUPING(", x.args, ")")
	case *Subquery:
		w.subquery(x)
	case *Case:
		w.caseExpr(x)
	case *Coalesce:
		w.coalesce(x)
	default:
		w.tests(e)
	}
}

func (w *ruler) constant(c *Const) {
	if name := w.views.castName(c.T, c.Mod); c.Value.IsNull() {
		w.WriteString("NULL::" + name)
	} else if c.T == datum.Unknown {
		w.WriteString(parse.QuoteLiteral(datum.Format(c.T, c.Value, nil)))
		if w.arm {
			w.WriteString("::text")
		}
	} else {
		w.WriteString(formatConstAs(c, datum.Format(c.T, c.Value, nil), name))
	}
}

// castName is a type in a cast, a user's or an extension's with its schema where the search path does not find it.
func (v Views) castName(t *datum.Type, mod int32) string {
	if ofUser(t) {
		return catalog.TypeName(v.Snapshot, v.Info.Path(), t.OID)
	}
	return catalog.SchemaPrefix(v.Snapshot, v.Info.Path(), t) + castName(t, mod)
}

// ofUser says whether a type is one that a user made, or of an extension that CREATE EXTENSION makes.
func ofUser(t *datum.Type) bool { return t.Namespace != 0 || catalog.IsNative(t) }

// param is get_parameter: a function's parameter by its name, with the function's where a column could be meant.
func (w *ruler) param(x *Param) {
	name := ""
	if w.function != nil && x.Index < len(w.function.ArgNames) {
		name = w.function.ArgNames[x.Index]
	}
	switch {
	case name == "":
		w.WriteString("$" + strconv.Itoa(x.Index+1))
	case w.level != nil && len(w.level.scope.rels) > 0:
		w.WriteString(parse.QuoteIdent(w.function.Name) + "." + parse.QuoteIdent(name))
	default:
		w.WriteString(parse.QuoteIdent(name))
	}
}

func (w *ruler) column(x *Col) {
	if x.Index < len(w.labels) && w.labels[x.Index] != "" {
		w.WriteString(w.labels[x.Index])
		return
	}
	w.WriteString(parse.QuoteIdent(x.Name))
}

// tests writes the conditions that are no operators, and what is shaped like a function.
func (w *ruler) tests(e Expr) {
	switch x := e.(type) {
	case *NullTest:
		w.wrapped(func() { w.operand(x.Arg, e); w.WriteString(" IS " + notWord(x.Not) + "NULL") })
	case *BoolTest:
		word := map[byte]string{'t': "TRUE", 'f': "FALSE", 'u': "UNKNOWN"}[x.Value]
		w.wrapped(func() { w.operand(x.Arg, e); w.WriteString(" IS " + notWord(x.Not) + word) })
	case *Distinct:
		w.wrapped(func() {
			w.operand(x.Left, e)
			w.WriteString(" IS " + notWord(x.Not) + "DISTINCT FROM ")
			w.operand(x.Right, e)
		})
	case *InList:
		op := "= ANY"
		if x.Not {
			op = "<> ALL"
		}
		w.wrapped(func() { w.operand(x.Left, e); w.list(" "+op+" (ARRAY[", x.List, "])") })
	case *AnyAll:
		w.wrapped(func() {
			w.operand(x.Left, e)
			op := x.Op
			if x.Operator != nil {
				op = w.views.userOperatorName(x.Operator)
			}
			w.WriteString(" " + op + " " + anyAllWord(x.All) + " (")
			w.expr(x.Right)
			w.WriteByte(')')
		})
	case *NullIf:
		if eq, ok := x.Eq.(*Call); ok {
			w.list("NULLIF(", eq.Args, ")")
		}
	case *MinMax:
		w.list(map[bool]string{true: "LEAST(", false: "GREATEST("}[x.Least], x.Args, ")")
	case *Array:
		w.array(x)
	case *Row:
		if x.whole != "" {
			w.WriteString(parse.QuoteIdent(x.whole) + ".*")
			break
		}
		if w.list("ROW(", x.Fields, ")"); x.T.IsComposite() && x.aliases == nil {
			w.WriteString("::" + w.views.castName(x.T, -1))
		}
	case *SessionValue:
		w.WriteString(strings.ToUpper(x.Name))
	case *Subscript:
		w.subscript(x)
	default:
		w.WriteString(formatExpr(e, w.labels))
	}
}

// wrapped puts parentheses around, which the pretty form has only where operand says so.
func (w *ruler) wrapped(f func()) {
	if !w.pretty {
		w.WriteByte('(')
	}
	f()
	if !w.pretty {
		w.WriteByte(')')
	}
}

// operand is get_rule_expr_paren.
func (w *ruler) operand(e, parent Expr) {
	if !w.pretty || simpleIn(e, parent) {
		w.expr(e)
		return
	}
	w.WriteByte('(')
	w.expr(e)
	w.WriteByte(')')
}

func (w *ruler) list(open string, es []Expr, end string) {
	w.WriteString(open)
	for i, e := range es {
		if i > 0 {
			w.WriteString(", ")
		}
		w.expr(e)
	}
	w.WriteString(end)
}

func (w *ruler) call(x *Call) {
	x = asCalled(x)
	switch {
	case x.Coercion != 0:
		w.expr(x.cast())
	case x.written() != "" && len(x.Args) == 2:
		w.wrapped(func() {
			w.operand(x.Args[0], x)
			w.WriteString(" " + w.views.operatorName(x) + " ")
			w.operand(x.Args[1], x)
		})
	case x.written() != "" && len(x.Args) == 1:
		w.wrapped(func() { w.WriteString(w.views.operatorName(x) + " "); w.operand(x.Args[0], x) })
	default:
		if !x.SQL || !w.sqlSyntax(x) {
			w.list(w.views.functionName(x.Proc)+"(", x.Args, ")")
		}
	}
}

// functionName is qualified where the session's search path does not find it.
func (v Views) functionName(p *catalog.Proc) string {
	if visible, ok := catalog.FunctionVisible(v.Snapshot, v.Info.Path(), p.OID); ok && !visible {
		if sc := v.Snapshot.SchemaByOID(p.Schema); sc != nil {
			return parse.QuoteIdent(sc.Name) + "." + parse.QuoteIdent(p.Name)
		}
	}
	return parse.QuoteIdent(p.Name)
}

// sqlSyntax writes the functions that SQL has words for, where they were called by those (get_func_sql_syntax).
func (w *ruler) sqlSyntax(x *Call) bool {
	a := x.Args
	switch x.Proc.Name {
	case "extract":
		k, ok := a[0].(*Const)
		if !ok {
			return false
		}
		w.WriteString("EXTRACT(" + k.Value.Str() + " FROM ")
		w.expr(a[1])
		w.WriteByte(')')
	case "timezone":
		w.WriteByte('(')
		w.expr(a[1])
		w.WriteString(" AT TIME ZONE ")
		w.expr(a[0])
		w.WriteByte(')')
	case "position":
		w.parts("POSITION((", a[1], ") IN (", a[0], "))")
	case "substring":
		w.parts("SUBSTRING(", a[0], " FROM ", a[1])
		if len(a) == 3 {
			w.parts(" FOR ", a[2])
		}
		w.WriteByte(')')
	case "overlay":
		w.parts("OVERLAY(", a[0], " PLACING ", a[1], " FROM ", a[2])
		if len(a) == 4 {
			w.parts(" FOR ", a[3])
		}
		w.WriteByte(')')
	case "btrim", "ltrim", "rtrim":
		w.WriteString("TRIM(" + map[string]string{"btrim": "BOTH", "ltrim": "LEADING", "rtrim": "TRAILING"}[x.Proc.Name])
		if len(a) == 2 {
			w.parts(" ", a[1])
		}
		w.parts(" FROM ", a[0], ")")
	default:
		return false
	}
	return true
}

// parts writes words and expressions in turn.
func (w *ruler) parts(list ...any) {
	for _, p := range list {
		switch p := p.(type) {
		case string:
			w.WriteString(p)
		case Expr:
			w.expr(p)
		}
	}
}

func (w *ruler) logic(x *Logic) {
	if x.Op == Not {
		w.wrapped(func() { w.WriteString("NOT "); w.operand(x.Args[0], x) })
		return
	}
	word := " AND "
	if x.Op == Or {
		word = " OR "
	}
	w.wrapped(func() {
		for i, a := range x.Args {
			if i > 0 {
				w.WriteString(word)
			}
			w.operand(a, x)
		}
	})
}

// cast is get_coercion_expr.
func (w *ruler) cast(x *Cast) {
	if k, ok := x.Arg.(*Const); ok && k.T == x.T && k.Mod < 0 && !k.Value.IsNull() {
		w.WriteString(parse.QuoteLiteral(datum.Format(k.T, k.Value, nil)))
	} else {
		w.wrapped(func() { w.operand(x.Arg, x) })
	}
	w.WriteString("::" + w.views.castName(x.T, x.Mod))
}

func (w *ruler) array(x *Array) {
	w.list("ARRAY[", x.Elems, "]")
	if len(x.Elems) == 0 {
		w.WriteString("::" + w.views.castName(x.T, -1))
	}
}

// coalesce tells the merged column of a full join's USING from what was written as COALESCE.
func (w *ruler) coalesce(x *Coalesce) {
	if w.level != nil {
		for _, c := range w.level.scope.cols {
			if c.merged && equalExpr(c.expr, x) {
				w.WriteString(parse.QuoteIdent(c.name))
				return
			}
		}
	}
	w.list("COALESCE(", x.Args, ")")
}

func (w *ruler) caseExpr(x *Case) {
	w.keyword("CASE", 0, indentVar, 0)
	simple := x.Simple
	for i, arm := range x.Whens {
		cond := arm.Cond
		if call, ok := cond.(*Call); ok && simple && len(call.Args) == 2 {
			if i == 0 {
				w.WriteByte(' ')
				w.expr(call.Args[0])
			}
			cond = call.Args[1]
		}
		w.keyword("WHEN ", 0, 0, 0)
		w.expr(cond)
		w.WriteString(" THEN ")
		w.expr(arm.Result)
	}
	w.keyword("ELSE ", 0, 0, 0)
	if x.Else != nil {
		w.expr(x.Else)
	} else {
		w.WriteString("NULL::" + w.views.castName(x.T, x.Mod))
	}
	w.keyword("END", -indentVar, 0, 0)
}

func (w *ruler) subscript(x *Subscript) {
	switch x.Arg.(type) {
	case *Col, *Outer:
		w.expr(x.Arg)
	default:
		w.parts("(", x.Arg, ")")
	}
	bound := func(list []Expr, i int) {
		if i < len(list) && list[i] != nil {
			w.expr(list[i])
		}
	}
	for i := range max(len(x.Index), len(x.Upper)) {
		w.WriteByte('[')
		bound(x.Index, i)
		if x.Slice {
			w.WriteByte(':')
			bound(x.Upper, i)
		}
		w.WriteByte(']')
	}
}

// subquery is get_sublink_expr.
func (w *ruler) subquery(x *Subquery) {
	open, end := "(", ")"
	if x.Kind == ArrayOf {
		open = "ARRAY("
	}
	w.WriteString(open)
	switch x.Kind {
	case Exists:
		w.WriteString("EXISTS (")
		end = "))"
	case Any, All:
		w.expr(x.Left)
		op := x.Op
		if x.Operator != nil {
			op = w.views.userOperatorName(x.Operator)
		}
		word := " " + op + " " + anyAllWord(x.Kind == All) + " ("
		if x.Kind == Any && op == "=" {
			word = " IN ("
		}
		w.WriteString(word)
		end = "))"
	}
	if q := w.rec.links[x]; q != nil {
		w.query(q, nil, false, w.indent)
	}
	w.WriteString(end)
}

func (w *ruler) aggregate(a *AggCall) {
	w.WriteString(w.views.functionName(a.Proc) + "(")
	if a.Proc.OrderedSet() != 0 {
		w.list("", a.Direct, ") WITHIN GROUP (ORDER BY ")
		w.sortKeys(a.OrderBy)
		w.WriteByte(')')
		w.filter(a.Filter)
		return
	}
	if a.Distinct {
		w.WriteString("DISTINCT ")
	}
	if len(a.Args) == 0 {
		w.WriteByte('*')
	}
	w.list("", a.Args, "")
	if len(a.OrderBy) > 0 {
		w.WriteString(" ORDER BY ")
		w.sortKeys(a.OrderBy)
	}
	w.WriteByte(')')
	w.filter(a.Filter)
}

func (w *ruler) filter(e Expr) {
	if e != nil {
		w.parts(" FILTER (WHERE ", e, ")")
	}
}

func (w *ruler) sortKeys(keys []SortKey) {
	for i, k := range keys {
		if i > 0 {
			w.WriteString(", ")
		}
		w.sortItem(sortedColumn(k))
		switch {
		case k.Desc && k.NullsFirst:
			w.WriteString(" DESC")
		case k.Desc:
			w.WriteString(" DESC NULLS LAST")
		case k.NullsFirst:
			w.WriteString(" NULLS FIRST")
		}
	}
}

func (w *ruler) windowCall(u windowUse) {
	w.WriteString(w.views.functionName(u.call.Proc) + "(")
	if len(u.call.Args) == 0 && u.call.Proc.Kind == 'a' {
		w.WriteByte('*')
	}
	w.list("", u.call.Args, ")")
	w.filter(u.call.Filter)
	w.WriteString(" OVER ")
	if u.spec.name != "" {
		w.WriteString(parse.QuoteIdent(u.spec.name))
		return
	}
	w.window(u.spec)
}

// window is get_rule_windowspec.
func (w *ruler) window(s *windowSpec) {
	w.WriteByte('(')
	space := ""
	if len(s.partition) > 0 {
		w.WriteString("PARTITION BY ")
		for i, e := range s.partition {
			if i > 0 {
				w.WriteString(", ")
			}
			w.sortItem(e)
		}
		space = " "
	}
	if len(s.order) > 0 {
		w.WriteString(space + "ORDER BY ")
		w.sortKeys(s.order)
		space = " "
	}
	if s.options&parse.FrameNonDefault != 0 {
		w.WriteString(space + w.frame(s))
	}
	w.WriteByte(')')
}

func (w *ruler) frame(s *windowSpec) string {
	word := "RANGE "
	switch {
	case s.options&parse.FrameRows != 0:
		word = "ROWS "
	case s.options&parse.FrameGroups != 0:
		word = "GROUPS "
	}
	if s.options&parse.FrameBetween == 0 {
		return word + w.frameBound(s.options, s.start) + frameExclusion(s.options)
	}
	return word + "BETWEEN " + w.frameBound(s.options, s.start) + " AND " + w.frameBound(s.options>>1, s.end) +
		frameExclusion(s.options)
}

func (w *ruler) frameBound(o int, offset Expr) string {
	switch {
	case o&parse.FrameStartUnboundedPreceding != 0:
		return "UNBOUNDED PRECEDING"
	case o&parse.FrameStartUnboundedFollowing != 0:
		return "UNBOUNDED FOLLOWING"
	case o&parse.FrameStartCurrentRow != 0:
		return "CURRENT ROW"
	}
	text := w.aside(func() { w.expr(plainCount(offset)) })
	if o&parse.FrameStartOffsetPreceding != 0 {
		return text + " PRECEDING"
	}
	return text + " FOLLOWING"
}

func frameExclusion(o int) string {
	switch {
	case o&parse.FrameExcludeCurrentRow != 0:
		return " EXCLUDE CURRENT ROW"
	case o&parse.FrameExcludeGroup != 0:
		return " EXCLUDE GROUP"
	case o&parse.FrameExcludeTies != 0:
		return " EXCLUDE TIES"
	}
	return ""
}

// simpleIn is isSimpleNode: whether an expression needs no parentheses below its parent.
func simpleIn(e, parent Expr) bool {
	switch x := e.(type) {
	case *Cast:
		return simpleIn(x.Arg, x)
	case *Call:
		if x.written() == "" {
			return true
		}
		if p, ok := parent.(*Call); ok && p.written() != "" {
			return simpleOperator(x, p)
		}
		return separated(parent, true)
	case *AnyAll, *InList: // ScalarArrayOpExpr, which isSimpleNode does not know
		return false
	case *Subquery, *NullTest, *BoolTest, *Distinct:
		return separated(parent, true)
	case *Logic:
		if p, ok := parent.(*Logic); ok {
			return x.Op != Or && p.Op != Not || x.Op == Or && p.Op == Or
		}
		return separated(parent, false)
	}
	return true
}

// separated says whether the parent has separators of its own, such as a function's commas.
func separated(parent Expr, logic bool) bool {
	switch p := parent.(type) {
	case *Logic:
		return logic
	case *Call:
		return p.written() == ""
	case *Subscript, *Array, *Row, *Coalesce, *MinMax, *NullIf, *Case, *aggRef, *windowRef:
		return true
	}
	return false
}

// simpleOperator compares the priorities of one-letter arithmetic operators.
func simpleOperator(x, parent *Call) bool {
	rank := func(op string) int {
		switch op {
		case "+", "-":
			return 1
		case "*", "/", "%":
			return 2
		}
		return 0
	}
	own, above := rank(x.Op), rank(parent.Op)
	switch {
	case own == 0 || above == 0 || len(x.Args) != 2 || len(parent.Args) != 2:
		return false
	case own != above:
		return own > above
	}
	return parent.Args[0] == Expr(x)
}
