package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// drop finds what each name means, and then everything that depends on it (dropping.go).
func (b *binder) drop(s *parse.DropStmt) (*Plan, error) {
	switch s.Kind {
	case "trigger":
		return b.dropTrigger(s)
	case "event trigger":
		return b.dropEventTrigger(s)
	case "rule":
		return b.dropRule(s)
	}
	node := &Drop{Kind: s.Kind}
	one, err := b.dropper(s.Kind)
	if err != nil {
		return nil, err
	}
	var named []dropObject
	noted := len(b.access)
	for _, name := range s.Names {
		o, err := one(node, s, name)
		if err != nil {
			return nil, err
		}
		if o != nil && !slices.ContainsFunc(named, func(x dropObject) bool { return x.oid == o.oid }) {
			named = append(named, *o)
			b.dropAccess(s.Kind, o.oid)
		}
	}
	// Whose it is comes before what depends on it.
	if err := CheckAccess(b.cat.Snapshot(), b.me(), b.access[noted:]); err != nil {
		return nil, err
	}
	if err := b.dropObjects(node, named, s.Cascade); err != nil {
		return nil, err
	}
	plan := &Plan{Root: node, Tag: "DROP " + strings.ToUpper(s.Kind), Writes: true, DDL: true}
	if s.Concurrently {
		plan.OutsideBlock = "DROP INDEX CONCURRENTLY"
	}
	return plan, nil
}

// dropFinder finds one name's object; nil when IF EXISTS skips it.
type dropFinder func(*Drop, *parse.DropStmt, parse.Name) (*dropObject, error)

func (b *binder) dropper(kind string) (dropFinder, error) {
	switch kind {
	case "table", "view", "materialized view", "foreign table", "sequence", "index":
		return b.dropRelation, nil
	case "schema":
		return b.dropSchema, nil
	case "extension":
		return b.dropExtension, nil
	case "type", "domain":
		return b.dropType, nil
	}
	return nil, unsupported(-1, "DROP "+strings.ToUpper(kind))
}

// missing notes a name that IF EXISTS skips, or fails.
func (d *Drop) missing(s *parse.DropStmt, kind, name string, code sqlstate.Code) error {
	if s.IfExists {
		d.Notices = append(d.Notices, sqlstate.New("00000", "%s %q does not exist, skipping", kind, name))
		return nil
	}
	return sqlstate.New(code, "%s %q does not exist", kind, name)
}

// wrongKind says which command drops a relation that is not of the kind named.
func wrongKind(rel, kind, actual string) error {
	article := "a "
	if kind == "index" {
		article = "an "
	}
	its := "a "
	if actual == "index" {
		its = "an "
	}
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not %s%s", rel, article, kind).
		WithHint("Use DROP %s to remove %s%s.", strings.ToUpper(actual), its, actual)
}

// findRelation looks for the schema in which a name is taken by any relation.
func (b *binder) findRelation(name parse.Name) (schema catalog.OID, rel string, found bool) {
	snap := b.cat.Snapshot()
	rel = name[len(name)-1]
	if len(name) >= 2 {
		if sc := b.anySchema(name[len(name)-2]); sc != nil && b.uses(sc) && snap.Relation(sc.OID, rel) != 0 {
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

// dropRelation finds a table, view, sequence or index.
func (b *binder) dropRelation(d *Drop, s *parse.DropStmt, name parse.Name) (*dropObject, error) {
	schema, rel, found := b.findRelation(name)
	if !found {
		return nil, b.noRelation(d, s, name)
	}
	snap := b.cat.Snapshot()
	if q := snap.Sequence(schema, rel); q != nil {
		return b.droppedSequence(s.Kind, q)
	}
	if t, ix := snap.Index(schema, rel); ix != nil {
		return b.droppedIndex(s.Kind, t, ix)
	}
	t := snap.Table(schema, rel)
	if kind := relationKinds[t.Kind()]; kind != s.Kind {
		return nil, wrongKind(rel, s.Kind, kind)
	}
	if err := dropVirtual(t); err != nil {
		return nil, err
	}
	if owner := snap.TableByOID(t.SegmentsOf); owner != nil {
		return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop table %s because table %s requires it",
			b.shownName(t.OID), b.shownName(owner.OID)).
			WithHint("Stop keeping segments: ALTER TABLE %s SET (segments = off).", b.shownName(owner.OID))
	}
	o := b.tableObject(t)
	return &o, nil
}

func (b *binder) noRelation(d *Drop, s *parse.DropStmt, name parse.Name) error {
	if n := len(name); n >= 2 && b.anySchema(name[n-2]) == nil {
		return d.missing(s, "schema", name[n-2], sqlstate.InvalidSchemaName)
	}
	code := sqlstate.UndefinedTable
	if s.Kind == "index" {
		code = sqlstate.UndefinedObject
	}
	return d.missing(s, s.Kind, name[len(name)-1], code)
}

func dropVirtual(t *catalog.Table) error {
	if t.Virtual == nil {
		return nil
	}
	return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: %q is a system catalog", t.Name)
}

func (b *binder) droppedIndex(kind string, t *catalog.Table, ix *catalog.Index) (*dropObject, error) {
	if kind != "index" {
		return nil, wrongKind(ix.Name, kind, "index")
	}
	if ix.Constraint != 0 || ix.Primary {
		return nil, sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop index %s because constraint %s on table %s requires it",
			ix.Name, ix.Name, t.Name).WithHint("You can drop constraint %s on table %s instead.", ix.Name, t.Name)
	}
	return &dropObject{oid: ix.OID, name: "index " + b.shownName(ix.OID),
		apply: func(d *Drop) { d.Indexes = append(d.Indexes, DroppedIndex{Table: t, Index: ix}) }}, nil
}

// droppedSequence protects the sequences behind identity columns.
func (b *binder) droppedSequence(kind string, q *catalog.Sequence) (*dropObject, error) {
	if kind != "sequence" {
		return nil, wrongKind(q.Name, kind, "sequence")
	}
	if t := b.cat.Snapshot().TableByOID(q.OwnerTable); t != nil {
		if i := t.Ordinal(q.OwnerAttNum); i >= 0 && t.Columns[i].Identity != 0 {
			column := "column " + t.Columns[i].Name + " of table " + b.shownName(t.OID)
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist,
				"cannot drop sequence %s because %s requires it", b.shownName(q.OID), column).
				WithHint("You can drop %s instead.", column)
		}
	}
	o := b.sequenceObject(q)
	return &o, nil
}

func (b *binder) dropSchema(d *Drop, s *parse.DropStmt, name parse.Name) (*dropObject, error) {
	sc := b.cat.Snapshot().Schema(name[len(name)-1])
	if sc == nil {
		return nil, d.missing(s, "schema", name[len(name)-1], sqlstate.InvalidSchemaName)
	}
	if systemSchema(sc) {
		return nil, sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop schema %s because it is required by the database system", sc.Name)
	}
	return &dropObject{oid: sc.OID, name: "schema " + parse.QuoteIdent(sc.Name),
		apply: func(d *Drop) { d.Schemas = append(d.Schemas, sc) }}, nil
}
