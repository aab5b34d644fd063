package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// operator converts the grammar's A_Expr, which stands for operators and for everything shaped
// like one: ANY and ALL, IN, BETWEEN, LIKE, SIMILAR TO, DISTINCT FROM, NULLIF.
func (c *converter) operator(e *pg.A_Expr) Expr {
	at := c.at(e.Location)
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_OP, pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE:
		return &OpExpr{At: at, Name: name(e.Name), Left: c.expr(e.Lexpr), Right: c.expr(e.Rexpr)}
	case pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL:
		return &AnyAllExpr{At: at, Name: name(e.Name), All: e.Kind == pg.A_Expr_Kind_AEXPR_OP_ALL,
			Left: c.expr(e.Lexpr), Right: c.expr(e.Rexpr)}
	case pg.A_Expr_Kind_AEXPR_IN:
		return &InExpr{At: at, Not: lastOf(e.Name) == "<>", Left: c.expr(e.Lexpr),
			List: c.exprs(e.Rexpr.GetList().GetItems())}
	case pg.A_Expr_Kind_AEXPR_DISTINCT, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return &DistinctExpr{At: at, Not: e.Kind == pg.A_Expr_Kind_AEXPR_NOT_DISTINCT,
			Left: c.expr(e.Lexpr), Right: c.expr(e.Rexpr)}
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		return &NullIfExpr{At: at, Left: c.expr(e.Lexpr), Right: c.expr(e.Rexpr)}
	case pg.A_Expr_Kind_AEXPR_SIMILAR:
		return c.similar(e)
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return c.between(e)
	default:
		return &Unsupported{At: at, What: "this operator syntax"}
	}
}

// between converts BETWEEN, whose bounds arrive as a list of two.
func (c *converter) between(e *pg.A_Expr) Expr {
	out := &BetweenExpr{At: c.at(e.Location), Arg: c.expr(e.Lexpr)}
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		out.Not = true
	case pg.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		out.Symmetric = true
	case pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		out.Not, out.Symmetric = true, true
	}
	bounds := e.Rexpr.GetList().GetItems()
	if len(bounds) != 2 {
		return &Unsupported{At: out.At, What: "BETWEEN without two bounds"}
	}
	out.Lo, out.Hi = c.expr(bounds[0]), c.expr(bounds[1])
	return out
}

// similar converts SIMILAR TO, whose pattern arrives wrapped in similar_to_escape(pattern, escape).
func (c *converter) similar(e *pg.A_Expr) Expr {
	out := &SimilarExpr{At: c.at(e.Location), Not: lastOf(e.Name) == "!~", Left: c.expr(e.Lexpr)}
	args := e.Rexpr.GetFuncCall().GetArgs()
	if len(args) == 0 {
		return &Unsupported{At: out.At, What: "SIMILAR TO without a pattern"}
	}
	out.Right = c.expr(args[0])
	if len(args) > 1 {
		out.Escape = c.expr(args[1])
	}
	return out
}

// lastOf is the last part of a qualified name.
func lastOf(list []*pg.Node) string {
	if len(list) == 0 {
		return ""
	}
	return str(list[len(list)-1])
}
