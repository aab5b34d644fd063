package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// element is the part of a column that a[1] or a[1:2] of a SET clause or a column list assigns to.
type element struct {
	sub *Subscript // without its Arg
	typ *datum.Type
}

// bindElement binds the subscripts after a column's name; nil for the whole column.
func (c *exprContext) bindElement(it parse.ResTarget, col *catalog.Column) (*element, error) {
	if len(it.Path) == 0 {
		return nil, nil
	}
	sub := &Subscript{}
	for _, step := range it.Path {
		if step.Field != "" || step.Star {
			return nil, fail(it.Pos(), sqlstate.DatatypeMismatch,
				"cannot assign to field %q of column %q because its type %s is not a composite type", step.Field, it.Name, col.Type)
		}
		if err := c.subscript(sub, step, it.Pos()); err != nil {
			return nil, err
		}
	}
	if !col.Type.IsArray() {
		return nil, fail(it.Pos(), sqlstate.DatatypeMismatch,
			"cannot subscript type %s because it does not support subscripting", col.Type)
	}
	el := &element{sub: sub, typ: col.Type.Elem}
	if sub.Slice {
		el.typ = col.Type
	}
	return el, nil
}

// convert makes a value, which stands at pos, one of the element's type, or of the column's; at is where that stands.
func (b *binder) convert(el *element, e Expr, col *catalog.Column, at, pos int) (Expr, error) {
	if el == nil {
		return b.assign(e, col, pos)
	}
	out, ok, err := b.tryCoerce(e, el.typ, col.Typmod, assignment, pos)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "subscripted assignment to %q requires type %s but expression is of type %s",
			col.Name, el.typ, e.Type()).WithHint("You will need to rewrite or cast the expression.").At(at)
	}
	return out, nil
}

// put makes the column's new value out of its old one and the element's.
func (el *element) put(old, value Expr) Expr {
	return &ArrayAssign{Typed: Typed{old.Type(), old.Typmod()}, Arg: old, Slice: el.sub.Slice, Index: el.sub.Index,
		Upper: el.sub.Upper, Value: value}
}
