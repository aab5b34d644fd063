package plan

import (
	"github.com/seguedb/segue/query/parse"
)

// similar is x SIMILAR TO pattern ESCAPE e: x ~ similar_to_escape(pattern, e), as in Postgres.
func (c *exprContext) similar(x *parse.SimilarExpr) (Expr, error) {
	left, err := c.bind(x.Left)
	if err != nil {
		return nil, err
	}
	args := []parse.Expr{x.Right}
	if x.Escape != nil {
		args = append(args, x.Escape)
	}
	right, err := c.call(&parse.FuncCall{At: x.At, Name: parse.Name{"pg_catalog", "similar_to_escape"}, Args: args})
	if err != nil {
		return nil, err
	}
	op := "~"
	if x.Not {
		op = "!~"
	}
	return c.b.operator(parse.Name{op}, left, right, x.Pos())
}
