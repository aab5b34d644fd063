package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// The small definitions: TRUNCATE, CREATE SCHEMA.

func (b *binder) truncate(s *parse.TruncateStmt) (*Plan, error) {
	node := &Truncate{RestartIdentity: s.RestartIdentity}
	for _, r := range s.Tables {
		unplaced := *r
		unplaced.At = -1
		t, err := b.writableTable(&unplaced, "truncate")
		if err != nil {
			return nil, err
		}
		if !slices.Contains(node.Tables, t) {
			node.Tables = append(node.Tables, t)
		}
	}
	if err := b.truncateReferencing(node, s.Cascade); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: "TRUNCATE TABLE", Writes: true, DDL: true}, nil
}

// truncateReferencing adds the tables that reference those named, or refuses without CASCADE.
func (b *binder) truncateReferencing(node *Truncate, cascade bool) error {
	for i := 0; i < len(node.Tables); i++ {
		t := node.Tables[i]
		for _, r := range b.cat.Snapshot().ReferencesTo(t.OID) {
			if slices.Contains(node.Tables, r.Table) {
				continue
			}
			if slices.Contains(t.SegmentTables(), r.Table.OID) {
				node.Tables = append(node.Tables, r.Table)
				continue
			}
			if !cascade {
				return sqlstate.New(sqlstate.FeatureNotSupported, "cannot truncate a table referenced in a foreign key constraint").
					WithDetail("Table %q references %q.", r.Table.Name, t.Name).
					WithHint("Truncate table %q at the same time, or use TRUNCATE ... CASCADE.", r.Table.Name)
			}
			node.Tables = append(node.Tables, r.Table)
			node.Notices = append(node.Notices, sqlstate.New("00000", "truncate cascades to table %q", r.Table.Name))
		}
	}
	return nil
}

func (b *binder) createSchema(s *parse.CreateSchemaStmt) (*Plan, error) {
	node := &CreateSchema{Schema: &catalog.Schema{Name: s.Name}}
	if s.Owner != nil {
		owner, err := b.namedRole(*s.Owner)
		if err != nil {
			return nil, err
		}
		if !b.cat.Snapshot().MemberOf(b.me(), owner.OID) {
			return nil, denied("must be member of role %q", owner.Name)
		}
		if node.Owner = owner.OID; s.Name == "" {
			node.Schema.Name = owner.Name
		}
	}
	if err := freeSchemaName(node.Schema.Name); err != nil {
		return nil, err
	}
	if b.cat.Snapshot().Schema(node.Schema.Name) != nil {
		if !s.IfNotExists {
			return nil, sqlstate.New(sqlstate.DuplicateSchema, "schema %q already exists", node.Schema.Name)
		}
		node.Exists = true
	}
	return &Plan{Root: node, Tag: "CREATE SCHEMA", Writes: true, DDL: true}, nil
}

// freeSchemaName refuses the names that are the system's.
func freeSchemaName(name string) error {
	if !strings.HasPrefix(name, "pg_") {
		return nil
	}
	return sqlstate.New(sqlstate.ReservedName, "unacceptable schema name %q", name).
		WithDetail("The prefix \"pg_\" is reserved for system schemas.")
}
