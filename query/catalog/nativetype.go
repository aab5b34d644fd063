package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/seguedb/segue/query/datum"
)

// NativeType is a type that is built in and an extension's: it is found by name where that is, in its schema.
type NativeType struct {
	T    *datum.Type
	fact typeFact
	// The functions of pg_type by their names, members of the extension.
	input, output, receive, send, subscript string
}

// nativeOwners are the extensions of the types that are built in, array types too.
var nativeOwners = sync.OnceValue(func() map[*datum.Type]*Available {
	out := map[*datum.Type]*Available{}
	for _, a := range AvailableExtensions() {
		for _, t := range a.Types {
			out[t.T], out[t.T.Array] = a, a
		}
	}
	return out
})

// NativeTypeOf says whether a type is built in and an extension's, array types not.
func NativeTypeOf(oid OID) *datum.Type {
	if t := datum.TypeByOID(oid); t != nil && !t.IsArray() && nativeOwners()[t] != nil {
		return t
	}
	return nil
}

// IsNative says whether a type is built in and an extension's.
func IsNative(t *datum.Type) bool { return nativeOwners()[t] != nil }

// typeSchema is pg_catalog, or public for what the vector extension brings, or the schema of another extension, or that of a
// user's type; 0 where the type's extension is not there.
func (s *Snapshot) typeSchema(t *datum.Type) OID {
	if t.Namespace != 0 {
		return t.Namespace
	}
	if t.OID < firstExtensionOID {
		return PgCatalogOID
	}
	if of := nativeOwners()[t]; of != nil {
		if e := s.Extension(of.Name); e != nil {
			return e.Schema
		}
		return 0
	}
	return PublicOID
}

// outsideSystem says whether a type is a user's or of an extension that CREATE EXTENSION makes, so that dependencies on it
// are told.
func outsideSystem(t *datum.Type) bool { return t.Namespace != 0 || nativeOwners()[t] != nil }

// nativeFact is what pg_type says of a type of an extension, nil for others. The functions are their OIDs where s has the
// extension.
func (s *Snapshot) nativeFact(t *datum.Type) *typeFact {
	of := nativeOwners()[t]
	if of == nil {
		return nil
	}
	if t.IsArray() {
		out := *systemFacts().types[datum.TextArray]
		out.collation = s.nativeFact(t.Elem).collation
		return &out
	}
	n := of.Types[slices.IndexFunc(of.Types, func(n *NativeType) bool { return n.T == t })]
	f := n.fact
	if e := s.Extension(of.Name); e != nil {
		f.input, f.output = s.memberNamed(e, n.input), s.memberNamed(e, n.output)
		f.receive, f.send, f.subscript = s.memberNamed(e, n.receive), s.memberNamed(e, n.send), s.memberNamed(e, n.subscript)
	}
	return &f
}

// memberNamed is the OID of an extension's only function of a name, 0 for "-".
func (s *Snapshot) memberNamed(e *Extension, name string, args ...*datum.Type) OID {
	for _, oid := range e.Functions {
		if p := s.functions[oid]; p != nil && p.Name == name && (args == nil || slices.Equal(p.Args, args)) {
			return oid
		}
	}
	return 0
}

// castOwner is the extension that a cast is of: that of one of its types; nil for none.
func castOwner(c *Cast) *Available {
	if a := nativeOwners()[c.From]; a != nil {
		return a
	}
	return nativeOwners()[c.To]
}

// castFunction is pg_cast.castfunc of an extension's cast: the member that is called as the target is, or of_to_target.
func (s *Snapshot) castFunction(e *Extension, c *Cast) OID {
	if oid := s.memberNamed(e, c.To.Name, c.From); oid != 0 {
		return oid
	}
	return s.memberNamed(e, c.From.Name+"_to_"+c.To.Name, c.From)
}

// fixedDependencies tie the types, casts and operator classes of an extension to it.
func (a *Available) fixedDependencies(to object) []dependency {
	var out []dependency
	add := func(class, oid OID) { out = append(out, dependency{object{class, oid, 0}, to, 'e'}) }
	for _, t := range a.Types {
		add(typeClassOID, t.T.OID)
		out = append(out, dependency{typeObject(t.T.Array.OID), typeObject(t.T.OID), 'i'})
	}
	for _, c := range Builtin().Casts {
		if castOwner(c) == a {
			add(castClassOID, systemFacts().casts[[2]*datum.Type{c.From, c.To}].oid)
		}
	}
	if a.Name == unaccentName {
		add(tsDictClassOID, UnaccentDictionary)
		add(tsTemplateClassOID, unaccentTemplateOID)
	}
	for _, c := range a.Classes {
		add(opClassClassOID, c.oid)
		add(opFamilyClassOID, c.family)
	}
	return out
}

func (a *Available) addType(f []string) error {
	t, err := typeNamed(f[1])
	if err != nil {
		return err
	}
	a.Types = append(a.Types, &NativeType{T: t, input: f[5], output: f[6], receive: f[7], send: f[8], subscript: f[9],
		fact: typeFact{align: f[2][0], storage: f[3][0], collation: parseOID(f[4])}})
	return nil
}

// Where the OIDs of a class's parts are, from its own on.
const (
	familyAfter OID = 1
	amopAfter   OID = 2
	amprocAfter OID = 20
)

// classOperator is an operator of an extension's class, by its name among the extension's, or a built-in one.
type classOperator struct {
	strategy    int64
	purpose     byte
	left, right *datum.Type
	name        string
	builtin     OID
}

// classFunction is a support function of an extension's class, by its name; of several of a name the first.
type classFunction struct {
	number int64
	name   string
}

func (a *Available) addClass(f []string) error {
	oid, err := strconv.ParseUint(f[1], 10, 32)
	if err != nil {
		return err
	}
	typ, err := typeNamed(f[4])
	if err != nil {
		return err
	}
	key, err := typeNamed(f[6])
	if err != nil {
		return err
	}
	c := &opClass{oid: OID(oid), name: f[2], method: f[3], family: OID(oid) + familyAfter, familyName: f[2], typ: typ,
		isDefault: f[5] == "t", owner: a.Name, key: typeOID(key)}
	for _, item := range strings.Fields(f[7]) {
		part := strings.Split(item, ":")
		o := classOperator{strategy: int64(parseOID(part[0])), left: typ, purpose: part[3][0]}
		if o.right, err = typeNamed(part[2]); err != nil {
			return err
		}
		if o.name = part[1]; a.operator(o.name, typ.OID, o.right.OID) == 0 {
			if o.builtin = builtinOperator(part[1], typ, o.right); o.builtin == 0 {
				return fmt.Errorf("no operator %s", item)
			}
		}
		c.operators = append(c.operators, o)
	}
	for _, item := range strings.Fields(f[8]) {
		number, name, _ := strings.Cut(item, ":")
		c.functions = append(c.functions, classFunction{int64(parseOID(number)), name})
	}
	a.Classes = append(a.Classes, c)
	return nil
}

// ClassNames are an extension's operator classes: the OID, the name and the access method of each.
func (a *Available) ClassNames() []ClassName {
	var out []ClassName
	for _, c := range a.Classes {
		out = append(out, ClassName{c.oid, c.name, c.method})
	}
	return out
}

// ClassName names an operator class.
type ClassName struct {
	OID          OID
	Name, Method string
}

// IndexesOf are the indexes with a key of an operator class that is no type's default, with their tables.
func (s *Snapshot) IndexesOf(c ClassName) (tables []*Table, indexes []*Index) {
	for _, t := range s.userTables() {
		for i := range t.Indexes {
			ix := &t.Indexes[i]
			if ix.Method == c.Method && slices.ContainsFunc(ix.Keys, func(k KeyPart) bool { return k.OpClass == c.Name }) {
				tables, indexes = append(tables, t), append(indexes, ix)
			}
		}
	}
	return tables, indexes
}

func builtinOperator(name string, left, right *datum.Type) OID {
	for _, o := range Builtin().OperatorsNamed(name) {
		if o.Left == left && o.Right == right {
			return o.OID
		}
	}
	return 0
}

// extensionClasses lists the operator classes of the extensions that there are.
func (s *Snapshot) extensionClasses() []*opClass {
	var out []*opClass
	for _, e := range s.Extensions() {
		out = append(out, AvailableExtension(e.Name).Classes...)
	}
	return out
}

// opClasses lists all operator classes.
func (s *Snapshot) opClasses() []*opClass {
	return slices.Concat(systemFacts().opClasses, s.extensionClasses())
}

// classAmops are pg_amop's rows of an extension's class, and classAmprocs those of pg_amproc.
func (s *Snapshot) classAmops(c *opClass) []amop {
	e := s.Extension(c.owner)
	var out []amop
	for _, o := range c.operators {
		operator := o.builtin
		for _, oid := range e.Operators {
			if m := s.operators[oid]; m != nil && m.Name == o.name && m.Left == o.left.OID && m.Right == o.right.OID {
				operator = oid
			}
		}
		if operator == 0 {
			continue // it is no member any more
		}
		out = append(out, amop{oid: c.oid + amopAfter + OID(o.strategy), family: c.family, left: o.left, right: o.right,
			strategy: o.strategy, operator: operator, purpose: o.purpose})
	}
	return out
}

func (s *Snapshot) classAmprocs(c *opClass) []amproc {
	e := s.Extension(c.owner)
	var out []amproc
	for _, f := range c.functions {
		proc := s.memberNamed(e, f.name)
		if proc == 0 {
			proc = supportOID(f.name)
		}
		out = append(out, amproc{oid: c.oid + amprocAfter + OID(f.number), family: c.family, left: c.typ, right: c.typ,
			number: f.number, proc: proc})
	}
	return out
}
