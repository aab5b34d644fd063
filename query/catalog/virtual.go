package catalog

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/datum"
)

// relationTSV has the columns of every relation of pg_catalog and information_schema, as in PostgreSQL
// 15: oid, schema, name, relkind, and name:type of each column, with ! when it is NOT NULL. Types
// that Segue does not have (pg_lsn, inet, xid8…) are text there, domains are their base types.
//
//go:embed relation.tsv
var relationTSV string

// virtualTables lists every relation of pg_catalog and information_schema. It panics when relation.tsv
// is malformed, which a test rules out.
func virtualTables() []*Table {
	tables, err := parseRelations(relationTSV)
	if err != nil {
		panic(err)
	}
	return tables
}

func parseRelations(text string) ([]*Table, error) {
	var out []*Table
	rows := map[OID]map[string]rowsFunc{PgCatalogOID: pgCatalogRows(), InfoSchemaOID: infoSchemaRows()}
	err := eachRow("relation.tsv", text, 5, func(f []string) error {
		t, err := parseRelation(f)
		if err != nil {
			return err
		}
		fill := rows[t.Schema][t.Name]
		if fill == nil {
			fill = liveRows
		}
		t.Virtual.Rows = func(env *VirtualEnv, emit func(row []datum.Datum)) {
			fill(env, newRowWriter(t, emit))
		}
		out = append(out, t)
		return nil
	})
	return out, err
}

func parseRelation(f []string) (*Table, error) {
	oid, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil {
		return nil, err
	}
	schema := PgCatalogOID
	if f[1] == "information_schema" {
		schema = InfoSchemaOID
	}
	t := &Table{OID: OID(oid), Schema: schema, Name: f[2], NextAttNum: 1, Virtual: &Virtual{Kind: RelKind(f[3][0])}}
	for _, col := range strings.Fields(f[4]) {
		col, notNull := strings.CutSuffix(col, "!")
		name, typeName, _ := strings.Cut(col, ":")
		typ, err := typeNamed(typeName)
		if err != nil || typ == nil {
			return nil, fmt.Errorf("column %s: no type %q", name, typeName)
		}
		t.Columns = append(t.Columns, Column{AttNum: t.NextAttNum, Name: name, Type: typ, TypeOID: typ.OID, Typmod: -1,
			NotNull: notNull})
		t.NextAttNum++
	}
	return t, nil
}

// rowsFunc writes a relation's rows.
type rowsFunc func(env *VirtualEnv, w *rowWriter)

// noRows is for relations about things that Segue does not have.
func noRows(*VirtualEnv, *rowWriter) {}
