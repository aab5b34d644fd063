package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// merge converts MERGE; what the grammar has of PostgreSQL 17's and not of 15's is refused.
func (c *converter) merge(s *pg.MergeStmt) Stmt {
	out := &MergeStmt{
		At:     -1,
		With:   c.with(s.WithClause),
		Table:  c.rangeTable(s.Relation),
		Source: c.fromItem(s.SourceRelation),
		On:     c.expr(s.JoinCondition),
	}
	c.refuseIf(len(s.ReturningList) > 0, -1, "RETURNING in MERGE")
	for _, n := range s.MergeWhenClauses {
		out.Whens = append(out.Whens, c.mergeWhen(n.GetMergeWhenClause()))
	}
	return out
}

func (c *converter) mergeWhen(w *pg.MergeWhenClause) MergeWhen {
	c.refuseIf(w.MatchKind == pg.MergeMatchKind_MERGE_WHEN_NOT_MATCHED_BY_SOURCE, -1, "WHEN NOT MATCHED BY SOURCE")
	out := MergeWhen{
		Matched:    w.MatchKind == pg.MergeMatchKind_MERGE_WHEN_MATCHED,
		Cond:       c.expr(w.Condition),
		Targets:    c.resTargets(w.TargetList),
		Values:     c.exprs(w.Values),
		Overriding: overriding(w.Override),
	}
	switch w.CommandType {
	case pg.CmdType_CMD_INSERT:
		out.Action = MergeInsert
	case pg.CmdType_CMD_UPDATE:
		out.Action = MergeUpdate
	case pg.CmdType_CMD_DELETE:
		out.Action = MergeDelete
	}
	return out
}
