package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// action adds one action of a rule.
func (r *ruling) action(steps *RuleSteps, out *Plan, rule *catalog.Rule, text string) error {
	tree, err := r.b.actionTree(text)
	if err != nil {
		return err
	}
	if n, ok := tree.(*parse.NotifyStmt); ok {
		return r.notify(steps, n)
	}
	cond, err := r.b.conditionTree(rule)
	if err != nil {
		return err
	}
	var from []parse.FromItem
	if cond != nil || r.where != nil || len(r.from) > 0 || r.manyRows() || ruleRows('0', tree) == nil && mentionsRows(tree) {
		if from, err = r.rows(); err != nil {
			return err
		}
	}
	unconditional := rule.Instead && rule.Where == ""
	s, tag, err := r.joined(tree, from, cond, unconditional)
	if err != nil {
		return err
	}
	var p *Plan
	if err := r.b.frozen(func() (err error) {
		p, err = r.b.step(s, nil, append(slices.Clone(r.b.unruled), ruleKey{r.t.OID, r.event}),
			r.b.cat.Snapshot().Owner(catalog.ClassRelation, r.t.OID))
		return err
	}); err != nil {
		return unplaced(err)
	}
	if _, query := tree.(*parse.SelectStmt); query {
		steps.Steps = append(steps.Steps, RuleStep{Plan: p, Query: true})
		return nil
	}
	counts := rule.Instead && tag == out.Tag
	if counts {
		for i := range steps.Steps {
			steps.Steps[i].Counts = steps.Steps[i].Counts && !unconditional // the last one says how many
		}
	}
	returns := unconditional && p.Columns != nil && out.Columns == nil
	if returns {
		out.Columns = p.Columns
	}
	steps.Steps = append(steps.Steps, RuleStep{Plan: p, Counts: counts, Returns: returns})
	return nil
}

// notify adds NOTIFY, which happens once a statement, whether that finds rows or not.
func (r *ruling) notify(steps *RuleSteps, n *parse.NotifyStmt) error {
	text := func(s string) parse.Expr { return &parse.Const{At: -1, Kind: parse.ConstString, Val: s} }
	call := &parse.FuncCall{At: -1, Name: parse.Name{"pg_catalog", "pg_notify"}, Args: []parse.Expr{text(n.Channel), text(n.Payload)}}
	p, err := r.b.step(&parse.SelectStmt{At: -1, Targets: []parse.ResTarget{{At: -1, Val: call}}}, nil, nil, r.b.as)
	if err != nil {
		return unplaced(err)
	}
	steps.Steps = append(steps.Steps, RuleStep{Plan: p})
	return nil
}

// mentionsRows says whether a tree refers to old or new.
func mentionsRows(tree any) bool { return mentions(tree, "old") || mentions(tree, "new") }

// mentions says whether a tree refers to a relation of the name, which stands alone or before a column.
func mentions(tree any, row string) bool {
	found := false
	parse.Inspect(tree, func(node any) bool {
		switch x := node.(type) {
		case *parse.ColumnRef:
			found = found || x.Name[0] == row
		case *parse.Star:
			found = found || len(x.Name) == 1 && x.Name[0] == row
		}
		return true
	})
	return found
}

// joined is an action over old and new, restricted by its rule's condition.
func (r *ruling) joined(tree parse.Stmt, from []parse.FromItem, cond parse.Expr, instead bool) (s parse.Stmt, tag string, err error) {
	switch x := tree.(type) {
	case *parse.SelectStmt:
		s, err = selected(x, from, cond)
		return s, "", err
	case *parse.InsertStmt:
		c := *x
		if c.Query, c.Cols, err = r.actionRows(x, from, cond); err != nil {
			return nil, "", err
		}
		c.Returning, err = r.returned(x.Returning, instead)
		return &c, "INSERT", err
	case *parse.UpdateStmt:
		c := *x
		c.From, c.Where = append(slices.Clone(from), x.From...), both(x.Where, cond)
		c.Returning, err = r.returned(x.Returning, instead)
		return &c, "UPDATE", err
	case *parse.DeleteStmt:
		c := *x
		c.Using, c.Where = append(slices.Clone(from), x.Using...), both(x.Where, cond)
		c.Returning, err = r.returned(x.Returning, instead)
		return &c, "DELETE", err
	}
	return nil, "", unsupported(-1, "this action of a rule")
}

// selected is a query over old and new.
func selected(q *parse.SelectStmt, from []parse.FromItem, cond parse.Expr) (*parse.SelectStmt, error) {
	switch {
	case len(from) == 0:
		return q, nil
	case q.Op != parse.SetNone:
		return nil, united()
	case len(q.Values) > 0:
		const values = "*VALUES*"
		rows := &parse.RangeSubselect{At: -1, Lateral: true, Query: q, Alias: &parse.Alias{Name: values}}
		return &parse.SelectStmt{At: -1, Targets: []parse.ResTarget{{At: -1, Val: &parse.Star{At: -1, Name: parse.Name{values}}}},
			From: append(slices.Clone(from), rows), Where: cond}, nil
	}
	c := *q
	c.From, c.Where = append(slices.Clone(from), q.From...), both(q.Where, cond)
	return &c, nil
}

// actionRows is what an action that inserts gets its rows from: VALUES becomes a SELECT from old and new.
func (r *ruling) actionRows(x *parse.InsertStmt, from []parse.FromItem, cond parse.Expr) (*parse.SelectStmt, []parse.ResTarget, error) {
	q := x.Query
	switch {
	case len(from) == 0:
		return q, x.Cols, nil
	case q == nil: // a row of defaults for each
		return &parse.SelectStmt{At: -1, From: from, Where: cond}, nil, nil
	case q.Op != parse.SetNone:
		return nil, nil, united()
	case len(q.Values) == 0:
		c := *q
		c.From, c.Where = append(slices.Clone(from), lateral(q.From)...), both(q.Where, cond)
		return &c, x.Cols, nil
	case len(q.Values) > 1:
		return r.manyValues(x, from, cond)
	}
	out, cols := &parse.SelectStmt{At: -1, With: q.With, From: from, Where: cond}, x.Cols
	var kept []parse.ResTarget
	for i, e := range q.Values[0] {
		if _, deflt := e.(*parse.SetToDefault); deflt || i >= len(cols) {
			continue
		}
		kept = append(kept, cols[i])
		out.Targets = append(out.Targets, parse.ResTarget{At: -1, Val: e})
	}
	return out, kept, nil
}

// manyValues are several rows of VALUES for each of the statement's.
func (r *ruling) manyValues(x *parse.InsertStmt, from []parse.FromItem, cond parse.Expr) (*parse.SelectStmt, []parse.ResTarget, error) {
	var t *catalog.Table
	if err := r.b.frozen(func() (err error) {
		t, err = r.b.table(x.Table.Name, -1)
		return err
	}); err != nil {
		return nil, nil, err
	}
	names := make([]string, len(x.Cols))
	out := &parse.SelectStmt{At: -1, Where: cond}
	for i, c := range x.Cols {
		names[i] = c.Name
		out.Targets = append(out.Targets, parse.ResTarget{At: -1, Val: column("*values*", c.Name)})
	}
	rows := &parse.RangeSubselect{At: -1, Lateral: true, Query: r.typedRows(t, x.Query, names),
		Alias: &parse.Alias{Name: "*values*", Cols: names}}
	out.From = append(slices.Clone(from), rows)
	return out, x.Cols, nil
}

// lateral lets subqueries of FROM see the rows that come before them.
func lateral(items []parse.FromItem) []parse.FromItem {
	var item func(f parse.FromItem) parse.FromItem
	item = func(f parse.FromItem) parse.FromItem {
		switch x := f.(type) {
		case *parse.RangeSubselect:
			if mentionsRows(x.Query) {
				c := *x
				c.Lateral = true
				return &c
			}
		case *parse.JoinExpr:
			c := *x
			c.Left, c.Right = item(x.Left), item(x.Right)
			return &c
		}
		return f
	}
	out := make([]parse.FromItem, len(items))
	for i, f := range items {
		out[i] = item(f)
	}
	return out
}

// returned is the statement's RETURNING over what an action's gives for the columns of the statement's target.
func (r *ruling) returned(has []parse.ResTarget, instead bool) ([]parse.ResTarget, error) {
	if !instead || len(r.returning) == 0 || len(has) == 0 {
		return nil, nil
	}
	gives := make([]parse.Expr, len(has))
	for i, h := range has {
		gives[i] = h.Val
	}
	if len(gives) != len(r.t.Columns) {
		return nil, sqlstate.New(sqlstate.InvalidObjectDefinition, "RETURNING list has %s entries", tooMany(len(gives), len(r.t.Columns)))
	}
	returning, err := r.frozenReturning()
	if err != nil {
		return nil, err
	}
	var out []parse.ResTarget
	for _, want := range returning {
		if star, ok := want.Val.(*parse.Star); ok && (len(star.Name) == 0 || star.Name[len(star.Name)-1] == r.alias) {
			for i := range gives {
				out = append(out, parse.ResTarget{At: -1, Name: r.t.Columns[i].Name, Val: gives[i]})
			}
			continue
		}
		name := want.Name
		if ref, ok := want.Val.(*parse.ColumnRef); ok && name == "" {
			name = ref.Name[len(ref.Name)-1]
		}
		out = append(out, parse.ResTarget{At: -1, Name: name, Val: parse.Rewrite(want.Val, func(node any) any {
			ref, ok := node.(*parse.ColumnRef)
			if !ok || len(ref.Name) > 1 && ref.Name[len(ref.Name)-2] != r.alias {
				return nil
			}
			if i := slices.IndexFunc(r.t.Columns, func(c catalog.Column) bool { return c.Name == ref.Name[len(ref.Name)-1] }); i >= 0 {
				return gives[i]
			}
			return nil
		})})
	}
	return out, nil
}

// frozenReturning is the statement's RETURNING as it can stand in an action: what its names stand for is looked up along the
// statement's search path, not along the action's.
func (r *ruling) frozenReturning() ([]parse.ResTarget, error) {
	text := &binder{cat: r.b.cat, params: r.b.params, path: r.b.path, fn: r.b.fn, rec: newRecorder(), ids: identities{}}
	if _, _, err := text.returning(text.rowScope(r.t, r.alias, 0, queryEnv{}), r.returning); err != nil {
		return nil, err
	}
	r.b.params = text.params
	out := parse.Rewrite(r.returning, freezer{ids: text.ids, rec: text.rec}.node)
	for i := range out {
		nameTarget(&out[i], r.returning[i].Val)
	}
	return out, nil
}

func tooMany(have, want int) string {
	if have > want {
		return "too many"
	}
	return "too few"
}

// rows are the FROM items that a rule's action and condition call old and new.
func (r *ruling) rows() ([]parse.FromItem, error) {
	switch r.event {
	case '3':
		q, err := r.inserted()
		return []parse.FromItem{r.subselect("new", q)}, err
	case '4':
		q := r.read(r.old())
		return []parse.FromItem{r.subselect("old", q)}, nil
	}
	const both = "*rule*" // the rows as they are and as they will be, read once
	q, all := r.read(r.old()), &parse.Alias{Name: both}
	q.Targets = append(q.Targets, r.new().Targets...)
	before, after := &parse.SelectStmt{At: -1}, &parse.SelectStmt{At: -1}
	for _, side := range []struct {
		prefix string
		q      *parse.SelectStmt
	}{{"o ", before}, {"n ", after}} {
		for i := range r.t.Columns {
			name := side.prefix + r.t.Columns[i].Name
			all.Cols = append(all.Cols, name)
			side.q.Targets = append(side.q.Targets, parse.ResTarget{At: -1, Name: r.t.Columns[i].Name, Val: column(both, name)})
		}
	}
	old, fresh := r.subselect("old", before), r.subselect("new", after)
	old.Lateral, fresh.Lateral = true, true
	return []parse.FromItem{&parse.RangeSubselect{At: -1, Query: q, Alias: all, Qualified: true, Path: r.b.path}, old, fresh}, nil
}

// read gives a query the rows that the statement is about.
func (r *ruling) read(q *parse.SelectStmt) *parse.SelectStmt {
	table := *r.table
	q.With, q.From, q.Where = r.with, append([]parse.FromItem{&table}, r.from...), r.where
	return q
}

func (r *ruling) subselect(alias string, q *parse.SelectStmt) *parse.RangeSubselect {
	return &parse.RangeSubselect{At: -1, Query: q, Alias: &parse.Alias{Name: alias}, Qualified: true, Path: r.b.path}
}

// old and new select the columns of the target's row at hand, as they are and as SET makes them.
func (r *ruling) old() *parse.SelectStmt {
	q := &parse.SelectStmt{At: -1}
	for i := range r.t.Columns {
		name := r.t.Columns[i].Name
		q.Targets = append(q.Targets, parse.ResTarget{At: -1, Name: name, Val: column(r.alias, name)})
	}
	return q
}

func (r *ruling) new() *parse.SelectStmt {
	q := r.old()
	for _, set := range r.sets {
		i := slices.IndexFunc(r.t.Columns, func(c catalog.Column) bool { return c.Name == set.Name })
		if i < 0 {
			continue // the statement itself says so
		}
		q.Targets[i].Val = r.valueOf(&r.t.Columns[i], set.Val)
	}
	return q
}

// valueOf is an expression as a column's value: DEFAULT is what that is.
func (r *ruling) valueOf(c *catalog.Column, e parse.Expr) parse.Expr {
	if _, deflt := e.(*parse.SetToDefault); deflt || e == nil {
		e = &parse.Const{At: -1, Kind: parse.ConstNull}
		if tree, err := storedTrees.parse(c.Default); c.Default != "" && err == nil {
			e = stored(tree)
		}
	}
	return r.asType(e, c.Type)
}

// asType writes a cast to a type without its modifier: too long a value is for the statement itself to refuse.
func (r *ruling) asType(e parse.Expr, t *datum.Type) parse.Expr {
	tree, err := storedTrees.parse("NULL::" + catalog.FormatType(r.b.cat.Snapshot(), []string{}, t.OID, -1))
	cast, ok := tree.(*parse.CastExpr)
	if err != nil || !ok {
		return e
	}
	c := *cast
	c.Arg = e
	return &c
}

func column(rel, name string) parse.Expr {
	return &parse.ColumnRef{At: -1, Name: parse.Name{rel, name}}
}

// both joins two conditions, either of which may be nil.
func both(a, b parse.Expr) parse.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &parse.BoolExpr{At: -1, Op: parse.And, Args: []parse.Expr{a, b}}
}

// manyRows says whether an INSERT may have more or fewer rows than one.
func (r *ruling) manyRows() bool {
	return r.insert != nil && r.insert.Query != nil && len(r.insert.Query.Values) != 1
}

// columns are the names of the columns that an INSERT gives.
func (r *ruling) columns() ([]string, error) {
	var out []string
	for _, c := range r.insert.Cols {
		if len(c.Path) > 0 {
			return nil, unsupported(-1, "INSERT into a part of a column of a relation with rules")
		}
		out = append(out, c.Name)
	}
	q := r.insert.Query
	if q == nil {
		return out, nil
	}
	n, err := r.width(q)
	if err != nil {
		return nil, err
	}
	given := len(out) > 0
	switch {
	case given && n < len(out):
		return nil, sqlstate.New(sqlstate.SyntaxError, "INSERT has more target columns than expressions")
	case given && n > len(out), n > len(r.t.Columns):
		return nil, sqlstate.New(sqlstate.SyntaxError, "INSERT has more expressions than target columns")
	case given:
		return out, nil
	}
	for i := range n {
		out = append(out, r.t.Columns[i].Name)
	}
	return out, nil
}

// width is how many columns an INSERT's query has.
func (r *ruling) width(q *parse.SelectStmt) (int, error) {
	switch {
	case len(q.Values) > 0:
		for _, row := range q.Values {
			if len(row) != len(q.Values[0]) {
				return 0, sqlstate.New(sqlstate.SyntaxError, "VALUES lists must all be the same length")
			}
		}
		return len(q.Values[0]), nil
	case q.Op == parse.SetNone && !slices.ContainsFunc(q.Targets, isStar):
		return len(q.Targets), nil
	}
	all := *q
	if all.With == nil {
		all.With = r.with
	}
	p, err := r.b.step(&all, nil, nil, r.b.as)
	if err != nil {
		return 0, err
	}
	return len(p.Columns), nil
}

func isStar(t parse.ResTarget) bool {
	_, star := t.Val.(*parse.Star)
	return star
}

// inserted selects an INSERT's rows, in the order of the target's columns.
func (r *ruling) inserted() (*parse.SelectStmt, error) {
	names, err := r.columns()
	if err != nil {
		return nil, err
	}
	out, src := &parse.SelectStmt{At: -1, With: r.insert.With}, r.insert.Query
	value := func(i int) parse.Expr { return column("*source*", names[i]) }
	switch {
	case src == nil:
	case len(src.Values) == 1 && src.With == nil && src.Limit == nil && src.Offset == nil:
		value = func(i int) parse.Expr { return src.Values[0][i] }
	default:
		from := r.subselect("*source*", r.typedRows(r.t, src, names))
		from.Alias.Cols = names
		out.From = []parse.FromItem{from}
	}
	for i := range r.t.Columns {
		c := &r.t.Columns[i]
		var e parse.Expr
		if at := slices.Index(names, c.Name); at >= 0 {
			e = value(at)
		}
		out.Targets = append(out.Targets, parse.ResTarget{At: -1, Name: c.Name, Val: r.valueOf(c, e)})
	}
	return out, nil
}

// typedRows has the rows of VALUES give each column its type, and DEFAULT what it is.
func (r *ruling) typedRows(t *catalog.Table, src *parse.SelectStmt, names []string) *parse.SelectStmt {
	if len(src.Values) == 0 {
		return src
	}
	c := *src
	c.Values = nil
	for _, row := range src.Values {
		var typed []parse.Expr
		for i, e := range row {
			if i < len(names) {
				if at := t.ColumnIndex(names[i]); at >= 0 {
					e = r.valueOf(&t.Columns[at], e)
				}
			}
			typed = append(typed, e)
		}
		c.Values = append(c.Values, typed)
	}
	return &c
}
