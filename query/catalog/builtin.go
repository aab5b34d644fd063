package catalog

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/seguedb/segue/query/datum"
)

// The built-in tables, one tab-separated row a line. Columns:
//
//	proc.tsv      oid name argtypes rettype retset kind strict volatile variadic ndefaults argnames outs
//	              schema description
//	operator.tsv  oid name left right result procname commutator negator
//	cast.tsv      source target context method
//
// "-" is nothing; argtypes are separated by spaces, argnames by commas, outs are name:type; ndefaults may be
// followed by a colon and the values, separated by semicolons. The rows of
// pg_catalog carry PostgreSQL 15's OIDs, names and properties; those of schema public are Segue's and pgvector's.
var (
	//go:embed proc.tsv
	procTSV string
	//go:embed operator.tsv
	operatorTSV string
	//go:embed cast.tsv
	castTSV string
)

// Builtins is the parsed built-in tables.
type Builtins struct {
	Procs     []*Proc
	Operators []*Operator
	Casts     []*Cast

	procsByName map[string][]*Proc
	procsByOID  map[OID]*Proc
	opsByName   map[string][]*Operator
	opsByOID    map[OID]*Operator
	castsByPair map[[2]*datum.Type]*Cast
}

// Builtin returns the built-in functions, operators and casts, parsed once. It panics when the
// embedded tables are malformed, which a test rules out.
var Builtin = sync.OnceValue(func() *Builtins {
	b, err := parseBuiltins()
	if err != nil {
		panic(err)
	}
	return b
})

// ProcsNamed lists the overloads of a function name.
func (b *Builtins) ProcsNamed(name string) []*Proc { return b.procsByName[name] }

// ProcByOID returns a function, or nil.
func (b *Builtins) ProcByOID(oid OID) *Proc { return b.procsByOID[oid] }

// OperatorsNamed lists the overloads of an operator.
func (b *Builtins) OperatorsNamed(name string) []*Operator { return b.opsByName[name] }

// OperatorByOID returns an operator, or nil.
func (b *Builtins) OperatorByOID(oid OID) *Operator { return b.opsByOID[oid] }

// FindCast returns the cast between two types, or nil.
func (b *Builtins) FindCast(from, to *datum.Type) *Cast {
	return b.castsByPair[[2]*datum.Type{from, to}]
}

func parseBuiltins() (*Builtins, error) {
	b := &Builtins{procsByName: map[string][]*Proc{}, procsByOID: map[OID]*Proc{}, opsByName: map[string][]*Operator{},
		opsByOID: map[OID]*Operator{}, castsByPair: map[[2]*datum.Type]*Cast{}}
	if err := eachRow("proc.tsv", procTSV, 14, b.addProc); err != nil {
		return nil, err
	}
	if err := eachRow("operator.tsv", operatorTSV, 8, b.addOperator); err != nil {
		return nil, err
	}
	return b, eachRow("cast.tsv", castTSV, 4, b.addCast)
}

func eachRow(file, text string, fields int, add func(f []string) error) error {
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != fields {
			return fmt.Errorf("%s line %d: %d fields, want %d", file, i+1, len(f), fields)
		}
		if err := add(f); err != nil {
			return fmt.Errorf("%s line %d: %w", file, i+1, err)
		}
	}
	return nil
}

func (b *Builtins) addProc(f []string) error {
	oid, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil {
		return err
	}
	p := &Proc{OID: OID(oid), Name: f[1], Schema: PgCatalogOID, RetSet: f[4] == "t", Kind: f[5][0], Strict: f[6] == "t",
		Volatile: f[7][0], Description: f[13]}
	switch f[12] {
	case "public":
		p.Schema = PublicOID
	case "information_schema":
		p.Schema = InfoSchemaOID
	}
	if p.Args, err = typeList(f[2]); err != nil {
		return err
	}
	if p.Ret, err = typeNamed(f[3]); err != nil {
		return err
	}
	if p.Variadic, err = typeNamed(f[8]); err != nil {
		return err
	}
	if err := p.parseDefaults(f[9]); err != nil {
		return err
	}
	if f[10] != "-" {
		p.ArgNames = strings.Split(f[10], ",")
	}
	if err := p.parseOuts(f[11]); err != nil {
		return err
	}
	p.Key = p.Name + "(" + strings.Join(strings.Fields(strings.Trim(f[2], "-")), ",") + ")"
	b.Procs = append(b.Procs, p)
	b.procsByName[p.Name] = append(b.procsByName[p.Name], p)
	b.procsByOID[p.OID] = p
	return nil
}

// parseDefaults reads "2:{};false", or a number alone where the executor knows what a missing argument means.
func (p *Proc) parseDefaults(s string) (err error) {
	count, values, given := strings.Cut(s, ":")
	if given {
		p.DefaultValues = strings.Split(values, ";")
	}
	p.Defaults, err = strconv.Atoi(count)
	return err
}

func (p *Proc) parseOuts(s string) error {
	if s == "-" {
		return nil
	}
	for _, out := range strings.Split(s, ",") {
		name, typ, _ := strings.Cut(out, ":")
		t, err := typeNamed(typ)
		if err != nil {
			return err
		}
		p.OutNames, p.OutTypes = append(p.OutNames, name), append(p.OutTypes, t)
	}
	return nil
}

func (b *Builtins) addOperator(f []string) error {
	oid, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil {
		return err
	}
	o := &Operator{OID: OID(oid), Name: f[1], Schema: PgCatalogOID, Commutator: parseOID(f[6]), Negator: parseOID(f[7])}
	if o.OID >= 16384 {
		o.Schema = PublicOID
	}
	for _, t := range []struct {
		name string
		dst  **datum.Type
	}{{f[2], &o.Left}, {f[3], &o.Right}, {f[4], &o.Result}} {
		if *t.dst, err = typeNamed(t.name); err != nil {
			return err
		}
	}
	if o.Proc = b.operatorProc(f[5], o); o.Proc == nil {
		return fmt.Errorf("operator %s: no function %s", o.Name, f[5])
	}
	b.Operators = append(b.Operators, o)
	b.opsByName[o.Name] = append(b.opsByName[o.Name], o)
	b.opsByOID[o.OID] = o
	return nil
}

func (b *Builtins) operatorProc(name string, o *Operator) *Proc {
	want := []*datum.Type{o.Right}
	if o.Left != nil {
		want = []*datum.Type{o.Left, o.Right}
	}
	var loose *Proc
	for _, p := range b.procsByName[name] {
		if len(p.Args) != len(want) {
			continue
		}
		loose = p
		match := true
		for i := range want {
			match = match && p.Args[i] == want[i]
		}
		if match {
			return p
		}
	}
	return loose // binary-coercible arguments, such as varchar operators on text functions
}

func (b *Builtins) addCast(f []string) error {
	from, err := typeNamed(f[0])
	if err != nil {
		return err
	}
	to, err := typeNamed(f[1])
	if err != nil {
		return err
	}
	c := &Cast{From: from, To: to, Context: f[2][0], Method: f[3][0]}
	b.Casts = append(b.Casts, c)
	b.castsByPair[[2]*datum.Type{from, to}] = c
	return nil
}

func parseOID(s string) OID {
	n, _ := strconv.ParseUint(s, 10, 32)
	return OID(n)
}

func typeNamed(name string) (*datum.Type, error) {
	if name == "-" {
		return nil, nil
	}
	if t := datum.TypeByName(name); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("no type %q", name)
}

func typeList(s string) ([]*datum.Type, error) {
	if s == "-" {
		return nil, nil
	}
	var out []*datum.Type
	for _, name := range strings.Fields(s) {
		t, err := typeNamed(name)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}
