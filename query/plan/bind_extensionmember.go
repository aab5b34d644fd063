package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func unmovable(name string) *sqlstate.Error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "extension %q does not support SET SCHEMA", name)
}

// memberElsewhere is a member that is not in its extension's schema, "" for none.
func (b *binder) memberElsewhere(e *catalog.Extension) string {
	snap := b.cat.Snapshot()
	for _, oid := range e.Functions {
		if p := snap.ProcByOID(oid); p.Schema != e.Schema {
			return b.functionObject(p).name
		}
	}
	for _, oid := range e.Operators {
		if o := snap.OperatorByOID(oid); o.Schema != e.Schema {
			return b.operatorObject(o.User).name
		}
	}
	return ""
}

// alterExtensionContents binds ALTER EXTENSION … ADD and DROP of a function, an aggregate or an operator.
func (b *binder) alterExtensionContents(s *parse.AlterExtensionContentsStmt) (*Plan, error) {
	snap := b.cat.Snapshot()
	old := snap.Extension(s.Name)
	switch {
	case old == nil && (!installedExtension(s.Name) || catalog.AvailableExtension(s.Name) != nil):
		return nil, noExtension(s.Name)
	case old == nil:
		return nil, unsupported(-1, "another member of an extension that is built in")
	}
	if err := mustOwn(snap, b.me(), catalog.ObjectExtension, old.OID); err != nil {
		return nil, err
	}
	fresh := *old
	var err error
	switch s.Kind {
	case "function", "procedure", "routine", "aggregate":
		var p *catalog.Proc
		if p, err = b.userRoutine(s.Kind, s.Object); err == nil {
			fresh.Functions, err = b.member(old, s.Drop, old.Functions, b.functionObject(p), catalog.ObjectFunction)
		}
	case "operator":
		var o *catalog.OperatorDef
		if o, err = b.userOperator(s.Object); err == nil {
			fresh.Operators, err = b.member(old, s.Drop, old.Operators, b.operatorObject(o), catalog.ObjectOperator)
		}
	default:
		err = unsupported(-1, "a "+s.Kind+" as a member of an extension")
	}
	return &Plan{Root: &ChangeExtension{Old: old, New: &fresh}, Tag: "ALTER EXTENSION", Writes: true, DDL: true}, err
}

// member is a list of an extension's members with, or without, an object.
func (b *binder) member(
	e *catalog.Extension, drop bool, members []catalog.OID, o dropObject, kind catalog.ObjectKind,
) ([]catalog.OID, error) {
	snap := b.cat.Snapshot()
	if err := mustOwn(snap, b.me(), kind, o.oid); err != nil {
		return nil, err
	}
	of := snap.ExtensionOf(o.oid)
	state := func(format, name string) error {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, format, o.name, name)
	}
	switch {
	case drop && of != e:
		return nil, state("%s is not a member of extension %q", e.Name)
	case drop:
		return slices.DeleteFunc(slices.Clone(members), func(oid catalog.OID) bool { return oid == o.oid }), nil
	case of != nil:
		return nil, state("%s is already a member of extension %q", of.Name)
	}
	return append(slices.Clip(members), o.oid), nil
}
