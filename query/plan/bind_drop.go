package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func (b *binder) drop(s *parse.DropStmt) (*Plan, error) {
	node := &Drop{Kind: s.Kind}
	one, err := b.dropper(s.Kind)
	if err != nil {
		return nil, err
	}
	for _, name := range s.Names {
		if err := one(node, s, name); err != nil {
			return nil, err
		}
	}
	return &Plan{Root: node, Tag: "DROP " + strings.ToUpper(s.Kind), Writes: true, DDL: true}, nil
}

func (b *binder) dropper(kind string) (func(*Drop, *parse.DropStmt, parse.Name) error, error) {
	switch kind {
	case "table", "view", "materialized view", "foreign table":
		return b.dropTable, nil
	case "index":
		return b.dropIndex, nil
	case "sequence":
		return b.dropSequence, nil
	case "schema":
		return b.dropSchema, nil
	case "type", "domain":
		return b.dropType, nil
	}
	return nil, unsupported(-1, "DROP "+strings.ToUpper(kind))
}

// missing notes a name that IF EXISTS skips, or fails.
func (d *Drop) missing(s *parse.DropStmt, name parse.Name, code sqlstate.Code) error {
	full := strings.Join(name, ".")
	if s.IfExists {
		d.Missing = append(d.Missing, full)
		return nil
	}
	return sqlstate.New(code, "%s %q does not exist", s.Kind, full)
}

// wrongKind finds that a name is another kind of relation, and says which command drops it.
func (b *binder) wrongKind(s *parse.DropStmt, schema catalog.OID, rel string) error {
	snap := b.cat.Snapshot()
	actual := ""
	switch {
	case snap.Table(schema, rel) != nil:
		actual = "table"
	case snap.Sequence(schema, rel) != nil:
		actual = "sequence"
	case snap.Relation(schema, rel) != 0:
		actual = "index"
	}
	if actual == "" || actual == s.Kind {
		return nil
	}
	article := "a "
	if s.Kind == "index" {
		article = "an "
	}
	if actual == "index" {
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not %s%s", rel, article, s.Kind).
			WithHint("Use DROP INDEX to remove an index.")
	}
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not %s%s", rel, article, s.Kind).
		WithHint("Use DROP %s to remove a %s.", strings.ToUpper(actual), actual)
}

// findRelation looks for the schema in which a name is taken by any relation.
func (b *binder) findRelation(name parse.Name) (schema catalog.OID, rel string, found bool) {
	snap := b.cat.Snapshot()
	rel = name[len(name)-1]
	if len(name) >= 2 {
		if sc := snap.Schema(name[len(name)-2]); sc != nil && snap.Relation(sc.OID, rel) != 0 {
			return sc.OID, rel, true
		}
		return 0, rel, false
	}
	for _, oid := range b.searchPath() {
		if snap.Relation(oid, rel) != 0 {
			return oid, rel, true
		}
	}
	return 0, rel, false
}

func (b *binder) dropTable(d *Drop, s *parse.DropStmt, name parse.Name) error {
	schema, rel, found := b.findRelation(name)
	if !found {
		return d.missing(s, name, sqlstate.UndefinedTable)
	}
	if err := b.wrongKind(s, schema, rel); err != nil {
		return err
	}
	t := b.cat.Snapshot().Table(schema, rel)
	if err := dropVirtual(t); err != nil {
		return err
	}
	b.addTable(d, t)
	return nil
}

func dropVirtual(t *catalog.Table) error {
	if t.Virtual == nil {
		return nil
	}
	return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: %q is a system catalog", t.Name)
}

// addTable lists a table with the sequences that its columns own.
func (b *binder) addTable(d *Drop, t *catalog.Table) {
	if slices.Contains(d.Tables, t) {
		return
	}
	d.Tables = append(d.Tables, t)
	for _, q := range b.cat.Snapshot().Sequences() {
		if q.OwnerTable == t.OID && !slices.Contains(d.Sequences, q) {
			d.Sequences = append(d.Sequences, q)
		}
	}
}

func (b *binder) dropIndex(d *Drop, s *parse.DropStmt, name parse.Name) error {
	schema, rel, found := b.findRelation(name)
	if !found {
		return d.missing(s, name, sqlstate.UndefinedObject)
	}
	if err := b.wrongKind(s, schema, rel); err != nil {
		return err
	}
	t, ix := b.cat.Snapshot().Index(schema, rel)
	if ix == nil {
		return d.missing(s, name, sqlstate.UndefinedObject)
	}
	if ix.Constraint != 0 || ix.Primary {
		return sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop index %s because constraint %s on table %s requires it",
			ix.Name, ix.Name, t.Name).WithHint("You can drop constraint %s on table %s instead.", ix.Name, t.Name)
	}
	d.Indexes = append(d.Indexes, DroppedIndex{Table: t, Index: ix})
	return nil
}

func (b *binder) dropSequence(d *Drop, s *parse.DropStmt, name parse.Name) error {
	schema, rel, found := b.findRelation(name)
	if !found {
		return d.missing(s, name, sqlstate.UndefinedTable)
	}
	if err := b.wrongKind(s, schema, rel); err != nil {
		return err
	}
	q := b.cat.Snapshot().Sequence(schema, rel)
	if err := b.sequenceInUse(q); err != nil {
		return err
	}
	d.Sequences = append(d.Sequences, q)
	return nil
}

// sequenceInUse protects the sequences behind identity and serial columns.
func (b *binder) sequenceInUse(q *catalog.Sequence) error {
	t := b.cat.Snapshot().TableByOID(q.OwnerTable)
	if t == nil {
		return nil
	}
	i := t.Ordinal(q.OwnerAttNum)
	if i < 0 || t.Columns[i].Sequence != q.OID {
		return nil
	}
	col := t.Columns[i].Name
	if t.Columns[i].Identity != 0 {
		return sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop sequence %s because column %s of table %s requires it", q.Name, col, t.Name).
			WithHint("You can drop column %s of table %s instead.", col, t.Name)
	}
	return sqlstate.New(sqlstate.DependentObjectsStillExist,
		"cannot drop sequence %s because other objects depend on it", q.Name).
		WithDetail("default value for column %s of table %s depends on sequence %s", col, t.Name, q.Name).
		WithHint("Drop table %s, which drops the sequence too.", t.Name)
}

func (b *binder) dropSchema(d *Drop, s *parse.DropStmt, name parse.Name) error {
	sc := b.cat.Snapshot().Schema(name[len(name)-1])
	if sc == nil {
		return d.missing(s, name, sqlstate.InvalidSchemaName)
	}
	if systemSchema(sc) {
		return sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop schema %s because it is required by the database system", sc.Name)
	}
	if sc.OID == catalog.PublicOID {
		return sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop schema %s because extension vector requires it", sc.Name)
	}
	before := len(d.Tables) + len(d.Sequences)
	for _, t := range b.cat.Snapshot().Tables() {
		if t.Schema == sc.OID {
			b.addTable(d, t)
		}
	}
	for _, q := range b.cat.Snapshot().Sequences() {
		if q.Schema == sc.OID && !slices.Contains(d.Sequences, q) {
			d.Sequences = append(d.Sequences, q)
		}
	}
	if !s.Cascade && len(d.Tables)+len(d.Sequences) > before {
		return schemaNotEmpty(sc, d.Tables)
	}
	d.Schemas = append(d.Schemas, sc)
	return nil
}

func schemaNotEmpty(sc *catalog.Schema, tables []*catalog.Table) error {
	var lines []string
	for _, t := range tables {
		if t.Schema == sc.OID {
			schema := parse.QuoteIdent(sc.Name)
			lines = append(lines, "table "+schema+"."+parse.QuoteIdent(t.Name)+" depends on schema "+schema)
		}
	}
	return sqlstate.New(sqlstate.DependentObjectsStillExist,
		"cannot drop schema %s because other objects depend on it", sc.Name).
		WithDetail("%s", strings.Join(lines, "\n")).WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

// dropType: there are only built-in types, so a name is missing or may not be dropped.
func (b *binder) dropType(d *Drop, s *parse.DropStmt, name parse.Name) error {
	t := datum.TypeByName(name[len(name)-1])
	if t == nil {
		kind := *s
		kind.Kind = "type"
		return d.missing(&kind, name, sqlstate.UndefinedObject)
	}
	return sqlstate.New(sqlstate.DependentObjectsStillExist,
		"cannot drop type %s because it is required by the database system", t)
}
