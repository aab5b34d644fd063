package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// pg_get_viewdef: a view's query is bound again, watched by a recorder, and written from what was understood, in the
// layout of Postgres's ruleutils.c, which dumps and migration tools compare word for word. The names of the functions
// below are those of what they lay out; the numbers are ruleutils' PRETTYINDENT constants.
const (
	indentStd  = 8
	indentJoin = 4
	indentVar  = 4
	indentMax  = 40
)

// Views answers the catalog's questions about views.
type Views struct {
	Snapshot *catalog.Snapshot
	Info     catalog.SessionInfo
}

// Definition is a view's query as SQL; pretty leaves out parentheses that its reader does not need. It is "" for what is
// no view.
func (v Views) Definition(t *catalog.Table, pretty bool) string {
	if t == nil || t.View == nil {
		return ""
	}
	tree, err := storedTrees.parseQuery(t.View.Query)
	if err != nil {
		return ""
	}
	b := &binder{cat: viewCatalog{v}, rec: newRecorder(), path: t.View.Path}
	if b.path == nil {
		b.path = []string{}
	}
	if _, err := b.queryIn(tree, queryEnv{}); err != nil {
		return ""
	}
	w := &ruler{views: v, rec: b.rec, pretty: pretty}
	names := make([]string, len(t.Columns))
	for i := range t.Columns {
		names[i] = t.Columns[i].Name
	}
	w.query(tree, names, true, 0)
	return w.String() + ";"
}

// Updatable says of each column of a view whether it can be assigned to; nil when the view cannot be written through.
func (v Views) Updatable(t *catalog.Table) []bool {
	b := &binder{cat: viewCatalog{v}}
	to, why := b.updatable(t, 0)
	if why != "" {
		return nil
	}
	out := make([]bool, len(to.cols))
	for i := range to.cols {
		out[i] = to.cols[i].ordinal >= 0
	}
	return out
}

// viewCatalog is a catalog for binding what will not be run.
type viewCatalog struct{ v Views }

func (c viewCatalog) Snapshot() *catalog.Snapshot              { return c.v.Snapshot }
func (c viewCatalog) Info() catalog.SessionInfo                { return c.v.Info }
func (viewCatalog) Statistics(catalog.OID) *catalog.Statistics { return nil }
func (c viewCatalog) TableRows(*catalog.Table) float64         { return 0 }
func (c viewCatalog) Model(name string) (catalog.Model, error) {
	return catalog.Model{Name: name, Dim: -1, Texts: true}, nil
}
func (c viewCatalog) DefaultModel() string          { return "" }
func (c viewCatalog) Setting(string) (string, bool) { return "", false }

func (c viewCatalog) DatumEnv() *datum.Env {
	env := datum.NewEnv()
	env.Names = catalog.NameEnv{Snapshot: c.v.Snapshot, SearchPath: c.v.Info.Path(), User: c.v.Info.User}
	return env
}

// ruler writes SQL in lines.
type ruler struct {
	strings.Builder
	views    Views
	rec      *recorder
	pretty   bool
	indent   int
	level    *boundSelect  // the SELECT whose expressions are written
	labels   []string      // of the row at hand
	function *catalog.Proc // whose body it is; nil for others
	arm      bool          // of a set operation, which gives bare literals a type
}

// keyword starts a line with a word: the indentation changes by before for it and by after behind it, and the word
// stands plus columns further in.
func (w *ruler) keyword(word string, before, after, plus int) {
	w.indent += before
	w.trim()
	amount := max(w.indent, 0)
	if w.indent >= indentMax {
		amount = (indentMax + (w.indent-indentMax)/(indentStd/2)) % indentMax
	}
	w.WriteString("\n" + strings.Repeat(" ", amount+plus) + word)
	w.indent = max(w.indent+after, 0)
}

// trim takes spaces off the end.
func (w *ruler) trim() {
	s := w.String()
	if t := strings.TrimRight(s, " "); len(t) < len(s) {
		w.Reset()
		w.WriteString(t)
	}
}

// aside writes into an empty buffer and gives what was written.
func (w *ruler) aside(f func()) string {
	before := w.String()
	w.Reset()
	f()
	out := w.String()
	w.Reset()
	w.WriteString(before)
	return out
}

// query is get_query_def: names are the columns' names where they are known from outside; visible says that somebody can
// name them, so that each is shown.
func (w *ruler) query(q *parse.SelectStmt, names []string, visible bool, indent int) {
	level, labels, was := w.level, w.labels, w.indent
	w.indent = indent
	w.with(q.With)
	switch {
	case q.Op != parse.SetNone:
		w.setOperation(q, names, visible)
	case q.Values != nil:
		w.indent += indentStd
		w.WriteByte(' ')
		w.valuesQuery(q, names)
	default:
		w.selectCore(q, names, visible)
	}
	w.orderBy(q)
	w.limit(q)
	w.level, w.labels, w.indent = level, labels, was
}

func (w *ruler) with(with *parse.With) {
	if with == nil {
		return
	}
	w.indent += indentStd
	w.WriteByte(' ')
	sep := "WITH "
	if with.Recursive {
		sep = "WITH RECURSIVE "
	}
	for i := range with.CTEs {
		c := &with.CTEs[i]
		w.WriteString(sep + parse.QuoteIdent(c.Name))
		if len(c.Cols) > 0 {
			w.WriteString("(" + identList(c.Cols) + ")")
		}
		w.WriteString(" AS " + map[int8]string{1: "MATERIALIZED ", -1: "NOT MATERIALIZED "}[c.Materialized] + "(")
		w.keyword("", 0, 0, 0)
		if inner, ok := c.Query.(*parse.SelectStmt); ok {
			w.query(inner, nil, true, w.indent)
		} else {
			w.statement(c.Query)
		}
		w.keyword("", 0, 0, 0)
		w.WriteByte(')')
		w.searchClauses(c)
		sep = ", "
	}
	w.indent -= indentStd
	w.keyword("", 0, 0, 0)
}

func identList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = parse.QuoteIdent(n)
	}
	return strings.Join(out, ", ")
}

// valuesQuery writes VALUES, as a subquery where its columns are called something else.
func (w *ruler) valuesQuery(q *parse.SelectStmt, names []string) {
	renamed := false
	for i, name := range names {
		renamed = renamed || name != columnName(i)
	}
	if !renamed {
		w.valuesLists(q)
		return
	}
	w.WriteString("SELECT ")
	for i, name := range names {
		if i > 0 {
			w.WriteString(", ")
			w.keyword("", -indentStd, indentStd, indentVar)
		}
		w.WriteString(`"*VALUES*".` + columnName(i))
		if name != columnName(i) {
			w.WriteString(" AS " + parse.QuoteIdent(name))
		}
	}
	w.keyword(" FROM ", -indentStd, indentStd, 2)
	w.WriteByte('(')
	w.valuesLists(q)
	w.WriteString(`) "*VALUES*"`)
}

// valuesLists is get_values_def.
func (w *ruler) valuesLists(q *parse.SelectStmt) {
	w.WriteString("VALUES ")
	v := w.rec.values[q]
	if v == nil {
		return
	}
	for i, row := range v.Rows {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteByte('(')
		for j, e := range row {
			if j > 0 {
				w.WriteByte(',')
			}
			w.expr(e)
		}
		w.WriteByte(')')
	}
}

// selectCore is get_basic_select_query.
func (w *ruler) selectCore(q *parse.SelectStmt, names []string, visible bool) {
	s := w.rec.selects[q]
	if s == nil {
		return
	}
	w.level, w.labels = s, rowLabels(s.scope)
	w.indent += indentStd
	w.WriteString(" SELECT")
	if len(s.on) > 0 {
		w.WriteString(" DISTINCT ON (")
		for i, e := range s.on {
			if i > 0 {
				w.WriteString(", ")
			}
			w.sortItem(s.outs[e.(*Col).Index])
		}
		w.WriteByte(')')
	} else if q.Distinct {
		w.WriteString(" DISTINCT")
	}
	w.targets(s, names, visible)
	w.fromItems(" FROM ", q.From, 0)
	if s.where != nil {
		w.keyword(" WHERE ", -indentStd, indentStd, 1)
		w.expr(s.where)
	}
	w.groupBy(q, s)
	if s.having != nil {
		w.keyword(" HAVING ", -indentStd, indentStd, 0)
		w.expr(s.having)
	}
	w.windowClause(s)
}

// rowLabels names the columns of FROM's row.
func rowLabels(s *scope) []string {
	var out []string
	for i := range s.cols {
		c := &s.cols[i]
		ref, ok := c.expr.(*Col)
		if !ok || c.merged {
			continue
		}
		for len(out) <= ref.Index {
			out = append(out, "")
		}
		out[ref.Index] = c.qualified()
	}
	return out
}

func (w *ruler) targets(s *boundSelect, names []string, visible bool) {
	sep := " "
	for i, e := range s.outs[:s.width] {
		w.WriteString(sep)
		sep = ", "
		attname := "?column?"
		if visible {
			attname = ""
		}
		text := w.aside(func() { w.top(e) })
		if col, ok := e.(*Col); ok {
			attname = w.columnName(col)
		}
		if o, ok := e.(*Outer); ok && strings.HasSuffix(o.Name, "."+parse.QuoteIdent(s.names[i])) {
			attname = s.names[i]
		}
		name := s.names[i]
		if i < len(names) {
			name = names[i]
		}
		if name != attname {
			text += " AS " + parse.QuoteIdent(name)
		}
		if strings.HasPrefix(text, "\n") {
			w.trim()
		} else if i > 0 {
			w.keyword("", -indentStd, indentStd, indentVar)
		}
		w.WriteString(text)
	}
}

// top writes an expression that is a value of its own: a whole row says its type.
func (w *ruler) top(e Expr) {
	w.expr(e)
	if row, ok := e.(*Row); ok && row.whole != "" && row.T.IsComposite() {
		w.WriteString("::" + w.views.castName(row.T, -1))
	}
}

// columnName is what a column of FROM's row is called, without its relation.
func (w *ruler) columnName(c *Col) string {
	for _, col := range w.level.scope.cols {
		if ref, ok := col.expr.(*Col); ok && ref.Index == c.Index && !col.merged {
			if col.shown != "" {
				return col.shown
			}
			return col.name
		}
	}
	return c.Name
}

func (w *ruler) groupBy(q *parse.SelectStmt, s *boundSelect) {
	if len(q.GroupBy) == 0 {
		return
	}
	w.keyword(" GROUP BY ", -indentStd, indentStd, 1)
	if q.GroupDistinct {
		w.WriteString("DISTINCT ")
	}
	w.groupItems(q.GroupBy, s)
}

func (w *ruler) groupItems(items []parse.Expr, s *boundSelect) {
	for i, it := range items {
		if i > 0 {
			w.WriteString(", ")
		}
		w.groupItem(it, s)
	}
}

// groupItem writes an expression of GROUP BY, or a list of grouping sets.
func (w *ruler) groupItem(it parse.Expr, s *boundSelect) {
	switch x := it.(type) {
	case *parse.GroupingSet:
		word := map[string]string{"rollup": "ROLLUP", "cube": "CUBE", "sets": "GROUPING SETS "}[x.Kind]
		w.WriteString(word + "(")
		w.groupItems(x.Args, s)
		w.WriteByte(')')
	case *parse.RowExpr:
		if x.Implicit {
			w.WriteByte('(')
			w.groupItems(x.Fields, s)
			w.WriteByte(')')
			return
		}
		w.sortItem(s.keys[s.keyOf[it]])
	default:
		w.sortItem(s.keys[s.keyOf[it]])
	}
}

// sortItem is get_rule_sortgroupclause: an expression that is no plain column stands in parentheses.
func (w *ruler) sortItem(e Expr) {
	switch e.(type) {
	case *Col, *Outer:
		w.expr(e)
		return
	case *Call, *aggRef, *windowRef:
		if call, ok := e.(*Call); ok && call.written() != "" && !w.pretty {
			break
		}
		w.WriteByte('(')
		w.expr(e)
		w.WriteByte(')')
		return
	}
	if w.pretty {
		w.WriteByte('(')
		w.expr(e)
		w.WriteByte(')')
		return
	}
	w.expr(e)
}

func (w *ruler) orderBy(q *parse.SelectStmt) {
	if len(q.OrderBy) == 0 {
		return
	}
	w.keyword(" ORDER BY ", -indentStd, indentStd, 1)
	s := w.rec.selects[q]
	for i, it := range q.OrderBy {
		if i > 0 {
			w.WriteString(", ")
		}
		if s == nil || i >= len(s.sort) {
			w.WriteString(w.outputNumber(q, it))
		} else if col, ok := sortedColumn(s.sort[i]).(*Col); ok {
			w.sortItem(s.outs[col.Index])
		}
		w.direction(it)
	}
}

// outputNumber is the number of the column that a set operation is sorted by.
func (w *ruler) outputNumber(q *parse.SelectStmt, it parse.SortBy) string {
	ref, ok := it.Arg.(*parse.ColumnRef)
	if !ok {
		return parse.Deparse(it.Arg)
	}
	first := q
	for first.Op != parse.SetNone {
		first = first.Left
	}
	if s := w.rec.selects[first]; s != nil {
		if i := slices.Index(s.names, ref.Name[0]); i >= 0 {
			return itoa(i + 1)
		}
	}
	return strings.TrimPrefix(ref.Name[0], "column")
}

func (w *ruler) direction(it parse.SortBy) {
	switch it.Dir {
	case parse.SortDesc:
		w.WriteString(" DESC")
		if it.Nulls == parse.NullsLast {
			w.WriteString(" NULLS LAST")
		}
		return
	case parse.SortUsing:
		w.WriteString(" USING " + it.Using[len(it.Using)-1])
	}
	if it.Nulls == parse.NullsFirst {
		w.WriteString(" NULLS FIRST")
	}
}

func (w *ruler) limit(q *parse.SelectStmt) {
	l := w.rec.limits[q]
	if l != nil && l.Offset != nil {
		w.keyword(" OFFSET ", -indentStd, indentStd, 0)
		w.expr(plainCount(l.Offset))
	}
	if l != nil && l.Count != nil {
		if q.WithTies {
			w.keyword(" FETCH FIRST ", -indentStd, indentStd, 0)
			w.expr(plainCount(l.Count))
			w.WriteString(" ROWS WITH TIES")
		} else {
			w.keyword(" LIMIT ", -indentStd, indentStd, 0)
			w.expr(plainCount(l.Count))
		}
	}
	for _, k := range q.Locking {
		w.keyword(" FOR "+strings.ToUpper(k.Strength), -indentStd, indentStd, 0)
		for i, of := range k.Of {
			w.WriteString(map[bool]string{true: " OF ", false: ", "}[i == 0] + parse.QuoteIdent(of[len(of)-1]))
		}
		if k.Wait != "" {
			w.WriteString(" " + strings.ToUpper(k.Wait))
		}
	}
}

// plainCount takes the conversion to bigint off a constant, which Postgres does without showing it.
func plainCount(e Expr) Expr {
	if c, ok := e.(*Cast); ok {
		if k, isConst := c.Arg.(*Const); isConst {
			return k
		}
	}
	return e
}

// setOperation is get_setop_query.
func (w *ruler) setOperation(q *parse.SelectStmt, names []string, visible bool) {
	parens := q.Left.Op != parse.SetNone && (q.Left.Op != q.Op || q.Left.All != q.All)
	if parens {
		w.WriteByte('(')
		w.keyword("", indentStd, 0, 0)
	}
	w.setArm(q.Left, names, visible)
	if parens {
		w.keyword(") ", -indentStd, 0, 0)
	} else {
		w.keyword("", 0, 0, 0)
	}
	w.WriteString(map[parse.SetOp]string{parse.SetUnion: "UNION ", parse.SetIntersect: "INTERSECT ",
		parse.SetExcept: "EXCEPT "}[q.Op])
	if q.All {
		w.WriteString("ALL ")
	}
	sub := 0
	if parens = q.Right.Op != parse.SetNone && !armOfItsOwn(q.Right); parens {
		w.WriteByte('(')
		sub = indentStd
	}
	w.keyword("", sub, 0, 0)
	w.setArm(q.Right, names, false)
	w.indent -= sub
	if parens {
		w.keyword(")", 0, 0, 0)
	}
}

// armOfItsOwn says whether an arm has clauses that make it a query of its own.
func armOfItsOwn(q *parse.SelectStmt) bool {
	return q.With != nil || len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil || len(q.Locking) > 0
}

func (w *ruler) setArm(q *parse.SelectStmt, names []string, visible bool) {
	if q.Op != parse.SetNone && !armOfItsOwn(q) {
		w.setOperation(q, names, visible)
		return
	}
	parens := armOfItsOwn(q)
	if parens {
		w.WriteByte('(')
	}
	arm := w.arm
	w.arm = true
	w.query(q, names, visible, w.indent)
	if w.arm = arm; parens {
		w.WriteByte(')')
	}
}
