package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// rename binds ALTER TABLE and ALTER INDEX … RENAME.
func (b *binder) rename(s *parse.RenameStmt) (*Plan, error) {
	if s.Kind == "role" {
		return b.renameRole(s)
	}
	kind := s.Kind
	if kind == "column" || kind == "constraint" {
		kind = s.Relation
	}
	if s.Kind == "constraint" && kind != "table" {
		kind = "table"
	}
	tag := "ALTER " + strings.ToUpper(kind)
	switch s.Kind {
	case "type", "domain":
		return b.renameType(s)
	case "domain constraint":
		return b.renameDomainConstraint(s)
	case "attribute":
		return b.renameAttribute(s)
	case "function", "procedure", "routine", "aggregate":
		return b.renameFunction(s)
	case "schema":
		return b.renameSchema(s)
	case "trigger":
		return b.renameTrigger(s)
	case "event trigger":
		return b.renameEventTrigger(s)
	case "rule":
		return b.renameRule(s)
	}
	if schema, rel, found := b.findRelation(s.Name); s.Kind == "sequence" ||
		s.Kind == "table" && found && b.cat.Snapshot().Sequence(schema, rel) != nil {
		return b.renameSequence(s)
	}
	if kind != "table" && kind != "index" && kind != "view" && kind != "materialized view" {
		return nil, unsupported(s.Pos(), tag+" … RENAME")
	}
	if s.Kind == "index" || s.Kind == "table" {
		if ix, err := b.renameIndex(s, tag); ix != nil || err != nil {
			return ix, err
		}
	}
	t, err := b.alteredTable(s.Name, s.Pos(), s.IfExists)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return skipped(tag, s.Name), nil
	}
	if kind != "index" {
		if err := ofKind(kind, t); err != nil {
			return nil, err
		}
	}
	a := b.newAlteration(t)
	switch s.Kind {
	case "column":
		err = a.renameColumn(s.Sub, s.To)
	case "constraint":
		err = a.renameConstraint(s.Sub, s.To)
	default:
		err = a.renameTable(s.To)
	}
	return &Plan{Root: a.alter, Tag: tag, Writes: true, DDL: true}, err
}

// renameIndex renames an index, by ALTER INDEX or ALTER TABLE; nil when the name is not an index's.
func (b *binder) renameIndex(s *parse.RenameStmt, tag string) (*Plan, error) {
	schema, rel, found := b.findRelation(s.Name)
	if !found {
		return nil, nil
	}
	t, ix := b.cat.Snapshot().Index(schema, rel)
	if ix == nil {
		return nil, nil
	}
	a := b.newAlteration(t)
	if err := a.renameIndex(ix.OID, s.To); err != nil {
		return nil, err
	}
	return &Plan{Root: a.alter, Tag: tag, Writes: true, DDL: true}, nil
}

func (a *alteration) renameIndex(oid catalog.OID, to string) error {
	if a.names.snap.Relation(a.table.Schema, to) != 0 {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", to)
	}
	for i := range a.table.Indexes {
		if ix := &a.table.Indexes[i]; ix.OID == oid {
			ix.Name = to
		}
	}
	return nil
}

func (a *alteration) renameTable(to string) error {
	if a.names.snap.Relation(a.table.Schema, to) != 0 {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", to)
	}
	a.table.Name = to
	return nil
}

func (a *alteration) renameColumn(from, to string) error {
	i := a.table.ColumnIndex(from)
	switch {
	case i < 0 && systemColumn(from):
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot rename system column %q", from)
	case i < 0:
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", from)
	case a.table.ColumnIndex(to) >= 0:
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", to, a.table.Name)
	case systemColumn(to):
		return sqlstate.New(sqlstate.DuplicateColumn, "column name %q conflicts with a system column name", to)
	}
	t := a.table
	t.Columns[i].Name = to
	for j := range t.Columns {
		t.Columns[j].Generated = catalog.RenameColumn(t.Columns[j].Generated, from, to)
	}
	for j := range t.Checks {
		t.Checks[j].Expr = catalog.RenameColumn(t.Checks[j].Expr, from, to)
	}
	for j := range t.Triggers {
		t.Triggers[j].When = catalog.RenameColumn(t.Triggers[j].When, from, to)
	}
	for j := range t.Indexes {
		ix := &t.Indexes[j]
		ix.Where = catalog.RenameColumn(ix.Where, from, to)
		ix.Keys = slices.Clone(ix.Keys)
		for k := range ix.Keys {
			ix.Keys[k].Expr = catalog.RenameColumn(ix.Keys[k].Expr, from, to)
		}
	}
	return nil
}

func (a *alteration) renameConstraint(from, to string) error {
	t := a.table
	if !hasConstraint(t, from) {
		return sqlstate.New(sqlstate.UndefinedObject, "constraint %q for table %q does not exist", from, t.Name)
	}
	if hasConstraint(t, to) {
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for relation %q already exists", to, t.Name)
	}
	for i := range t.Indexes {
		if ix := &t.Indexes[i]; ix.Constraint != 0 && ix.Name == from {
			return a.renameIndex(ix.OID, to)
		}
	}
	for i := range t.Checks {
		if t.Checks[i].Name == from {
			t.Checks[i].Name = to
		}
	}
	for i := range t.ForeignKeys {
		if t.ForeignKeys[i].Name == from {
			t.ForeignKeys[i].Name = to
		}
	}
	return nil
}

// setSchema binds ALTER TABLE … SET SCHEMA: the sequences that its columns own move with it.
func (b *binder) setSchema(s *parse.SetSchemaStmt) (*Plan, error) {
	tag := "ALTER " + strings.ToUpper(s.Kind)
	if s.Kind == "type" || s.Kind == "domain" {
		return b.moveType(s)
	}
	if s.Kind == "sequence" {
		return b.moveSequence(s)
	}
	switch s.Kind {
	case "operator":
		return b.moveOperator(s)
	case "extension":
		return b.moveExtension(s)
	}
	if s.Func != nil {
		return b.moveFunction(s)
	}
	if s.Kind != "table" && s.Kind != "view" && s.Kind != "materialized view" {
		return nil, unsupported(s.Pos(), tag+" … SET SCHEMA")
	}
	t, err := b.alteredTable(s.Name, s.Pos(), s.IfExists)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return skipped(tag, s.Name), nil
	}
	if err := ofKind(s.Kind, t); err != nil {
		return nil, err
	}
	sc, err := b.namedSchema(s.Schema, t.Name, -1)
	if err != nil {
		return nil, err
	}
	a := b.newAlteration(t)
	if sc.OID == t.Schema {
		return &Plan{Root: a.alter, Tag: tag, Writes: true, DDL: true}, nil
	}
	return &Plan{Root: a.alter, Tag: tag, Writes: true, DDL: true}, a.moveTo(sc)
}

func (a *alteration) moveTo(sc *catalog.Schema) error {
	snap, t := a.b.cat.Snapshot(), a.table
	taken := func(name string) error {
		if snap.Relation(sc.OID, name) == 0 {
			return nil
		}
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists in schema %q", name, sc.Name)
	}
	if err := taken(t.Name); err != nil {
		return err
	}
	for i := range t.Indexes {
		if ix := &t.Indexes[i]; !ix.Implicit {
			if err := taken(ix.Name); err != nil {
				return err
			}
		}
	}
	for _, q := range snap.Sequences() {
		if q.OwnerTable != t.OID {
			continue
		}
		if err := taken(q.Name); err != nil {
			return err
		}
		fresh := *q
		fresh.Schema = sc.OID
		a.alter.Sequences = append(a.alter.Sequences, ChangedSequence{Sequence: &fresh})
	}
	t.Schema = sc.OID
	return nil
}

// alterIndex binds ALTER INDEX … SET and RESET.
func (b *binder) alterIndex(s *parse.AlterTableStmt) (*Plan, error) {
	schema, rel, found := b.findRelation(s.Table.Name)
	if !found {
		if s.IfExists {
			return skipped("ALTER INDEX", s.Table.Name), nil
		}
		return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", strings.Join(s.Table.Name, "."))
	}
	t, ix := b.cat.Snapshot().Index(schema, rel)
	if ix == nil {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not an index", rel)
	}
	a := b.newAlteration(t)
	at := slices.IndexFunc(a.table.Indexes, func(x catalog.Index) bool { return x.OID == ix.OID })
	for i := range s.Cmds {
		if err := a.alterIndex(&a.table.Indexes[at], &s.Cmds[i]); err != nil {
			return nil, err
		}
	}
	return &Plan{Root: a.alter, Tag: "ALTER INDEX", Writes: true, DDL: true}, nil
}

func (a *alteration) alterIndex(ix *catalog.Index, c *parse.AlterCmd) error {
	if ix.Method == "faiss" && (c.Kind == parse.AlterSetOptions || c.Kind == parse.AlterResetOptions) {
		return unsupported(c.Pos(), "changing the parameters of a faiss index")
	}
	switch c.Kind {
	case parse.AlterSetOptions:
		fresh := catalog.Index{Method: ix.Method}
		if err := indexOptions(&fresh, c.Options); err != nil {
			return err
		}
		ix.Options = mergeOptions(ix.Options, fresh.Options)
	case parse.AlterResetOptions:
		for _, o := range c.Options {
			ix.Options = withoutOption(ix.Options, o.Name)
		}
	case parse.AlterSetTablespace:
		return a.setPlace(c)
	case parse.AlterOwner:
		return a.setOwner(c)
	default:
		return sqlstate.New(sqlstate.WrongObjectType, "ALTER action cannot be performed on relation %q", ix.Name).
			WithDetail("This operation is not supported for indexes.")
	}
	return nil
}

// indexOptions checks an index's storage parameters by its access method.
func indexOptions(ix *catalog.Index, opts []parse.DefElem) error {
	switch ix.Method {
	case "hnsw":
		return hnswOptions(ix, opts)
	case "ivfflat":
		return ivfflatOptions(ix, opts)
	case "faiss":
		return faissOptions(ix, opts)
	}
	return btreeOptions(ix, opts)
}
