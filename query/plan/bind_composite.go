package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// createType binds CREATE TYPE … AS (…): a table of columns that has no rows.
func (b *binder) createType(s *parse.CreateTypeStmt) (*Plan, error) {
	sc, err := b.creationSchema(s.Name, s.Pos())
	if err != nil {
		return nil, err
	}
	rel := s.Name[len(s.Name)-1]
	if err := b.freeTypeName(sc, rel); err != nil {
		return nil, err
	}
	node := &CreateTable{Table: &catalog.Table{Schema: sc.OID, Name: rel, NextAttNum: 1, Composite: true}}
	d := &tableDefinition{b: b, s: &parse.CreateTableStmt{Columns: s.Columns}, node: node, table: node.Table}
	if err := d.attributes(); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: "CREATE TYPE", Writes: true, DDL: true}, nil
}

// newTypeName is the schema and the name of a type being made, which no type of the schema has.
func (b *binder) newTypeName(name parse.Name, pos int) (*catalog.Schema, string, error) {
	sc, err := b.creationSchema(name, pos)
	if err != nil {
		return nil, "", err
	}
	last := name[len(name)-1]
	if b.cat.Snapshot().TypeNamed(sc.OID, last) != nil {
		return nil, "", sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", last)
	}
	return sc, last, nil
}

// freeTypeName refuses a name that a type or a relation of the schema has.
func (b *binder) freeTypeName(sc *catalog.Schema, name string) error {
	switch snap := b.cat.Snapshot(); {
	case snap.TypeNamed(sc.OID, name) != nil:
		return sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", name)
	case snap.Relation(sc.OID, name) != 0:
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", name)
	}
	return nil
}

// attributes binds the attributes of a composite type, which have no serial types and no constraints.
func (d *tableDefinition) attributes() error {
	for i := range d.s.Columns {
		c := &d.s.Columns[i]
		if err := checkColumnName(d.table, c.Name, c.Pos()); err != nil {
			return err
		}
		col, err := d.attribute(c)
		if err != nil {
			return err
		}
		addColumn(d.table, col)
	}
	return nil
}

func (d *tableDefinition) attribute(c *parse.ColumnDef) (catalog.Column, error) {
	if len(c.Type.Name) == 1 && serialTypes[c.Type.Name[0]] != nil {
		return catalog.Column{}, fail(c.Type.Pos(), sqlstate.UndefinedObject, "type %q does not exist", c.Type.Name[0])
	}
	return d.column(c)
}

// alterType binds ALTER TYPE … ADD, DROP and ALTER ATTRIBUTE.
func (b *binder) alterType(s *parse.AlterTableStmt) (*Plan, error) {
	schema, rel, found := b.findRelation(s.Table.Name)
	if !found {
		_, err := b.table(s.Table.Name, -1)
		return nil, err
	}
	t := b.cat.Snapshot().Table(schema, rel)
	if t == nil || !t.Composite {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a composite type", rel)
	}
	a := b.newAlteration(t)
	for i := range s.Cmds {
		if err := a.alterAttribute(&s.Cmds[i]); err != nil {
			return nil, err
		}
	}
	return &Plan{Root: a.alter, Tag: "ALTER TYPE", Writes: true, DDL: true}, nil
}

func (a *alteration) alterAttribute(c *parse.AlterCmd) error {
	switch c.Kind {
	case parse.AlterAddColumn:
		return a.addAttribute(c)
	case parse.AlterDropColumn:
		return a.dropAttribute(c)
	case parse.AlterColumnType:
		return a.retypeAttribute(c)
	case parse.AlterOwner:
		return a.setOwner(c)
	}
	return unsupported(c.Pos(), "this form of ALTER TYPE")
}

func (a *alteration) addAttribute(c *parse.AlterCmd) error {
	def := c.Column
	if a.table.ColumnIndex(def.Name) >= 0 {
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", def.Name, a.table.Name)
	}
	if systemColumn(def.Name) {
		return sqlstate.New(sqlstate.DuplicateColumn, "column name %q conflicts with a system column name", def.Name)
	}
	col, err := a.attribute(def)
	if err != nil {
		return err
	}
	if err := a.notWithin(col.Type); err != nil {
		return err
	}
	addColumn(a.table, col)
	return a.unindexed()
}

// notWithin keeps a row type from being a part of itself.
func (a *alteration) notWithin(t *datum.Type) error {
	if t = t.Root(); t.Elem != nil {
		return a.notWithin(t.Elem)
	}
	if t.Relation == a.old.OID {
		return sqlstate.New(sqlstate.InvalidTableDefinition, "composite type %s cannot be made a member of itself", t)
	}
	for _, f := range t.Fields {
		if err := a.notWithin(f.Type); err != nil {
			return err
		}
	}
	return nil
}

func (a *alteration) dropAttribute(c *parse.AlterCmd) error {
	i := a.table.ColumnIndex(c.Name)
	if i < 0 {
		if c.IfExists {
			a.alter.notice("00000", "column %q of relation %q does not exist, skipping", c.Name, a.table.Name)
			return nil
		}
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", c.Name, a.table.Name)
	}
	a.table.Columns = append(a.table.Columns[:i:i], a.table.Columns[i+1:]...)
	return a.unindexed()
}

func (a *alteration) retypeAttribute(c *parse.AlterCmd) error {
	i := a.table.ColumnIndex(c.Name)
	if i < 0 {
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", c.Name, a.table.Name)
	}
	if err := a.b.unused(a.old.RowType(), "type"); err != nil {
		return err
	}
	def := *c.Column
	def.Name = c.Name
	to, err := a.attribute(&def)
	if err != nil {
		return err
	}
	if err := a.notWithin(to.Type); err != nil {
		return err
	}
	col := &a.table.Columns[i]
	col.Type, col.TypeOID, col.Typmod = to.Type, to.Type.OID, to.Typmod
	return nil
}

// unused refuses a change that stored values of the type would not survive (find_composite_type_dependencies).
func (b *binder) unused(t *datum.Type, word string) error {
	table, col := b.storedUse(t)
	if table == nil {
		return nil
	}
	if word == "type" {
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type %q because column \"%s.%s\" uses it",
			t.Name, table.Name, col.Name)
	}
	return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter %s %q because column \"%s.%s\" uses its row type",
		word, t.Name, table.Name, col.Name)
}

// storedUse finds a column of a table with rows that holds values of a type, however deep; nil for none.
func (b *binder) storedUse(t *datum.Type) (*catalog.Table, *catalog.Column) {
	for _, table := range b.cat.Snapshot().Tables() {
		if !table.HasRows() {
			continue
		}
		for i := range table.Columns {
			if holds(table.Columns[i].Type, t) {
				return table, &table.Columns[i]
			}
		}
	}
	return nil, nil
}

// holds says whether values of a type are, or have in them, values of another.
func holds(in, t *datum.Type) bool {
	switch {
	case in == t:
		return true
	case in.Base != nil:
		return holds(in.Base, t)
	case in.Elem != nil:
		return holds(in.Elem, t)
	}
	for _, f := range in.Fields {
		if holds(f.Type, t) {
			return true
		}
	}
	return false
}

// unindexed refuses to change the attributes of a type by which an index is in order: its keys are of the old ones.
func (a *alteration) unindexed() error {
	for _, table := range a.b.cat.Snapshot().Tables() {
		for i := range table.Indexes {
			for _, k := range table.Indexes[i].Keys {
				if o := table.Ordinal(k.AttNum); k.Expr == "" && o >= 0 && holds(table.Columns[o].Type, a.old.RowType()) {
					return unsupported(-1, "changing the attributes of a type that an index is over, "+
						parse.QuoteIdent(table.Indexes[i].Name)+",")
				}
			}
		}
	}
	return nil
}

// renameAttribute binds ALTER TYPE … RENAME ATTRIBUTE.
func (b *binder) renameAttribute(s *parse.RenameStmt) (*Plan, error) {
	schema, rel, found := b.findRelation(s.Name)
	if !found {
		_, err := b.table(s.Name, -1)
		return nil, err
	}
	t := b.cat.Snapshot().Table(schema, rel)
	if t == nil || !t.Composite {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a composite type", rel)
	}
	a := b.newAlteration(t)
	if err := a.renameColumn(s.Sub, s.To); err != nil {
		return nil, err
	}
	return &Plan{Root: a.alter, Tag: "ALTER TYPE", Writes: true, DDL: true}, nil
}
