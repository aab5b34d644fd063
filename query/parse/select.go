package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// selectStmt converts SELECT, VALUES and set operations; nil stays nil.
func (c *converter) selectStmt(s *pg.SelectStmt) *SelectStmt {
	if s == nil {
		return nil
	}
	out := &SelectStmt{At: -1, With: c.with(s.WithClause)}
	switch {
	case s.Op > pg.SetOperation_SETOP_NONE:
		c.setOp(out, s)
	case len(s.ValuesLists) > 0:
		out.Values = make([][]Expr, len(s.ValuesLists))
		for i, row := range s.ValuesLists {
			out.Values[i] = c.exprs(row.GetList().GetItems())
		}
	default:
		c.selectCore(out, s)
	}
	c.selectTail(out, s)
	return out
}

// setOp converts UNION, INTERSECT and EXCEPT.
func (c *converter) setOp(out *SelectStmt, s *pg.SelectStmt) {
	switch s.Op {
	case pg.SetOperation_SETOP_UNION:
		out.Op = SetUnion
	case pg.SetOperation_SETOP_INTERSECT:
		out.Op = SetIntersect
	default:
		out.Op = SetExcept
	}
	out.All = s.All
	out.Left, out.Right = c.selectStmt(s.Larg), c.selectStmt(s.Rarg)
}

// selectCore converts what a plain SELECT has before ORDER BY.
func (c *converter) selectCore(out *SelectStmt, s *pg.SelectStmt) {
	if len(s.DistinctClause) > 0 {
		out.Distinct = true
		// Plain DISTINCT is a list of one empty node.
		if s.DistinctClause[0].GetNode() != nil {
			out.DistinctOn = c.exprs(s.DistinctClause)
		}
	}
	out.Targets = c.resTargets(s.TargetList)
	out.From = c.fromItems(s.FromClause)
	out.Where = c.expr(s.WhereClause)
	out.GroupBy = c.exprs(s.GroupClause)
	out.GroupDistinct = s.GroupDistinct
	out.Having = c.expr(s.HavingClause)
	for _, n := range s.WindowClause {
		out.Windows = append(out.Windows, c.windowDef(n.GetWindowDef()))
	}
	if into := s.IntoClause; into != nil {
		out.Into, out.IntoPersistence, out.IntoPos = c.relName(into.Rel), 'p', c.at(into.Rel.GetLocation()).Pos()
		if p := into.Rel.GetRelpersistence(); p != "" {
			out.IntoPersistence = p[0]
		}
	}
}

// selectTail converts what every query can end with.
func (c *converter) selectTail(out *SelectStmt, s *pg.SelectStmt) {
	out.OrderBy = c.sortBys(s.SortClause)
	out.Offset = c.expr(s.LimitOffset)
	out.WithTies = s.LimitOption == pg.LimitOption_LIMIT_OPTION_WITH_TIES
	if s.LimitCount.GetAConst().GetIsnull() {
		out.LimitAll = true
	} else {
		out.Limit = c.expr(s.LimitCount)
	}
	for _, n := range s.LockingClause {
		out.Locking = append(out.Locking, c.locking(n.GetLockingClause()))
	}
}

// locking converts FOR UPDATE and its kin.
func (c *converter) locking(l *pg.LockingClause) LockingClause {
	var out LockingClause
	switch l.Strength {
	case pg.LockClauseStrength_LCS_FORUPDATE:
		out.Strength = "update"
	case pg.LockClauseStrength_LCS_FORNOKEYUPDATE:
		out.Strength = "no key update"
	case pg.LockClauseStrength_LCS_FORSHARE:
		out.Strength = "share"
	default:
		out.Strength = "key share"
	}
	for _, n := range l.LockedRels {
		out.Of = append(out.Of, c.relName(n.GetRangeVar()))
		out.OfAt = append(out.OfAt, c.at(n.GetRangeVar().Location))
	}
	switch l.WaitPolicy {
	case pg.LockWaitPolicy_LockWaitError:
		out.Wait = "nowait"
	case pg.LockWaitPolicy_LockWaitSkip:
		out.Wait = "skip locked"
	}
	return out
}

// with converts WITH; nil stays nil.
func (c *converter) with(w *pg.WithClause) *With {
	if w == nil {
		return nil
	}
	out := &With{At: c.at(w.Location), Recursive: w.Recursive}
	for _, n := range w.Ctes {
		e := n.GetCommonTableExpr()
		cte := CTE{At: c.at(e.Location), Name: e.Ctename, Cols: strs(e.Aliascolnames), Query: c.stmt(e.Ctequery)}
		switch e.Ctematerialized {
		case pg.CTEMaterialize_CTEMaterializeAlways:
			cte.Materialized = 1
		case pg.CTEMaterialize_CTEMaterializeNever:
			cte.Materialized = -1
		}
		if s := e.SearchClause; s != nil {
			cte.Search = &SearchClause{At: c.at(s.Location), Cols: strs(s.SearchColList), Breadth: s.SearchBreadthFirst,
				Seq: s.SearchSeqColumn}
		}
		if s := e.CycleClause; s != nil {
			cte.Cycle = &CycleClause{At: c.at(s.Location), Cols: strs(s.CycleColList), Mark: s.CycleMarkColumn,
				Path: s.CyclePathColumn, Value: c.expr(s.CycleMarkValue), Default: c.expr(s.CycleMarkDefault)}
		}
		out.CTEs = append(out.CTEs, cte)
	}
	return out
}

// resTargets converts a select list, RETURNING, SET or an INSERT column list.
func (c *converter) resTargets(list []*pg.Node) []ResTarget {
	if len(list) == 0 {
		return nil
	}
	out := make([]ResTarget, len(list))
	for i, n := range list {
		t := n.GetResTarget()
		out[i] = ResTarget{At: c.at(t.GetLocation()), Name: t.GetName(),
			Path: c.path(t.GetIndirection()), Val: c.expr(t.GetVal())}
	}
	return out
}
