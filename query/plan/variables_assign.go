package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// Assignment is an assignment to a part of a PL/pgSQL variable, as v[1].x := value.
type Assignment struct {
	Name   string
	Type   *datum.Type
	Typmod int32
	Path   []parse.Accessor
}

// BindAssignment makes the variable's new value out of its old one and the value for its part, of type from. Both are columns
// behind those of the variables that are used, in that order; but a value of type unknown is bound as a constant: what it is
// converted to depends on its text.
func BindAssignment(cat Catalog, a *Assignment, value datum.Datum, from *datum.Type, vars Variables) (*Embedded, error) {
	b := &binder{cat: cat}
	frame := &variableFrame{Variables: vars, b: b}
	b.fn = &functionFrame{vars: frame}
	ec := &exprContext{b: b, scope: &scope{}, clause: "assignment", noSubqueries: true}
	col := &catalog.Column{Name: a.Name, Type: a.Type, Typmod: a.Typmod}
	el, err := ec.bindElement(parse.ResTarget{Name: a.Name, Path: a.Path}, col)
	if err != nil {
		return nil, err
	}
	n := len(frame.used)
	var part Expr = &Col{Typed: Typed{from, -1}, Index: n + 1}
	if from == datum.Unknown {
		part = &Const{Typed: Typed{from, -1}, Value: value}
	}
	e, ok, err := b.tryCoerce(part, el.typ, el.typmod, assignment, -1)
	if err == nil && !ok { // in PL/pgSQL an assignment goes through the text of a value where there is no cast
		e = &Cast{Typed: Typed{el.typ, el.typmod}, Arg: &Cast{Typed: Typed{datum.Text, -1}, Arg: part, Pos: -1}, Pos: -1}
	}
	if err != nil {
		return nil, err
	}
	e = el.put(b, &Col{Typed: Typed{a.Type, a.Typmod}, Index: n}, e)
	e = Transform(e, func(x Expr) Expr {
		if param, ok := x.(*Param); ok {
			return &Col{Typed: param.Typed, Index: param.Index}
		}
		return x
	})
	return &Embedded{Plan: &Plan{}, Uses: frame.used, Expr: e, Stable: from != datum.Unknown && !mutable(e)}, nil
}
