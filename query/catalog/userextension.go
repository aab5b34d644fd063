package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	// Comment is what COMMENT ON gave in the place of the extension's own words, nil for those.
	Comment *string `json:"comment,omitempty"`
}

// Description is the extension's comment.
func (e *Extension) Description() string {
	if e.Comment != nil {
		return *e.Comment
	}
	return ExtensionComment(e.Name)
}

// The Languages of functions of extensions, which Segue itself computes: PostgreSQL has some of them in a library, others are
// functions of its own under new names.
const (
	LanguageC        = "c"
	LanguageInternal = "internal"
)

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
		if slices.Contains(e.Functions, oid) || slices.Contains(e.Operators, oid) ||
			slices.ContainsFunc(AvailableExtension(e.Name).Types, func(t *NativeType) bool { return t.T.OID == oid }) {
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
		out = append(out, AvailableExtension(e.Name).fixedDependencies(to)...)
	}
	return out
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
func (p *Proc) Native() bool {
	return p.User == nil || p.User.Language == LanguageC || p.User.Language == LanguageInternal
}
