package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// merging is a MERGE being bound: the table and the source, joined → the actions over the joined row.
type merging struct {
	b      *binder
	s      *parse.MergeStmt
	env    queryEnv
	node   *MergeRows
	rows   *targetRows // the table's; once joined its scope is of both, over the source's row and then the table's
	source *scope      // the source's alone
	access *targetAccess
	// inserted and updated are the ordinals that some action gives values to.
	inserted, updated []int
}

func (b *binder) merge(s *parse.MergeStmt) (*Plan, error) {
	m := &merging{b: b, s: s, env: queryEnv{top: true}}
	var err error
	if m.env.ctes, err = b.with(s.With, m.env); err != nil {
		return nil, err
	}
	m.env.top = false
	if err := reachableWhens(s.Whens); err != nil {
		return nil, err
	}
	for _, step := range []func() error{m.target, m.join, m.actions} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return writePlan(m.node, "MERGE"), nil
}

// reachableWhens refuses a WHEN clause after one that always fits.
func reachableWhens(whens []parse.MergeWhen) error {
	closed := map[bool]bool{}
	for _, w := range whens {
		if closed[w.Matched] {
			return sqlstate.New(sqlstate.SyntaxError, "unreachable WHEN clause specified after unconditional WHEN clause")
		}
		closed[w.Matched] = w.Cond == nil
	}
	return nil
}

func (m *merging) target() error {
	t, err := m.b.table(m.s.Table.Name, m.s.Table.Pos())
	if err != nil {
		return err
	}
	if k := t.Kind(); t.View != nil || t.Virtual != nil && k == catalog.KindView {
		what := "views"
		if k == catalog.KindMatView {
			what = "materialized views"
		}
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot execute MERGE on relation %q", t.Name).
			WithDetail("This operation is not supported for %s.", what)
	}
	if len(t.Rules) > 0 {
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot execute MERGE on relation %q", t.Name).
			WithDetail("MERGE is not supported for relations with rules.")
	}
	if m.rows, err = m.b.targetRows(m.s.Table, nil, nil, m.env, "merge into"); err != nil {
		return err
	}
	m.access = m.rows.access
	exprs, err := m.b.rowExprs(t)
	m.node = &MergeRows{Mark: m.rows.mark, Table: t, Exprs: exprs}
	return err
}

// join puts the source beside the table: as an outer join where rows without a match are wanted too.
func (m *merging) join() error {
	source, sc, err := m.b.fromClause([]parse.FromItem{m.s.Source}, m.env)
	if err != nil {
		return err
	}
	r := m.rows
	if slices.ContainsFunc(sc.rels, func(rel scopeRel) bool { return rel.alias == r.alias }) {
		return sqlstate.New(sqlstate.DuplicateAlias, "name %q specified more than once", r.alias).
			WithDetail("The name is used both as MERGE target table and data source.")
	}
	j := &Join{Kind: JoinInner, Left: source, Right: r.node}
	if slices.ContainsFunc(m.s.Whens, func(w parse.MergeWhen) bool { return w.Action == parse.MergeInsert }) {
		j.Kind = JoinLeft
	}
	m.node.At = len(source.Columns())
	j.Cols = append(slices.Clone(source.Columns()), r.node.Columns()...)
	m.source = concat(sc, &scope{covered: []string{r.alias}}, 0)
	r.scope = concat(sc, r.scope, m.node.At)
	m.source.parent, r.scope.parent = m.env.parent, m.env.parent
	ec := &exprContext{b: m.b, scope: r.scope, clause: "JOIN/ON"}
	if j.Cond, err = ec.bindBool(m.s.On, "JOIN/ON"); err != nil {
		return err
	}
	m.node.Input = j
	return nil
}

func (m *merging) actions() error {
	defer m.access.finish()
	for _, w := range m.s.Whens {
		a := MergeAction{Matched: w.Matched, Do: w.Action}
		sc := m.source
		if w.Matched {
			sc = m.rows.scope
		}
		if err := m.action(&a, w, sc); err != nil {
			return err
		}
		m.node.Actions = append(m.node.Actions, a)
	}
	if len(m.inserted) > 0 {
		m.access.inserts(m.inserted)
	}
	if len(m.updated) > 0 {
		m.access.updates(m.updated)
	}
	return nil
}

func (m *merging) action(a *MergeAction, w parse.MergeWhen, sc *scope) error {
	var err error
	if w.Cond != nil {
		ec := &exprContext{b: m.b, scope: sc, clause: "MERGE WHEN"}
		if a.Cond, err = ec.bindBool(w.Cond, "WHEN"); err != nil {
			return err
		}
	}
	switch w.Action {
	case parse.MergeInsert:
		m.access.named.Need |= catalog.PrivInsert
		return m.insert(a, w, sc)
	case parse.MergeUpdate:
		set := &setClause{b: m.b, to: m.rows.to, table: m.node.Table, rows: m.node.Exprs, scope: sc, from: m.node.At}
		if err := set.bind(w.Targets); err != nil {
			return err
		}
		m.updated = append(m.updated, set.ordinals...)
		a.Changed, a.New = set.ordinals, colsOf(m.node.Input)[m.node.At:][:len(m.node.Table.Columns)]
		for i, ordinal := range set.ordinals {
			a.New[ordinal] = set.values[i]
		}
	case parse.MergeDelete:
		m.access.named.Need |= catalog.PrivDelete
	}
	return nil
}

// insert binds the one row of an INSERT action, by INSERT's own rules.
func (m *merging) insert(a *MergeAction, w parse.MergeWhen, sc *scope) error {
	in := &insertion{b: m.b, s: &parse.InsertStmt{At: -1, Cols: w.Targets, Overriding: w.Overriding}, env: m.env,
		to: m.rows.to, table: m.node.Table, rows: m.node.Exprs, access: m.access}
	if len(w.Values) == 0 {
		a.New = in.completeRow(nil)
		return nil
	}
	if err := in.nameTargets(); err != nil {
		return err
	}
	if err := in.checkWidth(len(w.Values), func(i int) int { return exprStart(w.Values[i]) }); err != nil {
		return err
	}
	values := make([]Expr, len(w.Values))
	ec := &exprContext{b: m.b, scope: sc, clause: "VALUES"}
	for i, e := range w.Values {
		var err error
		if values[i], err = in.value(ec, e, in.targets[i]); err != nil {
			return err
		}
		m.inserted = append(m.inserted, in.targets[i].ordinal)
	}
	a.New = in.completeRow(values)
	return nil
}
