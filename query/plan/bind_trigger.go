package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// createTrigger binds CREATE TRIGGER.
func (b *binder) createTrigger(s *parse.CreateTriggerStmt) (*Plan, error) {
	t, err := b.triggerTable(s.Table.Name, s.Table.Pos())
	if err != nil {
		return nil, err
	}
	if err := suitsRelation(s, t); err != nil {
		return nil, err
	}
	need := []*Access{{Kind: catalog.ObjectTable, Object: t.OID, Need: catalog.PrivTrigger}}
	if err := CheckAccess(b.cat.Snapshot(), b.me(), need); err != nil {
		return nil, err
	}
	tr := catalog.Trigger{Name: s.Name, Type: s.Type, Args: s.Args, Deferrable: s.Deferrable, Deferred: s.Deferred}
	if s.Constraint {
		tr.Constraint = catalog.NewConstraint
	}
	if s.From != nil {
		from, err := b.table(s.From, -1)
		if err != nil {
			return nil, err
		}
		tr.From = from.OID
	}
	if err := transitions(s, t, &tr); err != nil {
		return nil, err
	}
	if tr.Columns, err = triggerColumns(t, s.Columns); err != nil {
		return nil, err
	}
	if s.When != nil {
		if tr.When, err = b.triggerWhen(t, s); err != nil {
			return nil, err
		}
	}
	fn, err := b.triggerFunction(s.Func)
	if err != nil {
		return nil, err
	}
	tr.Function = fn.OID
	return b.storeTrigger(s, t, tr)
}

// storeTrigger adds a trigger to its table, in the place of the one that it replaces.
func (b *binder) storeTrigger(s *parse.CreateTriggerStmt, t *catalog.Table, tr catalog.Trigger) (*Plan, error) {
	fresh := copyTable(t)
	at := fresh.Trigger(s.Name)
	switch {
	case at < 0:
		fresh.Triggers = append(fresh.Triggers, tr)
	case !s.Replace:
		return nil, sqlstate.New(sqlstate.DuplicateObject, "trigger \"%s\" for relation \"%s\" already exists", s.Name, t.Name)
	case fresh.Triggers[at].Constraint != 0:
		return nil, sqlstate.New(sqlstate.DuplicateObject, "trigger \"%s\" for relation \"%s\" is a constraint trigger", s.Name, t.Name)
	default:
		old := &fresh.Triggers[at]
		tr.OID, tr.Off, tr.Fires, tr.Comment = old.OID, old.Off, old.Fires, old.Comment
		fresh.Triggers[at] = tr
	}
	return triggerPlan(t, fresh, "CREATE TRIGGER"), nil
}

func triggerPlan(old, fresh *catalog.Table, tag string) *Plan {
	slices.SortFunc(fresh.Triggers, func(x, y catalog.Trigger) int { return strings.Compare(x.Name, y.Name) })
	return &Plan{Root: &ChangeTriggers{Old: old, New: fresh}, Tag: tag, Writes: true, DDL: true}
}

// suitsRelation refuses a trigger that its kind of relation, or its own kind, cannot have (CreateTrigger of trigger.c).
func suitsRelation(s *parse.CreateTriggerStmt, t *catalog.Table) error {
	row, instead, truncate := s.Type&parse.TriggerRow != 0, s.Type&parse.TriggerInstead != 0, s.Type&parse.TriggerTruncate != 0
	wrong := func(what, detail string) error {
		return sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is a %s", t.Name, what).WithDetail("%s", detail)
	}
	refused := func(what string) error { return sqlstate.New(sqlstate.FeatureNotSupported, "%s", what) }
	view := t.Kind() == catalog.KindView
	switch {
	case !view && instead:
		return wrong("table", "Tables cannot have INSTEAD OF triggers.")
	case view && row && !instead:
		return wrong("view", "Views cannot have row-level BEFORE or AFTER triggers.")
	case view && truncate:
		return wrong("view", "Views cannot have TRUNCATE triggers.")
	case row && truncate:
		return refused("TRUNCATE FOR EACH ROW triggers are not supported")
	case instead && !row:
		return refused("INSTEAD OF triggers must be FOR EACH ROW")
	case instead && s.When != nil:
		return refused("INSTEAD OF triggers cannot have WHEN conditions")
	case instead && len(s.Columns) > 0:
		return refused("INSTEAD OF triggers cannot have column lists")
	}
	return nil
}

// transitions checks REFERENCING, and notes its names.
func transitions(s *parse.CreateTriggerStmt, t *catalog.Table, tr *catalog.Trigger) error {
	bad := func(what string) error { return sqlstate.New(sqlstate.InvalidObjectDefinition, "%s", what) }
	for _, x := range s.Transitions {
		if !x.Table {
			return sqlstate.New(sqlstate.FeatureNotSupported, "ROW variable naming in the REFERENCING clause is not supported").
				WithHint("Use OLD TABLE or NEW TABLE for naming transition tables.")
		}
		if t.Kind() == catalog.KindView {
			return sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is a view", t.Name).
				WithDetail("Triggers on views cannot have transition tables.")
		}
		if err := transitionEvents(s); err != nil {
			return err
		}
		name, word, other, event := &tr.OldTable, "OLD", tr.NewTable, "a DELETE or UPDATE"
		allowed := parse.TriggerDelete | parse.TriggerUpdate
		if x.New {
			name, word, other, event = &tr.NewTable, "NEW", tr.OldTable, "an INSERT or UPDATE"
			allowed = parse.TriggerInsert | parse.TriggerUpdate
		}
		switch {
		case s.Type&allowed == 0:
			return bad(word + " TABLE can only be specified for " + event + " trigger")
		case *name != "":
			return bad(word + " TABLE cannot be specified multiple times")
		case x.Name == other:
			return bad("OLD TABLE name and NEW TABLE name cannot be the same")
		}
		*name = x.Name
	}
	return nil
}

// transitionEvents refuses REFERENCING where the trigger does not fire after one kind of event.
func transitionEvents(s *parse.CreateTriggerStmt) error {
	events := s.Type & (parse.TriggerInsert | parse.TriggerUpdate | parse.TriggerDelete)
	switch {
	case s.Type&(parse.TriggerBefore|parse.TriggerInstead) != 0:
		return sqlstate.New(sqlstate.InvalidObjectDefinition, "transition table name can only be specified for an AFTER trigger")
	case s.Type&parse.TriggerTruncate != 0:
		return sqlstate.New(sqlstate.FeatureNotSupported, "TRUNCATE triggers with transition tables are not supported")
	case events&(events-1) != 0:
		return sqlstate.New(sqlstate.FeatureNotSupported,
			"transition tables cannot be specified for triggers with more than one event")
	case len(s.Columns) > 0:
		return sqlstate.New(sqlstate.FeatureNotSupported, "transition tables cannot be specified for triggers with column lists")
	}
	return nil
}

// triggerTable is a table that may have triggers.
func (b *binder) triggerTable(name parse.Name, pos int) (*catalog.Table, error) {
	if schema, rel, found := b.findRelation(name); found {
		if _, ix := b.cat.Snapshot().Index(schema, rel); ix != nil {
			return nil, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is an index", rel)
		}
		if b.cat.Snapshot().Sequence(schema, rel) != nil {
			return nil, noTriggers(rel, "sequences")
		}
	}
	t, err := b.table(name, pos)
	if err != nil {
		return nil, err
	}
	if t.Virtual != nil {
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", t.Name)
	}
	if t.Kind() == catalog.KindMatView {
		return nil, noTriggers(t.Name, "materialized views")
	}
	if t.SegmentsOf != 0 {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "cannot change segment table \"%s\"", t.Name)
	}
	return t, nil
}

func noTriggers(name, kind string) error {
	return sqlstate.New(sqlstate.WrongObjectType, "relation \"%s\" cannot have triggers", name).
		WithDetail("This operation is not supported for %s.", kind)
}

// namedTrigger finds a trigger of a table that is the user's; the table's name comes first.
func (b *binder) namedTrigger(on parse.Name, pos int, trigger string) (*catalog.Table, int, error) {
	t, err := b.triggerTable(on, pos)
	if err != nil {
		return nil, 0, err
	}
	at := t.Trigger(trigger)
	if at < 0 {
		return nil, 0, sqlstate.New(sqlstate.UndefinedObject, "trigger \"%s\" for table \"%s\" does not exist", trigger, t.Name)
	}
	return t, at, nil
}

// renameTrigger binds ALTER TRIGGER … RENAME TO.
func (b *binder) renameTrigger(s *parse.RenameStmt) (*Plan, error) {
	t, err := b.triggerTable(s.Name, s.Pos())
	if err != nil {
		return nil, err
	}
	if err := mustOwn(b.cat.Snapshot(), b.me(), catalog.ObjectTable, t.OID); err != nil {
		return nil, err
	}
	at := t.Trigger(s.Sub)
	switch {
	case at < 0:
		return nil, sqlstate.New(sqlstate.UndefinedObject, "trigger \"%s\" for table \"%s\" does not exist", s.Sub, t.Name)
	case s.To != s.Sub && t.Trigger(s.To) >= 0:
		return nil, sqlstate.New(sqlstate.DuplicateObject, "trigger \"%s\" for relation \"%s\" already exists", s.To, t.Name)
	}
	fresh := copyTable(t)
	fresh.Triggers[at].Name = s.To
	return triggerPlan(t, fresh, "ALTER TRIGGER"), nil
}

func (b *binder) triggerFunction(name parse.Name) (*catalog.Proc, error) {
	for _, p := range b.procsNamed(name) {
		if len(p.Args) > 0 || len(name) > 1 && !b.inSchema(p, name) {
			continue
		}
		if p.Ret != datum.Trigger {
			return nil, sqlstate.New(sqlstate.InvalidObjectDefinition, "function %s must return type trigger", strings.Join(name, "."))
		}
		b.callAccess(p)
		return p, nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedFunction, "function %s() does not exist", strings.Join(name, "."))
}

func (b *binder) inSchema(p *catalog.Proc, name parse.Name) bool {
	sc := b.cat.Snapshot().Schema(name[len(name)-2])
	return sc != nil && sc.OID == p.Schema
}

// triggerColumns are the columns of UPDATE OF.
func triggerColumns(t *catalog.Table, names []string) ([]int16, error) {
	var out []int16
	for _, n := range names {
		i := t.ColumnIndex(n)
		switch {
		case i < 0:
			return nil, sqlstate.New(sqlstate.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", n, t.Name)
		case slices.Contains(out, t.Columns[i].AttNum):
			return nil, sqlstate.New(sqlstate.DuplicateColumn, "column \"%s\" specified more than once", n)
		}
		out = append(out, t.Columns[i].AttNum)
	}
	return out, nil
}

// triggerWhen checks WHEN, and gives its text.
func (b *binder) triggerWhen(t *catalog.Table, s *parse.CreateTriggerStmt) (string, error) {
	var err error
	parse.Inspect(s.When, func(node any) bool {
		ref, ok := node.(*parse.ColumnRef)
		if !ok || err != nil || len(ref.Name) < 2 {
			return true
		}
		bad := func(what string) { err = fail(ref.Pos(), sqlstate.InvalidObjectDefinition, "%s", what) }
		switch row := ref.Name[0]; {
		case s.Type&parse.TriggerRow == 0:
			bad("statement trigger's WHEN condition cannot reference column values")
		case row == "old" && s.Type&parse.TriggerInsert != 0:
			bad("INSERT trigger's WHEN condition cannot reference OLD values")
		case row == "new" && s.Type&parse.TriggerDelete != 0:
			bad("DELETE trigger's WHEN condition cannot reference NEW values")
		}
		return true
	})
	if err != nil {
		return "", err
	}
	if _, err := b.bindWhen(t, s.When); err != nil {
		return "", err
	}
	return parse.Deparse(b.ids.freeze(s.When)), nil
}

// bindWhen binds WHEN over a row of old, then one of new.
func (b *binder) bindWhen(t *catalog.Table, tree parse.Expr) (Expr, error) {
	sc := &scope{}
	for r, alias := range []string{"old", "new"} {
		sc.rels = append(sc.rels, scopeRel{alias: alias, table: t})
		for i := range t.Columns {
			c := &t.Columns[i]
			sc.cols = append(sc.cols, scopeCol{rel: alias, name: c.Name, table: t.OID, attNum: c.AttNum,
				expr: &Col{Typed: Typed{c.Type, c.Typmod}, Index: r*len(t.Columns) + i, Name: c.Name}})
		}
	}
	ec := &exprContext{b: b, scope: sc, clause: "trigger WHEN conditions", noSubqueries: true}
	return ec.bindBool(tree, "WHEN")
}

// storedWhen binds a trigger's condition as it is kept.
func (b *binder) storedWhen(t *catalog.Table, tr *catalog.Trigger) (e Expr, err error) {
	tree, err := storedTrees.parse(tr.When)
	if err != nil {
		return nil, sqlstate.Wrap(err, sqlstate.InternalError, "condition of trigger \"%s\" cannot be read", tr.Name)
	}
	err = b.frozen(func() (err error) {
		e, err = b.bindWhen(t, tree)
		return err
	})
	return e, err
}

// BoundTrigger is a trigger with its condition, over the columns of the old row and then those of the new one; nil for
// none.
type BoundTrigger struct {
	*catalog.Trigger
	When Expr
}

// BindTriggers binds the conditions of the triggers of a table that are on.
func BindTriggers(cat Catalog, t *catalog.Table) ([]BoundTrigger, error) {
	var out []BoundTrigger
	for i := range t.Triggers {
		tr := &t.Triggers[i]
		if tr.Off {
			continue
		}
		bound := BoundTrigger{Trigger: tr}
		if tr.When != "" {
			var err error
			if bound.When, err = (&binder{cat: cat}).storedWhen(t, tr); err != nil {
				return nil, unplaced(err)
			}
		}
		out = append(out, bound)
	}
	return out, nil
}

// dropTrigger binds DROP TRIGGER.
func (b *binder) dropTrigger(s *parse.DropStmt) (*Plan, error) {
	name := s.Names[0]
	trigger, on := name[len(name)-1], name[:len(name)-1]
	none := &Plan{Root: &ChangeTriggers{}, Tag: "DROP TRIGGER", Writes: true, DDL: true}
	if _, _, found := b.findRelation(on); !found && s.IfExists {
		none.Root = &ChangeTriggers{Notices: []*sqlstate.Error{sqlstate.New("00000", "relation \"%s\" does not exist, skipping",
			strings.Join(on, "."))}}
		return none, nil
	}
	t, err := b.triggerTable(on, -1)
	if err != nil {
		return nil, err
	}
	at := t.Trigger(trigger)
	if at >= 0 && !b.cat.Snapshot().Owns(b.me(), catalog.ObjectTable.Class(), t.OID) {
		return nil, denied("must be owner of relation %s", t.Name)
	}
	switch {
	case at < 0 && s.IfExists:
		none.Root = &ChangeTriggers{Notices: []*sqlstate.Error{sqlstate.New("00000",
			"trigger \"%s\" for relation \"%s\" does not exist, skipping", trigger, t.Name)}}
		return none, nil
	case at < 0:
		return nil, sqlstate.New(sqlstate.UndefinedObject, "trigger \"%s\" for table \"%s\" does not exist", trigger, t.Name)
	}
	fresh := copyTable(t)
	fresh.Triggers = slices.Delete(fresh.Triggers, at, at+1)
	return triggerPlan(t, fresh, "DROP TRIGGER"), nil
}

// triggerCalls lists the triggers of a table that run a function.
func (b *binder) triggerCalls(p *catalog.Proc, t *catalog.Table, add func(dropObject)) {
	for i := range t.Triggers {
		if tr := &t.Triggers[i]; tr.Function == p.OID {
			add(b.triggerObject(t, tr))
		}
	}
}

// whenCalls adds the triggers whose conditions call a function.
func (b *binder) whenCalls(p *catalog.Proc, t *catalog.Table, add func(dropObject)) {
	for i := range t.Triggers {
		tr := &t.Triggers[i]
		if tr.When != "" && tr.Function != p.OID && b.calls(p, func(probe *binder) error {
			_, err := probe.storedWhen(t, tr)
			return err
		}, tr.When) {
			add(b.triggerObject(t, tr))
		}
	}
}

func (b *binder) triggerObject(t *catalog.Table, tr *catalog.Trigger) dropObject {
	return dropObject{oid: tr.OID, name: catalog.TriggerName(tr, b.shownName(t.OID)), apply: func(d *Drop) {
		fresh := d.change(t)
		fresh.Triggers = slices.DeleteFunc(fresh.Triggers, func(x catalog.Trigger) bool { return x.OID == tr.OID })
	}}
}

// setTriggers is ENABLE and DISABLE TRIGGER. ALL is about foreign keys, too.
func (a *alteration) setTriggers(c *parse.AlterCmd) error {
	user := c.Kind == parse.AlterEnableUserTriggers || c.Kind == parse.AlterDisableUserTriggers
	off := c.Kind == parse.AlterDisableTrigger || c.Kind == parse.AlterDisableUserTriggers
	fires := map[parse.AlterKind]string{parse.AlterEnableAlwaysTrigger: catalog.FiresAlways,
		parse.AlterEnableReplicaTrigger: catalog.FiresOnReplica}[c.Kind]
	if c.Name != "" && a.table.Trigger(c.Name) < 0 {
		return sqlstate.New(sqlstate.UndefinedObject, "trigger %q for table %q does not exist", c.Name, a.table.Name)
	}
	for i := range a.table.Triggers {
		if c.Name == "" || a.table.Triggers[i].Name == c.Name {
			a.table.Triggers[i].Off, a.table.Triggers[i].Fires = off, fires
		}
	}
	if c.Name == "" && !user {
		a.table.TriggersOff = off
	}
	return nil
}
