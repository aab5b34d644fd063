package catalog

import (
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// RelationName is how regclass writes a relation: quoted where needed, qualified unless its bare name
// finds it.
func RelationName(snap *Snapshot, searchPath []string, oid OID) (string, bool) {
	r, ok := snap.relationByOID(oid)
	if !ok {
		return "", false
	}
	if snap.relationVisible(searchPath, r) {
		return quoteName("", r.name), true
	}
	return quoteName(snap.schemaName(r.schema), r.name), true
}

// QualifiedRelationName is schema.name, both quoted where needed.
func QualifiedRelationName(snap *Snapshot, oid OID) (string, bool) {
	r, ok := snap.relationByOID(oid)
	if !ok {
		return "", false
	}
	return quoteName(snap.schemaName(r.schema), r.name), true
}

// ResolveRelation finds the relation that a regclass input names.
func ResolveRelation(snap *Snapshot, searchPath []string, name string) (OID, error) {
	parts, err := SplitName(name)
	if err != nil {
		return 0, err
	}
	schema, rel, err := unqualify(parts)
	if err != nil {
		return 0, err
	}
	for _, sc := range snap.searchIn(searchPath, schema) {
		if oid := snap.Relation(sc, rel); oid != 0 {
			return oid, nil
		}
	}
	return 0, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", strings.Join(parts, "."))
}

// searchIn lists where to look: the one schema that a name says, or the search path.
func (s *Snapshot) searchIn(searchPath []string, schema string) []OID {
	if schema == "" {
		return SearchSchemas(s, searchPath)
	}
	if schema == "pg_temp" && len(searchPath) > 0 && strings.HasPrefix(searchPath[0], TempSchemaPrefix) {
		schema = searchPath[0]
	}
	if sc := s.Schema(schema); sc != nil {
		return []OID{sc.OID}
	}
	return nil
}

func (s *Snapshot) schemaName(oid OID) string {
	if sc := s.schemas[oid]; sc != nil {
		return sc.Name
	}
	return ""
}
