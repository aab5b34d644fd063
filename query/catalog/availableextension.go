package catalog

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Available is an extension that CREATE EXTENSION can make.
type Available struct {
	Name, Version, Comment string
	// Functions have neither OIDs nor schemas yet; Operators name their functions by their place among Functions, from 1, and
	// their commutators and negators by their place among Operators, from 1; Functions that are aggregates do both.
	Functions []*Function
	Operators []*OperatorDef
	// Types, their casts and Classes are built in, with OIDs of their own, and there where the extension is.
	Types   []*NativeType
	Classes []*opClass
}

// extensionTSV has a line for each object, the columns separated by tabs, "-" being nothing:
//
//	x  name version comment: an extension, whose objects follow
//	t  name align storage collation input output receive send subscript: a type
//	f  name argtypes rettype strict volatile parallel source argnames: a function. rettype may begin with setof, source with
//	   internal or sql for the language; an argument with a type behind its name and a colon is a column of the result
//	o  name left right function commutator restrict join negator flags: an operator; m among flags is MERGES, h is HASHES
//	a  name type function operator: an aggregate that keeps one of the values, by its state function and sort operator
//	k  oid name method type default keytype operators functions: an operator class, which has its family to itself. operators
//	   are strategy:name:righttype:purpose, functions number:name. From the class's OID on those of its parts are taken:
//	   familyAfter, amopAfter + strategy, amprocAfter + number
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
		if f[0] == "x" && len(f) == 4 {
			out = append(out, &Available{Name: f[1], Version: f[2], Comment: f[3]})
		} else {
			err = out[len(out)-1].add(f)
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

func (a *Available) add(f []string) error {
	switch {
	case f[0] == "f" && len(f) == 9:
		return a.addFunction(f)
	case f[0] == "o" && len(f) == 10:
		return a.addOperator(f)
	case f[0] == "a" && len(f) == 5:
		return a.addAggregate(f)
	case f[0] == "t" && len(f) == 10:
		return a.addType(f)
	case f[0] == "k" && len(f) == 9:
		return a.addClass(f)
	}
	return fmt.Errorf("%q of %d fields", f[0], len(f))
}

func (a *Available) addFunction(f []string) error {
	args, err := typeList(f[2])
	if err != nil {
		return err
	}
	result, set := strings.CutPrefix(f[3], "setof ")
	ret, err := typeNamed(result)
	if err != nil {
		return err
	}
	out := &Function{Name: f[1], Kind: "f", Ret: ret.OID, RetSet: set, Volatile: f[5], Parallel: f[6], Strict: f[4] == "t", Cost: 1}
	if set {
		out.Rows = 1000
	}
	out.source(a.Name, f[7])
	for _, t := range args {
		out.Params = append(out.Params, Parameter{Type: t.OID, Mode: "i"})
	}
	a.Functions = append(a.Functions, out)
	if f[8] == "-" {
		return nil
	}
	for i, name := range strings.Split(f[8], ",") {
		name, typ, column := strings.Cut(name, ":")
		if column {
			t, err := typeNamed(typ)
			if err != nil {
				return err
			}
			out.Params = append(out.Params, Parameter{Type: t.OID, Mode: "o"})
		}
		out.Params[i].Name = name
	}
	return nil
}

// source sets the language, and what the function is in it.
func (f *Function) source(library, text string) {
	if body, ok := strings.CutPrefix(text, "sql "); ok {
		f.Source, f.Cost = body, 100
		return
	}
	f.Library, f.Language, f.Source = library, LanguageC, text
	if name, ok := strings.CutPrefix(text, "internal "); ok {
		f.Language, f.Source = LanguageInternal, name
	}
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
	out := &OperatorDef{Name: f[1], Left: typeOID(left), Right: right.OID, Restrict: supportOID(f[6]), Join: supportOID(f[7]),
		Merges: strings.Contains(f[9], "m"), Hashes: strings.Contains(f[9], "h")}
	at := a.function(f[4], out.Left, out.Right)
	if at == 0 {
		return fmt.Errorf("no function %s", f[4])
	}
	out.Proc, out.Result = at, a.Functions[at-1].Ret
	a.Operators = append(a.Operators, out)
	self := OID(len(a.Operators))
	if i := a.operator(f[5], out.Right, out.Left); i != 0 && f[5] != "-" {
		out.Commutator, a.Operators[i-1].Commutator = i, self
	}
	if i := a.operator(f[8], out.Left, out.Right); i != 0 && i != self && f[8] != "-" {
		out.Negator, a.Operators[i-1].Negator = i, self
	}
	return nil
}

// function finds a function by its arguments, 0 being no argument, and operator an operator by its operands: its place
// from 1, 0 for none.
func (a *Available) function(name string, types ...OID) OID {
	types = slices.DeleteFunc(types, func(t OID) bool { return t == 0 })
	return OID(1 + slices.IndexFunc(a.Functions, func(g *Function) bool {
		return g.Name == name && slices.EqualFunc(g.Params, types, func(p Parameter, t OID) bool { return p.Type == t })
	}))
}

func (a *Available) operator(name string, left, right OID) OID {
	return OID(1 + slices.IndexFunc(a.Operators, func(o *OperatorDef) bool {
		return o.Name == name && o.Left == left && o.Right == right
	}))
}

func (a *Available) addAggregate(f []string) error {
	t, err := typeNamed(f[2])
	if err != nil {
		return err
	}
	step := a.function(f[3], t.OID, t.OID)
	sort := a.operator(f[4], t.OID, t.OID)
	if step == 0 || sort == 0 {
		return fmt.Errorf("no function %s or operator %s", f[3], f[4])
	}
	a.Functions = append(a.Functions, &Function{Name: f[1], Kind: "a", Ret: t.OID, Volatile: "i", Parallel: "s", Cost: 1,
		Params: []Parameter{{Type: t.OID, Mode: "i"}}, Agg: &AggregateDef{Kind: "n", Combine: step, SortOp: sort,
			AggregateSteps: AggregateSteps{State: t.OID, Trans: step, Modify: "r"}}})
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
