package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// operatorDefinition is one CREATE OPERATOR under way (DefineOperator and OperatorCreate of PostgreSQL).
type operatorDefinition struct {
	b           *binder
	s           *parse.CreateOperatorStmt
	o           *catalog.OperatorDef
	given       map[string]*parse.Attribute
	left, right *datum.Type // left is nil for a prefix operator
	result      *datum.Type
	warnings    []Notice
}

var operatorWords = map[string]string{"procedure": "function", "sort1": "merges", "sort2": "merges", "ltcmp": "merges",
	"gtcmp": "merges"}

// createOperator binds CREATE OPERATOR.
func (b *binder) createOperator(s *parse.CreateOperatorStmt) (*Plan, error) {
	sc, err := b.creationSchema(s.Name, s.Pos())
	if err != nil {
		return nil, err
	}
	d := &operatorDefinition{b: b, s: s,
		o: &catalog.OperatorDef{Schema: sc.OID, Name: s.Name[len(s.Name)-1]}}
	for _, step := range []func() error{d.attributes, d.operands, d.function, d.fits, d.estimators} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	node := &ChangeOperator{New: d.o, Warnings: d.warnings}
	snap := b.cat.Snapshot()
	if node.Old = snap.UserOperator(sc.OID, d.o.Name, d.left, d.right); node.Old != nil {
		if !node.Old.Shell() {
			return nil, sqlstate.New(sqlstate.DuplicateFunction, "operator %s already exists", d.o.Name)
		}
		if err := mustOwn(snap, b.me(), catalog.ObjectOperator, node.Old.OID); err != nil {
			return nil, err
		}
		d.o.OID, d.o.Commutator, d.o.Negator = node.Old.OID, node.Old.Commutator, node.Old.Negator
	}
	if err := d.partners(node); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: "CREATE OPERATOR", Writes: true, DDL: true}, nil
}

// givenAttributes sorts the attributes of what is defined by a list of them; words are their older names. What PostgreSQL
// does not know it only warns of.
func givenAttributes(kind string, list []parse.Attribute, known []string, words map[string]string) (map[string]*parse.Attribute,
	[]Notice) {
	given, warnings := map[string]*parse.Attribute{}, []Notice(nil)
	for i := range list {
		a := &list[i]
		name := a.Name
		if kept := words[name]; kept != "" {
			name = kept
		}
		if !slices.Contains(known, name) {
			warnings = append(warnings, Notice{Severity: "WARNING", Code: sqlstate.SyntaxError,
				Text: kind + " attribute \"" + a.Name + "\" not recognized"})
			continue
		}
		given[name] = a
	}
	return given, warnings
}

func (d *operatorDefinition) attributes() error {
	known := []string{"leftarg", "rightarg", "function", "commutator", "negator", "restrict", "join", "hashes", "merges"}
	d.given, d.warnings = givenAttributes("operator", d.s.Attributes, known, operatorWords)
	d.o.Merges, d.o.Hashes = attributeFlag(d.given["merges"]), attributeFlag(d.given["hashes"])
	return nil
}

func (d *operatorDefinition) operands() (err error) {
	if d.given["function"] == nil {
		return badFunction("operator function must be specified")
	}
	if d.left, err = d.operand("leftarg"); err != nil {
		return err
	}
	if d.right, err = d.operand("rightarg"); err != nil {
		return err
	}
	switch {
	case d.left == nil && d.right == nil:
		return badFunction("operator argument types must be specified")
	case d.right == nil:
		return badFunction("operator right argument type must be specified").
			WithDetail("Postfix operators are not supported.")
	}
	if d.left != nil {
		d.o.Left = d.left.OID
	}
	d.o.Right = d.right.OID
	return nil
}

func (d *operatorDefinition) operand(attribute string) (*datum.Type, error) {
	a := d.given[attribute]
	if a == nil {
		return nil, nil
	}
	name, err := attributeType(a)
	if err != nil {
		return nil, err
	}
	if name.SetOf {
		return nil, badFunction("SETOF type not allowed for operator argument")
	}
	t, _, err := d.b.typeName(name)
	return t, unplaced(err)
}

// args are the types that the function is called with.
func (d *operatorDefinition) args() []*datum.Type {
	if d.left == nil {
		return []*datum.Type{d.right}
	}
	return []*datum.Type{d.left, d.right}
}

func (d *operatorDefinition) function() error {
	p, err := d.b.functionExactly(d.given["function"], d.args())
	if err != nil {
		return err
	}
	d.b.callAccess(p)
	d.o.Proc, d.result, d.o.Result = p.OID, p.Ret, p.Ret.OID
	return nil
}

// functionExactly finds a function of just those argument types (LookupFuncName).
func (b *binder) functionExactly(a *parse.Attribute, args []*datum.Type) (*catalog.Proc, error) {
	name, err := attributeName(a)
	if err != nil {
		return nil, err
	}
	for _, p := range b.procsNamed(name) {
		if p.Kind != 'p' && slices.Equal(p.Args, args) {
			return p, nil
		}
	}
	if oid := catalog.SupportFunction(name[len(name)-1], args); oid != nil {
		return oid, nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedFunction, "function %s does not exist", callWords(name, args))
}

// fits holds the attributes to what an operator of its kind can have.
func (d *operatorDefinition) fits() error {
	has := func(name string) bool { return d.given[name] != nil }
	if d.left == nil {
		switch {
		case has("commutator"):
			return badFunction("only binary operators can have commutators")
		case has("join"):
			return badFunction("only binary operators can have join selectivity")
		case d.o.Merges:
			return badFunction("only binary operators can merge join")
		case d.o.Hashes:
			return badFunction("only binary operators can hash")
		}
	}
	if d.result == datum.Bool {
		return nil
	}
	switch {
	case has("negator"):
		return badFunction("only boolean operators can have negators")
	case has("restrict"):
		return badFunction("only boolean operators can have restriction selectivity")
	case has("join"):
		return badFunction("only boolean operators can have join selectivity")
	case d.o.Merges:
		return badFunction("only boolean operators can merge join")
	case d.o.Hashes:
		return badFunction("only boolean operators can hash")
	}
	return nil
}

// estimators finds the functions that estimate how many rows pass, which are kept for others: the planner has its own ways.
func (d *operatorDefinition) estimators() (err error) {
	if d.o.Restrict, err = d.b.restrictEstimator(d.given["restrict"]); err != nil {
		return err
	}
	d.o.Join, err = d.b.joinEstimator(d.given["join"])
	return err
}

func (b *binder) restrictEstimator(a *parse.Attribute) (catalog.OID, error) {
	if a == nil {
		return 0, nil
	}
	return b.estimator(a, "restriction", []*datum.Type{datum.Internal, datum.Oid, datum.Internal, datum.Int4})
}

func (b *binder) joinEstimator(a *parse.Attribute) (catalog.OID, error) {
	if a == nil {
		return 0, nil
	}
	return b.estimator(a, "join", []*datum.Type{datum.Internal, datum.Oid, datum.Internal, datum.Int2, datum.Internal})
}

func (b *binder) estimator(a *parse.Attribute, word string, args []*datum.Type) (catalog.OID, error) {
	p, err := b.functionExactly(a, args)
	if err != nil {
		return 0, err
	}
	if p.Ret != datum.Float8 {
		name, _ := attributeName(a)
		return 0, badFunction("%s estimator function %s must return type float8", word, strings.Join(name, "."))
	}
	return p.OID, nil
}

// partners finds the commutator and the negator, or makes shells for them (get_other_operator).
func (d *operatorDefinition) partners(node *ChangeOperator) error {
	snap := d.b.cat.Snapshot()
	for _, p := range []struct {
		attribute   string
		left, right *datum.Type
		to          **catalog.OperatorDef
		itself      *bool
	}{{"commutator", d.right, d.left, &node.Commutator, &node.OwnCommutator}, {"negator", d.left, d.right, &node.Negator, nil}} {
		a := d.given[p.attribute]
		if a == nil {
			continue
		}
		name, err := attributeName(a)
		if err != nil {
			return err
		}
		sc, err := d.b.creationSchema(name, -1)
		if err != nil {
			return err
		}
		symbol := name[len(name)-1]
		if sc.OID == d.o.Schema && symbol == d.o.Name && p.left == d.left && p.right == d.right {
			if p.itself == nil {
				return badFunction("operator cannot be its own negator or sort operator")
			}
			*p.itself = true
			continue
		}
		if b := d.b.operatorExactly(name, p.left, p.right); b != nil && b.User == nil {
			if p.attribute == "commutator" {
				d.o.Commutator = b.OID
			} else {
				d.o.Negator = b.OID
			}
			continue
		} else if b != nil {
			*p.to = b.User
			continue
		}
		*p.to = &catalog.OperatorDef{Schema: sc.OID, Name: symbol, Right: p.right.OID}
		if p.left != nil {
			(*p.to).Left = p.left.OID
		}
		if have := snap.UserOperator(sc.OID, symbol, p.left, p.right); have != nil {
			*p.to = have
		}
	}
	return nil
}

// operatorExactly finds the operator of just those operands, nil for none; left is nil for a prefix operator.
func (b *binder) operatorExactly(name parse.Name, left, right *datum.Type) *catalog.Operator {
	for _, o := range b.operatorsNamed(name) {
		if o.Left == left && o.Right == right {
			return o
		}
	}
	return nil
}

// operatorsNamed lists the operators that a name finds, shells too. Of those with the same operands, the one whose schema
// comes first in the search path.
func (b *binder) operatorsNamed(name parse.Name) []*catalog.Operator {
	all := b.cat.Snapshot().OperatorsNamed(name[len(name)-1])
	if len(name) >= 2 {
		sc := b.anySchema(name[len(name)-2])
		return slices.DeleteFunc(slices.Clone(all), func(o *catalog.Operator) bool { return sc == nil || o.Schema != sc.OID })
	}
	if len(all) == 0 || all[len(all)-1].User == nil {
		return all
	}
	out := slices.Clone(catalog.Builtin().OperatorsNamed(name[0]))
	for _, schema := range b.searchPath() {
		for _, o := range all {
			same := func(q *catalog.Operator) bool { return q.Left == o.Left && q.Right == o.Right }
			if o.User != nil && o.Schema == schema && !slices.ContainsFunc(out, same) {
				out = append(out, o)
			}
		}
	}
	return out
}

func attributeFlag(a *parse.Attribute) bool {
	if a == nil {
		return false
	}
	switch strings.ToLower(attributeText(a)) {
	case "", "true", "on", "1":
		return true
	}
	return a.Name != "merges" && a.Name != "hashes" // an old style operator name
}
