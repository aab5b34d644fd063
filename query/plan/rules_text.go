package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
)

// Rule implements catalog.ViewReader: a rule's condition and actions as pg_get_ruledef writes them (make_ruledef).
func (v Views) Rule(t *catalog.Table, r *catalog.Rule, pretty bool) (where string, actions []string) {
	path := v.Info.Path()
	b := &binder{cat: viewCatalog{v}}
	text := textOf(b, t, r.Event, []string{})
	cond, err := b.conditionTree(r)
	if err != nil {
		cond = nil
	}
	if cond != nil {
		where = catalog.ShowFrozen(v.Snapshot, path, r.Where)
		if e, err := text.condition(cond); err == nil {
			w := &ruler{views: v, rec: text.b.rec, pretty: pretty, indent: indentStd}
			w.expr(e)
			where = w.String()
		}
	}
	for _, a := range r.Actions {
		shown := catalog.ShowFrozen(v.Snapshot, path, a)
		if tree, err := b.actionTree(a); err == nil && text.action(tree) == nil {
			w := &ruler{views: v, rec: text.b.rec, pretty: pretty}
			if w.statement(tree); w.Len() > 0 {
				shown = w.String()
			}
		}
		actions = append(actions, shown)
	}
	return where, actions
}

// statement is get_query_def.
func (w *ruler) statement(s parse.Stmt) {
	switch x := s.(type) {
	case *parse.SelectStmt:
		w.query(x, nil, true, w.indent)
		return
	case *parse.InsertStmt, *parse.UpdateStmt, *parse.DeleteStmt:
		if w.rec.writes[s] == nil {
			return
		}
	default:
		return
	}
	level, labels, indent := w.level, w.labels, w.indent
	n := w.rec.writes[s]
	switch x := s.(type) {
	case *parse.InsertStmt:
		w.insert(x, n)
	case *parse.UpdateStmt:
		w.update(x, n)
	case *parse.DeleteStmt:
		w.deleteFrom(x, n)
	}
	w.returning(n)
	w.level, w.labels, w.indent = level, labels, indent
}

// over has what follows written over a row.
func (w *ruler) over(sc *scope) {
	w.level, w.labels = &boundSelect{scope: sc}, rowLabels(sc)
}

// insert is get_insert_query_def.
func (w *ruler) insert(x *parse.InsertStmt, n *boundWrite) {
	w.with(x.With)
	w.indent += indentStd
	w.WriteString(" INSERT INTO " + w.views.relationName(n.to.relation()) + " ")
	if n.aliased(x.Table) {
		w.WriteString("AS " + parse.QuoteIdent(n.alias) + " ")
	}
	for i, t := range n.targets {
		w.WriteString(map[bool]string{true: "(", false: ", "}[i == 0] + parse.QuoteIdent(t.name))
		if i < len(x.Cols) {
			w.WriteString(parse.DeparsePath(x.Cols[i].Path))
		}
	}
	if len(n.targets) > 0 {
		w.WriteString(") ")
	}
	switch x.Overriding {
	case "user":
		w.WriteString("OVERRIDING USER VALUE ")
	case "system":
		w.WriteString("OVERRIDING SYSTEM VALUE ")
	}
	switch {
	case len(n.targets) == 0:
		w.WriteString("DEFAULT VALUES")
	case !plainValues(x.Query):
		w.query(x.Query, nil, false, w.indent)
	case len(n.values) == 1:
		w.keyword("VALUES (", -indentStd, indentStd, 2)
		w.values(n.values[0], ", ")
		w.WriteByte(')')
	default:
		w.WriteString("VALUES ")
		for i, row := range n.values {
			w.WriteString(map[bool]string{true: "(", false: ", ("}[i == 0])
			w.values(row, ",")
			w.WriteByte(')')
		}
	}
	if x.OnConflict != nil {
		w.onConflict(x.OnConflict, n)
	}
}

// values writes a row of VALUES, in which nil is DEFAULT.
func (w *ruler) values(row []Expr, sep string) {
	for i, e := range row {
		if i > 0 {
			w.WriteString(sep)
		}
		w.value(e)
	}
}

func (w *ruler) value(e Expr) {
	if e == nil {
		w.WriteString("DEFAULT")
		return
	}
	w.top(e)
}

func (w *ruler) onConflict(x *parse.OnConflict, n *boundWrite) {
	w.WriteString(" ON CONFLICT")
	switch {
	case len(n.arbiter) > 0:
		w.over(n.to.scope(&binder{cat: viewCatalog{w.views}}, "", 0, queryEnv{}))
		for i, e := range n.arbiter {
			w.WriteString(map[bool]string{true: "(", false: ", "}[i == 0])
			_, bare := e.(*Col)
			call, isCall := e.(*Call)
			if bare || isCall && call.written() == "" {
				w.expr(e)
			} else {
				w.parts("(", e, ")")
			}
		}
		w.WriteByte(')')
		if n.arbiterWhere != nil {
			w.keyword(" WHERE ", -indentStd, indentStd, 1)
			w.expr(n.arbiterWhere)
		}
	case x.Constraint != "":
		w.WriteString(" ON CONSTRAINT " + parse.QuoteIdent(x.Constraint))
	}
	if !x.DoUpdate {
		w.WriteString(" DO NOTHING")
		return
	}
	w.WriteString(" DO UPDATE SET ")
	w.over(n.rows)
	w.assignments(x.Set, n)
	w.where(n.where)
}

func (w *ruler) where(e Expr) {
	if e != nil {
		w.keyword(" WHERE ", -indentStd, indentStd, 1)
		w.expr(e)
	}
}

// assignments is get_update_query_targetlist_def.
func (w *ruler) assignments(list []parse.ResTarget, n *boundWrite) {
	for i := 0; i < len(n.set) && i < len(list); i++ {
		if i > 0 {
			w.WriteString(", ")
		}
		m, many := list[i].Val.(*parse.MultiAssign)
		if n.set[i].query == nil || !many || i+m.Columns > len(list) {
			w.WriteString(parse.QuoteIdent(n.set[i].column) + parse.DeparsePath(list[i].Path) + " = ")
			w.value(n.set[i].value)
			continue
		}
		for k := range m.Columns {
			w.WriteString(map[bool]string{true: "(", false: ", "}[k == 0] + parse.QuoteIdent(n.set[i+k].column) +
				parse.DeparsePath(list[i+k].Path))
		}
		w.WriteString(") = (")
		w.query(n.set[i].query, nil, false, w.indent)
		w.WriteByte(')')
		i += m.Columns - 1
	}
}

// update is get_update_query_def.
func (w *ruler) update(x *parse.UpdateStmt, n *boundWrite) {
	w.with(x.With)
	w.target(" UPDATE ", x.Table, n)
	w.WriteString(" SET ")
	w.over(n.rows)
	w.assignments(x.Set, n)
	w.fromItems(" FROM ", x.From, n.rest)
	w.where(n.where)
}

// deleteFrom is get_delete_query_def.
func (w *ruler) deleteFrom(x *parse.DeleteStmt, n *boundWrite) {
	w.with(x.With)
	w.target(" DELETE FROM ", x.Table, n)
	w.over(n.rows)
	w.fromItems(" USING ", x.Using, n.rest)
	w.where(n.where)
}

func (w *ruler) target(word string, x *parse.RangeTable, n *boundWrite) {
	w.indent += indentStd
	if x.Only {
		word += "ONLY "
	}
	w.WriteString(word + w.views.relationName(n.to.relation()))
	if n.aliased(x) {
		w.WriteString(" " + parse.QuoteIdent(n.alias))
	}
}

// aliased says whether the target was given its alias.
func (n *boundWrite) aliased(x *parse.RangeTable) bool {
	if len(x.Name) == 2 && x.Name[0] == frozenSchema {
		return strings.HasSuffix(x.Name[1], ":alias")
	}
	return x.Alias != nil
}

func (w *ruler) returning(n *boundWrite) {
	if len(n.returning) == 0 {
		return
	}
	w.keyword(" RETURNING", -indentStd, indentStd, 1)
	w.over(n.returned)
	w.targets(&boundSelect{scope: n.returned, outs: n.returning, names: n.names, width: len(n.returning)}, nil, true)
}
