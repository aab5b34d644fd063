package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// fromItems converts FROM or USING; nil stays nil.
func (c *converter) fromItems(list []*pg.Node) []FromItem {
	var out []FromItem
	for _, n := range list {
		out = append(out, c.fromItem(n))
	}
	return out
}

// fromItem converts one item of FROM.
func (c *converter) fromItem(n *pg.Node) FromItem {
	switch n := n.Node.(type) {
	case *pg.Node_RangeVar:
		return c.rangeTable(n.RangeVar)
	case *pg.Node_RangeSubselect:
		s := n.RangeSubselect
		return &RangeSubselect{At: -1, Lateral: s.Lateral,
			Query: c.selectStmt(s.Subquery.GetSelectStmt()), Alias: alias(s.Alias)}
	case *pg.Node_RangeFunction:
		return c.rangeFunction(n.RangeFunction)
	case *pg.Node_JoinExpr:
		return c.join(n.JoinExpr)
	case *pg.Node_RangeTableSample:
		return c.rangeSample(n.RangeTableSample)
	case *pg.Node_RangeTableFunc:
		return &RangeUnsupported{At: c.at(n.RangeTableFunc.Location), What: "XMLTABLE"}
	case *pg.Node_JsonTable:
		return &RangeUnsupported{At: c.at(n.JsonTable.Location), What: "JSON_TABLE"}
	default:
		return &RangeUnsupported{At: -1, What: nodeTitle(n) + " in FROM"}
	}
}

// rangeTable converts a relation reference; nil stays nil.
func (c *converter) rangeTable(v *pg.RangeVar) *RangeTable {
	if v == nil {
		return nil
	}
	return &RangeTable{At: c.at(v.Location), Name: c.relName(v), Only: !v.Inh, Alias: alias(v.Alias)}
}

// relName is the name of a relation with the qualifiers that were written; nil stays nil.
func (c *converter) relName(v *pg.RangeVar) Name {
	if v == nil {
		return nil
	}
	var out Name
	if v.Catalogname != "" {
		out = append(out, v.Catalogname)
	}
	if v.Schemaname != "" {
		out = append(out, v.Schemaname)
	}
	return append(out, v.Relname)
}

// rangeSample converts TABLESAMPLE, which the grammar has behind tables only.
func (c *converter) rangeSample(s *pg.RangeTableSample) FromItem {
	return &RangeSample{At: c.at(s.Location), Table: c.rangeTable(s.Relation.GetRangeVar()), Method: name(s.Method),
		Args: c.exprs(s.Args), Repeatable: c.expr(s.Repeatable)}
}

// alias converts AS name (columns…); nil stays nil.
func alias(a *pg.Alias) *Alias {
	if a == nil {
		return nil
	}
	return &Alias{Name: a.Aliasname, Cols: strs(a.Colnames)}
}

// rangeFunction converts f(…) and ROWS FROM (…), whose items are lists of a call and its columns.
func (c *converter) rangeFunction(f *pg.RangeFunction) FromItem {
	out := &RangeFunction{At: -1, Lateral: f.Lateral, Ordinality: f.Ordinality,
		RowsFrom: f.IsRowsfrom, Alias: alias(f.Alias)}
	for _, n := range f.Functions {
		pair := n.GetList().GetItems()
		if len(pair) == 0 {
			continue
		}
		if len(pair) > 1 {
			if defs := c.columnDefs(pair[1].GetList().GetItems()); defs != nil {
				if out.Defs == nil {
					out.Defs = make([][]ColumnDef, len(f.Functions))
				}
				out.Defs[len(out.Funcs)] = defs
			}
		}
		out.Funcs = append(out.Funcs, c.expr(pair[0]))
	}
	if len(out.Funcs) > 0 {
		out.At = posOf(out.Funcs[0])
	}
	out.ColDefs = c.columnDefs(f.Coldeflist)
	return out
}

// columnDefs converts (name type, …); nil when there are none.
func (c *converter) columnDefs(list []*pg.Node) []ColumnDef {
	var out []ColumnDef
	for _, n := range list {
		out = append(out, c.columnDef(n.GetColumnDef()))
	}
	return out
}

// join converts a JOIN.
func (c *converter) join(j *pg.JoinExpr) FromItem {
	out := &JoinExpr{At: -1, Natural: j.IsNatural, Using: strs(j.UsingClause), Alias: alias(j.Alias)}
	switch j.Jointype {
	case pg.JoinType_JOIN_INNER:
		out.Kind = JoinInner
	case pg.JoinType_JOIN_LEFT:
		out.Kind = JoinLeft
	case pg.JoinType_JOIN_RIGHT:
		out.Kind = JoinRight
	case pg.JoinType_JOIN_FULL:
		out.Kind = JoinFull
	default:
		return &RangeUnsupported{At: -1, What: "this kind of join"}
	}
	out.UsingAlias = j.JoinUsingAlias.GetAliasname()
	out.Left, out.Right = c.fromItem(j.Larg), c.fromItem(j.Rarg)
	out.On = c.expr(j.Quals)
	return out
}
