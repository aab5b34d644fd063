package catalog

import (
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// describers are pg_describe_object by system catalog: what an object is called in messages about dependencies
// (getObjectDescription), false where there is no object of that OID.
var describers = map[OID]func(s *Snapshot, path []string, oid OID) (string, bool){
	typeClassOID: func(s *Snapshot, path []string, oid OID) (string, bool) {
		return "type " + TypeName(s, path, oid), s.TypeByOID(oid) != nil
	},
	procClassOID: func(s *Snapshot, path []string, oid OID) (string, bool) {
		name, ok := ProcedureName(s, path, oid)
		return "function " + name, ok
	},
	operatorClassOID: func(s *Snapshot, path []string, oid OID) (string, bool) {
		name, ok := OperatorSignature(s, path, oid)
		return "operator " + name, ok
	},
	namespaceClassOID: func(s *Snapshot, _ []string, oid OID) (string, bool) {
		if sc := s.SchemaByOID(oid); sc != nil {
			return "schema " + sc.Name, true
		}
		return "", false
	},
	constraintClassOID: (*Snapshot).describeConstraint,
	castClassOID:       describeCast,
	amClassOID: func(_ *Snapshot, _ []string, oid OID) (string, bool) {
		i := slices.IndexFunc(accessMethods, func(a accessMethod) bool { return a.oid == oid })
		if i < 0 {
			return "", false
		}
		return "access method " + accessMethods[i].name, true
	},
	opClassClassOID: func(s *Snapshot, _ []string, oid OID) (string, bool) {
		i := slices.IndexFunc(s.opClasses(), func(c *opClass) bool { return c.oid == oid })
		if i < 0 {
			return "", false
		}
		c := s.opClasses()[i]
		return "operator class " + c.name + " for access method " + c.method, true
	},
	opFamilyClassOID: func(s *Snapshot, _ []string, oid OID) (string, bool) {
		i := slices.IndexFunc(s.opClasses(), func(c *opClass) bool { return c.family == oid })
		if i < 0 {
			return "", false
		}
		c := s.opClasses()[i]
		return "operator family " + c.familyName + " for access method " + c.method, true
	},
	extensionClassOID: func(s *Snapshot, _ []string, oid OID) (string, bool) {
		if e := s.ExtensionByOID(oid); e != nil {
			return "extension " + e.Name, true
		}
		if oid == plpgsqlExtensionOID {
			return "extension plpgsql", true
		}
		if oid == btreeGistExtensionOID {
			return "extension " + BtreeGist, true
		}
		return "extension vector", oid == VectorExtensionOID
	},
	tsDictClassOID: func(s *Snapshot, path []string, oid OID) (string, bool) {
		name, ok := textSearchName(s, path, datum.Regdictionary, oid)
		return "text search dictionary " + name, ok
	},
	tsTemplateClassOID: func(s *Snapshot, _ []string, oid OID) (string, bool) {
		return "text search template " + unaccentName, oid == unaccentTemplateOID && s.Extension(unaccentName) != nil
	},
	attrDefClassOID: (*Snapshot).describeDefault,
	rewriteClassOID: func(s *Snapshot, path []string, oid OID) (string, bool) {
		for _, t := range s.userTables() {
			if t.View != nil && ruleOID(t.OID) == oid {
				of, ok := s.describeRelation(path, t.OID, 0)
				return "rule _RETURN on " + of, ok
			}
		}
		if t, r := s.RuleByOID(oid); t != nil {
			of, ok := s.describeRelation(path, t.OID, 0)
			return "rule " + r.Name + " on " + of, ok
		}
		return "", false
	},
	triggerClassOID: (*Snapshot).describeTrigger,
	eventTriggerClassOID: func(s *Snapshot, _ []string, oid OID) (string, bool) {
		if t := s.EventTriggerByOID(oid); t != nil {
			return "event trigger " + t.Name, true
		}
		return "", false
	},
	ClassRole: func(s *Snapshot, _ []string, oid OID) (string, bool) {
		if r := s.RoleByOID(oid); r != nil {
			return "role " + r.Name, true
		}
		return "", false
	},
	ClassDatabase: func(_ *Snapshot, _ []string, oid OID) (string, bool) {
		return "database " + DatabaseName, oid == DatabaseOID
	},
}

// DescribeObject is pg_describe_object; ok is false when there is no such object, known when such objects are never
// described.
func DescribeObject(s *Snapshot, path []string, class, oid OID, sub int16) (text string, ok, known bool) {
	if class == relationClassOID {
		text, ok = s.describeRelation(path, oid, sub)
		return text, ok, true
	}
	describe := describers[class]
	if describe == nil {
		return "", false, false
	}
	text, ok = describe(s, path, oid)
	return text, ok, true
}

func (s *Snapshot) describeRelation(path []string, oid OID, sub int16) (string, bool) {
	name, ok := RelationName(s, path, oid)
	if !ok {
		return "", false
	}
	t := s.TableByOID(oid)
	switch {
	case s.SequenceByOID(oid) != nil:
		return "sequence " + name, true
	case t == nil:
		return "index " + name, true
	case t.Kind() == KindView:
		name = "view " + name
	case t.Kind() == KindMatView:
		name = "materialized view " + name
	default:
		name = "table " + name
	}
	if sub == 0 {
		return name, true
	}
	i := t.Ordinal(sub)
	if i < 0 {
		return "", false
	}
	return "column " + t.Columns[i].Name + " of " + name, true
}

func (s *Snapshot) describeConstraint(path []string, oid OID) (string, bool) {
	c, ok := s.constraintByOID(oid)
	if !ok {
		return "", false
	}
	on, ok := s.describeRelation(path, c.table.OID, 0)
	return "constraint " + c.name + " on " + on, ok
}

func describeCast(s *Snapshot, path []string, oid OID) (string, bool) {
	for _, c := range Builtin().Casts {
		if systemFacts().casts[[2]*datum.Type{c.From, c.To}].oid == oid {
			return fmt.Sprintf("cast from %s to %s", TypeName(s, path, c.From.OID), TypeName(s, path, c.To.OID)), true
		}
	}
	for _, t := range s.types {
		if r := t.Range; r != nil && r.Cast == oid {
			return fmt.Sprintf("cast from %s to %s", TypeName(s, path, t.OID), TypeName(s, path, r.Multi)), true
		}
	}
	if c := s.CastByOID(oid); c != nil {
		return fmt.Sprintf("cast from %s to %s", TypeName(s, path, c.Source), TypeName(s, path, c.Target)), true
	}
	return "", false
}

func (s *Snapshot) describeDefault(path []string, oid OID) (string, bool) {
	for _, t := range s.userTables() {
		for _, c := range t.Columns {
			if attrDefOID(t.OID, c.AttNum) == oid && (c.Default != "" || c.Generated != "") {
				of, ok := s.describeRelation(path, t.OID, c.AttNum)
				return "default value for " + of, ok
			}
		}
	}
	return "", false
}

func (s *Snapshot) describeTrigger(path []string, oid OID) (string, bool) {
	if name, ok := s.describeUserTrigger(path, oid); ok {
		return name, ok
	}
	for _, t := range s.userTables() {
		for i := range t.ForeignKeys {
			for _, tr := range s.triggers(t, &t.ForeignKeys[i]) {
				if tr.oid == oid {
					on, ok := s.describeRelation(path, tr.table, 0)
					return "trigger " + tr.name + " on " + on, ok
				}
			}
		}
	}
	return "", false
}
