package catalog

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// Change is an object that a command made, changed or dropped, as event triggers are told of it.
type Change struct {
	Class, OID OID
	Sub        int16
	// Tag is the command that did it, which may be a part of what was asked for: CREATE INDEX of a table's primary key.
	Tag              string
	Kind             string // "table column"
	Schema, Name     string // "" where there is none
	Identity         string
	Original, Normal bool // of a dropped one: what DROP named, and what went because it depended on that
	Temporary        bool
	// Names and Args are pg_get_object_address's.
	Names, Args []string
}

// changes compares two moments of a catalog.
type changes struct {
	before, after *Snapshot
	tag           string
	out           []Change
}

// Changes lists what a command made and changed, sequences and then tables before the rest.
func Changes(before, after *Snapshot, tag string) []Change {
	c := &changes{before: before, after: after, tag: tag}
	for _, q := range after.Sequences() {
		if before.SequenceByOID(q.OID) == nil {
			c.relation(relation{oid: q.OID, schema: q.Schema, name: q.Name, kind: KindSequence, sequence: q}, "CREATE SEQUENCE")
		} else if before.SequenceByOID(q.OID) != q && strings.HasSuffix(tag, "SEQUENCE") {
			c.relation(relation{oid: q.OID, schema: q.Schema, name: q.Name, kind: KindSequence, sequence: q}, tag)
		}
	}
	for _, t := range after.userTables() {
		c.table(before.TableByOID(t.OID), t)
	}
	for _, q := range after.Sequences() {
		if before.SequenceByOID(q.OID) == nil && q.OwnerTable != 0 {
			c.relation(relation{oid: q.OID, schema: q.Schema, name: q.Name, kind: KindSequence, sequence: q}, "ALTER SEQUENCE")
		}
	}
	was := map[objectID]any{}
	for _, x := range before.others() {
		was[objectID{x.class, x.oid}] = x.at
	}
	for _, x := range after.others() {
		if was[objectID{x.class, x.oid}] != x.at {
			c.out = append(c.out, Change{Class: x.class, OID: x.oid, Tag: tag, Kind: x.kind, Schema: x.schema, Identity: x.identity})
		}
	}
	c.granted()
	return c.out
}

// grantWords are the kinds of objects that GRANT names.
var grantWords = map[OID]string{relationClassOID: "TABLE", namespaceClassOID: "SCHEMA", procClassOID: "FUNCTION", typeClassOID: "TYPE",
	ClassDatabase: "DATABASE"}

// granted tells of the kind of objects whose rights GRANT or REVOKE changed, not of the objects.
func (c *changes) granted() {
	if c.tag != "GRANT" && c.tag != "REVOKE" {
		return
	}
	for id, rights := range c.after.rights {
		if c.before.rights[id] != rights && grantWords[id.class] != "" {
			c.out = append(c.out, Change{Tag: c.tag, Kind: grantWords[id.class]})
			return
		}
	}
}

// table is a table or view with its indexes, triggers and rules, before (nil for a new one) and after.
func (c *changes) table(was, t *Table) {
	if was == t {
		return
	}
	create := map[RelKind]string{KindView: "CREATE VIEW", KindMatView: "CREATE MATERIALIZED VIEW", KindComposite: "CREATE TYPE"}[t.Kind()]
	if create == "" {
		create = "CREATE TABLE"
	}
	verb, object, _ := strings.Cut(c.tag, " ")
	switch {
	case was == nil && (c.tag == "CREATE TABLE AS" || c.tag == "SELECT INTO"):
		c.relation(tableRelation(t), c.tag)
	case was == nil:
		c.relation(tableRelation(t), create)
	case object == "INDEX" || object == "TRIGGER" || object == "RULE" || verb == "DROP":
	case c.column(was, t):
	default:
		c.relation(tableRelation(t), c.tag)
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		if _, old := c.before.IndexByOID(ix.OID); !ix.Implicit && (old == nil && (was == nil || object == "INDEX") ||
			old != nil && object == "INDEX" && (old.Name != ix.Name || old.Comment != ix.Comment)) {
			tag := "CREATE INDEX"
			if old != nil {
				tag = c.tag
			}
			c.relation(relation{oid: ix.OID, schema: t.Schema, name: ix.Name, kind: KindIndex, table: t, index: ix}, tag)
		}
	}
	for i := range t.Triggers {
		if tr := &t.Triggers[i]; object == "TRIGGER" && (was == nil || !slices.ContainsFunc(was.Triggers, func(x Trigger) bool {
			return x.OID == tr.OID && x.Name == tr.Name
		})) {
			c.part(t, triggerClassOID, tr.OID, "trigger", tr.Name)
		}
	}
	for i := range t.Rules {
		if r := &t.Rules[i]; object == "RULE" && (was == nil || !slices.ContainsFunc(was.Rules, func(x Rule) bool {
			return x.OID == r.OID && x.Name == r.Name
		})) {
			c.part(t, rewriteClassOID, r.OID, "rule", r.Name)
		}
	}
}

// column tells of a column that got another name or comment, which is what was changed then.
func (c *changes) column(was, t *Table) bool {
	if len(was.Columns) != len(t.Columns) {
		return false
	}
	for i := range t.Columns {
		x, y := &was.Columns[i], &t.Columns[i]
		if x.AttNum != y.AttNum || x.Name == y.Name && x.Comment == y.Comment {
			continue
		}
		schema := c.after.schemaName(t.Schema)
		c.out = append(c.out, Change{Class: relationClassOID, OID: t.OID, Sub: y.AttNum, Tag: c.tag, Schema: schema,
			Kind: relationWords[t.Kind()] + " column", Identity: quoteName(schema, t.Name) + "." + parse.QuoteIdent(y.Name)})
		return true
	}
	return false
}

var relationWords = map[RelKind]string{KindTable: "table", KindView: "view", KindMatView: "materialized view",
	KindComposite: "composite type", KindSequence: "sequence", KindIndex: "index"}

func (c *changes) relation(r relation, tag string) {
	schema := c.after.schemaName(r.schema)
	x := Change{Class: relationClassOID, OID: r.oid, Tag: tag, Kind: relationWords[r.kind], Schema: schema,
		Identity: quoteName(schema, r.name)}
	if r.kind == KindComposite {
		x.Class, x.OID, x.Kind = typeClassOID, r.table.RowTypeOID(), "type"
	}
	c.out = append(c.out, x)
}

func (c *changes) part(t *Table, class, oid OID, kind, name string) {
	c.out = append(c.out, Change{Class: class, OID: oid, Tag: c.tag, Kind: kind,
		Identity: parse.QuoteIdent(name) + " on " + quoteName(c.after.schemaName(t.Schema), t.Name)})
}

// other is an object that is no relation; at is its definition, by which a change shows.
type other struct {
	class, oid           OID
	kind, schema, name   string
	identity             string
	names, args          []string
	at                   any
	array, arrayIdentity string
	arrayOID             OID
}

// others lists the objects that users made and that are no relations.
func (s *Snapshot) others() []other {
	var out []other
	for _, sc := range s.Schemas() {
		if sc.OID >= FirstUserOID {
			out = append(out, other{class: namespaceClassOID, oid: sc.OID, kind: "schema", name: sc.Name,
				identity: parse.QuoteIdent(sc.Name), names: []string{sc.Name}, at: sc})
		}
	}
	for _, t := range s.Types() {
		schema, identity := s.schemaName(t.Schema), TypeName(s, []string{}, t.OID)
		x := other{class: typeClassOID, oid: t.OID, kind: "type", schema: schema, name: t.T.Name, identity: identity,
			names: []string{identity}, at: t}
		if t.T.Array != nil {
			x.array, x.arrayIdentity, x.arrayOID = t.T.Array.Name, identity+"[]", t.T.Array.OID
		}
		out = append(out, x)
	}
	for _, p := range s.Functions() {
		identity, _ := ProcedureName(s, []string{}, p.OID)
		x := other{class: procClassOID, oid: p.OID, kind: p.RoutineWord(), schema: s.schemaName(p.Schema), identity: identity,
			names: []string{s.schemaName(p.Schema), p.Name}, at: p.User}
		for _, a := range p.Args {
			x.args = append(x.args, TypeName(s, []string{}, a.OID))
		}
		out = append(out, x)
	}
	for _, o := range s.UserOperators() {
		identity, _ := OperatorSignature(s, []string{}, o.OID)
		out = append(out, other{class: operatorClassOID, oid: o.OID, kind: "operator", schema: s.schemaName(o.Schema),
			identity: identity, names: []string{s.schemaName(o.Schema), o.Name}, at: o})
	}
	for _, c := range s.UserCasts() {
		from, to := TypeName(s, []string{}, c.Source), TypeName(s, []string{}, c.Target)
		out = append(out, other{class: castClassOID, oid: c.OID, kind: "cast", identity: "(" + from + " AS " + to + ")",
			names: []string{from}, args: []string{to}, at: c})
	}
	for _, e := range s.Extensions() {
		out = append(out, other{class: extensionClassOID, oid: e.OID, kind: "extension", name: e.Name,
			identity: parse.QuoteIdent(e.Name), names: []string{e.Name}, at: e})
	}
	return out
}
