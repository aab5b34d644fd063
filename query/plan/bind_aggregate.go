package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// aggregateDefinition is one CREATE AGGREGATE under way (DefineAggregate and AggregateCreate of PostgreSQL).
type aggregateDefinition struct {
	b        *binder
	s        *parse.CreateAggregateStmt
	f        *catalog.Function
	given    map[string]*parse.Attribute
	args     []*datum.Type
	variadic bool
	modify   map[string]string // pg_aggregate's letters, by the prefix of the attributes
	state    *datum.Type
	result   *datum.Type
	warnings []Notice
}

// aggregateWords are the attributes that there are, by the names that they are kept under.
var aggregateWords = map[string]string{"sfunc1": "sfunc", "stype1": "stype", "initcond1": "initcond"}

// createAggregate binds CREATE [OR REPLACE] AGGREGATE.
func (b *binder) createAggregate(s *parse.CreateAggregateStmt) (*Plan, error) {
	sc, temp, err := b.creationPlace(s.Name, 0, s.Pos())
	if err != nil {
		return nil, err
	}
	d := &aggregateDefinition{b: b, s: s, f: &catalog.Function{Schema: sc.OID,
		Name: s.Name[len(s.Name)-1], Kind: "a", Volatile: "i", Parallel: "u", Cost: 1, Source: "aggregate_dummy",
		Agg: &catalog.AggregateDef{Kind: "n"}}}
	for _, step := range []func() error{d.attributes, d.letters, d.required, d.params, d.states, d.parallel, d.parts,
		d.moving, d.supports} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	node := &ChangeFunction{New: d.f, Warnings: d.warnings}
	if temp {
		node.TempSchema = sc.Name
	}
	if node.Old, err = d.replaced(); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: "CREATE AGGREGATE", Writes: true, DDL: true}, nil
}

// attributes sorts what was given.
func (d *aggregateDefinition) attributes() error {
	known := []string{"sfunc", "finalfunc", "combinefunc", "serialfunc", "deserialfunc", "msfunc", "minvfunc", "mfinalfunc",
		"finalfunc_extra", "mfinalfunc_extra", "finalfunc_modify", "mfinalfunc_modify", "sortop", "basetype", "hypothetical",
		"stype", "sspace", "mstype", "msspace", "initcond", "minitcond", "parallel"}
	if d.s.Direct >= 0 {
		d.f.Agg.Kind, d.f.Agg.Direct = "o", d.s.Direct
	}
	d.given, d.warnings = givenAttributes("aggregate", d.s.Attributes, known, aggregateWords)
	if !d.flag("hypothetical") {
		return nil
	}
	if d.f.Agg.Kind == "n" {
		return badFunction("only ordered-set aggregates can be hypothetical")
	}
	d.f.Agg.Kind = "h"
	return nil
}

// letters reads what final functions may do to the state: by default nothing, in an ordered set everything.
func (d *aggregateDefinition) letters() error {
	words := map[string]string{"read_only": "r", "shareable": "s", "read_write": "w"}
	d.modify = map[string]string{}
	for _, m := range []string{"", "m"} {
		d.modify[m] = "r"
		if d.f.Agg.Kind != "n" {
			d.modify[m] = "w"
		}
		if a := d.given[m+"finalfunc_modify"]; a != nil {
			if d.modify[m] = words[strings.ToLower(attributeText(a))]; d.modify[m] == "" {
				return sqlstate.New(sqlstate.SyntaxError, "parameter \"%s\" must be READ_ONLY, SHAREABLE, or READ_WRITE", a.Name)
			}
		}
	}
	return nil
}

// required looks for what must be there, and for what must not.
func (d *aggregateDefinition) required() error {
	has := func(name string) bool { return d.given[name] != nil }
	switch {
	case !has("stype"):
		return badFunction("aggregate stype must be specified")
	case !has("sfunc"):
		return badFunction("aggregate sfunc must be specified")
	}
	for _, name := range []string{"msfunc", "minvfunc"} {
		if has("mstype") && !has(name) {
			return badFunction("aggregate %s must be specified when mstype is specified", name)
		}
	}
	for _, name := range []string{"msfunc", "minvfunc", "mfinalfunc", "msspace", "minitcond"} {
		if !has("mstype") && has(name) {
			return badFunction("aggregate %s must not be specified without mstype", name)
		}
	}
	return nil
}

// params looks the arguments up, which the old style has as one attribute.
func (d *aggregateDefinition) params() error {
	base := d.given["basetype"]
	if d.s.OldStyle {
		if base == nil {
			return badFunction("aggregate input type must be specified")
		}
		name, err := d.typeNamed("basetype")
		if err != nil || len(name.Name) == 1 && strings.EqualFold(name.Name[0], "any") {
			return err
		}
		d.s.Params = []parse.FuncParam{{At: name.At, Type: *name, Mode: 'i'}}
	} else if base != nil {
		return badFunction("basetype is redundant with aggregate input type specification")
	}
	names := &functionDefinition{b: d.b, f: d.f}
	for i := range d.s.Params {
		p := &d.s.Params[i]
		if p.Type.SetOf {
			return badFunction("aggregates cannot accept set arguments")
		}
		t, err := names.typeName(p.Type)
		if sqlstate.CodeOf(err) == sqlstate.UndefinedObject {
			return sqlstate.New(sqlstate.UndefinedObject, "type %s does not exist", strings.Join(p.Type.Name, "."))
		}
		if err != nil {
			return unplaced(err)
		}
		param := catalog.Parameter{Name: p.Name, Type: t.OID, Mode: string(p.Mode)}
		if err := names.uniqueName(&param); err != nil {
			return err
		}
		if err := d.variadicParam(param, t); err != nil {
			return err
		}
		d.f.Params, d.args = append(d.f.Params, param), append(d.args, t)
	}
	return nil
}

func (d *aggregateDefinition) variadicParam(p catalog.Parameter, t *datum.Type) error {
	switch {
	case p.Mode != "v":
		return nil
	case d.f.Agg.Kind != "n":
		return unsupported(-1, "VARIADIC arguments of ordered-set aggregates")
	case !t.IsArray() && t != datum.AnyArray && t != datum.AnyCompatibleArray:
		return badFunction("VARIADIC parameter must be an array")
	}
	d.variadic = true
	return nil
}

// states looks the types of the states up and reads their beginnings.
func (d *aggregateDefinition) states() error {
	t, err := d.stateType("stype")
	if err != nil {
		return err
	}
	d.state = t
	serial, deserial := d.given["serialfunc"] != nil, d.given["deserialfunc"] != nil
	switch {
	case serial && deserial && t != datum.Internal:
		return badFunction("serialization functions may be specified only when the aggregate transition data type is internal")
	case serial != deserial:
		return badFunction("must specify both or neither of serialization and deserialization functions")
	}
	if err := d.begin(&d.f.Agg.AggregateSteps, t, ""); err != nil || d.given["mstype"] == nil {
		return err
	}
	m, err := d.stateType("mstype")
	if err != nil {
		return err
	}
	d.f.Agg.Moving = &catalog.AggregateSteps{}
	return d.begin(d.f.Agg.Moving, m, "m")
}

func (d *aggregateDefinition) stateType(attribute string) (*datum.Type, error) {
	name, err := d.typeNamed(attribute)
	if err != nil {
		return nil, err
	}
	t, _, err := d.b.typeName(name)
	if err != nil {
		return nil, unplaced(err)
	}
	if t.Pseudo && !isPolymorphic(t) && (t != datum.Internal || !d.b.superuser()) {
		return nil, badFunction("aggregate transition data type cannot be %s", t)
	}
	return t, nil
}

// begin fills in what the attributes say of a state: m is the prefix of those of moving aggregates.
func (d *aggregateDefinition) begin(s *catalog.AggregateSteps, t *datum.Type, m string) (err error) {
	s.State, s.FinalExtra, s.Modify = t.OID, d.flag(m+"finalfunc_extra"), d.modify[m]
	if a := d.given[m+"sspace"]; a != nil {
		n, err := strconv.ParseInt(attributeText(a), 10, 32)
		if err != nil {
			return sqlstate.New(sqlstate.SyntaxError, "%s requires an integer value", a.Name)
		}
		s.Space = int32(n)
	}
	a := d.given[m+"initcond"]
	if a == nil {
		return nil
	}
	text := attributeText(a)
	s.Init = &text
	if !t.Pseudo {
		_, err = d.b.initialState(s, t)
	}
	return err
}

// initialState is what a state begins as, NULL where nothing says it.
func (b *binder) initialState(s *catalog.AggregateSteps, t *datum.Type) (datum.Datum, error) {
	if s.Init == nil {
		return datum.Null, nil
	}
	e, err := b.coerceUnknown(&Const{Typed: Typed{datum.Unknown, -1}, Value: datum.NewString(*s.Init)}, t, -1, implicit, -1)
	if err != nil {
		return datum.Null, err
	}
	c, ok := e.(*Const)
	if !ok {
		return datum.Null, unsupported(-1, "an initial state of type "+t.String())
	}
	return c.Value, nil
}

func (d *aggregateDefinition) parallel() error {
	a := d.given["parallel"]
	if a == nil {
		return nil
	}
	word := attributeText(a)
	if word != "safe" && word != "restricted" && word != "unsafe" {
		return sqlstate.New(sqlstate.SyntaxError, "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE")
	}
	d.f.Parallel = word[:1]
	return nil
}

// flag is an attribute that stands for true where it has no value.
func (d *aggregateDefinition) flag(name string) bool {
	a := d.given[name]
	if a == nil {
		return false
	}
	switch strings.ToLower(attributeText(a)) {
	case "", "true", "on", "1":
		return true
	}
	return false
}

// attributeText is an attribute's value as text (defGetString).
func attributeText(a *parse.Attribute) string {
	switch {
	case a.Type != nil:
		return strings.Join(a.Type.Name, ".")
	case a.Operator != nil:
		return strings.Join(a.Operator, ".")
	}
	return a.Text
}

// typeNamed is a type that an attribute names, as a word or in quotes.
func (d *aggregateDefinition) typeNamed(attribute string) (*parse.TypeName, error) {
	return attributeType(d.given[attribute])
}

// attributeType is defGetTypeName: quotes hold a bare name.
func attributeType(a *parse.Attribute) (*parse.TypeName, error) {
	switch {
	case a.Type != nil:
		return a.Type, nil
	case a.HasText:
		return &parse.TypeName{At: -1, Name: parse.Name{a.Text}}, nil
	case a.Operator != nil:
		return nil, sqlstate.New(sqlstate.SyntaxError, "argument of %s must be a type name", a.Name)
	}
	return nil, sqlstate.New(sqlstate.SyntaxError, "%s requires a parameter", a.Name)
}

// attributeName is defGetQualifiedName.
func attributeName(a *parse.Attribute) (parse.Name, error) {
	switch {
	case a.Type != nil:
		return a.Type.Name, nil
	case a.Operator != nil:
		return a.Operator, nil
	case a.HasText:
		return parse.Name{a.Text}, nil
	}
	return nil, sqlstate.New(sqlstate.SyntaxError, "%s requires a parameter", a.Name)
}
