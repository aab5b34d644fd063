package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// What enums, domains, range types and composite types have in common: renaming, moving, dropping.

// ofTypeKind holds what ALTER DOMAIN and ALTER TYPE name to their word.
func ofTypeKind(kind string, t *datum.Type) error {
	if kind == "domain" && !t.IsDomain() {
		return sqlstate.New(sqlstate.WrongObjectType, "%s is not a domain", t)
	}
	return nil
}

// namedType finds what ALTER TYPE or ALTER DOMAIN names: an enum or a domain, or the table of a composite type.
func (b *binder) namedType(kind string, name parse.Name) (*catalog.Type, *catalog.Table, error) {
	found, err := b.findType(name)
	if err != nil {
		return nil, nil, err
	}
	if found == nil {
		return nil, nil, noType(name)
	}
	if err := ofTypeKind(kind, found); err != nil {
		return nil, nil, err
	}
	if t := b.cat.Snapshot().TableOfType(found.OID); t != nil {
		return nil, t, nil
	}
	t, err := b.userType(name)
	return t, nil, err
}

// renameType binds ALTER TYPE and ALTER DOMAIN … RENAME TO.
func (b *binder) renameType(s *parse.RenameStmt) (*Plan, error) {
	old, table, err := b.namedType(s.Kind, s.Name)
	if err != nil {
		return nil, err
	}
	tag := "ALTER " + strings.ToUpper(s.Kind)
	if table != nil {
		return b.renameComposite(table, s.To)
	}
	fresh := *old
	schema := old.Schema
	if r := b.multirangeOf(&fresh, s.Name); r != nil {
		schema, r.MultiName = r.MultiSchema, s.To
	} else {
		fresh.Name = s.To
	}
	if b.cat.Snapshot().TypeNamed(schema, s.To) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", s.To)
	}
	return typePlan(&ChangeType{Old: old, New: &fresh}, tag), nil
}

// multirangeOf is a copy of a range type's parts, now fresh's own, where a statement names its multirange type; nil where
// it names the type itself.
func (b *binder) multirangeOf(fresh *catalog.Type, name parse.Name) *catalog.RangeType {
	if found, err := b.findType(name); err != nil || found == nil || !found.IsMultirange() || fresh.Range == nil {
		return nil
	}
	r := *fresh.Range
	fresh.Range = &r
	return &r
}

func (b *binder) renameComposite(t *catalog.Table, to string) (*Plan, error) {
	if err := standalone(t, "ALTER TABLE"); err != nil {
		return nil, err
	}
	if b.cat.Snapshot().TypeNamed(t.Schema, to) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", to)
	}
	a := b.newAlteration(t)
	if err := a.renameTable(to); err != nil {
		return nil, err
	}
	return &Plan{Root: a.alter, Tag: "ALTER TYPE", Writes: true, DDL: true}, nil
}

// standalone refuses to change the type of a table's rows by itself.
func standalone(t *catalog.Table, instead string) error {
	if t.Composite {
		return nil
	}
	return sqlstate.New(sqlstate.WrongObjectType, "%s is a table's row type", t.RowType()).
		WithHint("Use %s instead.", instead)
}

// moveType binds ALTER TYPE and ALTER DOMAIN … SET SCHEMA.
func (b *binder) moveType(s *parse.SetSchemaStmt) (*Plan, error) {
	old, table, err := b.namedType(s.Kind, s.Name)
	if err != nil {
		return nil, err
	}
	var name string
	var schema catalog.OID
	if table != nil {
		if err := standalone(table, "ALTER TABLE"); err != nil {
			return nil, err
		}
		name, schema = table.Name, table.Schema
	} else {
		name, schema = old.Name, old.Schema
	}
	var multi *catalog.RangeType
	var fresh catalog.Type
	if table == nil {
		fresh = *old
		if multi = b.multirangeOf(&fresh, s.Name); multi != nil {
			name, schema = multi.MultiName, multi.MultiSchema
		}
	}
	sc, err := b.namedSchema(s.Schema, name, -1)
	if err != nil {
		return nil, err
	}
	if sc.OID != schema && b.cat.Snapshot().TypeNamed(sc.OID, name) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "type %q already exists in schema %q", name, sc.Name)
	}
	tag := "ALTER " + strings.ToUpper(s.Kind)
	if table != nil {
		a := b.newAlteration(table)
		a.table.Schema = sc.OID
		return &Plan{Root: a.alter, Tag: tag, Writes: true, DDL: true}, nil
	}
	if multi != nil {
		multi.MultiSchema = sc.OID
	} else {
		fresh.Schema = sc.OID
	}
	return typePlan(&ChangeType{Old: old, New: &fresh}, tag), nil
}

// dropType finds a type; the built-in ones, and those of tables' rows, may not be dropped.
func (b *binder) dropType(d *Drop, s *parse.DropStmt, name parse.Name) (*dropObject, error) {
	if n := len(name); n >= 2 && b.anySchema(name[n-2]) == nil {
		return nil, d.missing(s, "schema", name[n-2], sqlstate.InvalidSchemaName)
	}
	found, err := b.findType(name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, d.missing(s, "type", strings.Join(name, "."), sqlstate.UndefinedObject)
	}
	if s.Kind == "domain" && !found.IsDomain() {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a domain", strings.Join(name, "."))
	}
	snap := b.cat.Snapshot()
	if t := snap.TableOfType(found.OID); t != nil {
		if t.Virtual == nil && !t.Composite {
			kind := relationKinds[t.Kind()] + " " + b.shownName(t.OID)
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop type %s because %s requires it",
				b.typeNameOf(found), kind).WithHint("You can drop %s instead.", kind)
		}
		if t.Composite {
			o := b.tableObject(t)
			return &o, nil
		}
	}
	if (found.IsArray() || found.IsMultirange()) && found.Namespace != 0 {
		of := "type " + b.typeNameOf(madeWith(found))
		return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop type %s because %s requires it",
			b.typeNameOf(found), of).WithHint("You can drop %s instead.", of)
	}
	if err := b.ofNoExtension("type "+b.typeNameOf(found), found.OID); err != nil {
		return nil, err
	}
	t := snap.UserTypeByOID(found.OID)
	if t == nil {
		return nil, sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop type %s because it is required by the database system", found)
	}
	o := b.typeObject(t)
	return &o, nil
}

// madeWith is the type that an array type or a multirange type goes with.
func madeWith(t *datum.Type) *datum.Type {
	if t.IsMultirange() {
		return t.Range
	}
	return t.Elem
}

// typeNameOf is a type's name as the session's search path needs it.
func (b *binder) typeNameOf(t *datum.Type) string {
	return catalog.TypeName(b.cat.Snapshot(), b.cat.Info().Path(), t.OID)
}

func (b *binder) typeObject(t *catalog.Type) dropObject {
	return dropObject{oid: t.OID, name: "type " + b.typeNameOf(t.T), apply: func(d *Drop) { d.Types = append(d.Types, t) }}
}

// rowTypeObject is the type of a table's rows, which goes with the table.
func (b *binder) rowTypeObject(t *catalog.Table) dropObject {
	return dropObject{oid: t.RowTypeOID(), name: "type " + b.typeNameOf(t.RowType())}
}

// typeDependents are the functions and the columns of the type, and the types over it; a range type's are those of its
// multirange type, too.
func (b *binder) typeDependents(t *datum.Type) []dropDependent {
	var out []dropDependent
	snap := b.cat.Snapshot()
	for _, o := range snap.OperatorsOfType(t.OID, t.Array.OID) {
		out = append(out, dropDependent{dropObject: b.operatorObject(o)})
	}
	for _, c := range snap.CastsOfType(t.OID, t.Array.OID) {
		out = append(out, dropDependent{dropObject: b.castObject(c)})
	}
	for _, p := range snap.FunctionsOfType(t.OID, t.Array.OID) {
		out = append(out, dropDependent{dropObject: b.functionObject(p)})
	}
	var arrays []dropDependent    // the columns of the array type
	own := map[catalog.OID]bool{} // what goes with the columns of the type
	for _, use := range snap.ColumnsOf(t) {
		of := snap.TableByOID(use.Relation)
		if of.View != nil {
			continue // it depends on what it reads
		}
		for _, att := range use.AttNums {
			dep := dropDependent{dropObject: b.columnObject(of, att)}
			if of.Columns[of.Ordinal(att)].Type == t.Array {
				arrays = append(arrays, dep)
			} else {
				out = append(out, dep)
			}
			own[catalog.DefaultOID(of.OID, att)] = true
		}
	}
	if len(arrays) > 0 {
		array := dropObject{oid: t.Array.OID, name: "type " + b.typeNameOf(t.Array), below: func() []dropDependent { return arrays }}
		out = append(out, dropDependent{dropObject: array, automatic: true})
	}
	named := &catalog.Proc{OID: t.OID, Name: strconv.FormatUint(uint64(t.OID), 10)}
	b.callers(named, func(o dropObject) {
		if !own[o.oid] {
			out = append(out, dropDependent{dropObject: o})
		}
	})
	for _, d := range snap.Types() {
		if over := d.Over(); over != 0 && (over == t.OID || over == t.Array.OID) {
			out = append(out, dropDependent{dropObject: b.typeObject(d)})
		}
	}
	if t.Multirange != nil {
		out = append(b.typeDependents(t.Multirange), out...)
	}
	return out
}

// columnObject is a column that goes with its type.
func (b *binder) columnObject(t *catalog.Table, att int16) dropObject {
	c := t.Columns[t.Ordinal(att)]
	kind := relationKinds[t.Kind()]
	if t.Composite {
		kind = "composite type"
	}
	return dropObject{oid: catalog.ColumnOID(t.OID, att), table: t.OID,
		name: "column " + parse.QuoteIdent(c.Name) + " of " + kind + " " + b.shownName(t.OID),
		apply: func(d *Drop) {
			fresh := d.change(t)
			if fresh.Ordinal(att) < 0 {
				return // a generated column that went with what it reads
			}
			if t.Composite {
				fresh.Columns = slices.DeleteFunc(slices.Clone(fresh.Columns), func(x catalog.Column) bool { return x.AttNum == att })
				return
			}
			a := b.newAlteration(t)
			a.table = fresh
			gone := &columnDrop{a: a}
			gone.add(att)
			gone.run()
		}, below: func() []dropDependent {
			var out []dropDependent
			for _, v := range b.cat.Snapshot().ViewsOn(t.OID, att) {
				out = append(out, dropDependent{dropObject: b.tableObject(v)})
			}
			for _, o := range b.ruleObjects(t.OID, att) {
				out = append(out, dropDependent{dropObject: o})
			}
			return out
		}}
}
