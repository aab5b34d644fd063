package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// rangeDefinition is a range type being made.
type rangeDefinition struct {
	b       *binder
	t       *catalog.Type
	subtype *datum.Type
	// multi is the multirange type's name as it was given, nil for none.
	multi parse.Name
}

// createRange binds CREATE TYPE … AS RANGE, in the order of DefineRange's checks.
func (b *binder) createRange(s *parse.CreateRangeStmt) (*Plan, error) {
	sc, name, err := b.newTypeName(s.Name, s.Pos())
	if err != nil {
		return nil, err
	}
	r := &catalog.RangeType{MakerSchema: sc.OID, MakerName: name}
	d := &rangeDefinition{b: b, t: &catalog.Type{Schema: sc.OID, Name: name, Range: r}}
	if err := d.findSubtype(s); err != nil {
		return nil, err
	}
	if err := d.options(s.Options); err != nil {
		return nil, err
	}
	if err := d.nameMultirange(); err != nil {
		return nil, err
	}
	return typePlan(&ChangeType{New: d.t}, "CREATE TYPE"), nil
}

func (d *rangeDefinition) findSubtype(s *parse.CreateRangeStmt) error {
	if s.Subtype == nil {
		return sqlstate.New(sqlstate.SyntaxError, "type attribute \"subtype\" is required")
	}
	t, _, err := d.b.typeName(s.Subtype)
	if err != nil {
		return unplaced(err)
	}
	if t.Pseudo {
		return sqlstate.New(sqlstate.DatatypeMismatch, "range subtype cannot be %s", t)
	}
	d.subtype, d.t.Range.Subtype = t, t.OID
	return nil
}

func (d *rangeDefinition) options(opts []parse.DefElem) error {
	var class, collation, diff parse.Name
	seen := map[string]bool{"subtype": true}
	for _, o := range opts {
		if seen[o.Name] {
			return fail(o.Pos(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		seen[o.Name] = true
		text, _ := optionText(o)
		name := parse.Name{text}
		if ref, ok := o.Val.(*parse.ColumnRef); ok {
			name = ref.Name
		}
		switch o.Name {
		case "subtype_opclass":
			class = name
		case "collation":
			collation = name
		case "subtype_diff":
			diff = name
		case "multirange_type_name":
			d.multi = name
		case "canonical":
			return unsupported(-1, "canonical functions of range types, which PostgreSQL has in C,")
		default:
			return sqlstate.New(sqlstate.SyntaxError, "type attribute %q not recognized", o.Name)
		}
	}
	if err := d.opClass(class); err != nil {
		return err
	}
	if err := d.collation(collation); err != nil {
		return err
	}
	return d.difference(diff)
}

// opClass looks the subtype's order up. Of one type all operator classes are one order here (btreeClass).
func (d *rangeDefinition) opClass(name parse.Name) error {
	if !datum.Comparable(d.subtype) {
		return sqlstate.New(sqlstate.UndefinedObject, "data type %s has no default operator class for access method \"btree\"", d.subtype).
			WithHint("You must specify an operator class for the range type or define a default operator class for the subtype.")
	}
	if name == nil {
		return nil
	}
	class, err := d.b.btreeClass(d.subtype.Root(), name[len(name)-1])
	if _, known := d.b.cat.Snapshot().FindOpClass("btree", name[len(name)-1], d.subtype.Root()); err != nil && known {
		return sqlstate.New(sqlstate.DatatypeMismatch, "operator class %q does not accept data type %s", name[len(name)-1], d.subtype)
	}
	d.t.Range.OpClass = class
	return err
}

func (d *rangeDefinition) collation(name parse.Name) (err error) {
	switch {
	case name == nil:
		return nil
	case d.subtype.Root().Category != 'S':
		return sqlstate.New(sqlstate.WrongObjectType, "range collation specified but subtype does not support collation")
	}
	d.t.Range.Collation, err = columnCollation(&parse.ColumnDef{At: -1, Collation: name}, d.subtype.Root())
	return err
}

// difference looks the subtype_diff function up: PostgreSQL's GiST indexes ask it how far values are apart.
func (d *rangeDefinition) difference(name parse.Name) error {
	if name == nil {
		return nil
	}
	args := []*datum.Type{d.subtype, d.subtype}
	shown := strings.Join(name, ".") + "(" + d.subtype.String() + ", " + d.subtype.String() + ")"
	for _, p := range d.b.procsNamed(name) {
		if len(p.Args) != 2 || p.Args[0] != args[0] || p.Args[1] != args[1] || p.Kind != 'f' {
			continue
		}
		switch {
		case p.Ret != datum.Float8:
			return sqlstate.New(sqlstate.InvalidObjectDefinition, "range subtype diff function %s must return type double precision", shown)
		case p.Volatile != 'i':
			return sqlstate.New(sqlstate.InvalidObjectDefinition, "range subtype diff function %s must be immutable", shown)
		}
		d.t.Range.Diff = p.OID
		return nil
	}
	return sqlstate.New(sqlstate.UndefinedFunction, "function %s does not exist", shown)
}

// nameMultirange gives the multirange type the name asked for, or one made of the range type's (makeMultirangeTypeName).
func (d *rangeDefinition) nameMultirange() error {
	r := d.t.Range
	r.MultiSchema, r.MultiName = d.t.Schema, multirangeName(d.t.Name)
	if d.multi != nil {
		sc, err := d.b.creationSchema(d.multi, -1)
		if err != nil {
			return err
		}
		r.MultiSchema, r.MultiName = sc.OID, d.multi[len(d.multi)-1]
	}
	r.MultiMaker = r.MultiName
	if r.MultiName == d.t.Name && r.MultiSchema == d.t.Schema || d.b.cat.Snapshot().TypeNamed(r.MultiSchema, r.MultiName) != nil {
		err := sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", r.MultiName)
		if d.multi != nil {
			return err
		}
		return err.WithDetail("Failed while creating a multirange type for type \"%s\".", d.t.Name).
			WithHint("You can manually specify a multirange type name using the \"multirange_type_name\" attribute.")
	}
	return nil
}

func multirangeName(name string) string {
	if before, after, found := strings.Cut(name, "range"); found {
		name = before + "multirange" + after
	} else {
		name = name[:min(len(name), maxNameBytes-len("_multirange"))] + "_multirange"
	}
	return name[:min(len(name), maxNameBytes)]
}
