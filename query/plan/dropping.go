package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// dropObject is something that DROP removes: what the statement names, or what depends on that.
type dropObject struct {
	oid  catalog.OID
	name string // as messages have it: "view v", "default value for column a of table t"
	// apply does it to the node; nil where another object's removal does.
	apply func(d *Drop)
	// table is what a column is of: objects are ordered by its OID then.
	table catalog.OID
	// below lists what depends on an object that is part of another.
	below func() []dropDependent
}

// dropDependent is an object that cannot be without another. Automatic ones go without a word.
type dropDependent struct {
	dropObject
	automatic bool
}

// dropEntry is an object on the list; via is the object that it depends on, "" for what the statement names.
type dropEntry struct {
	dropObject
	via    string
	silent bool
}

// dropping gathers everything that one DROP removes, in the order of Postgres's findDependentObjects: an object comes
// after what depends on it, and of several dependents the newest comes first.
type dropping struct {
	b     *binder
	list  []*dropEntry
	seen  map[catalog.OID]*dropEntry
	named int
}

// objects completes the node with what it names and everything that depends on that, or fails where CASCADE is missing.
func (b *binder) dropObjects(d *Drop, named []dropObject, cascade bool) error {
	w := &dropping{b: b, seen: map[catalog.OID]*dropEntry{}, named: len(named)}
	for _, o := range named {
		w.seen[o.oid] = &dropEntry{dropObject: o, silent: true}
	}
	for _, o := range named {
		if !slices.Contains(w.list, w.seen[o.oid]) {
			w.visit(w.seen[o.oid])
		}
	}
	if err := w.report(d, named, cascade); err != nil {
		return err
	}
	for _, e := range w.list {
		if e.apply != nil {
			e.apply(d)
		}
	}
	return nil
}

func (w *dropping) visit(e *dropEntry) {
	deps := w.b.dependents(e.oid)
	if e.below != nil {
		deps = append(deps, e.below()...)
	}
	slices.SortStableFunc(deps, func(a, b dropDependent) int { return cmp.Compare(b.rank(), a.rank()) })
	for _, dep := range deps {
		if have := w.seen[dep.oid]; have != nil {
			have.silent = have.silent || dep.automatic
			continue
		}
		below := &dropEntry{dropObject: dep.dropObject, via: e.name, silent: dep.automatic}
		w.seen[dep.oid] = below
		w.visit(below)
	}
	if !slices.Contains(w.list, e) {
		w.list = append(w.list, e)
	}
}

func (o dropObject) rank() catalog.OID { return cmp.Or(o.table, o.oid) }

func (w *dropping) report(d *Drop, named []dropObject, cascade bool) error {
	var depends, cascades []string
	for _, e := range slices.Backward(w.list) {
		if !e.silent {
			depends = append(depends, e.name+" depends on "+e.via)
			cascades = append(cascades, "drop cascades to "+e.name)
		}
	}
	if len(depends) > 0 && !cascade {
		what, them := "desired object(s)", "them"
		if w.named == 1 {
			what, them = named[0].name, "it"
		}
		return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop %s because other objects depend on %s", what, them).
			WithDetail("%s", strings.Join(depends, "\n")).
			WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
	}
	switch len(cascades) {
	case 0:
	case 1:
		d.Notices = append(d.Notices, sqlstate.New("00000", "%s", cascades[0]))
	default:
		d.Notices = append(d.Notices, sqlstate.New("00000", "%s", fmt.Sprintf("drop cascades to %d other objects", len(cascades))).
			WithDetail("%s", strings.Join(cascades, "\n")))
	}
	return nil
}

// dependents lists what cannot be without the object.
func (b *binder) dependents(oid catalog.OID) []dropDependent {
	snap := b.cat.Snapshot()
	switch {
	case snap.TableByOID(oid) != nil:
		return b.tableDependents(snap.TableByOID(oid))
	case snap.SequenceByOID(oid) != nil:
		return b.sequenceDependents(snap.SequenceByOID(oid))
	case snap.UserTypeByOID(oid) != nil:
		return b.typeDependents(snap.UserTypeByOID(oid).T)
	case snap.TableOfType(oid) != nil:
		return b.typeDependents(snap.TypeByOID(oid))
	case snap.SchemaByOID(oid) != nil:
		return b.schemaDependents(oid)
	case snap.ExtensionByOID(oid) != nil:
		return b.extensionMembers(snap.ExtensionByOID(oid))
	case catalog.NativeTypeOf(oid) != nil:
		return b.typeDependents(catalog.NativeTypeOf(oid))
	case snap.ProcByOID(oid) != nil:
		return b.functionDependents(snap.ProcByOID(oid))
	case snap.CastByOID(oid) != nil:
		return b.castDependents(snap.CastByOID(oid))
	case snap.OperatorByOID(oid) != nil:
		return b.operatorDependents(snap.OperatorByOID(oid).User)
	}
	if t, ix := snap.IndexByOID(oid); ix != nil {
		return b.indexDependents(ix, t)
	}
	return nil
}

func (b *binder) tableDependents(t *catalog.Table) []dropDependent {
	out := []dropDependent{{dropObject: b.rowTypeObject(t), automatic: true}}
	for _, v := range b.cat.Snapshot().ViewsOn(t.OID, 0) {
		out = append(out, dropDependent{dropObject: b.tableObject(v)})
	}
	for _, o := range b.ruleObjects(t.OID, 0) {
		out = append(out, dropDependent{dropObject: o})
	}
	for _, r := range t.Rules {
		own := b.ruleObject(t, r)
		own.apply = nil // it goes with the table
		out = append(out, dropDependent{dropObject: own, automatic: true})
	}
	for _, p := range b.cat.Snapshot().FunctionsOn(t.OID, 0) {
		out = append(out, dropDependent{dropObject: b.functionObject(p)})
	}
	for _, r := range b.cat.Snapshot().ReferencesTo(t.OID) {
		switch {
		case r.Table.OID == t.OID:
		case slices.Contains(t.SegmentTables(), r.Table.OID):
			out = append(out, dropDependent{dropObject: b.tableObject(r.Table), automatic: true})
		default:
			out = append(out, dropDependent{dropObject: b.referenceObject(r)})
		}
	}
	for i := range t.ForeignKeys {
		own := b.referenceObject(catalog.Reference{Table: t, Key: &t.ForeignKeys[i]})
		own.apply = nil // it goes with the table
		out = append(out, dropDependent{dropObject: own, automatic: true})
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Default != "" && c.Identity == 0 {
			out = append(out, dropDependent{dropObject: b.defaultObject(t, c), automatic: true})
		}
	}
	for _, q := range b.cat.Snapshot().Sequences() {
		if q.OwnerTable == t.OID {
			out = append(out, dropDependent{dropObject: b.sequenceObject(q), automatic: true})
		}
	}
	return out
}

// sequenceDependents are the defaults that draw from it; those of its own table go with that.
func (b *binder) sequenceDependents(q *catalog.Sequence) []dropDependent {
	var out []dropDependent
	for _, t := range b.cat.Snapshot().Tables() {
		for i := range t.Columns {
			if c := &t.Columns[i]; c.DrawsFrom(q.OID) && c.Identity == 0 {
				out = append(out, dropDependent{dropObject: b.defaultObject(t, c)})
			}
		}
	}
	return out
}

func (b *binder) schemaDependents(schema catalog.OID) []dropDependent {
	var out []dropDependent
	if schema == catalog.PublicOID { // it comes back with the schema; columns elsewhere keep their types
		out = append(out, dropDependent{dropObject: dropObject{oid: catalog.VectorExtensionOID, name: "extension vector"}})
	}
	for _, t := range b.cat.Snapshot().Tables() {
		if t.Schema == schema {
			out = append(out, dropDependent{dropObject: b.tableObject(t)})
		}
	}
	for _, q := range b.cat.Snapshot().Sequences() {
		if q.Schema == schema {
			out = append(out, dropDependent{dropObject: b.sequenceObject(q)})
		}
	}
	for _, t := range b.cat.Snapshot().Types() {
		if t.Schema == schema {
			out = append(out, dropDependent{dropObject: b.typeObject(t)})
		}
	}
	for _, e := range b.cat.Snapshot().Extensions() {
		if e.Schema == schema {
			out = append(out, dropDependent{dropObject: b.extensionObject(e)})
		}
	}
	for _, p := range b.cat.Snapshot().Functions() {
		if p.Schema == schema && b.cat.Snapshot().ExtensionOf(p.OID) == nil {
			out = append(out, dropDependent{dropObject: b.functionObject(p)})
		}
	}
	for _, o := range b.cat.Snapshot().UserOperators() {
		if o.Schema == schema && b.cat.Snapshot().ExtensionOf(o.OID) == nil {
			out = append(out, dropDependent{dropObject: b.operatorObject(o)})
		}
	}
	return out
}

// relationKinds are the words for relations in messages.
var relationKinds = map[catalog.RelKind]string{catalog.KindTable: "table", catalog.KindView: "view",
	catalog.KindMatView: "materialized view", catalog.KindComposite: "type", catalog.KindSequence: "sequence", catalog.KindIndex: "index"}

// shownName is a relation's name as the session's search path needs it.
func (b *binder) shownName(oid catalog.OID) string {
	name, _ := catalog.RelationName(b.cat.Snapshot(), b.cat.Info().Path(), oid)
	return name
}

func (b *binder) tableObject(t *catalog.Table) dropObject {
	return dropObject{oid: t.OID, name: relationKinds[t.Kind()] + " " + b.shownName(t.OID),
		apply: func(d *Drop) { d.Tables = append(d.Tables, t) }}
}

func (b *binder) sequenceObject(q *catalog.Sequence) dropObject {
	return dropObject{oid: q.OID, name: "sequence " + b.shownName(q.OID),
		apply: func(d *Drop) { d.Sequences = append(d.Sequences, q) }}
}

// defaultObject is a column's default, which is removed by changing its table.
func (b *binder) defaultObject(t *catalog.Table, c *catalog.Column) dropObject {
	att := c.AttNum
	return dropObject{oid: catalog.DefaultOID(t.OID, att), name: "default value for column " + c.Name + " of table " + b.shownName(t.OID),
		apply: func(d *Drop) {
			fresh := d.change(t)
			i := fresh.Ordinal(att)
			fresh.Columns[i].Default, fresh.Columns[i].Sequence = "", 0
		}}
}

// referenceObject is a foreign key, which is removed by changing its table.
func (b *binder) referenceObject(r catalog.Reference) dropObject {
	return dropObject{oid: r.Key.OID, name: "constraint " + parse.QuoteIdent(r.Key.Name) + " on table " + b.shownName(r.Table.OID),
		apply: func(d *Drop) {
			fresh := d.change(r.Table)
			fresh.ForeignKeys = slices.DeleteFunc(slices.Clone(fresh.ForeignKeys),
				func(k catalog.ForeignKey) bool { return k.OID == r.Key.OID })
		}}
}

// change is the new definition of a table that loses a part.
func (d *Drop) change(t *catalog.Table) *catalog.Table {
	for _, c := range d.Changed {
		if c.Old == t {
			return c.New
		}
	}
	fresh := copyTable(t)
	d.Changed = append(d.Changed, TableChange{Old: t, New: fresh})
	return fresh
}

// changeDomain is a domain's definition to change.
func (d *Drop) changeDomain(t *catalog.Type) *catalog.Type {
	for _, c := range d.Domains {
		if c.OID == t.OID {
			return c
		}
	}
	fresh := t.EditDomain()
	d.Domains = append(d.Domains, fresh)
	return fresh
}

// indexDependents are the foreign keys that need a unique index.
func (b *binder) indexDependents(ix *catalog.Index, t *catalog.Table) []dropDependent {
	var out []dropDependent
	for _, r := range b.cat.Snapshot().ReferencesTo(t.OID) {
		if r.Key.RefIndex == ix.OID {
			out = append(out, dropDependent{dropObject: b.referenceObject(r)})
		}
	}
	return out
}
