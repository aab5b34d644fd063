package catalog

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// Dropped lists what a command dropped. Original are the objects of the kind that the command names, and columns.
func Dropped(before, after *Snapshot, tag string) []Change {
	_, object, _ := strings.Cut(tag, " ")
	c := &changes{before: before, after: after, tag: strings.ToLower(object)}
	for _, t := range before.userTables() {
		c.droppedTable(t, after.TableByOID(t.OID))
	}
	for _, q := range before.Sequences() {
		if after.SequenceByOID(q.OID) == nil {
			c.droppedRelation(relation{oid: q.OID, schema: q.Schema, name: q.Name, kind: KindSequence, sequence: q}, q.OwnerTable == 0)
		}
	}
	now := map[objectID]bool{}
	for _, x := range after.others() {
		now[objectID{x.class, x.oid}] = true
	}
	for _, x := range before.others() {
		if now[objectID{x.class, x.oid}] {
			continue
		}
		original := x.kind == c.tag || x.kind == "type" && c.tag == "domain"
		c.out = append(c.out, Change{Class: x.class, OID: x.oid, Kind: x.kind, Schema: x.schema, Name: x.name, Identity: x.identity,
			Original: original, Normal: !original, Names: x.names, Args: x.args})
		if x.array != "" {
			c.out = append(c.out, Change{Class: typeClassOID, OID: x.arrayOID, Kind: "type", Schema: x.schema, Name: x.array,
				Identity: x.arrayIdentity, Names: []string{x.arrayIdentity}})
		}
	}
	return c.out
}

// droppedTable is a table or view that is gone, or of which parts are.
func (c *changes) droppedTable(t, now *Table) {
	schema := c.before.schemaName(t.Schema)
	if now == nil {
		c.droppedRelation(tableRelation(t), true)
		row := TypeName(c.before, []string{}, t.RowTypeOID())
		for of, identity := t.RowType(), row; of != nil; of, identity = of.Array, row+"[]" {
			c.out = append(c.out, Change{Class: typeClassOID, OID: of.OID, Kind: "type", Schema: schema, Name: of.Name,
				Identity: identity, Names: []string{identity}, Temporary: t.Temp})
		}
		if t.View != nil {
			c.droppedPart(t, rewriteClassOID, ruleOID(t.OID), "rule", "_RETURN", true)
		}
	}
	for i := range t.Columns {
		c.droppedColumn(t, now, &t.Columns[i])
	}
	kept := map[OID]bool{}
	if now != nil {
		for _, k := range now.constraints() {
			kept[k.oid] = true
		}
	}
	for _, k := range t.constraints() {
		if !kept[k.oid] {
			c.droppedPart(t, constraintClassOID, k.oid, "table constraint", k.name, k.kind == 'c' || k.kind == 'f')
		}
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		if _, still := c.after.IndexByOID(ix.OID); still == nil && !ix.Implicit {
			c.droppedRelation(relation{oid: ix.OID, schema: t.Schema, name: ix.Name, kind: KindIndex, table: t, index: ix}, false)
		}
	}
	for i := range t.Triggers {
		if tr := &t.Triggers[i]; now == nil || !slices.ContainsFunc(now.Triggers, func(x Trigger) bool { return x.OID == tr.OID }) {
			c.droppedPart(t, triggerClassOID, tr.OID, "trigger", tr.Name, false)
		}
	}
	for i := range t.Rules {
		if r := &t.Rules[i]; now == nil || !slices.ContainsFunc(now.Rules, func(x Rule) bool { return x.OID == r.OID }) {
			c.droppedPart(t, rewriteClassOID, r.OID, "rule", r.Name, false)
		}
	}
}

// droppedColumn is a column that is gone from a table that is not, and a default that is.
func (c *changes) droppedColumn(t, now *Table, col *Column) {
	schema := c.before.schemaName(t.Schema)
	identity := quoteName(schema, t.Name) + "." + parse.QuoteIdent(col.Name)
	gone := now == nil || now.Ordinal(col.AttNum) < 0
	if now != nil && gone {
		c.out = append(c.out, Change{Class: relationClassOID, OID: t.OID, Sub: col.AttNum, Kind: relationWords[t.Kind()] + " column",
			Schema: schema, Identity: identity, Original: c.tag == "table", Normal: c.tag != "table", Temporary: t.Temp,
			Names: []string{schema, t.Name, col.Name}})
	}
	if col.defaultExpr() != "" && (gone || now.Columns[now.Ordinal(col.AttNum)].defaultExpr() == "") {
		c.out = append(c.out, Change{Class: attrDefClassOID, OID: attrDefOID(t.OID, col.AttNum), Kind: "default value", Schema: schema,
			Identity: "for " + identity, Normal: now == nil && col.Sequence != 0, Temporary: t.Temp,
			Names: []string{schema, t.Name, col.Name}})
	}
}

func (c *changes) droppedRelation(r relation, own bool) {
	schema, kind := c.before.schemaName(r.schema), relationWords[r.kind]
	original := kind == c.tag
	x := Change{Class: relationClassOID, OID: r.oid, Kind: kind, Schema: schema, Name: r.name, Identity: quoteName(schema, r.name),
		Original: original, Normal: own && !original, Names: []string{schema, r.name}, Temporary: r.persistence() == 't'}
	if r.kind == KindComposite {
		x.Kind = "composite type"
	}
	c.out = append(c.out, x)
}

func (c *changes) droppedPart(t *Table, class, oid OID, kind, name string, normal bool) {
	schema := c.before.schemaName(t.Schema)
	x := Change{Class: class, OID: oid, Kind: kind, Identity: parse.QuoteIdent(name) + " on " + quoteName(schema, t.Name),
		Original: kind == c.tag, Normal: normal && kind != c.tag, Temporary: t.Temp, Names: []string{schema, t.Name, name}}
	if class != rewriteClassOID {
		x.Schema = schema
	}
	c.out = append(c.out, x)
}
