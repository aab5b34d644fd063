package catalog

import (
	"slices"
	"strings"
)

// SearchSchemas is the effective search path: temporary objects, pg_catalog unless it is named, then the named
// schemas that exist. "$user" is no schema: see SessionInfo.Path.
func SearchSchemas(snap *Snapshot, searchPath []string) []OID {
	var out []OID
	system := !slices.Contains(searchPath, "pg_catalog")
	for i, name := range searchPath {
		if system && (i > 0 || !strings.HasPrefix(name, TempSchemaPrefix)) {
			out, system = append(out, PgCatalogOID), false
		}
		if sc := snap.Schema(name); sc != nil && !slices.Contains(out, sc.OID) {
			out = append(out, sc.OID)
		}
	}
	if system {
		out = append(out, PgCatalogOID)
	}
	return out
}

// RelationVisible says whether the relation is what its bare name finds; ok is false when there is
// no such relation.
func RelationVisible(snap *Snapshot, searchPath []string, oid OID) (visible, ok bool) {
	r, ok := snap.relationByOID(oid)
	if !ok {
		return false, false
	}
	return snap.relationVisible(searchPath, r), true
}

func (s *Snapshot) relationVisible(searchPath []string, r relation) bool {
	for _, schema := range SearchSchemas(s, searchPath) {
		if found := s.Relation(schema, r.name); found != 0 {
			return found == r.oid
		}
	}
	return false
}

// TypeVisible says whether a type is what its bare name finds.
func TypeVisible(snap *Snapshot, searchPath []string, oid OID) (visible, ok bool) {
	t := snap.TypeByOID(oid)
	if t == nil {
		return false, false
	}
	if t.Namespace != 0 {
		for _, schema := range SearchSchemas(snap, searchPath) {
			if found := snap.TypeNamed(schema, t.Name); found != nil {
				return found == t, true
			}
		}
		return false, true
	}
	return schemaVisible(snap, searchPath, snap.typeSchema(t)), true
}

// FunctionVisible says whether a function is what its bare name finds with its argument types.
func FunctionVisible(snap *Snapshot, searchPath []string, oid OID) (visible, ok bool) {
	p := snap.ProcByOID(oid)
	if p == nil {
		return false, false
	}
	for _, schema := range SearchSchemas(snap, searchPath) {
		if sc := snap.SchemaByOID(schema); sc != nil && strings.HasPrefix(sc.Name, TempSchemaPrefix) {
			continue // a temporary function is found by its schema's name only
		}
		if schema == p.Schema {
			return true, true
		}
		if slices.ContainsFunc(snap.procsNamed(p.Name), func(q *Proc) bool {
			return q.Schema == schema && slices.Equal(q.Args, p.Args)
		}) {
			return false, true
		}
	}
	return false, true
}

// OperatorVisible says whether an operator is what its bare name finds.
func OperatorVisible(snap *Snapshot, searchPath []string, oid OID) (visible, ok bool) {
	o := snap.OperatorByOID(oid)
	if o == nil {
		return false, false
	}
	if o.User == nil {
		return schemaVisible(snap, searchPath, o.Schema), true
	}
	for _, schema := range SearchSchemas(snap, searchPath) {
		if schema == o.Schema {
			return true, true
		}
		if slices.ContainsFunc(snap.OperatorsNamed(o.Name), func(q *Operator) bool {
			return q.Schema == schema && q.Left == o.Left && q.Right == o.Right
		}) {
			return false, true
		}
	}
	return false, true
}

// OpClassVisible says whether an operator class is what its bare name finds.
func OpClassVisible(snap *Snapshot, searchPath []string, oid OID) (visible, ok bool) {
	for _, c := range snap.opClasses() {
		if c.oid == oid {
			return schemaVisible(snap, searchPath, c.schemaIn(snap)), true
		}
	}
	return false, false
}

// OpFamilyVisible says whether an operator family is what its bare name finds.
func OpFamilyVisible(snap *Snapshot, searchPath []string, oid OID) (visible, ok bool) {
	for _, c := range snap.opClasses() {
		if c.family == oid {
			return schemaVisible(snap, searchPath, c.schemaIn(snap)), true
		}
	}
	return false, false
}

// CollationVisible says whether a collation is what its bare name finds.
func CollationVisible(snap *Snapshot, searchPath []string, oid OID) (visible, ok bool) {
	for _, c := range collations {
		if c.oid == oid {
			return schemaVisible(snap, searchPath, PgCatalogOID), true
		}
	}
	return false, false
}

// schemaVisible is enough for objects whose names no two schemas share.
func schemaVisible(snap *Snapshot, searchPath []string, schema OID) bool {
	return slices.Contains(SearchSchemas(snap, searchPath), schema)
}

// schemaIn is the schema of an operator class.
func (c *opClass) schemaIn(s *Snapshot) OID {
	if e := s.Extension(c.owner); e != nil {
		return e.Schema
	}
	if c.oid >= firstExtensionOID {
		return PublicOID
	}
	return PgCatalogOID
}
