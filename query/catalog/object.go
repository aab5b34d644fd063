package catalog

import "fmt"

// What is said of any object that has rights: its kind, its name, where it is, who depends on whom.

// KindOf is the kind of an object of a system catalog.
func (s *Snapshot) KindOf(class, oid OID) ObjectKind {
	switch class {
	case ClassRelation:
		if s.sequences[oid] != nil {
			return ObjectSequence
		}
		return ObjectTable
	case ClassSchema:
		return ObjectSchema
	case ClassDatabase:
		return ObjectDatabase
	case ClassFunction:
		return ObjectFunction
	case ClassType:
		return ObjectType
	case ClassLanguage:
		return ObjectLanguage
	case ClassOperator:
		return ObjectOperator
	case ClassExtension:
		return ObjectExtension
	}
	return ObjectTablespace
}

// RelationWord is what messages call a relation: table, view, index or sequence.
func (s *Snapshot) RelationWord(oid OID) string {
	r, ok := s.relationByOID(oid)
	if !ok {
		return "table"
	}
	switch r.kind {
	case KindView:
		return "view"
	case KindMatView:
		return "materialized view"
	case KindIndex:
		return "index"
	case KindSequence:
		return "sequence"
	case KindComposite:
		return "composite type"
	}
	return "table"
}

// ObjectName is an object's bare name, as messages have it.
func (s *Snapshot) ObjectName(kind ObjectKind, oid OID) string {
	switch kind.Class() {
	case ClassRelation:
		if r, ok := s.relationByOID(oid); ok {
			return r.name
		}
	case ClassSchema:
		return s.schemaName(oid)
	case ClassDatabase:
		return DatabaseName
	case ClassFunction:
		if p := s.ProcByOID(oid); p != nil {
			return p.Name
		}
	case ClassOperator:
		if o := s.OperatorByOID(oid); o != nil {
			return o.Name
		}
	case ClassExtension:
		if e := s.extensions[oid]; e != nil {
			return e.Name
		}
	case ClassType:
		return TypeName(s, []string{"public"}, oid)
	}
	return fmt.Sprint(oid)
}

// SchemaOf is the schema that an object is in, nil for those that are in none.
func (s *Snapshot) SchemaOf(kind ObjectKind, oid OID) *Schema {
	switch kind.Class() {
	case ClassRelation:
		if r, ok := s.relationByOID(oid); ok {
			return s.schemas[r.schema]
		}
	case ClassFunction:
		if p := s.ProcByOID(oid); p != nil {
			return s.schemas[p.Schema]
		}
	case ClassOperator:
		if o := s.OperatorByOID(oid); o != nil {
			return s.schemas[o.Schema]
		}
	case ClassExtension:
		if e := s.extensions[oid]; e != nil {
			return s.schemas[e.Schema]
		}
	case ClassType:
		if t := s.UserTypeByOID(oid); t != nil {
			return s.schemas[s.TypeByOID(oid).Namespace]
		}
		if t := s.TableOfType(oid); t != nil {
			return s.schemas[t.Schema]
		}
	}
	return nil
}

// LanguageOID finds a language, 0 for none.
func LanguageOID(name string) OID {
	return map[string]OID{"internal": internalLanguageOID, "c": cLanguageOID, "sql": sqlLanguageOID, PLpgSQL: plpgsqlLanguageOID}[name]
}

// TablespaceOID finds a tablespace, 0 for none.
func TablespaceOID(name string) OID {
	return map[string]OID{"pg_default": defaultTablespaceOID, "pg_global": globalTablespaceOID}[name]
}

// ColumnsName says whether a column's list names a role.
func (r *Rights) ColumnsName(role OID) bool {
	for _, acl := range r.Columns {
		if acl.Names(role) {
			return true
		}
	}
	return false
}

// RoleDependents describes what keeps a role from being dropped, one line each, as checkSharedDependencies does.
func (s *Snapshot) RoleDependents(role OID) []string {
	var out []string
	for _, d := range s.AllDefaultRights() {
		switch {
		case d.Role == role:
			out = append(out, "owner of "+s.describeDefaults(d))
		case d.ACL.Names(role):
			out = append(out, "privileges for "+s.describeDefaults(d))
		}
	}
	for _, r := range s.AllRights() {
		what := s.describe(r)
		if r.Owner == role {
			out = append(out, "owner of "+what)
		} else if r.ACL.Names(role) || r.ColumnsName(role) {
			out = append(out, "privileges for "+what)
		}
	}
	return out
}

func (s *Snapshot) describeDefaults(d *DefaultRights) string {
	out := "default privileges on new " + d.Kind.plural() + " belonging to role " + s.RoleName(d.Role)
	if d.Schema != 0 {
		out += " in schema " + s.schemaName(d.Schema)
	}
	return out
}

func (k ObjectKind) plural() string {
	switch k {
	case ObjectSequence:
		return "sequences"
	case ObjectFunction:
		return "functions"
	case ObjectType:
		return "types"
	case ObjectSchema:
		return "schemas"
	}
	return "relations"
}

// describe is an object with its kind, as getObjectDescription has it.
func (s *Snapshot) describe(r *Rights) string {
	kind := s.KindOf(r.Class, r.Object)
	switch r.Class {
	case ClassRelation:
		name, _ := RelationName(s, []string{"public"}, r.Object)
		return s.RelationWord(r.Object) + " " + name
	case ClassFunction:
		name, _ := ProcedureName(s, []string{"public"}, r.Object)
		if p := s.ProcByOID(r.Object); p != nil {
			return p.RoutineWord() + " " + name
		}
		return "function " + name
	}
	word := map[OID]string{ClassSchema: "schema", ClassDatabase: "database", ClassType: "type", ClassLanguage: "language"}[r.Class]
	return word + " " + s.ObjectName(kind, r.Object)
}
