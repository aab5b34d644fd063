package catalog

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/seguedb/segue/query/datum"
)

// What the system catalogs say beside types, functions, operators and casts: more tab-separated tables,
// their OIDs and properties PostgreSQL 15's, those from 16384 up Segue's and pgvector's. Columns:
//
//	type.tsv      name byval align storage collation input output receive send subscript analyze
//	support.tsv   oid name argtypes rettype strict volatile: functions that types, casts and access
//	              methods point at; they are in pg_proc, but no statement calls them
//	opclass.tsv   oid name method family family-name type default
//	amop.tsv      oid family left right strategy operator
//	amproc.tsv    oid family left right number function
//	castfunc.tsv  source target oid function
//	conversion.tsv  oid name from to function default: between the encodings that package charset converts
//	keyword.tsv   word category bare-label
//	timezone.tsv  name
var (
	//go:embed type.tsv
	typeTSV string
	//go:embed support.tsv
	supportTSV string
	//go:embed opclass.tsv
	opClassTSV string
	//go:embed amop.tsv
	amopTSV string
	//go:embed amproc.tsv
	amprocTSV string
	//go:embed castfunc.tsv
	castFuncTSV string
	//go:embed keyword.tsv
	keywordTSV string
	//go:embed timezone.tsv
	timezoneTSV string
)

// facts is those tables, parsed.
type facts struct {
	types       map[*datum.Type]*typeFact
	support     []*Proc
	supportByID map[OID]*Proc
	opClasses   []*opClass
	amops       []amop
	amprocs     []amproc
	casts       map[[2]*datum.Type]castFact
}

// typeFact is what pg_type holds that a datum.Type does not.
type typeFact struct {
	byValue                      bool
	align, storage               byte
	collation                    OID
	input, output, receive, send OID
	subscript, analyze           OID
}

// opClass is a row of pg_opclass; families are rows of pg_opfamily.
type opClass struct {
	oid        OID
	name       string
	method     string
	family     OID
	familyName string
	typ        *datum.Type
	isDefault  bool
	// owner is the extension that has the class, "" for a class that is always there; it says key, operators and functions.
	owner     string
	key       OID
	operators []classOperator
	functions []classFunction
}

type amop struct {
	oid, family OID
	left, right *datum.Type
	strategy    int64
	operator    OID
	purpose     byte // s for a search, o for an order
}

type amproc struct {
	oid, family OID
	left, right *datum.Type
	number      int64
	proc        OID
}

type castFact struct{ oid, proc OID }

// systemFacts parses the tables once. Like Builtin it panics when they are malformed, which a test rules out.
var systemFacts = sync.OnceValue(func() *facts {
	f, err := parseFacts()
	if err != nil {
		panic(err)
	}
	return f
})

func parseFacts() (*facts, error) {
	f := &facts{types: map[*datum.Type]*typeFact{}, supportByID: map[OID]*Proc{}, casts: map[[2]*datum.Type]castFact{}}
	for _, table := range []struct {
		file, text string
		fields     int
		add        func(r *factReader)
	}{
		{"type.tsv", typeTSV, 11, f.addType},
		{"support.tsv", supportTSV, 6, f.addSupport},
		{"opclass.tsv", opClassTSV, 7, f.addOpClass},
		{"amop.tsv", amopTSV, 6, f.addAmop},
		{"amproc.tsv", amprocTSV, 6, f.addAmproc},
		{"castfunc.tsv", castFuncTSV, 4, f.addCast},
	} {
		err := eachRow(table.file, table.text, table.fields, func(fields []string) error {
			r := &factReader{fields: fields}
			table.add(r)
			return r.err
		})
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// factReader reads one row's fields in turn and keeps the first error.
type factReader struct {
	fields []string
	err    error
}

func (r *factReader) text() string {
	s := r.fields[0]
	r.fields = r.fields[1:]
	return s
}

func (r *factReader) oid() OID {
	n, err := strconv.ParseUint(r.text(), 10, 32)
	if err != nil && r.err == nil {
		r.err = err
	}
	return OID(n)
}

func (r *factReader) bool() bool { return r.text() == "t" }

func (r *factReader) typ() *datum.Type {
	name := r.text()
	t := datum.TypeByName(name)
	if t == nil && r.err == nil {
		r.err = fmt.Errorf("no type %q", name)
	}
	return t
}

func (f *facts) addType(r *factReader) {
	t := r.typ()
	f.types[t] = &typeFact{byValue: r.bool(), align: r.text()[0], storage: r.text()[0], collation: r.oid(),
		input: r.oid(), output: r.oid(), receive: r.oid(), send: r.oid(), subscript: r.oid(), analyze: r.oid()}
}

func (f *facts) addSupport(r *factReader) {
	p := &Proc{OID: r.oid(), Name: r.text(), Schema: PgCatalogOID, Kind: 'f'}
	if p.OID >= firstExtensionOID {
		p.Schema = PublicOID
	}
	args := r.text()
	types, err := typeList(args)
	if err != nil && r.err == nil {
		r.err = err
	}
	p.Args, p.Ret = types, r.typ()
	p.Strict, p.Volatile = r.bool(), r.text()[0]
	p.Key = p.Name + "(" + strings.Join(strings.Fields(strings.Trim(args, "-")), ",") + ")"
	f.support = append(f.support, p)
	f.supportByID[p.OID] = p
}

func (f *facts) addOpClass(r *factReader) {
	f.opClasses = append(f.opClasses, &opClass{oid: r.oid(), name: r.text(), method: r.text(), family: r.oid(),
		familyName: r.text(), typ: r.typ(), isDefault: r.bool()})
}

func (f *facts) addAmop(r *factReader) {
	f.amops = append(f.amops, amop{oid: r.oid(), family: r.oid(), left: r.typ(), right: r.typ(),
		strategy: int64(r.oid()), operator: r.oid(), purpose: 's'})
}

func (f *facts) addAmproc(r *factReader) {
	f.amprocs = append(f.amprocs, amproc{oid: r.oid(), family: r.oid(), left: r.typ(), right: r.typ(),
		number: int64(r.oid()), proc: r.oid()})
}

func (f *facts) addCast(r *factReader) {
	pair := [2]*datum.Type{r.typ(), r.typ()}
	f.casts[pair] = castFact{oid: r.oid(), proc: r.oid()}
}

// firstExtensionOID is the first OID that the extension's objects have. PostgreSQL gives extensions those from 16384; the
// ones from 15000, which its initdb leaves free, are for what that range has no room for.
const firstExtensionOID OID = 15000

// OfExtension says whether a built-in object is the extension's.
func OfExtension(oid OID) bool { return oid >= firstExtensionOID && oid < FirstUserOID }

// procByOID finds a function, the uncallable ones too, or nil.
func procByOID(oid OID) *Proc {
	if p := Builtin().ProcByOID(oid); p != nil {
		return p
	}
	return systemFacts().supportByID[oid]
}

// SupportFunction finds a built-in function that nobody calls, such as an estimator, by its argument types; nil for none.
func SupportFunction(name string, args []*datum.Type) *Proc {
	for _, p := range systemFacts().support {
		if p.Name == name && slices.Equal(p.Args, args) {
			return p
		}
	}
	return nil
}

// allProcs lists what pg_proc lists.
func (s *Snapshot) allProcs() []*Proc {
	return slices.Concat(builtinProcs(), s.Functions(), s.makers())
}

// builtinProcs lists the built-in functions, the uncallable ones too.
func builtinProcs() []*Proc {
	b := Builtin()
	out := make([]*Proc, 0, len(b.Procs)+len(systemFacts().support))
	out = append(out, b.Procs...)
	for _, p := range systemFacts().support {
		if b.ProcByOID(p.OID) == nil {
			out = append(out, p)
		}
	}
	return out
}
