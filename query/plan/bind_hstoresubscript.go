package plan

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// hstoreSubscript is h['key'] of extension hstore: the one subscript is the key.
func (c *exprContext) hstoreSubscript(arg Expr, steps []parse.Accessor) (*Subscript, error) {
	if len(steps) != 1 || steps[0].Slice {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "hstore allows only one subscript")
	}
	x := steps[0].Index
	e, err := c.bind(x)
	if err != nil {
		return nil, err
	}
	key, ok, err := c.b.tryCoerce(e, datum.Text, -1, assignment, exprStart(x))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail(exprStart(x), sqlstate.DatatypeMismatch, "hstore subscript must have type text")
	}
	return &Subscript{Typed: Typed{datum.Text, -1}, Arg: arg, Index: []Expr{key}}, nil
}
