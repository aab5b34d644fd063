package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// Assignment is an assignment to a part of a PL/pgSQL variable, as v[1].x := value.
type Assignment struct {
	Name   string
	Old    datum.Datum
	Type   *datum.Type
	Typmod int32
	Path   []parse.Accessor
}

// BindAssignment makes the variable's new value out of its old one and the value for its part, of type from.
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
	e, err := b.convert(el, &Const{Typed: Typed{from, -1}, Value: value}, col, -1, -1)
	if err != nil {
		return nil, err
	}
	e = el.put(b, &Const{Typed: Typed{a.Type, a.Typmod}, Value: a.Old}, e)
	e = Transform(e, func(x Expr) Expr {
		if param, ok := x.(*Param); ok {
			return &Col{Typed: param.Typed, Index: param.Index}
		}
		return x
	})
	return &Embedded{Plan: &Plan{}, Uses: frame.used, Expr: e}, nil
}
