package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// badFunction is an error about a definition itself.
func badFunction(format string, args ...any) *sqlstate.Error {
	return sqlstate.New(sqlstate.InvalidFunctionDefinition, format, args...)
}

// functionDefinition is one CREATE FUNCTION under way.
type functionDefinition struct {
	b *binder
	s *parse.CreateFunctionStmt
	f *catalog.Function
	// required is the result that OUT parameters ask for, 0 where there are none.
	required catalog.OID
	language string
	as       []string
	notices  []*sqlstate.Error
}

// createFunction binds CREATE [OR REPLACE] FUNCTION and PROCEDURE.
func (b *binder) createFunction(s *parse.CreateFunctionStmt) (*Plan, error) {
	sc, temp, err := b.creationPlace(s.Name, 0, s.Pos())
	if err != nil {
		return nil, err
	}
	d := &functionDefinition{b: b, s: s, f: &catalog.Function{Schema: sc.OID, Name: s.Name[len(s.Name)-1], Kind: "f",
		Volatile: "v", Parallel: "u", Cost: 100}}
	tag := "CREATE FUNCTION"
	if s.Procedure {
		d.f.Kind, tag = "p", "CREATE PROCEDURE"
	}
	for _, step := range []func() error{d.readOptions, d.knownLanguage, d.params, d.result, d.rows, d.body} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	node := &ChangeFunction{New: d.f, Notices: d.notices}
	if temp {
		node.TempSchema = sc.Name
	}
	if node.Old, err = d.replaced(); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: tag, Writes: true, DDL: true}, nil
}

// knownLanguage: there is SQL, and what the built-in functions are written in.
func (d *functionDefinition) knownLanguage() error {
	switch {
	case d.language == "" && d.s.Body == nil:
		return badFunction("no language specified")
	case d.language == "" || d.language == "sql":
		return nil
	case d.language == catalog.PLpgSQL:
		d.f.Language = d.language
		return nil
	case catalog.LanguageOID(d.language) != 0:
		return unsupported(-1, "LANGUAGE "+d.language+" for functions of users")
	}
	return noLanguage(d.language)
}

// noLanguage is the error for a language that there is none of.
func noLanguage(name string) error {
	return sqlstate.New(sqlstate.UndefinedObject, "language %q does not exist", name)
}

// params looks the parameters up.
func (d *functionDefinition) params() error {
	var outs []catalog.OID
	defaults, variadic := false, false
	for i := range d.s.Params {
		p := &d.s.Params[i]
		t, err := d.paramType(p)
		if err != nil {
			return err
		}
		param := catalog.Parameter{Name: p.Name, Type: t.OID, Mode: string(p.Mode)}
		if err := d.uniqueName(&param); err != nil {
			return err
		}
		if param.Input() {
			if variadic {
				return badFunction("VARIADIC parameter must be the last input parameter")
			}
			if variadic = p.Mode == 'v'; variadic && !t.IsArray() && t != datum.AnyArray {
				return badFunction("VARIADIC parameter must be an array")
			}
			if err := d.paramDefault(&param, p, t, &defaults); err != nil {
				return err
			}
		} else if p.Default != nil {
			return badFunction("only input parameters can have default values")
		}
		if param.Output() {
			outs = append(outs, t.OID)
		}
		d.f.Params = append(d.f.Params, param)
	}
	switch {
	case len(outs) == 1 && !d.s.Procedure:
		d.required = outs[0]
	case len(outs) > 0:
		d.required = datum.Record.OID
	}
	return nil
}

func (d *functionDefinition) paramType(p *parse.FuncParam) (*datum.Type, error) {
	if p.Type.SetOf {
		return nil, badFunction("functions cannot accept set arguments")
	}
	t, err := d.typeName(p.Type)
	if sqlstate.CodeOf(err) == sqlstate.UndefinedObject {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "type %s does not exist", strings.Join(p.Type.Name, "."))
	}
	if err != nil {
		return nil, unplaced(err)
	}
	if t.Pseudo && !isPolymorphic(t) && t != datum.Record {
		if d.f.Language == catalog.PLpgSQL {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "PL/pgSQL functions cannot accept type %s", t)
		}
		return nil, badFunction("SQL functions cannot have arguments of type %s", t)
	}
	return t, nil
}

// typeName looks a type up. A column's, relation.column%TYPE, is taken as it is now, as in Postgres.
func (d *functionDefinition) typeName(n parse.TypeName) (*datum.Type, error) {
	if !n.PctType {
		t, _, err := d.b.typeName(&n)
		return t, err
	}
	if len(n.Name) < 2 {
		return nil, sqlstate.New(sqlstate.SyntaxError, "improper %%TYPE reference (too few dotted names): %s", n.Name[0])
	}
	table, err := d.b.table(n.Name[:len(n.Name)-1], n.Pos())
	if err != nil {
		return nil, err
	}
	column := n.Name[len(n.Name)-1]
	i := table.ColumnIndex(column)
	if i < 0 {
		return nil, fail(n.Pos(), sqlstate.UndefinedColumn, "column %q of relation %q does not exist", column, table.Name)
	}
	t := table.Columns[i].Type
	d.notices = append(d.notices, sqlstate.New("00000", "type reference %s%%TYPE converted to %s", strings.Join(n.Name, "."), t))
	return t, nil
}

// uniqueName: inputs and outputs are two lists of names, of which INOUT is in both.
func (d *functionDefinition) uniqueName(p *catalog.Parameter) error {
	if p.Name == "" {
		return nil
	}
	for i := range d.f.Params {
		q := &d.f.Params[i]
		apart := p.Mode == "t" && q.Input() && q.Mode != "b" || q.Mode == "t" && p.Input() && p.Mode != "b"
		onlyIn := func(x *catalog.Parameter) bool { return x.Mode == "i" || x.Mode == "v" }
		onlyOut := func(x *catalog.Parameter) bool { return x.Mode == "o" }
		if q.Name == p.Name && (apart || !(onlyIn(p) && onlyOut(q) || onlyOut(p) && onlyIn(q))) {
			return badFunction("parameter name \"%s\" used more than once", p.Name)
		}
	}
	return nil
}

// paramDefault checks a default and keeps its text.
func (d *functionDefinition) paramDefault(param *catalog.Parameter, p *parse.FuncParam, t *datum.Type, had *bool) error {
	if p.Default == nil {
		if *had && !d.s.Procedure || *had && param.Mode != "o" {
			return badFunction("input parameters after one with a default value must also have defaults")
		}
		return nil
	}
	*had = true
	ec := &exprContext{b: d.b, scope: &scope{}, clause: inDefault, noSubqueries: true}
	if q, ok := p.Default.(*parse.SubLink); ok {
		return fail(q.Pos(), sqlstate.FeatureNotSupported, "cannot use subquery in DEFAULT expression")
	}
	e, err := ec.bind(p.Default)
	if err != nil {
		return err
	}
	to := t
	if isPolymorphic(t) {
		to = e.Type()
	}
	_, ok, err := d.b.tryCoerce(e, to, -1, assignment, exprStart(p.Default))
	if err != nil {
		return err
	}
	if !ok {
		return sqlstate.New(sqlstate.DatatypeMismatch, "argument of DEFAULT must be type %s, not type %s", t, e.Type()).
			At(exprStart(p.Default))
	}
	param.Default = parse.Deparse(d.b.ids.freeze(p.Default))
	return nil
}

// result looks the result's type up.
func (d *functionDefinition) result() error {
	f := d.f
	switch {
	case d.s.Procedure:
		f.Ret = datum.Void.OID
		if d.required != 0 {
			f.Ret = d.required
		}
		return nil
	case d.s.Returns == nil && d.required == 0:
		return badFunction("function result type must be specified")
	case d.s.Returns == nil:
		f.Ret = d.required
		return nil
	}
	name := *d.s.Returns
	f.RetSet, name.SetOf = name.SetOf, false
	t, err := d.typeName(name)
	if err != nil {
		return unplaced(err)
	}
	if (t == datum.Trigger || t == datum.EventTrigger) && f.Language == catalog.PLpgSQL {
		f.Ret = t.OID
		return nil
	}
	if t.Pseudo && t != datum.Record && t != datum.Void && !isPolymorphic(t) {
		if f.Language == catalog.PLpgSQL {
			return sqlstate.New(sqlstate.FeatureNotSupported, "PL/pgSQL functions cannot return type %s", t)
		}
		return badFunction("SQL functions cannot return type %s", t)
	}
	f.Ret = t.OID
	if d.required != 0 && d.required != f.Ret {
		return badFunction("function result type must be %s because of OUT parameters", d.b.cat.Snapshot().TypeByOID(d.required))
	}
	return d.polymorphicResult(t)
}

// polymorphicResult wants an argument that says what a polymorphic result is.
func (d *functionDefinition) polymorphicResult(t *datum.Type) error {
	if !isPolymorphic(t) || t == datum.Any {
		return nil
	}
	words, settles := polymorphicInputs(t)
	for i := range d.f.Params {
		if p := &d.f.Params[i]; p.Input() && settles(d.b.cat.Snapshot().TypeByOID(p.Type)) {
			return nil
		}
	}
	return badFunction("cannot determine result data type").
		WithDetail("A result of type %s requires at least one input of type %s.", t, words)
}

// replaceable finds the routine in whose place one stands, if it says OR REPLACE and the user may.
func (b *binder) replaceable(f *catalog.Function, args []*datum.Type, replace bool) (*catalog.Proc, error) {
	snap := b.cat.Snapshot()
	old := snap.FunctionOf(f.Schema, f.Name, args)
	if old == nil {
		return nil, nil
	}
	if !replace {
		return nil, sqlstate.New(sqlstate.DuplicateFunction, "function \"%s\" already exists with same argument types", f.Name)
	}
	if err := mustOwn(snap, b.me(), catalog.ObjectFunction, old.OID); err != nil {
		return nil, err
	}
	return old, nil
}

// replaced finds what OR REPLACE replaces, which must be called in the same way.
func (d *functionDefinition) replaced() (*catalog.Function, error) {
	f := d.f
	old, err := d.b.replaceable(f, d.inputTypes(), d.s.Replace)
	if old == nil {
		return nil, err
	}
	was := old.User
	if was.Kind != f.Kind {
		return nil, wrongRoutineKind(old)
	}
	hint := "Use DROP " + strings.ToUpper(old.RoutineWord()) + " " + d.b.signature(old) + " first."
	if was.Ret != f.Ret || was.RetSet != f.RetSet {
		what := "cannot change return type of existing function"
		if d.s.Procedure {
			what = "cannot change whether a procedure has output parameters"
		}
		return nil, badFunction("%s", what).WithHint("%s", hint)
	}
	if err := d.sameParams(was); err != nil {
		return nil, err.WithHint("%s", hint)
	}
	f.OID, f.Comment = was.OID, was.Comment
	return was, nil
}

// sameParams holds the new parameters to the names, columns and defaults that callers may count on.
func (d *functionDefinition) sameParams(was *catalog.Function) *sqlstate.Error {
	outputs := func(f *catalog.Function) (out []catalog.Parameter) {
		for _, p := range f.Params {
			if p.Output() {
				out = append(out, catalog.Parameter{Name: p.Name, Type: p.Type})
			}
		}
		return out
	}
	if len(outputs(was)) > 1 && !slices.Equal(outputs(was), outputs(d.f)) {
		return badFunction("cannot change return type of existing function").
			WithDetail("Row type defined by OUT parameters is different.")
	}
	inputs := func(f *catalog.Function) []catalog.Parameter {
		return slices.DeleteFunc(slices.Clone(f.Params), func(p catalog.Parameter) bool { return !p.Input() })
	}
	is := inputs(d.f)
	for i, p := range inputs(was) {
		if p.Name != "" && p.Name != is[i].Name {
			return badFunction("cannot change name of input parameter \"%s\"", p.Name)
		}
		if p.Default != "" && is[i].Default == "" {
			return badFunction("cannot remove parameter defaults from existing function")
		}
	}
	return nil
}

func (d *functionDefinition) inputTypes() []*datum.Type {
	var out []*datum.Type
	for i := range d.f.Params {
		if p := &d.f.Params[i]; p.Input() {
			out = append(out, d.b.cat.Snapshot().TypeByOID(p.Type))
		}
	}
	return out
}

// rows settles how many rows a set is estimated to have.
func (d *functionDefinition) rows() error {
	switch {
	case d.f.Rows == 0 && d.f.RetSet:
		d.f.Rows = 1000
	case d.f.Rows != 0 && !d.f.RetSet:
		return sqlstate.New(sqlstate.InvalidParameterValue, "ROWS is not applicable when function does not return a set")
	}
	return nil
}

// signature is a function's name with its input types, as messages have it.
func (b *binder) signature(p *catalog.Proc) string {
	name, _ := catalog.ProcedureName(b.cat.Snapshot(), b.cat.Info().Path(), p.OID)
	return name
}

// positiveNumber reads COST and ROWS.
func positiveNumber(o parse.DefElem) (float64, error) {
	text, _ := optionText(o)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n <= 0 {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "%s must be positive", strings.ToUpper(o.Name))
	}
	return n, nil
}
