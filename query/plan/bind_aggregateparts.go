package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// parts finds the transition function and the final one, which say what the result is.
func (d *aggregateDefinition) parts() error {
	agg := d.f.Agg
	if err := d.settled("cannot determine transition data type", d.state); err != nil {
		return err
	}
	if err := d.hypotheticalPairs(); err != nil {
		return err
	}
	trans, err := d.transition(d.state, "sfunc", "transition function")
	if err != nil {
		return err
	}
	if err := d.beginsStrict(trans, agg.Init, d.state); err != nil {
		return err
	}
	agg.Trans, d.result = trans.OID, d.state
	if d.given["finalfunc"] != nil {
		if agg.Final, d.result, err = d.final(d.state, "finalfunc", agg.FinalExtra); err != nil {
			return err
		}
	}
	if err := d.settled("cannot determine result data type", d.result); err != nil {
		return err
	}
	if d.result == datum.Internal && !slices.Contains(d.args, datum.Internal) {
		return badFunction("unsafe use of pseudo-type \"internal\"").
			WithDetail("A function returning \"internal\" must have at least one \"internal\" argument.")
	}
	d.f.Ret = d.result.OID
	return nil
}

// settled wants an argument that says what a polymorphic type is.
func (d *aggregateDefinition) settled(message string, t *datum.Type) error {
	if !isPolymorphic(t) || t == datum.Any {
		return nil
	}
	words, settles := polymorphicInputs(t)
	if slices.ContainsFunc(d.args, settles) {
		return nil
	}
	return badFunction("%s", message).WithDetail("A result of type %s requires at least one input of type %s.", t, words)
}

// hypotheticalPairs: a hypothetical row has the types that the rows are sorted by.
func (d *aggregateDefinition) hypotheticalPairs() error {
	direct := d.f.Agg.Direct
	if sorted := len(d.args) - direct; d.f.Agg.Kind != "h" || direct >= sorted &&
		slices.Equal(d.args[direct-sorted:direct], d.args[direct:]) {
		return nil
	}
	return badFunction("a hypothetical-set aggregate must have direct arguments matching its aggregated arguments")
}

// aggregated are the types of what a transition takes from each row.
func (d *aggregateDefinition) aggregated() []*datum.Type { return d.args[d.f.Agg.Direct:] }

func (d *aggregateDefinition) transition(state *datum.Type, attribute, words string) (*catalog.Proc, error) {
	p, ret, name, err := d.function(attribute, append([]*datum.Type{state}, d.aggregated()...))
	if err == nil && ret != state {
		err = wrongReturn(words, name, state)
	}
	return p, err
}

func wrongReturn(words string, name parse.Name, t *datum.Type) error {
	return sqlstate.New(sqlstate.DatatypeMismatch, "return type of %s %s is not %s", words, strings.Join(name, "."), t)
}

// beginsStrict: a strict function that begins with NULL takes the first value for the state.
func (d *aggregateDefinition) beginsStrict(p *catalog.Proc, init *string, state *datum.Type) error {
	if !p.Strict || init != nil || len(d.args) > 0 && binaryCoercible(d.args[0], state) {
		return nil
	}
	return badFunction("must not omit initial value when transition function is strict and transition type is not " +
		"compatible with input type")
}

func (d *aggregateDefinition) final(state *datum.Type, attribute string, extra bool) (catalog.OID, *datum.Type, error) {
	args := append([]*datum.Type{state}, d.args[:d.f.Agg.Direct]...)
	if extra {
		args = append([]*datum.Type{state}, d.args...)
	}
	p, ret, _, err := d.function(attribute, args)
	if err != nil {
		return 0, nil, err
	}
	if extra && p.Strict {
		return 0, nil, badFunction("final function with extra arguments must not be declared STRICT")
	}
	return p.OID, ret, nil
}

// moving finds what goes along with a window's frame.
func (d *aggregateDefinition) moving() error {
	m := d.f.Agg.Moving
	if m == nil {
		return nil
	}
	state := d.b.cat.Snapshot().TypeByOID(m.State)
	if err := d.settled("cannot determine transition data type", state); err != nil {
		return err
	}
	forward, err := d.transition(state, "msfunc", "transition function")
	if err != nil {
		return err
	}
	if err := d.beginsStrict(forward, m.Init, state); err != nil {
		return err
	}
	back, err := d.transition(state, "minvfunc", "inverse transition function")
	if err != nil {
		return err
	}
	if back.Strict != forward.Strict {
		return badFunction("strictness of aggregate's forward and inverse transition functions must match")
	}
	m.Trans, d.f.Agg.Inverse = forward.OID, back.OID
	result := state
	if d.given["mfinalfunc"] != nil {
		if m.Final, result, err = d.final(state, "mfinalfunc", m.FinalExtra); err != nil {
			return err
		}
	}
	if result != d.result {
		return badFunction("moving-aggregate implementation returns type %s, but plain implementation returns type %s",
			result, d.result)
	}
	return nil
}

// supports finds what is kept for parallel plans and for indexes.
func (d *aggregateDefinition) supports() error {
	for _, s := range []struct {
		attribute, words string
		args             []*datum.Type
		ret              *datum.Type
		to               *catalog.OID
	}{
		{"combinefunc", "combine function", []*datum.Type{d.state, d.state}, d.state, &d.f.Agg.Combine},
		{"serialfunc", "serialization function", []*datum.Type{d.state}, datum.Bytea, &d.f.Agg.Serialize},
		{"deserialfunc", "deserialization function", []*datum.Type{datum.Bytea, d.state}, d.state, &d.f.Agg.Deserialize},
	} {
		if d.given[s.attribute] == nil {
			continue
		}
		p, ret, name, err := d.function(s.attribute, s.args)
		if err != nil {
			return err
		}
		if ret != s.ret {
			return wrongReturn(s.words, name, s.ret)
		}
		if s.attribute == "combinefunc" && d.state == datum.Internal && p.Strict {
			return badFunction("combine function with transition type %s must not be declared STRICT", d.state)
		}
		*s.to = p.OID
	}
	a := d.given["sortop"]
	if a == nil {
		return nil
	}
	if len(d.args) != 1 {
		return badFunction("sort operator can only be specified for single-argument aggregates")
	}
	name, err := attributeName(a)
	if err != nil {
		return err
	}
	arg := &Col{Typed: Typed{d.args[0], -1}}
	op, err := d.b.findOperator(name, []Expr{arg, arg}, -1)
	if err == nil {
		d.f.Agg.SortOp = op.OID
	}
	return err
}

// function finds a part of an aggregate by an attribute and what it is called with (lookup_agg_function).
func (d *aggregateDefinition) function(attribute string, args []*datum.Type) (*catalog.Proc, *datum.Type, parse.Name, error) {
	name, err := attributeName(d.given[attribute])
	if err != nil {
		return nil, nil, nil, err
	}
	call := &parse.FuncCall{At: -1, Name: name, Args: make([]parse.Expr, len(args))}
	procs := d.b.procsNamed(name)
	cands, _ := procCandidates(procs, call, "f")
	i := pickOverload(d.b.cat.Snapshot(), cands, args)
	if i < 0 {
		return nil, nil, nil, sqlstate.New(sqlstate.UndefinedFunction, "function %s does not exist", callWords(name, args))
	}
	p := procs[i]
	if p.RetSet {
		return nil, nil, nil, sqlstate.New(sqlstate.DatatypeMismatch, "function %s returns a set", callWords(name, args))
	}
	params := make([]*datum.Type, len(args))
	for j := range args {
		params[j] = paramAt(p, j, d.variadic && len(args) == len(p.Args))
	}
	stand, _ := deduce(params, args)
	for j, t := range args {
		if want := stand.actualOr(params[j]); !binaryCoercible(t, want) {
			return nil, nil, nil, sqlstate.New(sqlstate.DatatypeMismatch, "function %s requires run-time type coercion",
				callWords(name, params))
		}
	}
	d.b.callAccess(p)
	return p, stand.actualOr(p.Ret), name, nil
}

func callWords(name parse.Name, types []*datum.Type) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = t.String()
	}
	return strings.Join(name, ".") + "(" + strings.Join(words, ", ") + ")"
}

// binaryCoercible says whether values of a type are values of another as they are (IsBinaryCoercible).
func binaryCoercible(from, to *datum.Type) bool {
	if from == to || to == datum.Any || to == datum.AnyElement || to == datum.AnyCompatible {
		return true
	}
	if from = from.Root(); from == to {
		return true
	}
	switch {
	case isPolymorphic(to):
		return castPath(nil, from, to, implicit)
	case to == datum.Record && from.IsRecord(), to == datum.RecordArray && from.IsArray() && from.Elem.IsRecord():
		return true
	}
	c := catalog.Builtin().FindCast(from, to)
	return c != nil && c.Method == 'b' && c.Context == 'i'
}

// replaced finds what OR REPLACE replaces, which must be an aggregate of the same kind.
func (d *aggregateDefinition) replaced() (*catalog.Function, error) {
	f := d.f
	old, err := d.b.replaceable(f, d.args, d.s.Replace)
	if old == nil {
		return nil, err
	}
	was := old.User
	if was.Agg == nil || was.Agg.Kind != f.Agg.Kind {
		return nil, wrongRoutineKind(old)
	}
	if was.Ret != f.Ret {
		return nil, badFunction("cannot change return type of existing function").
			WithHint("Use DROP AGGREGATE %s first.", d.b.signature(old))
	}
	if was.Agg.Direct != f.Agg.Direct {
		return nil, badFunction("cannot change number of direct arguments of an aggregate function").
			WithDetail("\"%s\" has %d direct arguments.", f.Name, was.Agg.Direct)
	}
	f.OID, f.Comment = was.OID, was.Comment
	return was, nil
}

// wrongRoutineKind refuses to make another kind of routine of one.
func wrongRoutineKind(p *catalog.Proc) error {
	is := "a " + p.RoutineWord() + "."
	if p.Kind == 'a' {
		is = map[byte]string{0: "an aggregate function.", 'o': "an ordered-set aggregate.",
			'h': "a hypothetical-set aggregate."}[p.OrderedSet()]
	}
	return sqlstate.New(sqlstate.WrongObjectType, "cannot change routine kind").WithDetail("\"%s\" is %s", p.Name, is)
}
