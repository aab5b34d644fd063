package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// target is what INSERT, UPDATE and DELETE name: a table, or a view that is simple enough to write through.
type target struct {
	table *catalog.Table // where the rows are
	view  *catalog.Table // nil for a table
	// cols are the nameable columns: their values are over the table's row.
	cols []targetColumn
	// qual restricts the rows of a view; nil is all.
	qual Expr
	// levels are the conditions of the views looked through, the lowest first; checks are those that WITH CHECK OPTION makes
	// new rows meet.
	levels, checks []CheckExpr
	// shown is the relation's name of today, where a rule calls it alias because of the name that it had.
	shown, alias string
}

// targetColumn is one column of a target; ordinal is the table's, or -1 where the view computes it.
type targetColumn struct {
	name    string
	attNum  int16
	ordinal int
	expr    Expr
	deflt   string // a view's own default for the column, "" for the table's
}

func tableTarget(t *catalog.Table) *target {
	out := &target{table: t}
	for i := range t.Columns {
		c := &t.Columns[i]
		out.cols = append(out.cols, targetColumn{name: c.Name, attNum: c.AttNum, ordinal: i,
			expr: &Col{Typed: Typed{c.Type, c.Typmod}, Index: i, Name: c.Name}})
	}
	return out
}

// relation is the name that the statement used.
func (t *target) relation() *catalog.Table {
	if t.view != nil {
		return t.view
	}
	return t.table
}

// ordinal finds the table's column behind a column of SET or of a column list.
func (t *target) ordinal(c parse.ResTarget, verb string) (int, error) {
	for i := range t.cols {
		if t.cols[i].name == c.Name {
			return t.assignable(i, verb)
		}
	}
	return 0, fail(c.Pos(), sqlstate.UndefinedColumn, "column %q of relation %q does not exist", c.Name,
		t.relation().Name)
}

// assignable is column i's ordinal in the table, unless the view computes it.
func (t *target) assignable(i int, verb string) (int, error) {
	if o := t.cols[i].ordinal; o >= 0 {
		return o, nil
	}
	return 0, sqlstate.New(sqlstate.FeatureNotSupported, "cannot %s column %q of view %q", verb, t.cols[i].name, t.view.Name).
		WithDetail("View columns that are not columns of their base relation are not updatable.")
}

// named finds the column that is called so, -1 for none.
func (t *target) named(name string) int {
	return slices.IndexFunc(t.cols, func(c targetColumn) bool { return c.name == name })
}

// writtenRow is what a table makes of the rows that are written to a target: defaults, generated columns, checks.
func (b *binder) writtenRow(to *target) (rows *RowExprs, err error) {
	err = b.unwatched(func() error {
		if rows, err = b.rowExprs(to.table); err != nil {
			return err
		}
		return b.viewDefaults(to, rows)
	})
	if err != nil {
		return nil, err
	}
	rows.Checks = append(rows.Checks, to.checks...)
	return rows, nil
}

// unwatched binds what a table has for itself, of which a statement's recorder is not to know.
func (b *binder) unwatched(bind func() error) error {
	rec, procs, ids := b.rec, b.procs, b.ids
	b.rec, b.procs, b.ids = nil, nil, nil
	defer func() { b.rec, b.procs, b.ids = rec, procs, ids }()
	return bind()
}

// scope is over the table's row, which starts at column offset of the input.
func (t *target) scope(b *binder, alias string, offset int, env queryEnv) *scope {
	sc := t.columns(b, alias, offset, env)
	for i := range sc.cols {
		if t.shown != "" && alias == t.alias {
			sc.cols[i].shownRel = t.shown
		}
	}
	return sc
}

func (t *target) columns(b *binder, alias string, offset int, env queryEnv) *scope {
	if t.view == nil {
		return b.rowScope(t.table, alias, offset, env)
	}
	sc := &scope{parent: env.parent, ctes: env.ctes, rels: []scopeRel{{alias: alias, table: t.view}}}
	if alias == t.view.Name {
		sc.rels[0].schema = b.schemaName(t.view.Schema)
	}
	for _, c := range t.cols {
		sc.cols = append(sc.cols, scopeCol{rel: alias, name: c.name, table: t.view.OID, attNum: c.attNum, numbered: true,
			expr: shift(c.expr, offset)})
	}
	return sc
}

// called is the name that the statement's columns are qualified by.
func (t *target) called(r *parse.RangeTable) string { return aliasName(r.Alias, t.relation().Name) }

// target finds what a data-modifying statement writes to.
func (b *binder) target(r *parse.RangeTable, verb string) (*target, error) {
	to, err := b.anyTarget(r, verb)
	if err == nil && r.Name[0] == frozenSchema && r.Alias != nil && !strings.HasSuffix(r.Name[len(r.Name)-1], ":alias") {
		to.shown, to.alias = to.relation().Name, r.Alias.Name
	}
	return to, err
}

func (b *binder) anyTarget(r *parse.RangeTable, verb string) (*target, error) {
	if err := b.refuseTransition(r.Name); err != nil {
		return nil, err
	}
	t, err := b.table(r.Name, r.Pos())
	if err != nil {
		return nil, err
	}
	if b.rec != nil {
		b.rec.table(r, t)
	}
	if t.View == nil {
		return tableTarget(t), refuseVirtual(t, verb)
	}
	if t.View.Materialized {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "cannot change materialized view %q", t.Name)
	}
	if t.Instead(writeEvents[verb]) || (b.ruleless || b.rec != nil && b.rec.action) && len(t.RulesFor(ruleEvent[verb], false)) > 0 {
		return tableTarget(t), nil
	}
	out, why := b.updatable(t, writeEvents[verb])
	if why == "" {
		return out, nil
	}
	return nil, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "cannot %s view %q", verb, t.Name).
		WithDetail("%s", why).WithHint("%s", writeHints[verb])
}

// writeEvents are the verbs' events. A view with an INSTEAD OF trigger for one is written to as a table is.
var writeEvents = map[string]int{"insert into": parse.TriggerInsert, "update": parse.TriggerUpdate, "delete from": parse.TriggerDelete,
	"copy to": parse.TriggerInsert}

// ruleEvent are the verbs' events as rules have them.
var ruleEvent = map[string]byte{"insert into": '3', "update": '2', "delete from": '4'}

var writeHints = map[string]string{
	"insert into": "To enable inserting into the view, provide an INSTEAD OF INSERT trigger or an unconditional " +
		"ON INSERT DO INSTEAD rule.",
	"update": "To enable updating the view, provide an INSTEAD OF UPDATE trigger or an unconditional " +
		"ON UPDATE DO INSTEAD rule.",
	"delete from": "To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional " +
		"ON DELETE DO INSTEAD rule.",
}

// updatable looks through a view to the table below it, or to the view that has an INSTEAD OF trigger for the event, or says
// why there is no looking through.
func (b *binder) updatable(v *catalog.Table, event int) (out *target, why string) {
	access := b.access
	defer func() { b.access = access }() // what it takes is noted of the whole (writes)
	q, err := storedTrees.parseQuery(v.View.Query)
	if err != nil {
		return nil, err.Error()
	}
	if why := notUpdatable(q); why != "" {
		return nil, why
	}
	const single = "Views that do not select from a single table or view are not automatically updatable."
	ref, ok := q.From[0].(*parse.RangeTable)
	if !ok || len(ref.Name) != 2 || ref.Name[0] != frozenSchema {
		return nil, single
	}
	base, atts, err := b.thaw(ref.Name)
	if err != nil || base.Kind() != catalog.KindTable && base.Kind() != catalog.KindView {
		return nil, single
	}
	below := tableTarget(base)
	if base.View != nil && !base.Instead(event) {
		if below, why = b.updatable(base, event); why != "" {
			return nil, why
		}
	}
	rec, path := b.rec, b.path
	b.rec, b.path = nil, v.View.Path
	defer func() { b.rec, b.path = rec, path }()
	return b.through(v, q, ref.Alias, below, atts)
}

// notUpdatable gives Postgres's reasons that show in the query's text, in its order (view_query_is_auto_updatable).
func notUpdatable(q *parse.SelectStmt) string {
	left := q
	switch {
	case q.Distinct || len(q.DistinctOn) > 0:
		return "Views containing DISTINCT are not automatically updatable."
	case len(left.GroupBy) > 0:
		return "Views containing GROUP BY are not automatically updatable."
	case q.Having != nil:
		return "Views containing HAVING are not automatically updatable."
	case q.Op != parse.SetNone:
		return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable."
	case q.With != nil:
		return "Views containing WITH are not automatically updatable."
	case q.Limit != nil || q.Offset != nil:
		return "Views containing LIMIT or OFFSET are not automatically updatable."
	case len(q.From) != 1:
		if why := computedTargets(q); why != "" {
			return why
		}
		return "Views that do not select from a single table or view are not automatically updatable."
	}
	return computedTargets(q)
}

// computedTargets finds window functions; aggregates and set-returning functions show only when bound.
func computedTargets(q *parse.SelectStmt) (why string) {
	parse.Rewrite(q.Targets, func(n any) any {
		if f, ok := n.(*parse.FuncCall); ok && f.Over != nil {
			why = "Views that return window functions are not automatically updatable."
		}
		return nil
	})
	return why
}

// through binds a simple view's columns and condition over the row of the table below.
func (b *binder) through(
	v *catalog.Table, q *parse.SelectStmt, a *parse.Alias, below *target, atts []int16,
) (*target, string) {
	sc := &scope{rels: []scopeRel{{alias: a.Name, table: below.relation()}}}
	for i, att := range atts {
		at := slices.IndexFunc(below.cols, func(c targetColumn) bool { return c.attNum == att })
		if at >= 0 && i < len(a.Cols) {
			sc.cols = append(sc.cols, scopeCol{rel: a.Name, name: a.Cols[i], expr: below.cols[at].expr})
		}
	}
	var aggs aggCollector
	ec := &exprContext{b: b, scope: sc, clause: "SELECT", aggs: &aggs, srfs: true}
	exprs, _, err := b.targetList(ec, q.Targets, false)
	switch {
	case err != nil:
		return nil, err.Error()
	case len(aggs.calls) > 0:
		return nil, "Views that return aggregate functions are not automatically updatable."
	case slices.ContainsFunc(exprs, isSRF):
		return nil, "Views that return set-returning functions are not automatically updatable."
	}
	out := &target{table: below.table, view: v, qual: below.qual, levels: slices.Clone(below.levels),
		checks: slices.Clone(below.checks)}
	for i := range v.Columns {
		out.cols = append(out.cols, viewTarget(&v.Columns[i], exprs[i], below))
	}
	var own Expr
	if q.Where != nil {
		where := &exprContext{b: b, scope: sc, clause: "WHERE"}
		if own, err = where.bindBool(q.Where, "WHERE"); err != nil {
			return nil, err.Error()
		}
	}
	out.restrict(v, own)
	return out, ""
}

// viewTarget is one column of a view: a column of the table below keeps its place.
func viewTarget(c *catalog.Column, e Expr, below *target) targetColumn {
	out := targetColumn{name: c.Name, attNum: c.AttNum, ordinal: -1, expr: e, deflt: c.Default}
	ref, ok := e.(*Col)
	if !ok {
		return out
	}
	if at := slices.IndexFunc(below.cols, func(c targetColumn) bool { return c.ordinal == ref.Index }); at >= 0 {
		out.ordinal = ref.Index
		if out.deflt == "" {
			out.deflt = below.cols[at].deflt
		}
	}
	named := *ref
	named.Name = c.Name
	out.expr = &named
	return out
}

// viewDefaults puts the defaults that views have for their columns in the place of the table's.
func (b *binder) viewDefaults(to *target, rows *RowExprs) error {
	for _, c := range to.cols {
		if c.deflt == "" || c.ordinal < 0 {
			continue
		}
		e, err := b.stored(nil, c.deflt, inDefault)
		if err != nil {
			return err
		}
		if rows.Defaults[c.ordinal], err = b.assign(e, &to.table.Columns[c.ordinal], -1); err != nil {
			return err
		}
	}
	return nil
}

// restrict adds the view's condition, and what WITH CHECK OPTION makes of it and, when it cascades, of those below.
func (t *target) restrict(v *catalog.Table, own Expr) {
	if own != nil {
		t.qual = allOf(append(conjuncts(t.qual), own))
		t.levels = append(t.levels, CheckExpr{Name: v.Name, View: true, Expr: &BoolTest{Typed: boolType(), Arg: own, Value: 't'}})
	}
	var checks []CheckExpr
	switch v.View.CheckOption() {
	case "NONE":
		return
	case "CASCADED":
		checks = t.levels
	default:
		if own != nil {
			checks = t.levels[len(t.levels)-1:]
		}
	}
	for _, c := range checks {
		if !slices.ContainsFunc(t.checks, func(have CheckExpr) bool { return have.Expr == c.Expr }) {
			t.checks = append(t.checks, c)
		}
	}
}
