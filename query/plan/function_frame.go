package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// functionFrame is the function whose body is being bound: what $1 and the names of its parameters stand for.
type functionFrame struct {
	name  string
	names []string // of the input parameters; nil where none has one
	args  []Expr
	used  []int // how often each was referred to
	// around is the function whose body has the call that this one is expanded from.
	around *functionFrame
	oid    catalog.OID
	// vars are the variables of a body in PL/pgSQL, which has none of the above; nil for others.
	vars *variableFrame
}

// frameOf is a frame for a function, whose arguments are args.
func frameOf(p *catalog.Proc, args []Expr, around *functionFrame) *functionFrame {
	return &functionFrame{name: p.Name, names: p.ArgNames, args: args, used: make([]int, len(args)), around: around, oid: p.OID}
}

// paramFrame is a frame whose arguments are the parameters of a plan.
func paramFrame(p *catalog.Proc, types []*datum.Type) *functionFrame {
	args := make([]Expr, len(types))
	for i, t := range types {
		args[i] = &Param{Typed: Typed{t, -1}, Index: i}
	}
	return frameOf(p, args, nil)
}

// expanding says whether a function's body is being bound already, so that a call in it stays a call.
func (f *functionFrame) expanding(oid catalog.OID) bool {
	for ; f != nil; f = f.around {
		if f.oid == oid {
			return true
		}
	}
	return false
}

// param is argument number (from 1), which fills a slot of the queries around where it is a row's value.
func (f *functionFrame) param(number, pos int, sc *scope) (Expr, error) {
	if f.vars != nil {
		return f.vars.positional(number, pos)
	}
	if number < 1 || number > len(f.args) {
		return nil, fail(pos, sqlstate.UndefinedParameter, "there is no parameter $%d", number)
	}
	f.used[number-1]++
	arg := f.args[number-1]
	Walk(arg, func(x Expr) bool {
		if o, ok := x.(*Outer); ok {
			for s := sc; s != nil && s.parent != nil; s = s.parent.scope {
				s.parent.depend(o.Slot)
			}
		}
		return true
	})
	return arg, nil
}

// named finds a parameter by a name that no column has, alone or behind the function's, or a field of it; nil for none
// (sql_fn_post_column_ref).
func (f *functionFrame) named(name parse.Name, pos int, sc *scope) (Expr, error) {
	if f == nil || len(name) > 3 {
		return nil, nil
	}
	if f.vars != nil {
		return f.vars.named(name, pos, false)
	}
	if len(name) > 1 && name[0] == f.name {
		if e, err := f.paramNamed(name[1], pos, sc); e != nil || err != nil {
			return paramField(e, name[2:], err)
		}
	}
	if len(name) > 2 {
		return nil, nil
	}
	e, err := f.paramNamed(name[0], pos, sc)
	return paramField(e, name[1:], err)
}

func (f *functionFrame) paramNamed(name string, pos int, sc *scope) (Expr, error) {
	for i, n := range f.names {
		if n != "" && n == name {
			return f.param(i+1, pos, sc)
		}
	}
	return nil, nil
}

// paramField is a field of a parameter, or all of it where no field is named.
func paramField(e Expr, field parse.Name, err error) (Expr, error) {
	if e == nil || err != nil || len(field) == 0 {
		return e, err
	}
	fields := fieldsOf(e)
	for i, x := range fields {
		if x.Name == field[0] {
			return fieldAt(e, fields, i), nil
		}
	}
	return nil, nil
}

// inFrame binds with a function's parameters in sight, along the path that its names are looked up by.
func (b *binder) inFrame(f *functionFrame, path []string, bind func() error) error {
	fn, rec, outer, ids, as := b.fn, b.rec, b.path, b.ids, b.as
	b.fn, b.rec, b.path, b.ids, b.as = f, nil, path, nil, 0
	defer func() { b.fn, b.rec, b.path, b.ids, b.as = fn, rec, outer, ids, as }()
	return bind()
}
