package plan

import (
	"errors"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// fromClause binds FROM: its items are joined left to right, comma meaning CROSS JOIN.
func (b *binder) fromClause(items []parse.FromItem, env queryEnv) (Node, *scope, error) {
	if len(items) == 0 {
		return &Values{Rows: [][]Expr{{}}}, &scope{parent: env.parent, ctes: env.ctes}, nil
	}
	node, sc, err := b.fromItem(items[0], env, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, it := range items[1:] {
		if node, sc, err = b.join(&parse.JoinExpr{At: -1, Kind: parse.JoinInner, Right: it}, node, sc,
			env); err != nil {
			return nil, nil, err
		}
	}
	return node, sc, nil
}

// fromItem binds one item. left captures the items before it, for LATERAL; nil at the start.
func (b *binder) fromItem(f parse.FromItem, env queryEnv, left *capture) (Node, *scope, error) {
	if err := b.enter(); err != nil {
		return nil, nil, err
	}
	defer b.leave()
	node, sc, err := b.anyFromItem(f, env, left)
	if b.rec != nil && err == nil {
		b.rec.widths[f] = len(node.Columns())
		b.rec.showAs(f, sc)
	}
	return node, sc, err
}

func (b *binder) anyFromItem(f parse.FromItem, env queryEnv, left *capture) (Node, *scope, error) {
	switch x := f.(type) {
	case *parse.RangeTable:
		return b.rangeTable(x, env)
	case *parse.RangeSubselect:
		return b.rangeSubselect(x, env, left)
	case *parse.RangeFunction:
		return b.rangeFunction(x, env, left)
	case *parse.RangeSample:
		return b.rangeSample(x, env, left)
	case *parse.JoinExpr:
		lenv := env
		ln, ls, err := b.fromItem(x.Left, lenv, left)
		if err != nil {
			return nil, nil, err
		}
		if left != nil {
			ls.parent = left // so that LATERAL items of the right side see what is left of this join too
		}
		node, sc, err := b.join(x, ln, ls, env)
		if err != nil {
			return nil, nil, err
		}
		sc.parent = env.parent
		return b.aliasJoin(x, node, sc)
	case *parse.RangeUnsupported:
		return nil, nil, unsupported(x.Pos(), x.What)
	default:
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported, "this FROM item is not supported")
	}
}

func (b *binder) aliasJoin(x *parse.JoinExpr, node Node, sc *scope) (Node, *scope, error) {
	if x.Alias != nil {
		if b.rec != nil {
			return nil, nil, unsupported(x.Pos(), "an alias for a join in a view")
		}
		return node, sc, joinAlias(x, sc)
	}
	return node, sc, nil
}

// joinAlias makes all columns of a join those of one relation, which hides the ones it is made of.
func joinAlias(x *parse.JoinExpr, sc *scope) error {
	var cols []scopeCol
	for _, c := range sc.cols {
		if !c.hidden && c.mark == 0 {
			c.rel, c.merged = x.Alias.Name, false
			cols = append(cols, c)
		}
	}
	for _, r := range sc.rels {
		sc.covered = append(sc.covered, r.alias)
	}
	sc.cols, sc.rels = cols, []scopeRel{{alias: x.Alias.Name}}
	if len(x.Alias.Cols) > len(cols) {
		return fail(x.Pos(), sqlstate.InvalidColumnReference, "join expression %q has %d columns available but %d columns specified",
			x.Alias.Name, len(cols), len(x.Alias.Cols))
	}
	return renameScope(sc, x.Alias, x.Pos())
}

func (b *binder) rangeTable(x *parse.RangeTable, env queryEnv) (Node, *scope, error) {
	if len(x.Name) == 1 {
		if s := env.ctes.find(x.Name[0]); s != nil {
			return b.withReference(x, s, env)
		}
	}
	if t := b.transition(x.Name); t != nil {
		return b.transitionScan(t, x, env)
	}
	if b.path != nil && len(x.Name) == 2 && x.Name[0] == frozenSchema {
		return b.frozenRelation(x, env)
	}
	t, err := b.readable(x.Name, x.Pos())
	if err != nil {
		if t = b.sequenceTable(x.Name); t == nil {
			return nil, nil, hiddenWith(err, x, env)
		}
	}
	b.rec.table(x, t)
	node, sc, err := b.relation(t, aliasName(x.Alias, t.Name), env)
	if err != nil {
		return nil, nil, err
	}
	if x.Alias != nil {
		if err := renameScope(sc, x.Alias, x.Pos()); err != nil {
			return nil, nil, err
		}
	}
	if scan, ok := node.(*Scan); ok && env.rowIDs {
		b.rowIDColumn(scan, sc)
	}
	return node, sc, nil
}

// hiddenWith adds to a missing table's error that a WITH query of its name is out of sight.
func hiddenWith(err error, x *parse.RangeTable, env queryEnv) error {
	var e *sqlstate.Error
	if len(x.Name) == 1 && env.ctes.hides(x.Name[0]) && errors.As(err, &e) {
		e.WithDetail("There is a WITH item named %q, but it cannot be referenced from this part of the query.", x.Name[0]).
			WithHint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
	}
	return err
}

func aliasName(a *parse.Alias, name string) string {
	if a != nil {
		return a.Name
	}
	return name
}

// scan reads every column; the pruning rule narrows it.
func (b *binder) scan(t *catalog.Table, alias string) *Scan {
	s := &Scan{Table: t, Alias: alias, TableRows: b.cat.TableRows(t), Stats: b.cat.Statistics(t.OID)}
	s.Cols = tableColumns(t)
	for i := range t.Columns {
		s.Ordinals = append(s.Ordinals, i)
	}
	return s
}

func (b *binder) tableScope(scan *Scan, env queryEnv) *scope {
	schema := ""
	if s := b.cat.Snapshot().SchemaByOID(scan.Table.Schema); s != nil {
		schema = s.Name
	}
	sc := derivedScope(scan, scan.Alias, env)
	sc.rels = []scopeRel{{alias: scan.Alias, schema: schema, table: scan.Table}}
	for i := range sc.cols {
		if i < len(scan.Table.Columns) {
			sc.cols[i].table, sc.cols[i].attNum = scan.Table.OID, scan.Table.Columns[i].AttNum
		}
	}
	return sc
}

func derivedScope(n Node, alias string, env queryEnv) *scope {
	sc := &scope{parent: env.parent, ctes: env.ctes, rels: []scopeRel{{alias: alias}}}
	for i, c := range n.Columns() {
		sc.cols = append(sc.cols, scopeCol{rel: alias, name: c.Name, expr: &Col{Typed: Typed{c.Type, c.Typmod},
			Index: i, Name: c.Name}, source: c.Table, sourceAtt: c.AttNum})
	}
	return sc
}

func renameScope(sc *scope, a *parse.Alias, pos int) error {
	if len(a.Cols) > len(sc.cols) {
		return fail(pos, sqlstate.InvalidColumnReference,
			"table %q has %d columns available but %d columns specified", a.Name, len(sc.cols), len(a.Cols))
	}
	for i, name := range a.Cols {
		sc.cols[i].name = name
	}
	sc.rels[0].schema = "" // an alias hides the table's qualified name
	return nil
}

func (b *binder) aliased(n Node, a *parse.Alias, name string, env queryEnv, pos int) (Node, *scope, error) {
	if a == nil {
		a = &parse.Alias{Name: name}
	}
	sc := derivedScope(n, a.Name, env)
	return n, sc, renameScope(sc, a, pos)
}

// needsAlias is PostgreSQL 15's error; from 16 on the alias may be left out.
func needsAlias(x *parse.RangeSubselect) error {
	what, example := "subquery", "SELECT"
	if x.Query.Values != nil {
		what, example = "VALUES", "VALUES"
	}
	return sqlstate.New(sqlstate.SyntaxError, "%s in FROM must have an alias", what).
		WithHint("For example, FROM (%s ...) [AS] foo.", example).At(x.Pos())
}

func (b *binder) rangeSubselect(x *parse.RangeSubselect, env queryEnv, left *capture) (Node, *scope, error) {
	sub := queryEnv{parent: env.parent, ctes: env.ctes}
	if x.Lateral && left != nil {
		sub.parent = left
	}
	if x.Alias == nil {
		return nil, nil, needsAlias(x)
	}
	if x.Qualified {
		path := b.path
		b.path = x.Path
		defer func() { b.path = path }()
	}
	node, err := b.queryIn(lockedQuery(x.Query, env.locking, aliasName(x.Alias, "")), sub)
	if err != nil {
		return nil, nil, err
	}
	node, sc, err := b.aliased(b.resolveUnknownOutputs(node), x.Alias, "unnamed_subquery", env, x.Pos())
	if err != nil || !x.Qualified {
		return node, sc, err
	}
	for i := range sc.cols {
		sc.cols[i].hidden = true
	}
	return node, sc, nil
}

// table finds a relation by name along the search path.
func (b *binder) table(name parse.Name, pos int) (*catalog.Table, error) {
	t, err := b.anyTable(name, pos)
	if err == nil && t.Composite {
		return nil, fail(pos, sqlstate.WrongObjectType, "%q is a composite type", t.Name)
	}
	return t, err
}

// anyTable finds whatever has columns: composite types, too.
func (b *binder) anyTable(name parse.Name, pos int) (*catalog.Table, error) {
	snap := b.cat.Snapshot()
	if b.path != nil && len(name) == 2 && name[0] == frozenSchema {
		t, _, err := b.thaw(name)
		return t, err
	}
	if len(name) > 3 {
		return nil, fail(pos, sqlstate.SyntaxError, "improper relation name (too many dotted names): %s",
			strings.Join(name, "."))
	}
	if len(name) == 3 && name[0] != b.cat.Info().Database {
		return nil, fail(pos, sqlstate.FeatureNotSupported, "cross-database references are not implemented: %q",
			strings.Join(name, "."))
	}
	rel := name[len(name)-1]
	if len(name) >= 2 {
		sc, err := b.lookupSchema(name[len(name)-2], pos)
		if err != nil {
			return nil, err
		}
		if sc != nil {
			if t := snap.Table(sc.OID, rel); t != nil {
				return t, nil
			}
		}
		return nil, fail(pos, sqlstate.UndefinedTable, "relation %q does not exist", name[len(name)-2]+"."+rel)
	}
	for _, schema := range b.searchPath() {
		if t := snap.Table(schema, rel); t != nil {
			return t, nil
		}
	}
	return nil, fail(pos, sqlstate.UndefinedTable, "relation %q does not exist", rel)
}

// readable finds what FROM may name: a table, a view, or a sequence as the one row it is.
func (b *binder) readable(name parse.Name, pos int) (*catalog.Table, error) {
	t, err := b.table(name, pos)
	if err == nil || len(name) > 2 {
		return t, err
	}
	path := b.searchPath()
	if len(name) == 2 {
		path = nil
		if sc := b.cat.Snapshot().Schema(name[0]); sc != nil {
			path = []catalog.OID{sc.OID}
		}
	}
	for _, schema := range path {
		if q := b.cat.Snapshot().Sequence(schema, name[len(name)-1]); q != nil {
			return catalog.SequenceTable(q), nil
		}
	}
	return nil, err
}

// searchPath is the effective search path: the session's, or the view's whose query is bound.
func (b *binder) searchPath() []catalog.OID {
	path := b.path
	if path == nil {
		path = b.cat.Info().Path()
	}
	out := catalog.SearchSchemas(b.cat.Snapshot(), path)
	return slices.DeleteFunc(out, func(oid catalog.OID) bool {
		sc := b.cat.Snapshot().SchemaByOID(oid)
		return oid != catalog.PgCatalogOID && (sc == nil || !b.uses(sc))
	})
}

// anySchema finds a schema; pg_temp is the session's own.
func (b *binder) anySchema(name string) *catalog.Schema {
	return b.cat.Snapshot().SchemaNamed(b.cat.Info(), name)
}

// join binds left JOIN right ON/USING/NATURAL.
func (b *binder) join(x *parse.JoinExpr, ln Node, ls *scope, env queryEnv) (Node, *scope, error) {
	cap := ls.child(b)
	rn, rs, err := b.fromItem(x.Right, env, cap)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rs.rels {
		if l := ls.relNamed(parse.Name{r.alias}); l != nil && l.schema == r.schema {
			return nil, nil, fail(x.Pos(), sqlstate.DuplicateAlias, "table name %q specified more than once", r.alias)
		}
	}
	j := &Join{Kind: JoinKind(x.Kind), Left: ln, Right: rn, Explicit: true}
	if len(cap.slots) > 0 && b.rec != nil {
		b.rec.lateral[x.Right] = true
	}
	if len(cap.slots) > 0 {
		if x.Kind == parse.JoinRight || x.Kind == parse.JoinFull {
			return nil, nil, notLateral(cap, ls, x.Pos())
		}
		j.Lateral, j.Slots, j.Args = true, cap.slots, cap.args
	}
	j.Cols = append(slices.Clone(ln.Columns()), rn.Columns()...)
	sc := concat(ls, rs, len(ln.Columns()))
	sc.parent = env.parent
	for i := range sc.rels {
		onLeft := i < len(ls.rels)
		sc.rels[i].nullable = sc.rels[i].nullable || x.Kind == parse.JoinFull ||
			onLeft && x.Kind == parse.JoinRight || !onLeft && x.Kind == parse.JoinLeft
	}
	return b.joinCondition(x, j, ls, rs, sc)
}

// notLateral refuses a reference to the left side from a side that a join keeps whole.
func notLateral(cap *capture, ls *scope, pos int) error {
	name := ""
	if col, ok := cap.args[0].(*Col); ok {
		pos = col.at - 1
		for _, c := range ls.cols {
			if ref, ok := c.expr.(*Col); ok && ref.Index == col.Index {
				name = c.rel
			}
		}
	}
	return sqlstate.New(sqlstate.InvalidColumnReference, "invalid reference to FROM-clause entry for table %q", name).
		WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.").At(pos)
}

func (b *binder) joinCondition(x *parse.JoinExpr, j *Join, ls, rs, sc *scope) (Node, *scope, error) {
	using := x.Using
	if x.Natural {
		using = commonColumns(ls, rs)
	}
	if b.rec != nil {
		b.rec.joins[x] = boundJoin{node: j, using: using}
	}
	if len(using) > 0 {
		cond, err := b.usingCondition(x, using, ls, sc, len(j.Left.Columns()), rs)
		if err != nil {
			return nil, nil, err
		}
		j.Cond = cond
	}
	if x.On != nil {
		ec := &exprContext{b: b, scope: sc, clause: "JOIN conditions"}
		cond, err := ec.bindBool(x.On, "JOIN/ON")
		if err != nil {
			return nil, nil, err
		}
		j.Cond = cond
	}
	return j, sc, nil
}

func commonColumns(ls, rs *scope) []string {
	var out []string
	for _, l := range ls.cols {
		if l.hidden || slices.Contains(out, l.name) {
			continue
		}
		for _, r := range rs.cols {
			if !r.hidden && r.name == l.name {
				out = append(out, l.name)
				break
			}
		}
	}
	return out
}

// usingCondition builds the equalities and puts the merged columns first in the scope.
func (b *binder) usingCondition(
	x *parse.JoinExpr, using []string, ls, sc *scope, leftWidth int, rs *scope,
) (Expr, error) {
	var conds []Expr
	var merged []scopeCol
	for _, name := range using {
		l, err := usingColumn(b, ls, name, "left", x.Pos())
		if err != nil {
			return nil, err
		}
		r, err := usingColumn(b, rs, name, "right", x.Pos())
		if err != nil {
			return nil, err
		}
		le, re := l.expr, shift(r.expr, leftWidth)
		m, err := b.mergedColumn(x, name, le, re)
		if err != nil {
			return nil, err
		}
		merged = append(merged, m)
		eq, err := b.operator(meant("="), le, re, x.Pos())
		if err != nil {
			return nil, err
		}
		conds = append(conds, eq)
	}
	for i := range sc.cols {
		c := &sc.cols[i]
		if slices.Contains(using, c.name) && !c.hidden {
			c.hidden = true
		}
	}
	if x.UsingAlias != "" && b.rec != nil {
		return nil, unsupported(x.Pos(), "an alias for JOIN USING in a view")
	}
	if x.UsingAlias != "" {
		for _, m := range merged {
			sc.cols = append(sc.cols, scopeCol{rel: x.UsingAlias, name: m.name, expr: m.expr, hidden: true})
		}
		sc.rels = append(sc.rels, scopeRel{alias: x.UsingAlias})
	}
	sc.cols = append(merged, sc.cols...)
	return logic(And, conds), nil
}

func (b *binder) mergedColumn(x *parse.JoinExpr, name string, le, re Expr) (scopeCol, error) {
	sides := []Expr{le, re}
	t, err := b.unify(sides, "JOIN/USING", []int{x.Pos(), x.Pos()})
	if err != nil {
		return scopeCol{}, err
	}
	m := scopeCol{name: name, merged: true, expr: sides[0]}
	switch x.Kind {
	case parse.JoinRight:
		m.expr = sides[1]
	case parse.JoinFull:
		m.expr = &Coalesce{Typed: Typed{t, -1}, Args: sides}
	}
	return m, nil
}

func usingColumn(b *binder, s *scope, name, side string, pos int) (*scopeCol, error) {
	c, err := s.local(b, parse.Name{name}, pos)
	if err != nil {
		return nil, fail(pos, sqlstate.AmbiguousColumn, "common column name %q appears more than once in %s table", name, side)
	}
	if c == nil {
		return nil, fail(pos, sqlstate.UndefinedColumn,
			"column %q specified in USING clause does not exist in %s table", name, side)
	}
	return c, nil
}
