package catalog

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/seguedb/segue/query/datum"
)

// Extension is an extension that CREATE EXTENSION made: a row of pg_extension. Its functions and operators are objects like
// those that users make, but for the functions' language, which is c, and go when it is dropped.
type Extension struct {
	OID       OID    `json:"oid"`
	Schema    OID    `json:"schema"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Functions []OID  `json:"functions,omitempty"`
	Operators []OID  `json:"operators,omitempty"`
}

// LanguageC is the Language of functions of extensions, which Segue itself computes.
const LanguageC = "c"

// EncodeExtension gives the bytes an extension is stored as.
func EncodeExtension(e *Extension) ([]byte, error) { return json.Marshal(e) }

// DecodeExtension reads what EncodeExtension wrote.
func DecodeExtension(b []byte) (*Extension, error) {
	e := new(Extension)
	if err := decodeStrict(b, e); err != nil {
		return nil, fmt.Errorf("decode extension: %w", err)
	}
	if e.OID == 0 || e.Schema == 0 || e.Name == "" {
		return nil, fmt.Errorf("decode extension %q: %w", e.Name, ErrCorrupt)
	}
	return e, nil
}

// PutExtension adds an extension, or replaces the one with its OID.
func (s *Snapshot) PutExtension(e *Extension) { s.extensions[e.OID] = e }

// RemoveExtension removes an extension, though not its members.
func (s *Snapshot) RemoveExtension(oid OID) { delete(s.extensions, oid) }

// ExtensionByOID finds an extension that CREATE EXTENSION made; nil for none.
func (s *Snapshot) ExtensionByOID(oid OID) *Extension { return s.extensions[oid] }

// Extension finds an extension that CREATE EXTENSION made by its name; nil for none.
func (s *Snapshot) Extension(name string) *Extension {
	for _, e := range s.extensions {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Extensions lists the extensions that CREATE EXTENSION made, by OID.
func (s *Snapshot) Extensions() []*Extension {
	return slices.SortedFunc(maps.Values(s.extensions), func(a, b *Extension) int { return cmp.Compare(a.OID, b.OID) })
}

// ExtensionOf is the extension that an object is a member of; nil for none.
func (s *Snapshot) ExtensionOf(oid OID) *Extension {
	for _, e := range s.extensions {
		if slices.Contains(e.Functions, oid) || slices.Contains(e.Operators, oid) {
			return e
		}
	}
	return nil
}

// memberDependencies tie members to their extensions, and those to their schemas.
func (s *Snapshot) memberDependencies() []dependency {
	var out []dependency
	for _, e := range s.Extensions() {
		to := object{extensionClassOID, e.OID, 0}
		out = append(out, dependency{to, object{namespaceClassOID, e.Schema, 0}, 'n'})
		for _, f := range e.Functions {
			out = append(out, dependency{object{procClassOID, f, 0}, to, 'e'})
		}
		for _, o := range e.Operators {
			out = append(out, dependency{object{operatorClassOID, o, 0}, to, 'e'})
		}
	}
	return out
}

// Available is an extension that CREATE EXTENSION can make.
type Available struct {
	Name, Version, Comment string
	// Functions have neither OIDs nor schemas yet; Operators name their functions by their place among Functions, from 1, and
	// their commutators by their place among Operators, from 1.
	Functions []*Function
	Operators []*OperatorDef
}

// extensionTSV has a line for an extension (x name version comment), and behind it lines for its functions
// (f name argtypes rettype strict volatile parallel symbol argnames) and operators (o name left right function commutator
// restrict join), the columns separated by tabs, "-" being nothing.
//
//go:embed extension.tsv
var extensionTSV string

// AvailableExtensions lists the extensions that CREATE EXTENSION can make, by name. It panics when the embedded table is
// malformed, which a test rules out.
var AvailableExtensions = sync.OnceValue(func() []*Available {
	var out []*Available
	for i, line := range strings.Split(strings.TrimRight(extensionTSV, "\n"), "\n") {
		f := strings.Split(line, "\t")
		var err error
		switch {
		case f[0] == "x" && len(f) == 4:
			out = append(out, &Available{Name: f[1], Version: f[2], Comment: f[3]})
		case f[0] == "f" && len(f) == 9:
			err = out[len(out)-1].addFunction(f)
		case f[0] == "o" && len(f) == 8:
			err = out[len(out)-1].addOperator(f)
		default:
			err = fmt.Errorf("%d fields", len(f))
		}
		if err != nil {
			panic(fmt.Sprintf("catalog: extension.tsv line %d: %v", i+1, err))
		}
	}
	return out
})

// AvailableExtension finds an extension that CREATE EXTENSION can make; nil for none.
func AvailableExtension(name string) *Available {
	for _, a := range AvailableExtensions() {
		if a.Name == name {
			return a
		}
	}
	return nil
}

func (a *Available) addFunction(f []string) error {
	args, err := typeList(f[2])
	if err != nil {
		return err
	}
	ret, err := typeNamed(f[3])
	if err != nil {
		return err
	}
	out := &Function{Name: f[1], Kind: "f", Ret: ret.OID, Volatile: f[5], Parallel: f[6], Strict: f[4] == "t", Cost: 1,
		Language: LanguageC, Source: f[7], Library: a.Name}
	var names []string
	if f[8] != "-" {
		names = strings.Split(f[8], ",")
	}
	for i, t := range args {
		p := Parameter{Type: t.OID, Mode: "i"}
		if i < len(names) {
			p.Name = names[i]
		}
		out.Params = append(out.Params, p)
	}
	a.Functions = append(a.Functions, out)
	return nil
}

func (a *Available) addOperator(f []string) error {
	left, err := typeNamed(f[2])
	if err != nil {
		return err
	}
	right, err := typeNamed(f[3])
	if err != nil {
		return err
	}
	at := slices.IndexFunc(a.Functions, func(g *Function) bool {
		return g.Name == f[4] && len(g.Params) == 2 && g.Params[0].Type == left.OID && g.Params[1].Type == right.OID
	})
	if at < 0 {
		return fmt.Errorf("no function %s", f[4])
	}
	out := &OperatorDef{Name: f[1], Left: left.OID, Right: right.OID, Result: a.Functions[at].Ret, Proc: OID(at + 1),
		Restrict: supportOID(f[6]), Join: supportOID(f[7])}
	for i, o := range append(slices.Clone(a.Operators), out) {
		if o.Name == f[5] && o.Left == out.Right && o.Right == out.Left {
			out.Commutator, o.Commutator = OID(i+1), OID(len(a.Operators)+1)
		}
	}
	a.Operators = append(a.Operators, out)
	return nil
}

// supportOID is the OID of a built-in function that nobody calls, 0 for "-".
func supportOID(name string) OID {
	for _, p := range systemFacts().support {
		if p.Name == name {
			return p.OID
		}
	}
	return 0
}

// nativeKey is the executor's name for an extension's function: library.symbol(argtypes).
func nativeKey(f *Function, args []*datum.Type) string {
	names := make([]string, len(args))
	for i, t := range args {
		names[i] = t.Name
	}
	return f.Library + "." + f.Source + "(" + strings.Join(names, ",") + ")"
}

// Native says whether a function is computed by the executor itself, though an object like users' ones.
func (p *Proc) Native() bool { return p.User == nil || p.User.Language == LanguageC }
