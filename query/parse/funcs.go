package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// funcCall converts a function, aggregate or window call.
func (c *converter) funcCall(f *pg.FuncCall) Expr {
	out := &FuncCall{
		At:          c.at(f.Location),
		Name:        name(f.Funcname),
		Star:        f.AggStar,
		Distinct:    f.AggDistinct,
		Variadic:    f.FuncVariadic,
		WithinGroup: f.AggWithinGroup,
		OrderBy:     c.sortBys(f.AggOrder),
		Filter:      c.expr(f.AggFilter),
	}
	if len(f.Args) > 0 {
		out.Args = make([]Expr, len(f.Args))
	}
	for i, n := range f.Args {
		named := n.GetNamedArgExpr()
		if named == nil {
			out.Args[i] = c.expr(n)
			continue
		}
		if out.ArgNames == nil {
			out.ArgNames = make([]string, len(f.Args))
		}
		out.ArgNames[i] = named.Name
		out.Args[i] = c.expr(named.Arg)
	}
	if f.Over != nil {
		w := c.windowDef(f.Over)
		out.Over = &w
	}
	return out
}

// windowDef converts OVER (…), OVER name and an entry of WINDOW.
func (c *converter) windowDef(w *pg.WindowDef) WindowDef {
	return WindowDef{
		At:           c.at(w.Location),
		Name:         w.Name,
		RefName:      w.Refname,
		PartitionBy:  c.exprs(w.PartitionClause),
		OrderBy:      c.sortBys(w.OrderClause),
		FrameOptions: int(w.FrameOptions),
		StartOffset:  c.expr(w.StartOffset),
		EndOffset:    c.expr(w.EndOffset),
	}
}

// sortBys converts ORDER BY; nil stays nil.
func (c *converter) sortBys(list []*pg.Node) []SortBy {
	var out []SortBy
	for _, n := range list {
		s := n.GetSortBy()
		arg := c.expr(s.GetNode())
		at := c.at(s.GetLocation())
		if at < 0 { // the grammar notes a place for USING only
			at = posOf(arg)
		}
		out = append(out, SortBy{At: at, Arg: arg, Dir: sortDir(s.GetSortbyDir()),
			Nulls: nullsOrder(s.GetSortbyNulls()), Using: name(s.GetUseOp())})
	}
	return out
}

// sortDir converts the direction as written.
func sortDir(d pg.SortByDir) SortDir {
	switch d {
	case pg.SortByDir_SORTBY_ASC:
		return SortAsc
	case pg.SortByDir_SORTBY_DESC:
		return SortDesc
	case pg.SortByDir_SORTBY_USING:
		return SortUsing
	default:
		return SortDefault
	}
}

// nullsOrder converts NULLS FIRST and LAST.
func nullsOrder(n pg.SortByNulls) NullsOrder {
	switch n {
	case pg.SortByNulls_SORTBY_NULLS_FIRST:
		return NullsFirst
	case pg.SortByNulls_SORTBY_NULLS_LAST:
		return NullsLast
	default:
		return NullsDefault
	}
}
