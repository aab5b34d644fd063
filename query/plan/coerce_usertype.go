package plan

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// undomained is a value of a domain as one of what the domain is over; any other is itself.
func (b *binder) undomained(e Expr) Expr {
	t := e.Type()
	if !t.IsDomain() {
		return e
	}
	return &Cast{Typed: Typed{t.Root(), -1}, Arg: e, Pos: -1}
}

// toDomain makes a value one of what the domain is over, and then holds it to the domain's constraints (coerce_to_domain).
func (b *binder) toDomain(e Expr, to *datum.Type, ctx context, pos int) (Expr, bool, error) {
	root, typmod := to.RootTypmod()
	inner, ok, err := b.tryCoerce(e, root, typmod, ctx, pos)
	if err != nil || !ok {
		return nil, ok, err
	}
	return &Cast{Typed: Typed{to, -1}, Arg: inner, Explicit: ctx == explicit, Pos: -1}, true, nil
}

// coerceRow makes a row value one of another row type: ROW(…) field by field (coerce_record_to_complex), one of a composite
// type a record by forgetting its name.
func (b *binder) coerceRow(e Expr, to *datum.Type, ctx context, pos int) (Expr, bool, error) {
	e = b.undomained(e)
	from := e.Type()
	row, isRow := e.(*Row)
	switch {
	case to.Relation == 0 || from == to || from.Relation == to.Relation:
		return e, true, nil
	case from.Relation != 0 || !isRow || row.Names != nil:
		return nil, false, nil
	}
	cannot := sqlstate.New(sqlstate.CannotCoerce, "cannot cast type record to %s", to).At(pos)
	switch {
	case len(row.Fields) < len(to.Fields):
		return nil, false, cannot.WithDetail("Input has too few columns.")
	case len(row.Fields) > len(to.Fields):
		return nil, false, cannot.WithDetail("Input has too many columns.")
	}
	out := &Row{Typed: Typed{to, -1}, Fields: make([]Expr, len(to.Fields)), Names: make([]string, len(to.Fields))}
	for i, f := range to.Fields {
		was := row.Fields[i].Type()
		field, ok, err := b.tryCoerce(row.Fields[i], f.Type, f.Typmod, ctx, pos)
		if err != nil {
			return nil, false, err
		}
		if !ok {
			return nil, false, cannot.WithDetail("Cannot cast type %s to %s in column %d.", was, f.Type, i+1)
		}
		out.Fields[i], out.Names[i] = field, f.Name
	}
	return out, true, nil
}
