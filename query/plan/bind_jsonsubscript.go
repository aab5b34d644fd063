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
	steps, _, err := c.jsonPath(x.Path, x.Pos())
	if err != nil {
		return nil, err
	}
	path := &Array{Typed: Typed{datum.TextArray, -1}, Elems: steps}
	for _, p := range catalog.Builtin().ProcsNamed("jsonb_extract_path") {
		return &Call{Typed: Typed{datum.JSONB, -1}, Proc: p, Args: []Expr{arg, path}, Pos: x.Pos()}, nil
	}
	return nil, sqlstate.New(sqlstate.InternalError, "jsonb_extract_path is missing from the catalog")
}

// jsonPath binds subscripts into a jsonb value; numbered says that the first is a number.
func (c *exprContext) jsonPath(steps []parse.Accessor, pos int) (path []Expr, numbered bool, err error) {
	for i, step := range steps {
		switch {
		case step.Field != "" || step.Star:
			return nil, false, unsupported(pos, "selecting a field of a composite value")
		case step.Slice:
			return nil, false, fail(pos, sqlstate.DatatypeMismatch, "jsonb subscript does not support slices")
		}
		e, number, err := c.jsonSubscript(step.Index)
		if err != nil {
			return nil, false, err
		}
		path, numbered = append(path, e), numbered || i == 0 && number
	}
	return path, numbered, nil
}

// jsonSubscript is a subscript as text: a key as it is, a number written out.
func (c *exprContext) jsonSubscript(x parse.Expr) (out Expr, number bool, err error) {
	e, err := c.bind(x)
	if err != nil {
		return nil, false, err
	}
	from := e.Type()
	for _, to := range []*datum.Type{datum.Text, datum.Int4} {
		if from == datum.Unknown || from == to || castPath(nil, from, to, implicit) {
			if e, err = c.b.coerce(e, to, -1, implicit, x.Pos()); err != nil {
				return nil, false, err
			}
			out, err = c.b.coerce(e, datum.Text, -1, explicit, x.Pos())
			return out, to == datum.Int4, err
		}
	}
	return nil, false, sqlstate.New(sqlstate.DatatypeMismatch, "subscript type %s is not supported", from).
		WithHint("jsonb subscript must be coercible to either integer or text.").At(x.Pos())
}
