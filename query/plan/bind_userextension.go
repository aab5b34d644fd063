package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// makeExtension binds CREATE EXTENSION of one that is not built in: who may create in the database may create it, for all of
// these are trusted.
func (b *binder) makeExtension(of *catalog.Available, s *parse.CreateExtensionStmt) (*Plan, error) {
	snap := b.cat.Snapshot()
	if snap.Held(b.me(), catalog.ObjectDatabase, catalog.DatabaseOID, catalog.PrivCreate) == 0 {
		return nil, denied("permission denied to create extension %q", of.Name).
			WithHint("Must have CREATE privilege on current database to create this extension.")
	}
	name := parse.Name{of.Name}
	for _, o := range s.Options {
		if o.Name == "schema" {
			text, _ := optionText(o)
			name = parse.Name{text, of.Name}
		}
	}
	sc, err := b.creationSchema(name, -1)
	if err != nil {
		return nil, err
	}
	if err := b.freeTypes(of, sc); err != nil {
		return nil, err
	}
	return &Plan{Root: &CreateExtension{Of: of, Schema: sc.OID}, Tag: "CREATE EXTENSION", Writes: true, DDL: true}, nil
}

// moveExtension binds ALTER EXTENSION … SET SCHEMA.
func (b *binder) moveExtension(s *parse.SetSchemaStmt) (*Plan, error) {
	snap, name := b.cat.Snapshot(), s.Name[0]
	e := snap.Extension(name)
	switch {
	case e == nil && (!installedExtension(name) || catalog.AvailableExtension(name) != nil):
		return nil, noExtension(name)
	case e == nil && name == catalog.PLpgSQL:
		return nil, unmovable(name)
	case e == nil:
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "extension %q is built in and cannot be moved", name)
	}
	if err := mustOwn(snap, b.me(), catalog.ObjectExtension, e.OID); err != nil {
		return nil, err
	}
	sc, err := b.namedSchema(s.Schema, name, -1)
	if err != nil {
		return nil, err
	}
	if other := b.memberElsewhere(e); other != "" {
		return nil, unmovable(name).WithDetail("%s is not in the extension's schema %q", other, b.schemaName(e.Schema))
	}
	for _, oid := range e.Functions {
		p := snap.ProcByOID(oid)
		if sc.OID != e.Schema && snap.FunctionOf(sc.OID, p.Name, p.Args) != nil {
			return nil, b.takenFunction(p, p.Name, sc.OID)
		}
	}
	if sc.OID != e.Schema {
		if err := b.freeTypes(catalog.AvailableExtension(name), sc); err != nil {
			return nil, err
		}
	}
	return &Plan{Root: &MoveExtension{Extension: e, Schema: sc.OID}, Tag: "ALTER EXTENSION", Writes: true, DDL: true}, nil
}

// freeTypes refuses an extension whose types' names a schema has already.
func (b *binder) freeTypes(of *catalog.Available, sc *catalog.Schema) error {
	for _, t := range of.Types {
		if b.cat.Snapshot().TypeNamed(sc.OID, t.T.Name) != nil {
			return sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", t.T.Name)
		}
	}
	return nil
}

func (b *binder) extensionObject(e *catalog.Extension) dropObject {
	return dropObject{oid: e.OID, name: "extension " + e.Name,
		apply: func(d *Drop) { d.Extensions = append(d.Extensions, e) }}
}

// extensionMembers are what goes with an extension.
func (b *binder) extensionMembers(e *catalog.Extension) []dropDependent {
	snap := b.cat.Snapshot()
	var out []dropDependent
	for _, oid := range e.Operators {
		out = append(out, dropDependent{dropObject: b.operatorObject(snap.OperatorByOID(oid).User), automatic: true})
	}
	for _, oid := range e.Functions {
		out = append(out, dropDependent{dropObject: b.functionObject(snap.ProcByOID(oid)), automatic: true})
	}
	for _, c := range catalog.AvailableExtension(e.Name).ClassNames() {
		out = append(out, dropDependent{dropObject: b.classObject(c), automatic: true})
	}
	for _, t := range catalog.AvailableExtension(e.Name).Types {
		out = append(out, dropDependent{dropObject: dropObject{oid: t.T.OID, name: "type " + b.typeNameOf(t.T)}, automatic: true})
	}
	return out
}

// ofNoExtension refuses to drop a member of an extension by itself.
func (b *binder) ofNoExtension(what string, oid catalog.OID) error {
	e := b.cat.Snapshot().ExtensionOf(oid)
	if e == nil {
		return nil
	}
	name := "extension " + e.Name
	return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop %s because %s requires it", what, name).
		WithHint("You can drop %s instead.", name)
}
