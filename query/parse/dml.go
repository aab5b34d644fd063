package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// insert converts INSERT.
func (c *converter) insert(s *pg.InsertStmt) Stmt {
	return &InsertStmt{
		At:         -1,
		With:       c.with(s.WithClause),
		Table:      c.rangeTable(s.Relation),
		Cols:       c.resTargets(s.Cols),
		Query:      c.selectStmt(s.SelectStmt.GetSelectStmt()),
		OnConflict: c.onConflict(s.OnConflictClause),
		Returning:  c.resTargets(s.ReturningList),
		Overriding: overriding(s.Override),
	}
}

// overriding is the word of OVERRIDING … VALUE, "" for none.
func overriding(k pg.OverridingKind) string {
	switch k {
	case pg.OverridingKind_OVERRIDING_USER_VALUE:
		return "user"
	case pg.OverridingKind_OVERRIDING_SYSTEM_VALUE:
		return "system"
	}
	return ""
}

// onConflict converts ON CONFLICT; nil stays nil.
func (c *converter) onConflict(o *pg.OnConflictClause) *OnConflict {
	if o == nil {
		return nil
	}
	out := &OnConflict{
		At:          c.at(o.Location),
		DoUpdate:    o.Action == pg.OnConflictAction_ONCONFLICT_UPDATE,
		Set:         c.resTargets(o.TargetList),
		UpdateWhere: c.expr(o.WhereClause),
	}
	if o.Infer == nil {
		return out
	}
	out.Constraint = o.Infer.Conname
	out.Where = c.expr(o.Infer.WhereClause)
	for _, n := range o.Infer.IndexElems {
		e := n.GetIndexElem()
		c.refuseIf(len(e.Collation) > 0, out.At, "ON CONFLICT with COLLATE")
		c.refuseIf(len(e.Opclass) > 0, out.At, "ON CONFLICT with an operator class")
		if e.Name != "" {
			out.Targets = append(out.Targets, &ColumnRef{At: c.at(o.Infer.Location), Name: Name{e.Name}})
		} else {
			out.Targets = append(out.Targets, c.expr(e.Expr))
		}
	}
	return out
}

// update converts UPDATE.
func (c *converter) update(s *pg.UpdateStmt) Stmt {
	return &UpdateStmt{
		At:        -1,
		With:      c.with(s.WithClause),
		Table:     c.rangeTable(s.Relation),
		Set:       c.resTargets(s.TargetList),
		From:      c.fromItems(s.FromClause),
		Where:     c.expr(s.WhereClause),
		Returning: c.resTargets(s.ReturningList),
	}
}

// multiAssign converts one column of SET (a, b) = source. The grammar repeats the source in every
// column; ours share the first, so that n columns cost one conversion.
func (c *converter) multiAssign(m *pg.MultiAssignRef) Expr {
	if m.Colno == 1 {
		c.multiSource = c.expr(m.Source)
	}
	return &MultiAssign{At: posOf(c.multiSource), Source: c.multiSource,
		Column: int(m.Colno), Columns: int(m.Ncolumns)}
}

// deleteStmt converts DELETE.
func (c *converter) deleteStmt(s *pg.DeleteStmt) Stmt {
	return &DeleteStmt{
		At:        -1,
		With:      c.with(s.WithClause),
		Table:     c.rangeTable(s.Relation),
		Using:     c.fromItems(s.UsingClause),
		Where:     c.expr(s.WhereClause),
		Returning: c.resTargets(s.ReturningList),
	}
}
