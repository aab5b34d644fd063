package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
)

func itoa(n int) string { return strconv.Itoa(n) }

// fromItems is get_from_clause; offset is where the items' columns start in the row.
func (w *ruler) fromItems(word string, items []parse.FromItem, offset int) {
	for i, item := range items {
		if i == 0 {
			w.keyword(word, -indentStd, indentStd, 2)
			w.fromItem(item, offset)
		} else {
			w.WriteString(", ")
			text := w.aside(func() { w.fromItem(item, offset) })
			if strings.HasPrefix(text, "\n") {
				w.trim()
			} else {
				w.keyword("", -indentStd, indentStd, indentVar)
			}
			w.WriteString(text)
		}
		offset += w.rec.widths[item]
	}
}

// fromItem is get_from_clause_item; offset is where the item's columns start in FROM's row.
func (w *ruler) fromItem(f parse.FromItem, offset int) {
	switch x := f.(type) {
	case *parse.RangeTable:
		w.rangeTable(x)
	case *parse.RangeSubselect:
		if x.Lateral {
			w.WriteString("LATERAL ")
		}
		w.WriteByte('(')
		w.query(x.Query, nil, true, w.indent)
		w.WriteByte(')')
		w.alias(w.named(x, x.Alias), "unnamed_subquery")
	case *parse.RangeFunction:
		w.rangeFunction(x)
	case *parse.RangeSample:
		w.rangeTable(x.Table)
		w.sample(w.rec.samples[x])
	case *parse.JoinExpr:
		w.join(x, offset)
	}
}

func (w *ruler) sample(s *Sample) {
	if s == nil {
		return
	}
	w.WriteString(" TABLESAMPLE " + s.Method + " (")
	w.expr(unconverted(s.Percent))
	w.WriteByte(')')
	if s.Seed != nil {
		w.WriteString(" REPEATABLE (")
		w.expr(unconverted(s.Seed))
		w.WriteByte(')')
	}
}

// unconverted is an argument without the conversion to what it is an argument of.
func unconverted(e Expr) Expr {
	if c, ok := e.(*Cast); ok {
		return c.Arg
	}
	return e
}

func (w *ruler) rangeTable(x *parse.RangeTable) {
	if x.Only {
		w.WriteString("ONLY ")
	}
	shown, stored := w.rec.names[x]
	if !stored {
		name := x.Name[len(x.Name)-1]
		if t := w.rec.tables[x]; t != nil {
			w.WriteString(w.views.relationName(t))
		} else {
			w.WriteString(parse.QuoteIdent(name))
		}
		w.alias(w.named(x, x.Alias), "")
		return
	}
	if name := w.rec.shown[x]; name != "" {
		shown.alias = name
	}
	w.WriteString(w.views.relationName(shown.table))
	if shown.alias != "" {
		w.WriteString(" " + parse.QuoteIdent(shown.alias))
	}
}

// relationName is qualified where the session's search path does not find it.
func (v Views) relationName(t *catalog.Table) string {
	name, _ := catalog.RelationName(v.Snapshot, v.Info.Path(), t.OID)
	return name
}

// named is an alias with the name that the relation is shown by.
func (w *ruler) named(f parse.FromItem, a *parse.Alias) *parse.Alias {
	name := w.rec.shown[f]
	if name == "" {
		return a
	}
	out := parse.Alias{Name: name}
	if a != nil {
		out.Cols = a.Cols
	}
	return &out
}

func (w *ruler) alias(a *parse.Alias, otherwise string) {
	if a == nil {
		if otherwise != "" {
			w.WriteString(" " + otherwise)
		}
		return
	}
	w.WriteString(" " + parse.QuoteIdent(a.Name))
	if len(a.Cols) > 0 {
		w.WriteString("(" + identList(a.Cols) + ")")
	}
}

func (w *ruler) rangeFunction(x *parse.RangeFunction) {
	node := w.rec.functions[x]
	if node == nil {
		return
	}
	if x.Lateral || w.rec.lateral[x] {
		w.WriteString("LATERAL ")
	}
	_, defs := spreadUnnest(x)
	inside := len(node.Calls) > 1 || len(defs[0]) > 0 && x.Ordinality
	if inside {
		w.WriteString("ROWS FROM(")
	}
	for i, c := range node.Calls {
		if i > 0 {
			w.WriteString(", ")
		}
		if w.expr(c); inside && len(defs[i]) > 0 {
			w.WriteString(" AS (" + w.defined(functionColumns(c, ""), nil) + ")")
		}
	}
	if inside {
		w.WriteByte(')')
	}
	if x.Ordinality {
		w.WriteString(" WITH ORDINALITY")
	}
	names := namesOf(node)
	if x.Alias != nil {
		copy(names, x.Alias.Cols)
	}
	list := identList(names)
	if !inside && len(defs[0]) > 0 {
		list = w.defined(node.Columns(), names)
	}
	alias := node.Alias
	if name := w.rec.shown[x]; name != "" {
		alias = name
	}
	w.WriteString(" " + parse.QuoteIdent(alias) + "(" + list + ")")
}

// defined is a column definition list; names stand in for the columns' own.
func (w *ruler) defined(cols []Column, names []string) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		name := c.Name
		if names != nil {
			name = names[i]
		}
		parts[i] = parse.QuoteIdent(name) + " " + w.views.castName(c.Type, c.Typmod)
	}
	return strings.Join(parts, ", ")
}

func (w *ruler) join(x *parse.JoinExpr, offset int) {
	j := w.rec.joins[x]
	if j.node == nil {
		return
	}
	parens := !w.pretty || x.Alias != nil
	if parens {
		w.WriteByte('(')
	}
	w.fromItem(x.Left, offset)
	word := map[parse.JoinKind]string{parse.JoinInner: " JOIN ", parse.JoinLeft: " LEFT JOIN ",
		parse.JoinRight: " RIGHT JOIN ", parse.JoinFull: " FULL JOIN "}[x.Kind]
	if x.Kind == parse.JoinInner && j.node.Cond == nil && len(j.using) == 0 {
		word = " CROSS JOIN "
	}
	w.keyword(word, -indentStd, indentStd, indentJoin)
	right, nested := x.Right.(*parse.JoinExpr)
	parenRight := w.pretty && nested && right.Alias == nil
	if parenRight {
		w.WriteByte('(')
	}
	w.fromItem(x.Right, offset+w.rec.widths[x.Left])
	if parenRight {
		w.WriteByte(')')
	}
	w.joinCondition(j, offset)
	if parens {
		w.WriteByte(')')
	}
	w.alias(x.Alias, "")
}

func (w *ruler) joinCondition(j boundJoin, offset int) {
	switch {
	case len(j.using) > 0:
		w.WriteString(" USING (" + identList(j.using) + ")")
	case j.node.Cond != nil:
		w.WriteString(" ON ")
		labels := w.labels
		w.labels = w.labels[min(offset, len(w.labels)):]
		if !w.pretty {
			w.WriteByte('(')
		}
		w.expr(j.node.Cond)
		if !w.pretty {
			w.WriteByte(')')
		}
		w.labels = labels
	case j.node.Kind != JoinInner:
		w.WriteString(" ON TRUE")
	}
}

// windowClause is get_rule_windowclause.
func (w *ruler) windowClause(s *boundSelect) {
	for i, spec := range s.named {
		if i == 0 {
			w.keyword(" WINDOW ", -indentStd, indentStd, 1)
		} else {
			w.WriteString(", ")
		}
		w.WriteString(parse.QuoteIdent(spec.name) + " AS ")
		w.window(spec)
	}
}
