package catalog

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// The system catalogs that descriptions and dependencies name.
const (
	typeClassOID       OID = 1247
	procClassOID       OID = 1255
	relationClassOID   OID = 1259
	attrDefClassOID    OID = 2604
	rewriteClassOID    OID = 2618
	castClassOID       OID = 2605
	constraintClassOID OID = 2606
	triggerClassOID    OID = 2620
	amClassOID         OID = 2601
	namespaceClassOID  OID = 2615
	opClassClassOID    OID = 2616
	operatorClassOID   OID = 2617
	opFamilyClassOID   OID = 2753
	extensionClassOID  OID = 3079
	// eventTriggerClassOID is pg_event_trigger.
	eventTriggerClassOID OID = 3466
	tsDictClassOID       OID = 3600
	tsParserClassOID     OID = 3601
	tsConfigClassOID     OID = 3602
	tsTemplateClassOID   OID = 3764
)

// description is a row of pg_description.
type description struct {
	object, class OID
	sub           int16
	text          string
}

// descriptions lists every comment there is.
func (s *Snapshot) descriptions() []description {
	var out []description
	add := func(object, class OID, sub int16, text string) {
		if text != "" {
			out = append(out, description{object, class, sub, text})
		}
	}
	for _, sc := range s.Schemas() {
		add(sc.OID, namespaceClassOID, 0, sc.Comment)
	}
	for _, t := range s.userTables() {
		if t.Composite {
			add(t.RowTypeOID(), typeClassOID, 0, t.Comment)
		} else {
			add(t.OID, relationClassOID, 0, t.Comment)
		}
		for i := range t.Columns {
			add(t.OID, relationClassOID, t.Columns[i].AttNum, t.Columns[i].Comment)
		}
		for i := range t.Indexes {
			add(t.Indexes[i].OID, relationClassOID, 0, t.Indexes[i].Comment)
		}
		for _, c := range t.constraints() {
			add(c.oid, constraintClassOID, 0, c.comment())
		}
		for i := range t.Rules {
			add(t.Rules[i].OID, rewriteClassOID, 0, t.Rules[i].Comment)
		}
		for i := range t.Triggers {
			add(t.Triggers[i].OID, triggerClassOID, 0, t.Triggers[i].Comment)
		}
	}
	for _, q := range s.Sequences() {
		add(q.OID, relationClassOID, 0, q.Comment)
	}
	for _, t := range s.Types() {
		add(t.OID, typeClassOID, 0, t.Comment)
		if t.Domain != nil {
			for i := range t.Domain.Checks {
				add(t.Domain.Checks[i].OID, constraintClassOID, 0, t.Domain.Checks[i].Comment)
			}
		}
		if t.Range != nil {
			add(t.Range.Multi, typeClassOID, 0, t.Range.MultiComment)
		}
	}
	for _, o := range textSearchObjects() {
		add(o.oid, o.class, 0, o.comment)
	}
	for _, p := range append(slices.Clone(Builtin().Procs), s.Functions()...) {
		add(p.OID, procClassOID, 0, p.Description)
	}
	for _, o := range s.UserOperators() {
		add(o.OID, operatorClassOID, 0, o.Comment)
	}
	for _, c := range s.UserCasts() {
		add(c.OID, castClassOID, 0, c.Comment)
	}
	for _, t := range s.EventTriggers() {
		add(t.OID, eventTriggerClassOID, 0, t.Comment)
	}
	out = append(out, systemComments()...)
	add(datum.Vector.OID, typeClassOID, 0, vectorTypeComment)
	for _, a := range accessMethods {
		add(a.oid, amClassOID, 0, a.description)
	}
	for _, e := range s.Extensions() {
		add(e.OID, extensionClassOID, 0, e.Description())
	}
	add(VectorExtensionOID, extensionClassOID, 0, vectorExtensionComment)
	add(plpgsqlExtensionOID, extensionClassOID, 0, ExtensionComment(PLpgSQL))
	if s.needsBtreeGist() {
		add(btreeGistExtensionOID, extensionClassOID, 0, btreeGistExtensionWords)
	}
	return out
}

// ObjDescription is obj_description(oid, catalog); "" when there is no comment. Without a catalog it is
// the first comment that any object of that OID has.
func ObjDescription(snap *Snapshot, oid OID, catalogName string) string {
	if catalogName != "" {
		return snap.comment(oid, snap.Relation(PgCatalogOID, catalogName))
	}
	for _, class := range []OID{relationClassOID, namespaceClassOID, typeClassOID, procClassOID, amClassOID,
		constraintClassOID, extensionClassOID, operatorClassOID, triggerClassOID, castClassOID} {
		if text := snap.comment(oid, class); text != "" {
			return text
		}
	}
	return ""
}

// comment is what descriptions has for one object, without making them all.
func (s *Snapshot) comment(oid, class OID) string {
	switch class {
	case relationClassOID:
		r, _ := s.relationByOID(oid)
		switch {
		case r.index != nil:
			return r.index.Comment
		case r.table != nil && !r.table.Composite:
			return r.table.Comment
		case r.sequence != nil:
			return r.sequence.Comment
		}
	case namespaceClassOID:
		if sc := s.schemas[oid]; sc != nil {
			return sc.Comment
		}
	case procClassOID:
		if p := s.ProcByOID(oid); p != nil {
			return p.Description
		}
	case typeClassOID:
		return s.typeComment(oid)
	case operatorClassOID:
		if o := s.operators[oid]; o != nil {
			return o.Comment
		}
		return systemCommentsByObject()[object{class, oid, 0}]
	case eventTriggerClassOID:
		if t := s.EventTriggerByOID(oid); t != nil {
			return t.Comment
		}
	case rewriteClassOID:
		if _, r := s.RuleByOID(oid); r != nil {
			return r.Comment
		}
	case castClassOID:
		if c := s.CastByOID(oid); c != nil {
			return c.Comment
		}
	case constraintClassOID:
		if c, ok := s.constraintByOID(oid); ok {
			return c.comment()
		}
		if _, k := s.domainCheck(oid); k != nil {
			return k.Comment
		}
	case triggerClassOID:
		if _, tr := s.TriggerByOID(oid); tr != nil {
			return tr.Comment
		}
	case amClassOID:
		for _, a := range accessMethods {
			if a.oid == oid {
				return a.description
			}
		}
	case tsConfigClassOID, tsDictClassOID, tsParserClassOID, tsTemplateClassOID:
		for _, o := range textSearchObjects() {
			if o.class == class && o.oid == oid {
				return o.comment
			}
		}
	case extensionClassOID:
		if e := s.extensions[oid]; e != nil {
			return e.Description()
		}
		if oid == plpgsqlExtensionOID {
			return ExtensionComment(PLpgSQL)
		}
		if oid == btreeGistExtensionOID {
			return btreeGistExtensionWords
		}
		if oid == VectorExtensionOID {
			return vectorExtensionComment
		}
	}
	return ""
}

// SharedDescription is shobj_description(oid, catalog); "" when there is no comment. Roles have them, and the database.
func SharedDescription(snap *Snapshot, oid OID, catalogName string) string {
	if catalogName == "pg_database" && oid == DatabaseOID {
		return databaseComment(snap)
	}
	if r := snap.RoleByOID(oid); r != nil && catalogName == "pg_authid" {
		return r.Comment
	}
	return ""
}

// databaseComment is the comment of the only database.
func databaseComment(snap *Snapshot) string {
	if r := snap.Rights(ClassDatabase, DatabaseOID); r != nil {
		return r.Comment
	}
	return ""
}

// ColDescription is col_description(table, column number); "" when there is no comment.
func ColDescription(snap *Snapshot, table OID, attNum int16) string {
	t := snap.TableByOID(table)
	if t == nil {
		return ""
	}
	if i := t.Ordinal(attNum); i >= 0 {
		return t.Columns[i].Comment
	}
	return ""
}

func (s *Snapshot) typeComment(oid OID) string {
	if oid == datum.Vector.OID {
		return vectorTypeComment
	}
	if t := s.UserTypeByOID(oid); t != nil {
		if t.OID != oid {
			return t.Range.MultiComment
		}
		return t.Comment
	}
	if t := s.TableOfType(oid); t != nil && t.Composite {
		return t.Comment
	}
	return systemCommentsByObject()[object{typeClassOID, oid, 0}]
}
