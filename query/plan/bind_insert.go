package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// insertion is an INSERT being bound: targets → source rows → whole rows → ON CONFLICT → RETURNING.
type insertion struct {
	b       *binder
	s       *parse.InsertStmt
	env     queryEnv
	to      *target
	table   *catalog.Table
	rows    *RowExprs
	targets []insertTarget
	values  [][]Expr // of VALUES, as they are assigned; kept where a recorder wants them
	access  *targetAccess
	note    *boundWrite
}

// insertTarget is one column that the statement names, or implies by its place.
type insertTarget struct {
	ordinal int
	pos     int
	part    *element // nil for the whole column
	name    string   // of the column, as the relation that is written to calls it
}

func (b *binder) insert(s *parse.InsertStmt) (*Plan, error) {
	if p, err := b.ruled(s); p != nil || err != nil {
		return p, err
	}
	node, err := b.insertNode(s, queryEnv{top: true})
	if err != nil {
		return nil, err
	}
	return writePlan(node, "INSERT"), nil
}

func (b *binder) insertNode(s *parse.InsertStmt, env queryEnv) (Node, error) {
	defer b.enterNames(s, []parse.FromItem{s.Table})()
	to, err := b.target(s.Table, "insert into")
	if err != nil {
		return nil, err
	}
	t := to.table
	in := &insertion{b: b, s: s, to: to, table: t, env: env, access: b.writes(to, catalog.PrivInsert)}
	if in.env.ctes, err = b.with(s.With, in.env); err != nil {
		return nil, err
	}
	in.env.top = false
	if in.rows, err = b.writtenRow(to); err != nil {
		return nil, err
	}
	if err := in.nameTargets(); err != nil {
		return nil, err
	}
	node := &Insert{Table: t, Exprs: in.rows}
	if node.Input, err = in.source(); err != nil {
		return nil, err
	}
	in.noteColumns()
	alias := to.called(s.Table)
	if in.note = b.rec.write(s); in.note != nil {
		in.note.to, in.note.alias, in.note.targets = to, alias, in.targets
		in.note.values = in.values
		for _, c := range in.targets {
			b.rec.reads(to.relation(), to.cols[to.named(c.name)].attNum)
		}
	}
	if node.Conflict, err = in.conflict(alias); err != nil {
		return nil, err
	}
	ret := to.scope(b, alias, 0, in.env)
	ret.reads(in.access.named)
	defer in.access.finish()
	if node.Returning, node.Cols, err = b.returning(ret, s.Returning); err != nil {
		return nil, err
	}
	in.note.returns(ret, node.Returning, node.Cols)
	return node, nil
}

// noteColumns tells the access list which columns are given.
func (in *insertion) noteColumns() {
	ordinals := make([]int, len(in.targets))
	for i, t := range in.targets {
		ordinals[i] = t.ordinal
	}
	in.access.inserts(ordinals)
}

// writePlan wraps a data-modifying statement; it has result columns only with RETURNING.
func writePlan(n Node, tag string) *Plan {
	return &Plan{Root: n, Columns: n.Columns(), Tag: tag, Writes: true}
}

// writableTable finds the target of a data-modifying statement.
func (b *binder) writableTable(r *parse.RangeTable, verb string) (*catalog.Table, error) {
	t, err := b.table(r.Name, r.Pos())
	if err != nil {
		return nil, err
	}
	if t.View != nil && !(verb == "copy to" && t.Instead(parse.TriggerInsert)) {
		return nil, notATable(t, verb)
	}
	return t, refuseVirtual(t, verb)
}

// notATable refuses a view where only a table will do.
func notATable(t *catalog.Table, verb string) error {
	kind := "view"
	if t.View.Materialized {
		kind = "materialized view"
	}
	if verb != "copy to" {
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not a table", t.Name)
	}
	e := sqlstate.New(sqlstate.WrongObjectType, "cannot %s %s %q", verb, kind, t.Name)
	if t.View.Materialized {
		return e
	}
	return e.WithHint("To enable copying to a view, provide an INSTEAD OF INSERT trigger.")
}

// refuseVirtual keeps users out of pg_catalog and information_schema, and from writing to segment tables.
func refuseVirtual(t *catalog.Table, verb string) error {
	switch {
	case t.SegmentsOf != 0:
		return sqlstate.New(sqlstate.WrongObjectType, "cannot change segment table %q", t.Name).
			WithDetail("Its rows follow from those of the table that it belongs to.")
	case t.Virtual == nil:
		return nil
	case t.Schema == catalog.InfoSchemaOID:
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "cannot %s view %q", verb, t.Name)
	}
	return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: %q is a system catalog", t.Name)
}

// nameTargets resolves the column list.
func (in *insertion) nameTargets() error {
	for _, c := range in.s.Cols {
		i, err := in.to.ordinal(c, "insert into")
		if err != nil {
			return err
		}
		ec := &exprContext{b: in.b, scope: &scope{ctes: in.env.ctes}, clause: "INSERT"}
		part, err := ec.bindElement(c, &in.table.Columns[i])
		if err != nil {
			return err
		}
		whole := func(t insertTarget) bool { return t.ordinal == i && (part == nil || t.part == nil) }
		if at := slices.IndexFunc(in.targets, whole); at >= 0 {
			if in.targets[at].name != c.Name {
				return in.twice(i)
			}
			return fail(c.Pos(), sqlstate.DuplicateColumn, "column %q specified more than once", c.Name)
		}
		in.targets = append(in.targets, insertTarget{i, c.Pos(), part, c.Name})
	}
	return nil
}

// twice is the error of two columns of a view that are one of the table's.
func (in *insertion) twice(ordinal int) error {
	return sqlstate.New(sqlstate.SyntaxError, "multiple assignments to same column %q", in.table.Columns[ordinal].Name)
}

// positional completes the targets of an INSERT without a column list, once the source's width is known.
func (in *insertion) positional(width int) error {
	if len(in.s.Cols) > 0 {
		return nil
	}
	for i := len(in.targets); i < min(width, len(in.to.cols)); i++ {
		ordinal, err := in.to.assignable(i, "insert into")
		if err != nil {
			return err
		}
		if slices.ContainsFunc(in.targets, func(t insertTarget) bool { return t.ordinal == ordinal }) {
			return in.twice(ordinal)
		}
		in.targets = append(in.targets, insertTarget{ordinal, -1, nil, in.to.cols[i].name})
	}
	return nil
}

func (in *insertion) source() (Node, error) {
	q := in.s.Query
	switch {
	case q == nil:
		return in.valuesNode([][]Expr{in.completeRow(nil)}), nil
	case plainValues(q):
		return in.valuesRows(q.Values)
	default:
		return in.selectRows(q)
	}
}

// plainValues tells VALUES lists, in which DEFAULT may stand, from queries.
func plainValues(q *parse.SelectStmt) bool {
	return q.Values != nil && q.With == nil && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil
}

func (in *insertion) valuesNode(rows [][]Expr) *Values {
	v := &Values{Rows: rows}
	v.Cols = tableColumns(in.table)
	return v
}

func (in *insertion) valuesRows(lists [][]parse.Expr) (Node, error) {
	ec := &exprContext{b: in.b, scope: &scope{ctes: in.env.ctes, parent: in.env.parent}, clause: "VALUES"}
	out := make([][]Expr, len(lists))
	width := -1
	for i, list := range lists {
		list, err := ec.spreadStars(list)
		if err != nil {
			return nil, err
		}
		if width < 0 {
			width = len(list)
		}
		if len(list) != width {
			return nil, fail(list[0].Pos(), sqlstate.SyntaxError, "VALUES lists must all be the same length")
		}
		if err := in.checkWidth(len(list), func(i int) int { return list[i].Pos() }); err != nil {
			return nil, err
		}
		exprs := make([]Expr, len(list))
		for j, e := range list {
			var err error
			if exprs[j], err = in.value(ec, e, in.targets[j]); err != nil {
				return nil, err
			}
		}
		if in.b.rec != nil {
			in.values = append(in.values, in.b.rec.asGiven(exprs))
		}
		out[i] = in.completeRow(exprs)
	}
	return in.valuesNode(out), nil
}

// checkWidth compares the source's width with the targets.
func (in *insertion) checkWidth(width int, pos func(i int) int) error {
	if err := in.positional(width); err != nil {
		return err
	}
	if width > len(in.targets) {
		return fail(pos(len(in.targets)), sqlstate.SyntaxError, "INSERT has more expressions than target columns")
	}
	if width < len(in.targets) {
		return fail(in.targets[width].pos, sqlstate.SyntaxError, "INSERT has more target columns than expressions")
	}
	return nil
}

// value binds one expression for a target; nil stands for DEFAULT.
func (in *insertion) value(ec *exprContext, e parse.Expr, t insertTarget) (Expr, error) {
	col := &in.table.Columns[t.ordinal]
	if _, isDefault := e.(*parse.SetToDefault); isDefault {
		if t.part != nil {
			return nil, fail(e.Pos(), sqlstate.FeatureNotSupported, "cannot set an array element to DEFAULT")
		}
		return nil, nil
	}
	if err := in.mayAssign(col); err != nil {
		return nil, err
	}
	given, err := ec.bind(e)
	if err != nil {
		return nil, err
	}
	out, err := in.b.convert(t.part, given, col, t.pos, exprStart(e))
	if err != nil {
		return nil, err
	}
	if in.b.rec != nil {
		in.b.rec.given[out] = in.b.asGiven(given, out, col, t.part)
	}
	if in.overridden(col) {
		return nil, nil
	}
	return out, nil
}

// mayAssign refuses values for generated columns and, without OVERRIDING, for GENERATED ALWAYS identities.
func (in *insertion) mayAssign(col *catalog.Column) error {
	if col.Generated == "" && (col.Identity != 'a' || in.s.Overriding != "") {
		return nil
	}
	e := sqlstate.New(sqlstate.GeneratedAlways, "cannot insert a non-DEFAULT value into column %q", col.Name)
	if col.Generated != "" {
		return e.WithDetail("Column %q is a generated column.", col.Name)
	}
	return e.WithDetail("Column %q is an identity column defined as GENERATED ALWAYS.", col.Name).
		WithHint("Use OVERRIDING SYSTEM VALUE to override.")
}

// overridden says that OVERRIDING USER VALUE puts the sequence's value in place of the given one.
func (in *insertion) overridden(col *catalog.Column) bool {
	return in.s.Overriding == "user" && col.Identity != 0
}

// completeRow spreads target values over the table's columns; what has no value (nil) gets its
// default, generated columns NULL.
func (in *insertion) completeRow(values []Expr) []Expr {
	row := make([]Expr, len(in.table.Columns))
	for i, v := range values {
		t := in.targets[i]
		if t.part != nil {
			old := row[t.ordinal]
			if old == nil {
				old = nullOf(&in.table.Columns[t.ordinal])
			}
			v = t.part.put(in.b, old, v)
		}
		row[t.ordinal] = v
	}
	for i := range row {
		if row[i] == nil {
			row[i] = in.rows.defaultOrNull(in.table, i)
		}
	}
	return row
}

// selectRows binds INSERT … SELECT: the query's columns are assigned to the targets in a Project above it.
func (in *insertion) selectRows(q *parse.SelectStmt) (Node, error) {
	env := in.env
	env.keepUnknown = true
	node, err := in.b.queryIn(q, env)
	if err != nil {
		return nil, err
	}
	pos := func(i int) int {
		if i < len(q.Targets) {
			return exprStart(q.Targets[i].Val)
		}
		return -1
	}
	cols := colsOf(node)
	if err := in.checkWidth(len(cols), pos); err != nil {
		return nil, err
	}
	values := armExprs(node)
	direct := !slices.ContainsFunc(values, isSRF)
	if !direct {
		values = cols
	}
	for i := range values {
		col := &in.table.Columns[in.targets[i].ordinal]
		if err := in.mayAssign(col); err != nil {
			return nil, err
		}
		if in.overridden(col) {
			values[i] = nil
			continue
		}
		if values[i], err = in.b.convert(in.targets[i].part, values[i], col, in.targets[i].pos, pos(i)); err != nil {
			return nil, err
		}
	}
	if direct {
		return in.rowProject(node, in.completeRow(values)), nil
	}
	p := &Project{Input: node, Exprs: in.completeRow(values)}
	p.Cols = tableColumns(in.table)
	return p, nil
}

// rowProject puts whole rows together; where the source is a plain projection or a single VALUES
// row its expressions are already in row.
func (in *insertion) rowProject(source Node, row []Expr) Node {
	switch x := source.(type) {
	case *Project:
		source = x.Input
	case *Values:
		if len(x.Rows) == 1 {
			return in.valuesNode([][]Expr{row})
		}
	}
	p := &Project{Input: source, Exprs: row}
	p.Cols = tableColumns(in.table)
	return p
}

// returning binds a RETURNING list; its columns keep their origin.
func (b *binder) returning(sc *scope, targets []parse.ResTarget) ([]Expr, []Column, error) {
	if len(targets) == 0 {
		return nil, nil, nil
	}
	ec := &exprContext{b: b, scope: sc, clause: "RETURNING"}
	exprs, names, err := b.targetList(ec, targets, false)
	if err != nil {
		return nil, nil, err
	}
	cols := make([]Column, len(exprs))
	for i, e := range exprs {
		cols[i] = Column{Name: names[i], Type: e.Type(), Typmod: e.Typmod()}
		for _, c := range sc.cols {
			if equalExpr(c.expr, e) {
				cols[i].Table, cols[i].AttNum = c.table, c.attNum
			}
		}
	}
	return exprs, cols, nil
}

// rowScope is a scope over a table's row in table order that starts at column offset of the input.
func (b *binder) rowScope(t *catalog.Table, alias string, offset int, env queryEnv) *scope {
	schema := ""
	if s := b.cat.Snapshot().SchemaByOID(t.Schema); s != nil && alias == t.Name {
		schema = s.Name
	}
	sc := &scope{parent: env.parent, ctes: env.ctes, rels: []scopeRel{{alias: alias, schema: schema, table: t}}}
	for i := range t.Columns {
		c := &t.Columns[i]
		sc.cols = append(sc.cols, scopeCol{rel: alias, name: c.Name, table: t.OID, attNum: c.AttNum, numbered: true,
			expr: &Col{Typed: Typed{c.Type, c.Typmod}, Index: offset + i, Name: c.Name}})
	}
	return sc
}

// nullOf is a NULL of a column's type.
func nullOf(c *catalog.Column) Expr {
	if c.Type.IsDomain() { // which may not allow it
		null := &Const{Typed: Typed{c.Type.Root(), -1}, Value: datum.Null}
		return &Cast{Typed: Typed{c.Type, -1}, Arg: null, Pos: -1}
	}
	return &Const{Typed: Typed{c.Type, c.Typmod}, Value: datum.Null}
}
