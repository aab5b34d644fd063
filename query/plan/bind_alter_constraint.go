package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func (a *alteration) constraintPass(k *parse.Constraint) alterPass {
	switch k.Kind {
	case parse.ConCheck:
		return passAddCheck
	case parse.ConPrimary, parse.ConUnique, parse.ConExclusion:
		return passAddIndex
	}
	return passAddOther
}

func (a *alteration) addConstraint(c *parse.AlterCmd) error { return a.constraint(*c.Constraint) }

func (a *alteration) constraint(k parse.Constraint) error {
	if k.Name != "" && hasConstraint(a.table, k.Name) {
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for relation %q already exists", k.Name, a.table.Name)
	}
	switch k.Kind {
	case parse.ConCheck:
		return a.newCheck(k)
	case parse.ConForeign:
		return a.newForeignKey(k)
	case parse.ConExclusion:
		return a.exclusion(k)
	}
	if k.Index != "" {
		return a.useIndex(k)
	}
	before := slices.Clone(a.table.Columns)
	if err := a.key(k); err != nil {
		return err
	}
	a.requireNew(before)
	return nil
}

// requireNew notes the columns that a new primary key has made NOT NULL.
func (a *alteration) requireNew(before []catalog.Column) {
	for i := range before {
		if col := &a.table.Columns[i]; col.NotNull && !before[i].NotNull {
			a.notNull[col.AttNum] = true
		}
	}
}

func (a *alteration) newCheck(k parse.Constraint) error {
	a.checks = append(a.checks[:0], k)
	if err := a.bindChecks(); err != nil {
		return err
	}
	a.checks = nil
	a.verify[a.table.Checks[len(a.table.Checks)-1].Name] = !k.NotValid
	return nil
}

func (a *alteration) newForeignKey(k parse.Constraint) error {
	if err := a.foreignKey(k); err != nil {
		return err
	}
	if !k.NotValid {
		a.validate[a.table.ForeignKeys[len(a.table.ForeignKeys)-1].Name] = true
	}
	return nil
}

// useIndex makes an index that is there the one of a constraint.
func (a *alteration) useIndex(k parse.Constraint) error {
	at := slices.IndexFunc(a.table.Indexes, func(ix catalog.Index) bool { return ix.Name == k.Index && !ix.Implicit })
	if at < 0 {
		return fail(k.Pos(), sqlstate.UndefinedObject, "index %q does not exist", k.Index)
	}
	ix := &a.table.Indexes[at]
	if err := usableIndex(ix, k); err != nil {
		return err
	}
	primary := k.Kind == parse.ConPrimary
	if primary && a.table.PrimaryKey() != nil {
		return fail(k.Pos(), sqlstate.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", a.table.Name)
	}
	before := slices.Clone(a.table.Columns)
	if primary {
		for _, part := range ix.Keys {
			a.table.Columns[a.table.Ordinal(part.AttNum)].NotNull = true
		}
		a.requireNew(before)
	}
	if k.Name != "" && k.Name != ix.Name {
		if a.names.snap.Relation(a.table.Schema, k.Name) != 0 {
			return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", k.Name)
		}
		a.alter.notice("00000", "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index %q to %q", ix.Name, k.Name)
		ix.Name = k.Name
	}
	ix.Primary, ix.Constraint = primary, catalog.Unnumbered
	ix.Deferrable, ix.Deferred = k.Deferrable, k.InitiallyDeferred
	if ix.Deferrable { // its entries have another form
		ix.OID, ix.ID = 0, 0
	}
	return nil
}

func usableIndex(ix *catalog.Index, k parse.Constraint) error {
	wrong := func(format string) error {
		return sqlstate.New(sqlstate.WrongObjectType, format, ix.Name).
			WithDetail("Cannot create a primary key or unique constraint using such an index.").At(k.Pos())
	}
	switch {
	case ix.Constraint != 0:
		return fail(k.Pos(), sqlstate.ObjectNotInPrerequisiteState, "index %q is already associated with a constraint", ix.Name)
	case !ix.Unique:
		return wrong("%q is not a unique index")
	case slices.ContainsFunc(ix.Keys, func(p catalog.KeyPart) bool { return p.Expr != "" }):
		return wrong("index %q contains expressions")
	case ix.Where != "":
		return wrong("%q is a partial index")
	case slices.ContainsFunc(ix.Keys, func(p catalog.KeyPart) bool { return p.Desc || p.NullsFirst }):
		return wrong("index %q column number 1 does not have default sorting behavior")
	}
	return nil
}

// hasConstraint says whether a table has a constraint of the name.
func hasConstraint(t *catalog.Table, name string) bool {
	return slices.ContainsFunc(t.Indexes, func(ix catalog.Index) bool { return ix.Constraint != 0 && ix.Name == name }) ||
		slices.ContainsFunc(t.Checks, func(k catalog.Check) bool { return k.Name == name }) ||
		slices.ContainsFunc(t.ForeignKeys, func(k catalog.ForeignKey) bool { return k.Name == name })
}

func (a *alteration) noConstraint(name string) error {
	return sqlstate.New(sqlstate.UndefinedObject, "constraint %q of relation %q does not exist", name, a.table.Name)
}

func (a *alteration) dropConstraint(c *parse.AlterCmd) error {
	t := a.table
	for i := range t.Checks {
		if t.Checks[i].Name == c.Name {
			t.Checks = slices.Delete(t.Checks, i, i+1)
			return nil
		}
	}
	for i := range t.ForeignKeys {
		if t.ForeignKeys[i].Name == c.Name {
			t.ForeignKeys = slices.Delete(t.ForeignKeys, i, i+1)
			return nil
		}
	}
	for i := range t.Indexes {
		if ix := &t.Indexes[i]; ix.Constraint != 0 && ix.Name == c.Name {
			return a.dropKey(i, c.Cascade)
		}
	}
	if i := t.Trigger(c.Name); i >= 0 && t.Triggers[i].Constraint != 0 {
		trigger := catalog.TriggerName(&t.Triggers[i], t.Name)
		return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop constraint %s on table %s because %s requires it",
			c.Name, t.Name, trigger).WithHint("You can drop %s instead.", trigger)
	}
	if c.IfExists {
		a.alter.notice("00000", "constraint %q of relation %q does not exist, skipping", c.Name, t.Name)
		return nil
	}
	return a.noConstraint(c.Name)
}

// dropKey drops the index of a key, with the foreign keys that need it.
func (a *alteration) dropKey(i int, cascade bool) error {
	ix := a.table.Indexes[i]
	d := &columnDrop{a: a}
	for _, r := range a.references() {
		if r.Key.RefIndex == ix.OID {
			d.keys = append(d.keys, r)
			d.lines = append(d.lines, "constraint "+r.Key.Name+" on table "+r.Table.Name+" depends on index "+ix.Name)
		}
	}
	if len(d.lines) > 0 && !cascade {
		return stillNeeded("constraint "+ix.Name+" on table "+a.table.Name, d.lines)
	}
	d.run()
	a.table.Indexes = slices.DeleteFunc(a.table.Indexes, func(x catalog.Index) bool { return x.OID == ix.OID })
	return nil
}

// stillNeeded refuses to drop what others depend on.
func stillNeeded(what string, lines []string) error {
	return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop %s because other objects depend on it", what).
		WithDetail("%s", strings.Join(lines, "\n")).WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

func (a *alteration) validateConstraint(c *parse.AlterCmd) error {
	t := a.table
	for i := range t.Checks {
		if k := &t.Checks[i]; k.Name == c.Name {
			if k.NotValid {
				k.NotValid, a.verify[k.Name] = false, true
			}
			return nil
		}
	}
	for i := range t.ForeignKeys {
		if k := &t.ForeignKeys[i]; k.Name == c.Name {
			if k.NotValid {
				k.NotValid, a.validate[k.Name] = false, true
			}
			return nil
		}
	}
	if hasConstraint(t, c.Name) {
		return sqlstate.New(sqlstate.WrongObjectType, "constraint %q of relation %q is not a foreign key or check constraint",
			c.Name, t.Name)
	}
	return a.noConstraint(c.Name)
}

func (a *alteration) alterConstraint(c *parse.AlterCmd) error {
	k := c.Constraint
	for i := range a.table.ForeignKeys {
		if fk := &a.table.ForeignKeys[i]; fk.Name == k.Name {
			fk.Deferrable, fk.Deferred = k.Deferrable, k.InitiallyDeferred
			return nil
		}
	}
	if hasConstraint(a.table, k.Name) {
		return sqlstate.New(sqlstate.WrongObjectType, "constraint %q of relation %q is not a foreign key constraint",
			k.Name, a.table.Name)
	}
	return a.noConstraint(k.Name)
}

// bindNewChecks and bindNewGenerated take in what was written beside columns.
func (a *alteration) bindNewChecks() error {
	if len(a.checks) == 0 {
		return nil
	}
	return a.bindChecks()
}

func (a *alteration) bindNewGenerated() error { return a.bindGenerated() }

// vectorIndexes gives new vector columns the operator's own index, and takes it from columns that are none any more.
func (a *alteration) vectorIndexes() error {
	t := a.table
	t.Indexes = slices.DeleteFunc(t.Indexes, func(ix catalog.Index) bool {
		if !ix.Implicit {
			return false
		}
		i := t.Ordinal(ix.Keys[0].AttNum)
		return i < 0 || !indexedVector(&t.Columns[i])
	})
	for i := range t.Columns {
		c := &t.Columns[i]
		has := slices.ContainsFunc(t.Indexes, func(ix catalog.Index) bool { return ix.Implicit && ix.Keys[0].AttNum == c.AttNum })
		if indexedVector(c) && !has {
			t.Indexes = append(t.Indexes, vectorIndex(t, c, a.names))
		}
	}
	return nil
}
