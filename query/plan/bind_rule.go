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
	if s.Where != nil {
		if err := ruleRows(s.Event, s.Where); err != nil {
			return nil, err
		}
		if r.Where = parse.Deparse(s.Where); !strings.HasPrefix(r.Where, "(") {
			r.Where = "(" + r.Where + ")"
		}
	}
	for _, text := range s.Actions {
		if text, err = b.ruleAction(&r, text); err != nil {
			return nil, err
		}
		r.Actions = append(r.Actions, text)
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
	r := &ruling{b: b, t: t, alias: t.Name, event: t.Rules[at].Event, table: table}
	if r.event == '3' {
		r.insert = &parse.InsertStmt{At: -1, Table: table}
	}
	for _, text := range t.Rules[at].Actions {
		if err := r.action(&RuleSteps{}, &Plan{}, &t.Rules[at], text); err != nil {
			return unplaced(err)
		}
	}
	if t.Rules[at].Where == "" {
		return nil
	}
	cond, err := storedTrees.parse(t.Rules[at].Where)
	if err != nil {
		return err
	}
	from, err := r.rows()
	if err != nil {
		return err
	}
	_, err = b.step(&parse.SelectStmt{At: -1, From: from, Where: cond}, nil, nil, b.as)
	return unplaced(err)
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

// ruleAction freezes the names of an action's relations, which the rule then uses.
func (b *binder) ruleAction(r *catalog.Rule, text string) (string, error) {
	switch word := parse.FirstWord(text); word {
	case "insert", "update", "delete":
	case "notify":
		if r.Where != "" {
			return "", sqlstate.New(sqlstate.InvalidObjectDefinition,
				"rules with WHERE conditions can only have SELECT, INSERT, UPDATE, or DELETE actions")
		}
		return text, nil
	default:
		return "", unsupported(-1, strings.ToUpper(word)+" as the action of a rule")
	}
	var err error
	frozen, err2 := parse.RenameRelations(text, func(n parse.Name) parse.Name {
		t, err3 := b.table(n, -1)
		if err3 != nil {
			err = err3
			return nil
		}
		if t.Virtual != nil {
			return nil
		}
		if !slices.Contains(r.Uses, t.OID) {
			r.Uses = append(r.Uses, t.OID)
		}
		return catalog.FrozenRelation(t.OID)
	})
	if err != nil {
		return "", err
	}
	if err2 != nil {
		return "", sqlstate.Wrap(err2, sqlstate.InternalError, "action of a rule cannot be written")
	}
	tree, err := b.actionTree(frozen)
	if err != nil {
		return "", err
	}
	return frozen, ruleRows(r.Event, tree)
}

// actionTree is a stored action with the names that its relations have today.
func (b *binder) actionTree(action string) (parse.Stmt, error) {
	text, err := b.cat.Snapshot().Thawed(action, nil)
	if err != nil {
		return nil, sqlstate.Wrap(err, sqlstate.InternalError, "action of a rule cannot be read")
	}
	stmts, err := storedTrees.parseBody(text)
	if err != nil {
		return nil, err
	}
	return stmts[0].Node, nil
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

// ruleObjects are the rules of other tables whose actions name a relation.
func (b *binder) ruleObjects(relation catalog.OID) []dropObject {
	var out []dropObject
	for _, t := range b.cat.Snapshot().RulesUsing(relation) {
		for i := range t.Rules {
			r := t.Rules[i]
			if !slices.Contains(r.Uses, relation) {
				continue
			}
			out = append(out, b.ruleObject(t, r))
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

// ruleCalls adds the rules whose conditions or actions call a function.
func (b *binder) ruleCalls(p *catalog.Proc, add func(dropObject)) {
	for _, t := range b.cat.Snapshot().Tables() {
		for i, r := range t.Rules {
			if b.calls(p, func(probe *binder) error { return probe.tryRule(t, i) }, append(r.Actions, r.Where)...) {
				add(b.ruleObject(t, r))
			}
		}
	}
}

// unruledFunction refuses to give a function another name where a rule calls it: rules are stored with the names of what
// they call.
func (b *binder) unruledFunction(p *catalog.Proc) (err error) {
	b.ruleCalls(p, func(o dropObject) {
		err = sqlstate.New(sqlstate.FeatureNotSupported, "another name for %s, which %s calls, is not supported",
			b.functionObject(p).name, o.name).WithHint("Drop the rule, and create it again afterwards.")
	})
	return err
}

// unruled refuses to rename or drop a column that the text of a rule mentions: its table's, or one that uses the table.
func (a *alteration) unruled(what, column string) error {
	snap := a.b.cat.Snapshot()
	for _, t := range append(snap.RulesUsing(a.table.OID), a.table) {
		for i := range t.Rules {
			r := &t.Rules[i]
			mine := t == a.table || slices.Contains(r.Uses, a.table.OID)
			if mine && strings.Contains(r.Where+strings.Join(r.Actions, " "), column) {
				return sqlstate.New(sqlstate.FeatureNotSupported,
					"%s column \"%s\", which rule \"%s\" on \"%s\" mentions, is not supported", what, column, r.Name, t.Name).
					WithHint("Drop the rule, and create it again afterwards.")
			}
		}
	}
	return nil
}
