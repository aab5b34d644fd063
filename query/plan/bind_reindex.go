package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// reindex binds REINDEX. The catalog's own relations have nothing to build again.
func (b *binder) reindex(s *parse.ReindexStmt) (*Plan, error) {
	node := &Reindex{}
	plan := &Plan{Root: node, Tag: "REINDEX", Writes: true, DDL: true}
	if s.Kind != "index" && s.Kind != "table" {
		plan.OutsideBlock = "REINDEX " + strings.ToUpper(s.Kind)
	}
	for _, o := range s.Options {
		switch o.Name {
		case "verbose", "concurrently":
			on, err := optionBool(o)
			if err != nil {
				return nil, err
			}
			if o.Name == "verbose" {
				node.Verbose = on
			} else if on {
				plan.OutsideBlock = "REINDEX CONCURRENTLY"
			}
		case "tablespace":
			return nil, unsupported(o.Pos(), "TABLESPACE")
		default:
			return nil, fail(o.Pos(), sqlstate.SyntaxError, "unrecognized REINDEX option %q", o.Name)
		}
	}
	switch s.Kind {
	case "index":
		return plan, b.reindexIndex(node, s.Name)
	case "table":
		return plan, b.reindexTable(node, s.Name)
	case "schema":
		return plan, b.reindexSchema(node, s.Name[0])
	}
	if s.Name[0] != b.cat.Info().Database {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "can only reindex the currently open database")
	}
	b.own(catalog.ObjectDatabase, catalog.DatabaseOID, false)
	if s.Kind == "database" {
		b.reindexAll(node, func(*catalog.Table) bool { return true })
	}
	return plan, nil
}

func (b *binder) reindexIndex(node *Reindex, name parse.Name) error {
	schema, rel, found := b.findRelation(name)
	if !found {
		return sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", strings.Join(name, "."))
	}
	t, ix := b.cat.Snapshot().Index(schema, rel)
	if ix == nil {
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not an index", rel)
	}
	b.own(catalog.ObjectTable, t.OID, false)
	node.Tables, node.Index = []*catalog.Table{t}, ix.OID
	return nil
}

func (b *binder) reindexTable(node *Reindex, name parse.Name) error {
	schema, rel, found := b.findRelation(name)
	if !found {
		return sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", strings.Join(name, "."))
	}
	t := b.cat.Snapshot().Table(schema, rel)
	if t == nil || t.Kind() != catalog.KindTable && t.Kind() != catalog.KindMatView {
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not a table or materialized view", rel)
	}
	if t.Virtual == nil {
		b.own(catalog.ObjectTable, t.OID, false)
		node.Tables = []*catalog.Table{t}
	}
	return nil
}

func (b *binder) reindexSchema(node *Reindex, name string) error {
	sc := b.anySchema(name)
	if sc == nil {
		return sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", name)
	}
	b.own(catalog.ObjectSchema, sc.OID, false)
	b.reindexAll(node, func(t *catalog.Table) bool { return t.Schema == sc.OID })
	return nil
}

// reindexAll adds the tables wanted, but not the temporary ones of other sessions.
func (b *binder) reindexAll(node *Reindex, want func(*catalog.Table) bool) {
	own := b.cat.Snapshot().Schema(b.cat.Info().TempSchema)
	for _, t := range b.cat.Snapshot().Tables() {
		if t.Virtual == nil && t.Kind() != catalog.KindView && want(t) && (!t.Temp || own != nil && t.Schema == own.OID) {
			node.Tables = append(node.Tables, t)
		}
	}
}
