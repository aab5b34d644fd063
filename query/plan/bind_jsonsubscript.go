package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// jsonSubscripts is j['a'][0] over jsonb: the path that the subscripts make, as text, followed by
// jsonb_extract_path.
func (c *exprContext) jsonSubscripts(arg Expr, x *parse.Indirection) (Expr, error) {
	path := &Array{Typed: Typed{datum.TextArray, -1}}
	for _, step := range x.Path {
		switch {
		case step.Field != "" || step.Star:
			return nil, unsupported(x.Pos(), "selecting a field of a composite value")
		case step.Slice:
			return nil, fail(x.Pos(), sqlstate.DatatypeMismatch, "jsonb subscript does not support slices")
		}
		e, err := c.jsonSubscript(step.Index)
		if err != nil {
			return nil, err
		}
		path.Elems = append(path.Elems, e)
	}
	for _, p := range catalog.Builtin().ProcsNamed("jsonb_extract_path") {
		return &Call{Typed: Typed{datum.JSONB, -1}, Proc: p, Args: []Expr{arg, path}, Pos: x.Pos()}, nil
	}
	return nil, sqlstate.New(sqlstate.InternalError, "jsonb_extract_path is missing from the catalog")
}

// jsonSubscript is a subscript as text: a key as it is, a number written out.
func (c *exprContext) jsonSubscript(x parse.Expr) (Expr, error) {
	e, err := c.bind(x)
	if err != nil {
		return nil, err
	}
	from := e.Type()
	for _, to := range []*datum.Type{datum.Text, datum.Int4} {
		if from == datum.Unknown || from == to || castPath(from, to, implicit) {
			if e, err = c.b.coerce(e, to, -1, implicit, x.Pos()); err != nil {
				return nil, err
			}
			return c.b.coerce(e, datum.Text, -1, explicit, x.Pos())
		}
	}
	return nil, sqlstate.New(sqlstate.DatatypeMismatch, "subscript type %s is not supported", from).
		WithHint("jsonb subscript must be coercible to either integer or text.").At(x.Pos())
}
