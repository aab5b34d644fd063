package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// element is the part of a column that a[1], a[1:2], c.f or j['k'] of a SET clause or a column list assigns to: the steps
// that lead to it from the whole column, and the type that its value must have.
type element struct {
	steps  []elementStep
	typ    *datum.Type
	typmod int32
}

// elementStep goes from a value to a part of it: a field, an element or slice of an array, or all the way into a jsonb.
type elementStep struct {
	in    *datum.Type // what it goes into; a domain is gone into as what it is over
	field int
	sub   *Subscript // without its Arg; nil for a field
	path  []Expr     // of a jsonb value
	// numbered says that the path starts with a number: a NULL becomes an array, not an object.
	numbered bool
}

// bindElement binds what stands after a column's name; nil for the whole column.
func (c *exprContext) bindElement(it parse.ResTarget, col *catalog.Column) (*element, error) {
	if len(it.Path) == 0 {
		return nil, nil
	}
	el := &element{typ: col.Type, typmod: col.Typmod}
	for path := it.Path; len(path) > 0; {
		taken, err := c.elementStep(el, it, path)
		if err != nil {
			return nil, err
		}
		path = path[taken:]
	}
	return el, nil
}

// elementStep binds one step and says how much of the path it takes.
func (c *exprContext) elementStep(el *element, it parse.ResTarget, path []parse.Accessor) (int, error) {
	in := el.typ
	if path[0].Field != "" || path[0].Star {
		return 1, el.intoField(it, path[0].Field)
	}
	n := 1
	for n < len(path) && path[n].Field == "" && !path[n].Star {
		n++
	}
	root := in.Root()
	if root == datum.JSONB {
		steps, numbered, err := c.jsonPath(path[:n], it.Pos())
		el.steps = append(el.steps, elementStep{in: in, path: steps, numbered: numbered})
		el.typ, el.typmod = datum.JSONB, -1
		return n, err
	}
	if root == datum.Hstore {
		sub, err := c.hstoreSubscript(nil, path[:n])
		el.steps = append(el.steps, elementStep{in: in, sub: sub})
		el.typ, el.typmod = datum.Text, -1
		return n, err
	}
	part := datum.PartOf(root)
	if !root.IsArray() && part == nil {
		return 0, fail(it.Pos(), sqlstate.DatatypeMismatch,
			"cannot subscript type %s because it does not support subscripting", in)
	}
	sub := &Subscript{}
	for _, step := range path[:n] {
		if err := c.subscript(sub, step, it.Pos()); err != nil {
			return 0, err
		}
	}
	el.steps = append(el.steps, elementStep{in: in, sub: sub})
	if part != nil {
		if sub.Slice || n > 1 {
			return 0, unsupported(it.Pos(), "assignment to several parts of a "+root.Name)
		}
		el.typ = part
		return n, nil
	}
	if sub.Slice {
		sub.sliceAll(path[:n])
		el.typ = root
	} else {
		el.typ = root.Elem
	}
	return n, nil
}

func (el *element) intoField(it parse.ResTarget, name string) error {
	in := el.typ
	if !in.Root().IsComposite() {
		return fail(it.Pos(), sqlstate.DatatypeMismatch,
			"cannot assign to field %q of column %q because its type %s is not a composite type", name, it.Name, in)
	}
	for i, f := range in.Root().Fields {
		if f.Name == name {
			el.steps = append(el.steps, elementStep{in: in, field: i})
			el.typ, el.typmod = f.Type, f.Typmod
			return nil
		}
	}
	return fail(it.Pos(), sqlstate.UndefinedColumn,
		"cannot assign to field %q of column %q because there is no such column in data type %s", name, it.Name, in)
}

// convert makes a value, which stands at pos, one of the element's type, or of the column's; at is where that stands.
func (b *binder) convert(el *element, e Expr, col *catalog.Column, at, pos int) (Expr, error) {
	if el == nil {
		return b.assign(e, col, pos)
	}
	out, ok, err := b.tryCoerce(e, el.typ, el.typmod, assignment, pos)
	if err != nil {
		return nil, err
	}
	if ok {
		return out, nil
	}
	last, name := el.steps[len(el.steps)-1], col.Name
	if last.sub == nil && last.path == nil {
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "subfield %q is of type %s but expression is of type %s",
			last.in.Root().Fields[last.field].Name, el.typ, e.Type()).
			WithHint("You will need to rewrite or cast the expression.").At(at)
	}
	if n := len(el.steps); n > 1 && el.steps[n-2].sub == nil && el.steps[n-2].path == nil {
		name = el.steps[n-2].in.Root().Fields[el.steps[n-2].field].Name
	}
	return nil, sqlstate.New(sqlstate.DatatypeMismatch, "subscripted assignment to %q requires type %s but expression is of type %s",
		name, el.typ, e.Type()).WithHint("You will need to rewrite or cast the expression.").At(at)
}

// put makes the column's new value out of its old one and the element's.
func (el *element) put(b *binder, old, value Expr) Expr { return b.putInto(el.steps, old, value) }

func (b *binder) putInto(steps []elementStep, old, value Expr) Expr {
	if len(steps) == 0 {
		return value
	}
	step := steps[0]
	have := b.undomained(old)
	if assigned, ok := old.(*Cast); ok && old.Type().IsDomain() {
		switch assigned.Arg.(type) {
		case *FieldAssign, *ArrayAssign, *JSONAssign:
			have = assigned.Arg // of several assignments to one column only the last result is held to the domain
		}
	}
	in := Typed{have.Type(), have.Typmod()}
	var out Expr
	switch {
	case step.path != nil:
		out = &JSONAssign{Typed: in, Arg: have, Path: step.path, Numbered: step.numbered, Value: value}
	case step.sub != nil:
		part := *step.sub
		part.Typed, part.Arg = Typed{in.T.Elem, -1}, have
		switch of := datum.PartOf(in.T); {
		case of != nil:
			part.T = of
		case in.T == datum.Hstore:
			part.T = datum.Text
		}
		if part.Slice {
			part.T = in.T
		}
		out = &ArrayAssign{Typed: in, Arg: have, Slice: step.sub.Slice, Index: step.sub.Index, Upper: step.sub.Upper,
			Value: b.putInto(steps[1:], &part, value)}
	default:
		f := in.T.Fields[step.field]
		part := &Field{Typed: Typed{f.Type, f.Typmod}, Arg: have, Index: step.field, Name: f.Name}
		out = &FieldAssign{Typed: in, Arg: have, Index: step.field, Value: b.putInto(steps[1:], part, value)}
	}
	if step.in.IsDomain() {
		return &Cast{Typed: Typed{step.in, -1}, Arg: out, Pos: -1}
	}
	return out
}
