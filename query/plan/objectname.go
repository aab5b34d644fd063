package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// creationSchema is where a new object goes: the schema that its name says, or the first of the
// search path that exists.
func (b *binder) creationSchema(name parse.Name, pos int) (*catalog.Schema, error) {
	snap, info := b.cat.Snapshot(), b.cat.Info()
	if len(name) > 3 {
		return nil, fail(pos, sqlstate.SyntaxError, "improper qualified name (too many dotted names): %s",
			strings.Join(name, "."))
	}
	if len(name) == 3 && name[0] != info.Database {
		return nil, fail(pos, sqlstate.FeatureNotSupported, "cross-database references are not implemented: %s",
			strings.Join(name, "."))
	}
	if len(name) >= 2 {
		return b.namedSchema(name[len(name)-2], name[len(name)-1], pos)
	}
	for _, s := range info.SearchPath {
		if s == "$user" {
			s = info.User
		}
		if sc := snap.Schema(s); sc != nil && !systemSchema(sc) && b.uses(sc) {
			return sc, b.mayCreateIn(sc, pos)
		}
	}
	return nil, fail(pos, sqlstate.InvalidSchemaName, "no schema has been selected to create in")
}

// creationPlace is creationSchema for what may be temporary: persistence is 't' where that was said, and a place in pg_temp
// says it, too. The schema of temporary objects may not exist yet: its OID is 0 then.
func (b *binder) creationPlace(name parse.Name, persistence byte, pos int) (sc *catalog.Schema, temp bool, err error) {
	info := b.cat.Info()
	own := len(name) >= 2 && (name[len(name)-2] == "pg_temp" || name[len(name)-2] == info.TempSchema)
	if persistence != 't' && !own {
		sc, err = b.creationSchema(name, pos)
		return sc, false, err
	}
	if len(name) >= 2 && !own {
		return nil, true, fail(pos, sqlstate.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
	}
	if info.TempSchema == "" {
		return nil, true, unsupported(pos, "a temporary object outside a session")
	}
	if sc = b.cat.Snapshot().Schema(info.TempSchema); sc == nil {
		sc = &catalog.Schema{Name: info.TempSchema}
	}
	return sc, true, nil
}

func (b *binder) namedSchema(schema, object string, pos int) (*catalog.Schema, error) {
	sc := b.anySchema(schema)
	if sc == nil {
		return nil, fail(pos, sqlstate.InvalidSchemaName, "schema %q does not exist", schema)
	}
	if systemSchema(sc) {
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied to create %q", schema+"."+object).
			WithDetail("System catalog modifications are currently disallowed.").At(pos)
	}
	return sc, b.mayCreateIn(sc, pos)
}

func systemSchema(sc *catalog.Schema) bool {
	return sc.OID == catalog.PgCatalogOID || sc.OID == catalog.InfoSchemaOID || sc.OID == catalog.PgToastOID
}

// maxNameBytes is NAMEDATALEN - 1.
const maxNameBytes = 63

// namer chooses names for objects that the statement does not name: table_column_label, shortened to
// fit and numbered when taken, as makeObjectName and ChooseRelationName do.
type namer struct {
	snap   *catalog.Snapshot
	schema catalog.OID
	taken  []string // by this statement
}

// relation makes a name that no relation of the schema has.
func (n *namer) relation(table, columns, label string) string {
	return n.choose(table, columns, label, func(name string) bool {
		return n.snap.Relation(n.schema, name) != 0
	})
}

func (n *namer) choose(table, columns, label string, used func(string) bool) string {
	for i := 0; ; i++ {
		suffix := label
		if i > 0 {
			suffix += strconv.Itoa(i)
		}
		name := joinName(table, columns, suffix)
		if !slices.Contains(n.taken, name) && !used(name) {
			n.taken = append(n.taken, name)
			return name
		}
	}
}

// joinName shortens the longer of table and columns until the whole fits.
func joinName(table, columns, label string) string {
	room := maxNameBytes - len(label) - 1
	if columns != "" {
		room--
	}
	for len(table)+len(columns) > room {
		if len(table) > len(columns) {
			table = dropLastRune(table)
		} else {
			columns = dropLastRune(columns)
		}
	}
	parts := []string{table}
	if columns != "" {
		parts = append(parts, columns)
	}
	return strings.Join(append(parts, label), "_")
}

func dropLastRune(s string) string {
	r := []rune(s)
	return string(r[:len(r)-1])
}
