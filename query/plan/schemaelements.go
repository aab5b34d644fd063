package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// SchemaElements gives the statements inside a CREATE SCHEMA in the order in which they are carried out, each naming the
// schema that is being created: transformCreateSchemaStmt. So a view may stand before its table, but a foreign key not
// before the table that it references.
func SchemaElements(schema string, s *parse.CreateSchemaStmt) ([]parse.Stmt, error) {
	var byKind [5][]parse.Stmt
	for _, e := range s.Elements {
		kind, e, err := schemaElement(schema, e)
		if err != nil {
			return nil, err
		}
		byKind[kind] = append(byKind[kind], e)
	}
	return slices.Concat(byKind[:]...), nil
}

// schemaElement gives a statement's place in the order, and a copy of it that names the schema: the tree itself is shared.
func schemaElement(schema string, e parse.Stmt) (kind int, out parse.Stmt, err error) {
	switch x := e.(type) {
	case *parse.CreateSequenceStmt:
		c := *x
		return 0, &c, inSchema(&c.Name, schema)
	case *parse.CreateTableStmt:
		c := *x
		return 1, &c, inSchema(&c.Name, schema)
	case *parse.CreateViewStmt:
		c := *x
		return 2, &c, inSchema(&c.Name, schema)
	case *parse.CreateIndexStmt:
		c, table := *x, *x.Table
		table.At = -1
		c.Table = &table
		return 3, &c, inSchema(&table.Name, schema)
	case *parse.CreateTriggerStmt:
		return 0, nil, unsupported(-1, "CREATE TRIGGER in CREATE SCHEMA")
	case *parse.UnsupportedStmt:
		return 0, nil, unsupported(x.Pos(), x.What)
	}
	return 4, e, nil // GRANT
}

// inSchema qualifies a name with the schema, or refuses another's.
func inSchema(name *parse.Name, schema string) error {
	if len(*name) == 1 {
		*name = parse.Name{schema, (*name)[0]}
		return nil
	}
	if own := (*name)[len(*name)-2]; own != schema {
		return sqlstate.New(sqlstate.InvalidSchemaDefinition,
			"CREATE specifies a schema (%s) different from the one being created (%s)", own, schema)
	}
	return nil
}

// NewSchema is the name and the owner of the schema that CREATE SCHEMA makes; the owner is nil where none is named.
func NewSchema(cat Catalog, s *parse.CreateSchemaStmt) (string, *catalog.Role, error) {
	if s.Owner == nil {
		return s.Name, nil, nil
	}
	owner, err := (&binder{cat: cat}).namedRole(*s.Owner)
	if err != nil {
		return "", nil, err
	}
	if s.Name == "" {
		return owner.Name, owner, nil
	}
	return s.Name, owner, nil
}
