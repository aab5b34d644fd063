package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// createRule binds CREATE RULE (DefineQueryRewrite).
func (b *binder) createRule(s *parse.CreateRuleStmt) (*Plan, error) {
	t, err := b.ruleTable(s.Table.Name, s.Table.Pos())
	if err != nil {
		return nil, err
	}
	if err := mustOwn(b.cat.Snapshot(), b.me(), catalog.ObjectTable, t.OID); err != nil {
		return nil, err
	}
	if s.Event == '1' {
		return nil, selectRule(s, t)
	}
	r := catalog.Rule{Name: s.Name, Event: s.Event, Instead: s.Instead}
	d := &ruleDefinition{rule: &r, text: textOf(b, t, s.Event, b.path)}
	if err := d.where(s.Where); err != nil {
		return nil, err
	}
	for _, text := range s.Actions {
		if err := d.written(text); err != nil {
			return nil, err
		}
	}
	if err := d.returns(); err != nil {
		return nil, err
	}
	d.finish()
	if s.Name == "_RETURN" {
		return nil, sqlstate.New(sqlstate.InvalidObjectDefinition, "non-view rule for \"%s\" must not be named \"%s\"", t.Name, s.Name)
	}
	fresh := copyTable(t)
	switch at := t.Rule(s.Name); {
	case at < 0:
		fresh.Rules = append(fresh.Rules, r)
	case !s.Replace:
		return nil, sqlstate.New(sqlstate.DuplicateObject, "rule \"%s\" for relation \"%s\" already exists", s.Name, t.Name)
	default:
		r.OID, r.Comment = t.Rules[at].OID, t.Rules[at].Comment
		fresh.Rules[at] = r
	}
	if err := b.tryRule(fresh, fresh.Rule(s.Name)); err != nil {
		return nil, err
	}
	return rulePlan(t, fresh, "CREATE RULE"), nil
}

// tryRule binds a rule's actions for a statement that writes to the table, so that what is wrong with them shows now.
func (b *binder) tryRule(t *catalog.Table, at int) error {
	table := &parse.RangeTable{At: -1, Name: parse.Name{b.schemaName(t.Schema), t.Name}}
	access := b.access
	defer func() { b.access = access }()
	b.ruleless = true
	defer func() { b.ruleless = false }()
	r := &ruling{b: b, t: t, alias: t.Name, event: t.Rules[at].Event, table: table}
	if r.event == '3' {
		r.insert = &parse.InsertStmt{At: -1, Table: table}
	}
	for _, text := range t.Rules[at].Actions {
		if err := r.action(&RuleSteps{}, &Plan{}, &t.Rules[at], text); err != nil {
			return unplaced(err)
		}
	}
	return nil
}

func rulePlan(old, fresh *catalog.Table, tag string) *Plan {
	slices.SortFunc(fresh.Rules, func(x, y catalog.Rule) int { return strings.Compare(x.Name, y.Name) })
	return &Plan{Root: &ChangeTriggers{Old: old, New: fresh}, Tag: tag, Writes: true, DDL: true}
}

// ruleTable finds a relation that can have rules.
func (b *binder) ruleTable(name parse.Name, pos int) (*catalog.Table, error) {
	t, err := b.table(name, pos)
	switch {
	case err != nil:
		return nil, err
	case t.Virtual != nil:
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", t.Name)
	case t.Kind() == catalog.KindMatView:
		return nil, sqlstate.New(sqlstate.WrongObjectType, "relation \"%s\" cannot have rules", t.Name).
			WithDetail("This operation is not supported for materialized views.")
	case t.SegmentsOf != 0:
		return nil, sqlstate.New(sqlstate.WrongObjectType, "cannot change segment table \"%s\"", t.Name)
	}
	return t, nil
}

// selectRule refuses rules ON SELECT: a view is made by CREATE VIEW, and a table is not turned into one.
func selectRule(s *parse.CreateRuleStmt, t *catalog.Table) error {
	switch {
	case len(s.Actions) == 0:
		return sqlstate.New(sqlstate.FeatureNotSupported, "INSTEAD NOTHING rules on SELECT are not implemented").
			WithHint("Use views instead.")
	case len(s.Actions) > 1:
		return sqlstate.New(sqlstate.FeatureNotSupported, "multiple actions for rules on SELECT are not implemented")
	case !s.Instead || parse.FirstWord(s.Actions[0]) != "select":
		return sqlstate.New(sqlstate.FeatureNotSupported, "rules on SELECT must have action INSTEAD SELECT")
	case t.View != nil:
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "\"%s\" is already a view", t.Name)
	}
	return sqlstate.New(sqlstate.FeatureNotSupported, "a rule ON SELECT is not supported").WithHint("Use CREATE VIEW.")
}

// ruleRows refuses OLD in rules ON INSERT, and NEW in those ON DELETE.
func ruleRows(event byte, tree any) (err error) {
	parse.Inspect(tree, func(node any) bool {
		var name parse.Name
		switch x := node.(type) {
		case *parse.ColumnRef:
			if len(x.Name) > 1 {
				name = x.Name
			}
		case *parse.Star:
			name = x.Name
		}
		switch {
		case len(name) == 0 || err != nil:
		case name[0] == "old" && event == '3':
			err = sqlstate.New(sqlstate.InvalidObjectDefinition, "ON INSERT rule cannot use OLD")
		case name[0] == "new" && event == '4':
			err = sqlstate.New(sqlstate.InvalidObjectDefinition, "ON DELETE rule cannot use NEW")
		}
		return true
	})
	return err
}

// written binds an action as it was written, and freezes it.
func (d *ruleDefinition) written(text string) error {
	stmts, err := parse.Parse(text)
	if err != nil {
		return sqlstate.Wrap(err, sqlstate.InternalError, "action of a rule cannot be read")
	}
	return d.action(stmts[0].Node, strings.ToUpper(parse.FirstWord(text)))
}

func (d *ruleDefinition) action(s parse.Stmt, word string) error {
	switch x := s.(type) {
	case *parse.InsertStmt:
		if err := d.united(x.Query); err != nil {
			return err
		}
	case *parse.SelectStmt:
		if x.Into != nil {
			return unsupported(-1, "SELECT INTO as the action of a rule")
		}
		if err := d.united(x); err != nil {
			return err
		}
	case *parse.UpdateStmt, *parse.DeleteStmt:
	case *parse.NotifyStmt:
		if d.rule.Where != "" {
			return sqlstate.New(sqlstate.InvalidObjectDefinition,
				"rules with WHERE conditions can only have SELECT, INSERT, UPDATE, or DELETE actions")
		}
		d.rule.Actions = append(d.rule.Actions, parse.DeparseStmt(x))
		return nil
	default:
		return unsupported(-1, word+" as the action of a rule")
	}
	tree := spread(d.text.t, s)
	if err := ruleRows(d.rule.Event, tree); err != nil {
		return err
	}
	if err := noRowsWithin(tree); err != nil {
		return err
	}
	if err := d.text.action(tree); err != nil {
		return err
	}
	if w := d.text.b.rec.writes[tree]; w != nil {
		d.returning = append(d.returning, w)
	}
	d.rule.Actions = append(d.rule.Actions, parse.DeparseStmt(parse.Rewrite(tree, d.text.freezer().node)))
	return nil
}

// united refuses set operations where their rows would be those of old or new, or of a condition.
func (d *ruleDefinition) united(q *parse.SelectStmt) error {
	switch {
	case q == nil || q.Op == parse.SetNone:
	case mentionsRows(q):
		return sqlstate.New(sqlstate.InvalidColumnReference,
			"UNION/INTERSECT/EXCEPT member statement cannot refer to other relations of same query level")
	case d.rule.Where != "":
		return united()
	}
	return nil
}

func united() error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "conditional UNION/INTERSECT/EXCEPT statements are not implemented")
}

// noRowsWithin refuses OLD and NEW in WITH, as PostgreSQL does.
func noRowsWithin(s parse.Stmt) (err error) {
	refuse := func(w *parse.With) {
		if w == nil || err != nil {
			return
		}
		for _, row := range []string{"OLD", "NEW"} {
			if mentions(w, strings.ToLower(row)) {
				err = sqlstate.New(sqlstate.FeatureNotSupported, "cannot refer to %s within WITH query", row)
				return
			}
		}
	}
	switch x := s.(type) {
	case *parse.SelectStmt:
		refuse(x.With)
	case *parse.InsertStmt:
		if refuse(x.With); x.Query != nil {
			refuse(x.Query.With)
		}
	case *parse.UpdateStmt:
		refuse(x.With)
	case *parse.DeleteStmt:
		refuse(x.With)
	}
	return err
}

// ruleDefinition is a rule being made.
type ruleDefinition struct {
	rule *catalog.Rule
	text *ruleText
	// returning are the actions that write.
	returning []*boundWrite
}

// where binds the condition, and freezes it.
func (d *ruleDefinition) where(tree parse.Expr) error {
	if tree == nil {
		return nil
	}
	if err := ruleRows(d.rule.Event, tree); err != nil {
		return err
	}
	tree = parse.Rewrite(tree, func(any) any { return nil })
	if _, err := d.text.condition(tree); err != nil {
		return err
	}
	d.rule.Where = parse.Deparse(parse.Rewrite(tree, d.text.freezer().node))
	return nil
}

// returns holds the actions' RETURNING to PostgreSQL's conditions (DefineQueryRewrite).
func (d *ruleDefinition) returns() error {
	seen := false
	bad := func(text string) error { return sqlstate.New(sqlstate.FeatureNotSupported, "%s", text) }
	for _, w := range d.returning {
		switch {
		case len(w.returning) == 0:
			continue
		case seen:
			return bad("cannot have multiple RETURNING lists in a rule")
		case d.rule.Where != "":
			return bad("RETURNING lists are not supported in conditional rules")
		case !d.rule.Instead:
			return bad("RETURNING lists are not supported in non-INSTEAD rules")
		}
		seen = true
		if err := ruleResult(d.text.t, w.returning, "RETURNING list", "RETURNING list's entry", "RETURNING list entry"); err != nil {
			return err
		}
	}
	return nil
}

// ruleResult compares what a rule gives with the columns of its relation (checkRuleResultList).
func ruleResult(t *catalog.Table, gives []Expr, list, nth, entry string) error {
	bad := func(format string, args ...any) *sqlstate.Error {
		return sqlstate.New(sqlstate.InvalidObjectDefinition, format, args...)
	}
	for i, e := range gives {
		if i >= len(t.Columns) {
			return bad("%s has too many entries", list)
		}
		c := &t.Columns[i]
		if e.Type() != c.Type {
			return bad("%s %d has different type from column \"%s\"", nth, i+1, c.Name).
				WithDetail("%s has type %s, but column has type %s.", entry, e.Type(), c.Type)
		}
		if e.Typmod() != c.Typmod && e.Typmod() >= 0 {
			return bad("%s %d has different size from column \"%s\"", nth, i+1, c.Name).
				WithDetail("%s has type %s, but column has type %s.", entry, e.Type().FormatTypmod(e.Typmod()),
					c.Type.FormatTypmod(c.Typmod))
		}
	}
	if len(gives) < len(t.Columns) {
		return bad("%s has too few entries", list)
	}
	return nil
}

// finish notes what the rule reads.
func (d *ruleDefinition) finish() {
	d.rule.Frozen, d.rule.Uses, d.rule.Reads = true, nil, d.text.b.rec.viewUses()
}

// dropRule binds DROP RULE.
func (b *binder) dropRule(s *parse.DropStmt) (*Plan, error) {
	name := s.Names[0]
	rule, on := name[len(name)-1], name[:len(name)-1]
	none := func(format string, args ...any) *Plan {
		return &Plan{Root: &ChangeTriggers{Notices: []*sqlstate.Error{sqlstate.New("00000", format, args...)}},
			Tag: "DROP RULE", Writes: true, DDL: true}
	}
	if _, _, found := b.findRelation(on); !found && s.IfExists {
		return none("relation \"%s\" does not exist, skipping", strings.Join(on, ".")), nil
	}
	t, err := b.ruleTable(on, -1)
	if err != nil {
		return nil, err
	}
	at := t.Rule(rule)
	switch {
	case at < 0 && s.IfExists:
		return none("rule \"%s\" for relation \"%s\" does not exist, skipping", rule, t.Name), nil
	case at < 0:
		return nil, noRule(rule, t)
	case !b.cat.Snapshot().Owns(b.me(), catalog.ObjectTable.Class(), t.OID):
		return nil, denied("must be owner of relation %s", t.Name)
	}
	fresh := copyTable(t)
	fresh.Rules = slices.Delete(fresh.Rules, at, at+1)
	return rulePlan(t, fresh, "DROP RULE"), nil
}

func noRule(rule string, t *catalog.Table) error {
	return sqlstate.New(sqlstate.UndefinedObject, "rule \"%s\" for relation \"%s\" does not exist", rule, t.Name)
}

func (b *binder) renameRule(s *parse.RenameStmt) (*Plan, error) {
	t, err := b.ruleTable(s.Name, s.Pos())
	if err != nil {
		return nil, err
	}
	if err := mustOwn(b.cat.Snapshot(), b.me(), catalog.ObjectTable, t.OID); err != nil {
		return nil, err
	}
	at := t.Rule(s.Sub)
	switch {
	case at < 0:
		return nil, noRule(s.Sub, t)
	case t.Rule(s.To) >= 0:
		return nil, sqlstate.New(sqlstate.DuplicateObject, "rule \"%s\" for relation \"%s\" already exists", s.To, t.Name)
	}
	fresh := copyTable(t)
	fresh.Rules[at].Name = s.To
	return rulePlan(t, fresh, "ALTER RULE"), nil
}

// setRules is ENABLE and DISABLE RULE.
func (a *alteration) setRules(c *parse.AlterCmd) error {
	at := a.table.Rule(c.Name)
	if at < 0 {
		return noRule(c.Name, a.table)
	}
	a.table.Rules[at].Off = c.Kind == parse.AlterDisableRule
	a.table.Rules[at].Fires = map[parse.AlterKind]string{parse.AlterEnableAlwaysRule: catalog.FiresAlways,
		parse.AlterEnableReplicaRule: catalog.FiresOnReplica}[c.Kind]
	return nil
}

// ruleObjects are the rules that read a relation, or with att not 0 one column of it; a table's own rules go with it.
func (b *binder) ruleObjects(relation catalog.OID, att int16) []dropObject {
	var out []dropObject
	for _, t := range b.cat.Snapshot().Tables() {
		for i := range t.Rules {
			if r := t.Rules[i]; r.ReadsColumn(relation, att) && (t.OID != relation || att != 0) {
				out = append(out, b.ruleObject(t, r))
			}
		}
	}
	return out
}

func (b *binder) ruleObject(t *catalog.Table, r catalog.Rule) dropObject {
	return dropObject{oid: r.OID, name: "rule " + parse.QuoteIdent(r.Name) + " on " + relationKinds[t.Kind()] + " " + b.shownName(t.OID),
		apply: func(d *Drop) {
			fresh := d.change(t)
			fresh.Rules = slices.DeleteFunc(fresh.Rules, func(x catalog.Rule) bool { return x.OID == r.OID })
		}}
}

// unruled refuses a new type for a column that a rule reads.
func (a *alteration) unruled(col *catalog.Column) error {
	for _, t := range a.b.cat.Snapshot().Tables() {
		for i := range t.Rules {
			if t.Rules[i].ReadsColumn(a.old.OID, col.AttNum) {
				return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type of a column used by a view or rule").
					WithDetail("%s depends on column %q", a.b.ruleObject(t, t.Rules[i]).name, col.Name)
			}
		}
	}
	return nil
}

// ruleCalls adds the rules whose conditions or actions name a function, an operator or a type.
func (b *binder) ruleCalls(p *catalog.Proc, add func(dropObject)) {
	for _, t := range b.cat.Snapshot().Tables() {
		for i := range t.Rules {
			r := &t.Rules[i]
			if b.calls(p, func(probe *binder) error { return probe.understood(t, r) }, append(r.Actions, r.Where)...) {
				add(b.ruleObject(t, *r))
			}
		}
	}
}

// understood binds what a rule says.
func (b *binder) understood(t *catalog.Table, r *catalog.Rule) error {
	text := textOf(b, t, r.Event, []string{})
	cond, err := b.conditionTree(r)
	if cond != nil && err == nil {
		_, err = text.condition(cond)
	}
	for _, a := range r.Actions {
		if err != nil {
			return err
		}
		var tree parse.Stmt
		if tree, err = b.actionTree(a); err == nil {
			err = text.action(tree)
		}
	}
	return err
}
