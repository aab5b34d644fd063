package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// foreignKey adds a FOREIGN KEY constraint. RefTable 0 is the table itself while it does not exist yet, and RefIndex 0
// an index that does not.
func (d *tableDefinition) foreignKey(k parse.Constraint) error {
	fk := catalog.ForeignKey{OnDelete: action(k.OnDelete), OnUpdate: action(k.OnUpdate), MatchFull: k.MatchType == 'f',
		Deferrable: k.Deferrable, Deferred: k.InitiallyDeferred, NotValid: k.NotValid}
	if k.MatchType == 'p' {
		return fail(k.Pos(), sqlstate.FeatureNotSupported, "MATCH PARTIAL not yet implemented")
	}
	parent, err := d.referenced(k)
	if err != nil {
		return err
	}
	if fk.Columns, err = foreignColumns(d.table, k.Columns); err != nil {
		return err
	}
	if err := d.referencedKey(&fk, parent, k); err != nil {
		return err
	}
	if parent.OID != d.table.OID || d.table.OID == 0 && parent != d.table {
		fk.RefTable = parent.OID
	}
	if parent.OID == d.table.OID && d.table.OID != 0 {
		fk.RefTable = d.table.OID
	}
	if fk.DeleteColumns, err = deleteColumns(d.table, &fk, k); err != nil {
		return err
	}
	if err := d.generatedActions(&fk); err != nil {
		return err
	}
	if fk.Name = k.Name; fk.Name == "" {
		fk.Name = d.constraintName(strings.Join(k.Columns, "_"), "fkey")
	} else if hasConstraint(d.table, fk.Name) {
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for relation %q already exists", fk.Name, d.table.Name)
	}
	d.table.ForeignKeys = append(d.table.ForeignKeys, fk)
	return nil
}

// action is a referential action, NO ACTION when none was written.
func action(b byte) byte {
	if b == 0 {
		return catalog.NoAction
	}
	return b
}

// referenced finds the table that a foreign key references: a name may be the new table's own.
func (d *tableDefinition) referenced(k parse.Constraint) (*catalog.Table, error) {
	if d.table.OID == 0 && d.isSelf(k.RefTable) {
		return d.table, nil
	}
	schema, rel, found := d.b.findRelation(k.RefTable)
	if !found {
		return d.b.table(k.RefTable, -1)
	}
	t := d.b.cat.Snapshot().Table(schema, rel)
	switch {
	case t == nil || t.Virtual != nil && t.Virtual.Kind == catalog.KindView:
		return nil, sqlstate.New(sqlstate.WrongObjectType, "referenced relation %q is not a table", rel)
	case t.Virtual != nil:
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: %q is a system catalog", rel)
	case t.OID == d.table.OID:
		return d.table, nil
	case t.Unlogged && !d.table.Unlogged:
		return nil, sqlstate.New(sqlstate.InvalidTableDefinition, "constraints on permanent tables may reference only permanent tables")
	}
	return t, nil
}

// isSelf says whether a name is that of the table being created.
func (d *tableDefinition) isSelf(name parse.Name) bool {
	if name[len(name)-1] != d.table.Name {
		return false
	}
	if len(name) == 1 {
		schema, _, found := d.b.findRelation(name)
		return !found || schema == d.table.Schema
	}
	sc := d.b.cat.Snapshot().Schema(name[len(name)-2])
	return sc != nil && sc.OID == d.table.Schema
}

func foreignColumns(t *catalog.Table, names []string) ([]int16, error) {
	out := make([]int16, len(names))
	for i, name := range names {
		o := t.ColumnIndex(name)
		if o < 0 {
			if systemColumn(name) {
				return nil, sqlstate.New(sqlstate.FeatureNotSupported, "system columns cannot be used in foreign keys")
			}
			return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q referenced in foreign key constraint does not exist", name)
		}
		out[i] = t.Columns[o].AttNum
	}
	return out, nil
}

// referencedKey finds the unique key that a foreign key references, and checks that the types meet.
func (d *tableDefinition) referencedKey(fk *catalog.ForeignKey, parent *catalog.Table, k parse.Constraint) error {
	var err error
	var ix *catalog.Index
	if len(k.RefColumns) == 0 {
		if ix = parent.PrimaryKey(); ix == nil {
			return sqlstate.New(sqlstate.UndefinedObject, "there is no primary key for referenced table %q", parent.Name)
		}
		fk.RefColumns = keyColumns(ix)
	} else if fk.RefColumns, err = foreignColumns(parent, k.RefColumns); err != nil {
		return err
	}
	if ix == nil {
		if ix, err = uniqueOver(parent, fk.RefColumns); err != nil {
			return err
		}
	}
	if ix.Deferrable {
		what := "unique constraint"
		if len(k.RefColumns) == 0 {
			what = "primary key"
		}
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "cannot use a deferrable %s for referenced table %q",
			what, parent.Name)
	}
	if len(fk.Columns) != len(fk.RefColumns) {
		return sqlstate.New(sqlstate.InvalidForeignKey, "number of referencing and referenced columns for foreign key disagree")
	}
	fk.RefIndex = ix.OID
	for i := range fk.Columns {
		from, to := &d.table.Columns[d.table.Ordinal(fk.Columns[i])], &parent.Columns[parent.Ordinal(fk.RefColumns[i])]
		if !comparableKeys(from.Type, to.Type) {
			name := k.Name
			if name == "" {
				name = joinName(d.table.Name, strings.Join(k.Columns, "_"), "fkey")
			}
			return sqlstate.New(sqlstate.DatatypeMismatch, "foreign key constraint %q cannot be implemented", name).
				WithDetail("Key columns %q and %q are of incompatible types: %s and %s.", from.Name, to.Name, from.Type, to.Type)
		}
	}
	return nil
}

// uniqueOver finds the unique index over just these columns, in any order.
func uniqueOver(t *catalog.Table, columns []int16) (*catalog.Index, error) {
	for i, c := range columns {
		if slices.Contains(columns[:i], c) {
			return nil, sqlstate.New(sqlstate.InvalidForeignKey, "foreign key referenced-columns list must not contain duplicates")
		}
	}
	var deferrable *catalog.Index
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		if !ix.Unique || ix.Where != "" || len(ix.Keys) != len(columns) || !sameColumns(ix, columns) {
			continue
		}
		if !ix.Deferrable {
			return ix, nil
		}
		deferrable = ix
	}
	if deferrable != nil {
		return deferrable, nil
	}
	return nil, sqlstate.New(sqlstate.InvalidForeignKey, "there is no unique constraint matching given keys for referenced table %q",
		t.Name)
}

// comparableKeys says whether a value of one type can be looked up among values of the other: PostgreSQL asks for an
// equality operator of the index, or an implicit cast.
func comparableKeys(from, to *datum.Type) bool {
	return from == to || castPath(nil, from, to, implicit) || integerType(from) && integerType(to) || stringType(from) && stringType(to)
}

func deleteColumns(t *catalog.Table, fk *catalog.ForeignKey, k parse.Constraint) ([]int16, error) {
	if len(k.DeleteColumns) == 0 {
		return nil, nil
	}
	out, err := foreignColumns(t, k.DeleteColumns)
	if err != nil {
		return nil, err
	}
	for i, att := range out {
		if !slices.Contains(fk.Columns, att) {
			return nil, sqlstate.New(sqlstate.InvalidColumnReference,
				"column %q referenced in ON DELETE SET action must be part of foreign key", k.DeleteColumns[i])
		}
	}
	return out, nil
}

// generatedActions: a generated column cannot be set to anything.
func (d *tableDefinition) generatedActions(fk *catalog.ForeignKey) error {
	sets := func(b byte) bool { return b == catalog.SetNull || b == catalog.SetDefault }
	for _, att := range fk.Columns {
		if d.table.Columns[d.table.Ordinal(att)].Generated == "" {
			continue
		}
		switch {
		case sets(fk.OnUpdate), fk.OnUpdate == catalog.Cascade:
			return sqlstate.New(sqlstate.SyntaxError, "invalid ON UPDATE action for foreign key constraint containing generated column")
		case sets(fk.OnDelete):
			return sqlstate.New(sqlstate.SyntaxError, "invalid ON DELETE action for foreign key constraint containing generated column")
		}
	}
	return nil
}

// constraintName makes a name that no constraint of the schema has, as ChooseConstraintName does.
func (d *tableDefinition) constraintName(columns, label string) string {
	return d.names.choose(d.table.Name, columns, label, func(name string) bool {
		if hasConstraint(d.table, name) {
			return true
		}
		for _, t := range d.names.snap.Tables() {
			if t.Schema == d.table.Schema && t.OID != d.table.OID && hasConstraint(t, name) {
				return true
			}
		}
		return false
	})
}
