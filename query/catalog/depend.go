package catalog

import "github.com/seguedb/segue/query/datum"

// object is one end of a dependency: a row of a system catalog, or a column of a relation.
type object struct {
	class, oid OID
	sub        int16
}

// dependency is a row of pg_depend. Kinds: 'n' normal, 'a' goes with it, 'i' is part of it, 'e' is the
// extension's.
type dependency struct {
	from, to object
	kind     byte
}

func relationObject(oid OID, sub int16) object { return object{relationClassOID, oid, sub} }

// dependencies lists what depends on what, among users' objects and the extension's.
func (s *Snapshot) dependencies() []dependency {
	var out []dependency
	for _, q := range s.Sequences() {
		out = append(out, dependency{relationObject(q.OID, 0), object{namespaceClassOID, q.Schema, 0}, 'n'})
		if q.OwnerTable == 0 {
			continue
		}
		kind := byte('a')
		if q.isIdentity(s) {
			kind = 'i'
		}
		out = append(out, dependency{relationObject(q.OID, 0), relationObject(q.OwnerTable, q.OwnerAttNum), kind})
	}
	for _, t := range s.userTables() {
		out = append(out, s.tableDependencies(t)...)
		out = append(out, s.rowTypeDependencies(t)...)
	}
	for _, t := range s.Types() {
		out = append(out, s.typeDependencies(t)...)
	}
	out = append(out, s.functionDependencies()...)
	out = append(out, s.frozenDependencies()...)
	out = append(out, s.operatorDependencies()...)
	out = append(out, s.castDependencies()...)
	out = append(out, s.eventTriggerDependencies()...)
	out = append(out, s.memberDependencies()...)
	if !s.ExtensionInstalled() {
		return out
	}
	return append(out, extensionDependencies()...)
}

func (s *Snapshot) tableDependencies(t *Table) []dependency {
	var out []dependency
	if !t.Composite {
		out = append(out, dependency{relationObject(t.OID, 0), object{namespaceClassOID, t.Schema, 0}, 'n'})
	}
	if t.View != nil {
		out = append(out, t.viewDependencies()...)
		out = append(out, s.segmentDependencies(t)...)
	}
	if t.SegmentsOf != 0 { // the extension's, so that a dump leaves them out: they follow from the table's rows
		out = append(out, dependency{relationObject(t.OID, 0), relationObject(t.SegmentsOf, 0), 'i'},
			dependency{relationObject(t.OID, 0), object{extensionClassOID, VectorExtensionOID, 0}, 'e'})
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.defaultExpr() == "" {
			continue
		}
		def := object{attrDefClassOID, attrDefOID(t.OID, c.AttNum), 0}
		kind := byte('a')
		if c.Generated != "" {
			kind = 'i'
		}
		out = append(out, dependency{def, relationObject(t.OID, c.AttNum), kind})
		for _, read := range ColumnsIn(t, c.Generated) {
			out = append(out, dependency{def, relationObject(t.OID, read), 'n'})
		}
		if q := SequenceOf(s, t.OID, c.AttNum); q != nil && c.Identity == 0 {
			out = append(out, dependency{def, relationObject(q.OID, 0), 'n'})
		}
	}
	out = append(out, triggerDependencies(t)...)
	out = append(out, ruleDependencies(t)...)
	for _, c := range t.constraints() {
		for _, att := range c.attNums() {
			out = append(out, dependency{object{constraintClassOID, c.oid, 0}, relationObject(t.OID, att), 'a'})
		}
		if c.foreign != nil {
			out = append(out, foreignDependencies(c.foreign)...)
		}
	}
	for _, ix := range t.shownIndexes() {
		if ix.Constraint != 0 {
			out = append(out, dependency{relationObject(ix.OID, 0), object{constraintClassOID, ix.Constraint, 0}, 'i'})
			continue
		}
		for _, att := range ix.reads(t) {
			out = append(out, dependency{relationObject(ix.OID, 0), relationObject(t.OID, att), 'a'})
		}
	}
	return out
}

// extensionDependencies ties the extension's objects to it, so that a dump leaves them out.
func extensionDependencies() []dependency {
	out := []dependency{{object{extensionClassOID, VectorExtensionOID, 0}, object{namespaceClassOID, PublicOID, 0}, 'n'}}
	add := func(class, oid OID) {
		if oid >= firstExtensionOID {
			out = append(out, dependency{object{class, oid, 0}, object{extensionClassOID, VectorExtensionOID, 0}, 'e'})
		}
	}
	for _, t := range datum.Types() {
		if t.Elem == nil && nativeOwners()[t] == nil {
			add(typeClassOID, t.OID)
		}
	}
	for _, p := range builtinProcs() {
		add(procClassOID, p.OID)
	}
	for _, o := range Builtin().Operators {
		add(operatorClassOID, o.OID)
	}
	for _, c := range Builtin().Casts {
		if castOwner(c) != nil {
			continue
		}
		add(castClassOID, systemFacts().casts[[2]*datum.Type{c.From, c.To}].oid)
	}
	for _, a := range accessMethods {
		add(amClassOID, a.oid)
	}
	for _, c := range systemFacts().opClasses {
		add(opClassClassOID, c.oid)
		add(opFamilyClassOID, c.family)
	}
	return out
}

func dependRows(env *VirtualEnv, w *rowWriter) {
	for _, d := range env.Snapshot.dependencies() {
		w.oid("classid", d.from.class).oid("objid", d.from.oid).int("objsubid", int64(d.from.sub)).
			oid("refclassid", d.to.class).oid("refobjid", d.to.oid).int("refobjsubid", int64(d.to.sub)).
			char("deptype", d.kind).end()
	}
}
