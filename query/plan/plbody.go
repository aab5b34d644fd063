package plan

import (
	"errors"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// CompileBody reads the body of a function in PL/pgSQL for arguments of those types; ret is the type of the result, as
// the call has it.
func CompileBody(cat Catalog, p *catalog.Proc, args []*datum.Type, ret *datum.Type) (*plpgsql.Function, error) {
	sig := plpgsql.Signature{Name: p.Name, Result: ret, Set: p.RetSet, Procedure: p.Kind == 'p', Trigger: p.Ret == datum.Trigger}
	if p.Ret == datum.EventTrigger {
		sig.Result, sig.EventTrigger = datum.Void, true
	}
	stand, _ := deduce(p.Args, args)
	types := &bodyTypes{b: &binder{cat: cat}, stand: stand}
	in := 0
	for i := range p.User.Params {
		param := &p.User.Params[i]
		t := types.stand.actualOr(cat.Snapshot().TypeByOID(param.Type))
		if param.Input() {
			t = args[in]
			in++
		}
		sig.Params = append(sig.Params, plpgsql.Param{Name: param.Name, Type: varType(t, -1), Input: param.Input(), Output: param.Output()})
		sig.Outs = sig.Outs || param.Output()
	}
	return plpgsql.Parse(p.User.Source, sig, types)
}

func varType(t *datum.Type, typmod int32) plpgsql.VarType {
	return plpgsql.VarType{T: t, Typmod: typmod, Record: t.IsRecord()}
}

// bodyTypes looks up the types in a body. It implements plpgsql.Types.
type bodyTypes struct {
	b     *binder
	stand standIns
}

// Type implements plpgsql.Types.
func (x *bodyTypes) Type(text string) (plpgsql.VarType, error) {
	e, err := parse.ParseExpr("NULL::" + text)
	if err != nil {
		return plpgsql.VarType{}, sqlstate.New(sqlstate.SyntaxError, "invalid type name \"%s\"", text)
	}
	cast, ok := e.(*parse.CastExpr)
	if !ok {
		return plpgsql.VarType{}, sqlstate.New(sqlstate.SyntaxError, "invalid type name \"%s\"", text)
	}
	t, typmod, err := x.b.typeName(&cast.Type)
	if err != nil {
		return plpgsql.VarType{}, err
	}
	t = x.stand.actualOr(t)
	if t.Pseudo && !t.IsRecord() {
		return plpgsql.VarType{}, sqlstate.New(sqlstate.FeatureNotSupported, "variable cannot have pseudo-type %s", t)
	}
	return varType(t, typmod), nil
}

// ColumnType implements plpgsql.Types.
func (x *bodyTypes) ColumnType(name []string) (plpgsql.VarType, error) {
	if len(name) < 2 {
		return plpgsql.VarType{}, sqlstate.New(sqlstate.SyntaxError, "improper %%TYPE reference (too few dotted names): %s", name[0])
	}
	table, err := x.b.table(name[:len(name)-1], -1)
	if err != nil {
		return plpgsql.VarType{}, err
	}
	i := table.ColumnIndex(name[len(name)-1])
	if i < 0 {
		return plpgsql.VarType{}, sqlstate.New(sqlstate.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist",
			name[len(name)-1], table.Name)
	}
	return varType(table.Columns[i].Type, table.Columns[i].Typmod), nil
}

// RowType implements plpgsql.Types.
func (x *bodyTypes) RowType(name []string) (plpgsql.VarType, error) {
	table, err := x.b.table(name, -1)
	if err != nil {
		return plpgsql.VarType{}, err
	}
	t := table.RowType()
	if t == nil {
		fields := make([]datum.Field, len(table.Columns))
		for i, c := range table.Columns {
			fields[i] = datum.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod}
		}
		t = datum.RecordOf(fields)
	}
	return varType(t, -1), nil
}

// checkBody reads the body of a function in PL/pgSQL that is being made; polymorphic types count as integers.
func (d *functionDefinition) checkBody() error {
	switch {
	case d.s.Body != nil:
		return badFunction("inline SQL function body only valid for language SQL")
	case len(d.as) == 0:
		return badFunction("no function body specified")
	case len(d.as) > 1:
		return badFunction("only one AS item needed for language \"plpgsql\"")
	}
	d.f.Source = d.as[0]
	if on, ok := d.b.cat.Setting("check_function_bodies"); ok && on == "off" {
		return nil
	}
	p := d.b.cat.Snapshot().Prototype(d.f)
	ints := anyInteger()
	args := make([]*datum.Type, len(p.Args))
	for i, t := range p.Args {
		args[i] = ints.actualOr(t)
	}
	ret := ints.actualOr(p.Ret)
	if p.Ret == datum.Trigger && len(d.f.Params) > 0 {
		return badFunction("trigger functions cannot have declared arguments").
			WithHint("The arguments of the trigger can be accessed through TG_NARGS and TG_ARGV instead.")
	}
	if p.Ret == datum.EventTrigger && len(d.f.Params) > 0 {
		return badFunction("event trigger functions cannot have declared arguments")
	}
	_, err := CompileBody(d.b.cat, p, args, ret)
	return d.placed(err)
}

// inlineBlock is the name of DO's function.
const inlineBlock = "inline_code_block"

// do binds DO: the call of a procedure without a name.
func (b *binder) do(s *parse.DoStmt) (*Plan, error) {
	if s.Language != "" && s.Language != catalog.PLpgSQL {
		if catalog.LanguageOID(s.Language) != 0 {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "language \"%s\" does not support inline code execution", s.Language)
		}
		return nil, noLanguage(s.Language)
	}
	f := &catalog.Function{Name: inlineBlock, Kind: "p", Ret: datum.Void.OID, Volatile: "v", Parallel: "u", Language: catalog.PLpgSQL,
		Source: s.Body}
	p := b.cat.Snapshot().Prototype(f)
	if _, err := CompileBody(b.cat, p, nil, datum.Void); err != nil {
		var e *sqlstate.Error
		if errors.As(err, &e) {
			_ = e.Moved(func(offset int) int { return placedIn(s.SourceAt, s.SourceQuoted, s.Body, offset) })
		}
		return nil, err
	}
	call := &Call{Typed: Typed{datum.Void, -1}, Proc: p, Pos: -1}
	return &Plan{Root: &FunctionScan{Calls: []*Call{call}, Alias: inlineBlock}, Tag: "DO", Writes: true}, nil
}

// placedIn is where an offset of a string's text is in the statement that the string stands in, -1 for nowhere.
func placedIn(at int, quoted bool, text string, offset int) int {
	if at < 0 || offset > len(text) {
		return -1
	}
	if quoted {
		for _, c := range text[:offset] {
			if c == '\'' {
				at++
			}
		}
	}
	return at + offset
}
