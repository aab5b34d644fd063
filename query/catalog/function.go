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

// Function is a function or procedure that a user made: a row of pg_proc.
type Function struct {
	OID     OID         `json:"oid"`
	Schema  OID         `json:"schema"`
	Name    string      `json:"name"`
	Comment string      `json:"comment,omitempty"`
	Kind    string      `json:"kind"` // pg_proc.prokind: "f", "p" or "a"
	Params  []Parameter `json:"params,omitempty"`
	Ret     OID         `json:"ret"`
	RetSet  bool        `json:"retset,omitempty"`
	// Volatile and Parallel are pg_proc's letters.
	Volatile        string  `json:"volatile"`
	Parallel        string  `json:"parallel"`
	Strict          bool    `json:"strict,omitempty"`
	SecurityDefiner bool    `json:"security_definer,omitempty"`
	Leakproof       bool    `json:"leakproof,omitempty"`
	Cost            float64 `json:"cost"`
	Rows            float64 `json:"rows,omitempty"`
	// Language is "" for SQL, or "plpgsql", or "c" for those of extensions.
	Language string `json:"language,omitempty"`
	// Library is the extension whose function Source names, in the language c.
	Library string `json:"library,omitempty"`
	// Config are the settings that hold while it runs, "name=value".
	Config []string `json:"config,omitempty"`
	// Source is the text of AS; Body is there instead when it was written in SQL's own words.
	Source string        `json:"source,omitempty"`
	Body   *FunctionBody `json:"body,omitempty"`
	// Agg is how an aggregate computes, nil for all others.
	Agg *AggregateDef `json:"agg,omitempty"`
}

// PLpgSQL is the Language of functions in PL/pgSQL.
const PLpgSQL = "plpgsql"

// FunctionBody is a body in SQL's own words. Its names were looked up when it was made: Statements are frozen as a
// View's query is.
type FunctionBody struct {
	Return     bool      `json:"return,omitempty"` // RETURN expr rather than BEGIN ATOMIC … END
	Statements []string  `json:"statements,omitempty"`
	Path       []string  `json:"path,omitempty"`
	Uses       []ViewUse `json:"uses,omitempty"`
}

// Parameter is an argument, or a column of the result. Mode is pg_proc's letter: i, o, b, v or t.
type Parameter struct {
	Name    string `json:"name,omitempty"`
	Type    OID    `json:"type"`
	Mode    string `json:"mode"`
	Default string `json:"default,omitempty"` // an expression's text
}

// Input says whether calls give a value for it.
func (p *Parameter) Input() bool { return p.Mode == "i" || p.Mode == "b" || p.Mode == "v" }

// Output says whether it is a column of the result.
func (p *Parameter) Output() bool { return p.Mode == "o" || p.Mode == "b" || p.Mode == "t" }

// EncodeFunction gives the bytes a function is stored as.
func EncodeFunction(f *Function) ([]byte, error) { return json.Marshal(f) }

// DecodeFunction reads what EncodeFunction wrote.
func DecodeFunction(b []byte) (*Function, error) {
	f := new(Function)
	if err := decodeStrict(b, f); err != nil {
		return nil, fmt.Errorf("decode function: %w", err)
	}
	if f.OID == 0 || f.Schema == 0 || f.Name == "" || f.Ret == 0 || !slices.Contains([]string{"f", "p", "a"}, f.Kind) ||
		(f.Kind == "a") != (f.Agg != nil) ||
		!slices.Contains([]string{"", PLpgSQL, LanguageC, LanguageInternal}, f.Language) ||
		!slices.Contains([]string{"i", "s", "v"}, f.Volatile) || !slices.Contains([]string{"s", "r", "u"}, f.Parallel) {
		return nil, fmt.Errorf("decode function %q: %w", f.Name, ErrCorrupt)
	}
	if f.Agg != nil {
		if err := f.Agg.check(); err != nil {
			return nil, fmt.Errorf("%w: %q", err, f.Name)
		}
	}
	for i := range f.Params {
		if p := &f.Params[i]; p.Type == 0 || len(p.Mode) != 1 || !strings.Contains("iobvt", p.Mode) {
			return nil, fmt.Errorf("decode function %q: %w: parameter %d", f.Name, ErrCorrupt, i+1)
		}
	}
	return f, nil
}

// PutFunction adds a function, or replaces the one with its OID.
func (s *Snapshot) PutFunction(f *Function) {
	s.RemoveFunction(f.OID)
	p := s.procOf(f)
	s.functions[f.OID] = p
	s.functionsByName[f.Name] = append(slices.Clip(s.functionsByName[f.Name]), p)
}

// RemoveFunction removes a function.
func (s *Snapshot) RemoveFunction(oid OID) {
	p := s.functions[oid]
	if p == nil {
		return
	}
	delete(s.functions, oid)
	left := slices.DeleteFunc(slices.Clone(s.functionsByName[p.Name]), func(q *Proc) bool { return q.OID == oid })
	if s.functionsByName[p.Name] = left; len(left) == 0 {
		delete(s.functionsByName, p.Name)
	}
}

// Functions lists the functions that users made, by OID.
func (s *Snapshot) Functions() []*Proc {
	return slices.SortedFunc(maps.Values(s.functions), func(a, b *Proc) int { return cmp.Compare(a.OID, b.OID) })
}

// FunctionsNamed lists the functions of a name that users made, in whatever schema.
func (s *Snapshot) FunctionsNamed(name string) []*Proc { return s.functionsByName[name] }

// ProcByOID finds any function, built in or not; nil for none.
func (s *Snapshot) ProcByOID(oid OID) *Proc {
	if p := procByOID(oid); p != nil {
		return p
	}
	if p := s.functions[oid]; p != nil {
		return p
	}
	return s.makerByOID(oid)
}

// FunctionOf finds a user's function by its input types; nil for none.
func (s *Snapshot) FunctionOf(schema OID, name string, args []*datum.Type) *Proc {
	for _, p := range s.functionsByName[name] {
		if p.Schema == schema && slices.Equal(p.Args, args) {
			return p
		}
	}
	return nil
}

// Prototype is a definition that is not stored yet as calls would see it.
func (s *Snapshot) Prototype(f *Function) *Proc { return s.procOf(f) }

// procOf is a function as calls see it.
func (s *Snapshot) procOf(f *Function) *Proc {
	p := &Proc{OID: f.OID, Name: f.Name, Schema: f.Schema, Ret: s.typeOr(f.Ret), RetSet: f.RetSet, Kind: f.Kind[0],
		Strict: f.Strict, Volatile: f.Volatile[0], Description: f.Comment, User: f}
	names := false
	for i := range f.Params {
		param := &f.Params[i]
		t := s.typeOr(param.Type)
		if param.Input() {
			p.Args, p.ArgNames = append(p.Args, t), append(p.ArgNames, param.Name)
			names = names || param.Name != ""
			if param.Mode == "v" {
				p.Variadic = t.Elem
			}
			if param.Default != "" {
				p.Defaults++
			}
		}
		if param.Output() {
			p.OutNames, p.OutTypes = append(p.OutNames, param.Name), append(p.OutTypes, t)
		}
	}
	if !names {
		p.ArgNames = nil
	}
	if len(p.OutTypes) == 1 && f.Kind != "p" {
		p.ResultName, p.OutNames, p.OutTypes = p.OutNames[0], nil, nil
	}
	for i, name := range p.OutNames {
		if name == "" {
			p.OutNames[i] = fmt.Sprintf("column%d", i+1)
		}
	}
	p.Key = fmt.Sprintf("#%d", f.OID) // no built-in one's
	if p.Native() {
		p.Key = nativeKey(f, p.Args)
	}
	return p
}

// typeOr is a type by OID, and one that nobody has values of where it is gone.
func (s *Snapshot) typeOr(oid OID) *datum.Type {
	if t := s.TypeByOID(oid); t != nil {
		return t
	}
	return datum.Unknown
}

// retypeFunctions makes the functions anew that mention a type which has changed.
func (s *Snapshot) retypeFunctions(oids ...OID) {
	for _, p := range s.FunctionsOfType(oids...) {
		s.PutFunction(p.User)
	}
}

// FunctionsOfType lists the functions that take or give values of a type.
func (s *Snapshot) FunctionsOfType(oids ...OID) []*Proc {
	var out []*Proc
	for _, p := range s.Functions() {
		if slices.ContainsFunc(p.User.types(), func(t OID) bool { return slices.Contains(oids, t) }) {
			out = append(out, p)
		}
	}
	return out
}

// types lists the types that a function mentions: its result's, its parameters', an aggregate's states'.
func (f *Function) types() []OID {
	out := []OID{f.Ret}
	for i := range f.Params {
		out = append(out, f.Params[i].Type)
	}
	if f.Agg == nil {
		return out
	}
	if out = append(out, f.Agg.State); f.Agg.Moving != nil {
		out = append(out, f.Agg.Moving.State)
	}
	return out
}

// FunctionsOn lists the functions whose bodies, in SQL's own words, read a relation; with an attribute number, those
// that name that column.
func (s *Snapshot) FunctionsOn(relation OID, attNum int16) []*Proc {
	var out []*Proc
	for _, p := range s.Functions() {
		if p.User.Body != nil && (&View{Uses: p.User.Body.Uses}).uses(relation, attNum) {
			out = append(out, p)
		}
	}
	return out
}

// RoutineWord is what messages call a function: function or procedure.
func (p *Proc) RoutineWord() string {
	switch p.Kind {
	case 'p':
		return "procedure"
	case 'a':
		return "aggregate"
	}
	return "function"
}
