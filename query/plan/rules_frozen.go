package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// A rule's condition and actions are stored definitions as views are (frozenSchema), in which three things more stand by
// number: columns of old and new, columns of what an action writes to, and the constraint that ON CONFLICT names. Their
// names are "$16501:3", of column 3 of the relation; what is written to is "$oid"."16501:*". Where a rule is followed,
// they have their names of today (actionTree), since what is put together there has no place to say what was called what.

// numberedName is what a relation's column or constraint is called in a rule.
func numberedName(relation, number catalog.OID) string {
	return "$" + strconv.FormatUint(uint64(relation), 10) + ":" + strconv.FormatUint(uint64(number), 10)
}

// numbers takes a name apart that numberedName made.
func numbers(name string) (relation, number catalog.OID, ok bool) {
	rel, num, ok := strings.Cut(strings.TrimPrefix(name, "$"), ":")
	if !ok || !strings.HasPrefix(name, "$") {
		return 0, 0, false
	}
	r, err := strconv.ParseUint(rel, 10, 32)
	n, err2 := strconv.ParseUint(num, 10, 32)
	return catalog.OID(r), catalog.OID(n), err == nil && err2 == nil
}

// nameToday is what a numbered column or constraint is called now; other names are what they are.
func nameToday(snap *catalog.Snapshot, name string) string {
	relation, number, ok := numbers(name)
	t := snap.TableByOID(relation)
	if !ok || t == nil {
		return name
	}
	if i := t.Ordinal(int16(number)); i >= 0 && number < 1<<15 {
		return t.Columns[i].Name
	}
	for i := range t.Indexes {
		if t.Indexes[i].OID == number {
			return t.Indexes[i].Name
		}
	}
	return name
}

// today gives what a rule says the names of today where it has numbers.
func today[T any](snap *catalog.Snapshot, tree T) T {
	var node func(any) any
	named := func(list []parse.ResTarget) {
		for i := range list {
			list[i].Name = nameToday(snap, list[i].Name)
		}
	}
	node = func(n any) any {
		switch x := n.(type) {
		case *parse.ColumnRef:
			if last := len(x.Name) - 1; strings.HasPrefix(x.Name[last], "$") {
				name := slices.Clone(x.Name)
				name[last] = nameToday(snap, name[last])
				return &parse.ColumnRef{At: -1, Name: name}
			}
		case *parse.InsertStmt:
			out := parse.Rewrite(*x, node)
			named(out.Cols)
			return &out
		case *parse.UpdateStmt:
			out := parse.Rewrite(*x, node)
			named(out.Set)
			return &out
		case *parse.OnConflict:
			out := parse.Rewrite(*x, node)
			named(out.Set)
			out.Constraint = nameToday(snap, out.Constraint)
			return &out
		}
		return nil
	}
	return parse.Rewrite(tree, node)
}

// actionTree is a stored action in which numbered columns have their names of today.
func (b *binder) actionTree(action string) (parse.Stmt, error) {
	stmts, err := storedTrees.parseBody(action)
	if err != nil {
		return nil, sqlstate.Wrap(err, sqlstate.InternalError, "action of a rule cannot be read")
	}
	return today(b.cat.Snapshot(), stmts[0].Node), nil
}

// conditionTree is a rule's condition in the same way, nil for none.
func (b *binder) conditionTree(r *catalog.Rule) (parse.Expr, error) {
	if r.Where == "" {
		return nil, nil
	}
	tree, err := storedTrees.parse(r.Where)
	if err != nil {
		return nil, sqlstate.Wrap(err, sqlstate.InternalError, "condition of a rule cannot be read")
	}
	return today(b.cat.Snapshot(), tree), nil
}

// ruleRow are the columns of old and new, as far as an event has them, around what a rule says.
func ruleRow(t *catalog.Table, event byte) *scope {
	sc := &scope{}
	for _, rel := range []string{"old", "new"} {
		if rel == "old" && event == '3' || rel == "new" && event == '4' {
			continue
		}
		sc.rels = append(sc.rels, scopeRel{alias: rel, table: t})
		for i := range t.Columns {
			c := &t.Columns[i]
			sc.cols = append(sc.cols, scopeCol{rel: rel, name: c.Name, table: t.OID, attNum: c.AttNum, numbered: true, hidden: true,
				expr: &Col{Typed: Typed{c.Type, c.Typmod}, Index: len(sc.cols), Name: c.Name}})
		}
	}
	return sc
}

// ruleText binds what a rule says as it stands, old and new being a row around it, for a recorder to watch.
type ruleText struct {
	b    *binder
	t    *catalog.Table
	env  queryEnv
	uses map[catalog.OID]map[int16]bool
}

// textOf prepares to bind what a rule of a relation says. path is where its names are looked up, nil for the session's.
func textOf(b *binder, t *catalog.Table, event byte, path []string) *ruleText {
	sub := &binder{cat: b.cat, rec: newRecorder(), ids: identities{}, path: path, procs: b.procs}
	sub.rec.action, sub.ruleless = true, true
	sub.rec.uses[t.OID] = map[int16]bool{}
	sc := ruleRow(t, event)
	return &ruleText{b: sub, t: t, env: queryEnv{parent: sc.child(sub)}, uses: sub.rec.uses}
}

// action binds an action.
func (r *ruleText) action(s parse.Stmt) error {
	env, err := r.env, error(nil)
	env.top = true
	switch x := s.(type) {
	case *parse.SelectStmt:
		_, err = r.b.queryIn(x, env)
	case *parse.InsertStmt:
		_, err = r.b.insertNode(x, env)
	case *parse.UpdateStmt:
		_, err = r.b.updateNode(x, env)
	case *parse.DeleteStmt:
		_, err = r.b.deleteNode(x, env)
	}
	return unplaced(err)
}

// condition binds a rule's condition.
func (r *ruleText) condition(tree parse.Expr) (Expr, error) {
	ec := &exprContext{b: r.b, scope: &scope{parent: r.env.parent}, clause: "WHERE"}
	e, err := ec.bindBool(tree, "WHERE")
	return e, unplaced(err)
}

// freezer freezes what was bound.
func (r *ruleText) freezer() freezer { return freezer{ids: r.b.ids, rec: r.b.rec} }

// spread puts the columns of old.* and new.* in their place; as an argument they are the whole row.
func spread(t *catalog.Table, tree parse.Stmt) parse.Stmt {
	rel := func(e parse.Expr) string {
		if star, ok := e.(*parse.Star); ok && len(star.Name) == 1 && (star.Name[0] == "old" || star.Name[0] == "new") {
			return star.Name[0]
		}
		return ""
	}
	exprs := func(list []parse.Expr) (out []parse.Expr) {
		for _, e := range list {
			row := rel(e)
			if row == "" {
				out = append(out, e)
				continue
			}
			for i := range t.Columns {
				out = append(out, column(row, t.Columns[i].Name))
			}
		}
		return out
	}
	targets := func(list []parse.ResTarget) (out []parse.ResTarget) {
		for _, x := range list {
			row := rel(x.Val)
			if row == "" {
				out = append(out, x)
				continue
			}
			for i := range t.Columns {
				out = append(out, parse.ResTarget{At: -1, Val: column(row, t.Columns[i].Name)})
			}
		}
		return out
	}
	var node func(any) any
	node = func(n any) any {
		switch x := n.(type) {
		case *parse.SelectStmt:
			c := *x
			c.Targets = targets(x.Targets)
			c.Values = nil
			for _, row := range x.Values {
				c.Values = append(c.Values, exprs(row))
			}
			c = parse.Rewrite(c, node)
			return &c
		case *parse.RowExpr:
			c := *x
			c.Fields = exprs(x.Fields)
			c = parse.Rewrite(c, node)
			return &c
		case *parse.Star:
			if row := rel(x); row != "" {
				return &parse.ColumnRef{At: -1, Name: x.Name}
			}
		}
		return nil
	}
	return parse.Rewrite(tree, node)
}

// numbered freezes a reference to a numbered column.
func (f freezer) numbered(x *parse.ColumnRef) any {
	col, ok := f.rec.refs[x]
	switch {
	case !ok || !f.rec.action:
		return nil
	case f.bare:
		return &parse.ColumnRef{At: -1, Name: parse.Name{numberedName(col.table, catalog.OID(col.attNum))}}
	}
	return &parse.ColumnRef{At: -1, Name: parse.Name{col.rel, numberedName(col.table, catalog.OID(col.attNum))}}
}

// write freezes a statement that writes.
func (f freezer) write(s parse.Stmt) any {
	w := f.rec.writes[s]
	if w == nil {
		return nil
	}
	switch x := s.(type) {
	case *parse.InsertStmt:
		out := parse.Rewrite(*x, f.node)
		out.Table, out.Returning = w.frozenTable(x.Table), f.returning(w, x.Returning)
		if x.Cols == nil {
			out.Cols = make([]parse.ResTarget, len(w.targets))
			for i, t := range w.targets {
				out.Cols[i] = parse.ResTarget{At: -1, Name: t.name}
			}
		}
		w.number(out.Cols)
		if x.OnConflict != nil {
			out.OnConflict = f.onConflict(w, x.OnConflict)
		}
		return &out
	case *parse.UpdateStmt:
		out := parse.Rewrite(*x, f.node)
		out.Table, out.Returning = w.frozenTable(x.Table), f.returning(w, x.Returning)
		w.number(out.Set)
		return &out
	case *parse.DeleteStmt:
		out := parse.Rewrite(*x, f.node)
		out.Table, out.Returning = w.frozenTable(x.Table), f.returning(w, x.Returning)
		return &out
	}
	return nil
}

func (f freezer) onConflict(w *boundWrite, x *parse.OnConflict) *parse.OnConflict {
	out := parse.Rewrite(*x, f.node)
	w.number(out.Set)
	bare := f
	bare.bare = true
	if out.Targets = parse.Rewrite(x.Targets, bare.node); x.Where != nil {
		out.Where = parse.Rewrite(x.Where, bare.node)
	}
	for i := range out.Targets {
		if ref, ok := x.Targets[i].(*parse.ColumnRef); ok {
			name := []parse.ResTarget{{Name: ref.Name[0]}}
			w.number(name)
			out.Targets[i] = &parse.ColumnRef{At: -1, Name: parse.Name{name[0].Name}}
		}
	}
	for i := range w.to.table.Indexes {
		if ix := &w.to.table.Indexes[i]; x.Constraint != "" && ix.Name == x.Constraint {
			out.Constraint = numberedName(w.to.table.OID, ix.OID)
		}
	}
	return &out
}

// number names columns by their numbers.
func (w *boundWrite) number(list []parse.ResTarget) {
	for i := range list {
		if at := w.to.named(list[i].Name); at >= 0 {
			list[i].Name = numberedName(w.to.relation().OID, catalog.OID(w.to.cols[at].attNum))
		}
	}
}

// frozenTable is how a rule names what is written to, which always has an alias; ":alias" says that it was given.
func (w *boundWrite) frozenTable(x *parse.RangeTable) *parse.RangeTable {
	ref := strconv.FormatUint(uint64(w.to.relation().OID), 10) + ":*"
	if x.Alias != nil {
		ref += ":alias"
	}
	return &parse.RangeTable{At: -1, Name: parse.Name{frozenSchema, ref}, Only: x.Only, Alias: &parse.Alias{Name: w.alias}}
}

// returning freezes RETURNING, with the columns that * has today in its place.
func (f freezer) returning(w *boundWrite, list []parse.ResTarget) []parse.ResTarget {
	var out []parse.ResTarget
	for _, x := range list {
		star, ok := x.Val.(*parse.Star)
		if !ok {
			fresh := parse.Rewrite(x, f.node)
			nameTarget(&fresh, x.Val)
			out = append(out, fresh)
			continue
		}
		for _, c := range w.returned.cols {
			switch {
			case c.mark > 0 || c.merged, len(star.Name) > 0 && c.rel != star.Name[len(star.Name)-1], len(star.Name) == 0 && c.hidden:
			case c.numbered:
				out = append(out, parse.ResTarget{At: -1, Name: c.name, Val: column(c.rel, numberedName(c.table, catalog.OID(c.attNum)))})
			default:
				out = append(out, parse.ResTarget{At: -1, Val: column(c.rel, c.name)})
			}
		}
	}
	return out
}
