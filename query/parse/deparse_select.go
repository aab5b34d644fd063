package parse

// subLink writes a subquery in an expression.
func (d *deparser) subLink(s *SubLink) {
	switch s.Kind {
	case SubExists:
		d.w("EXISTS ")
	case SubArray:
		d.w("ARRAY ")
	case SubAny, SubAll:
		d.w("(")
		d.operand(s.Left)
		switch {
		case s.Kind == SubAll:
			d.w(" ", operatorName(s.Op), " ALL ")
		case len(s.Op) == 0:
			d.w(" IN ")
		default:
			d.w(" ", operatorName(s.Op), " ANY ")
		}
		defer d.w(")")
	}
	d.w("(")
	d.query(s.Query)
	d.w(")")
}

// query writes a SELECT, VALUES or set operation.
func (d *deparser) query(s *SelectStmt) {
	d.with(s.With)
	switch {
	case s.Op != SetNone:
		d.setOperand(s.Left)
		d.w(map[SetOp]string{SetUnion: " UNION ", SetIntersect: " INTERSECT ", SetExcept: " EXCEPT "}[s.Op])
		if s.All {
			d.w("ALL ")
		}
		d.setOperand(s.Right)
	case s.Values != nil:
		d.w("VALUES ")
		for i, row := range s.Values {
			if i > 0 {
				d.w(", ")
			}
			d.list("(", row, ")")
		}
	default:
		d.selectCore(s)
	}
	d.selectTail(s)
}

// setOperand writes one side of a set operation.
func (d *deparser) setOperand(s *SelectStmt) {
	d.w("(")
	d.query(s)
	d.w(")")
}

// with writes WITH.
func (d *deparser) with(w *With) {
	if w == nil {
		return
	}
	d.w("WITH ")
	if w.Recursive {
		d.w("RECURSIVE ")
	}
	for i, cte := range w.CTEs {
		if i > 0 {
			d.w(", ")
		}
		d.w(QuoteIdent(cte.Name))
		if len(cte.Cols) > 0 {
			d.idents(cte.Cols)
		}
		d.w(" AS ", map[int8]string{1: "MATERIALIZED ", -1: "NOT MATERIALIZED "}[cte.Materialized], "(")
		d.stmt(cte.Query)
		d.w(")")
		d.searchCycle(&cte)
	}
	d.w(" ")
}

// searchCycle writes what may follow a recursive query.
func (d *deparser) searchCycle(c *CTE) {
	if s := c.Search; s != nil {
		word := " SEARCH DEPTH FIRST BY "
		if s.Breadth {
			word = " SEARCH BREADTH FIRST BY "
		}
		d.w(word)
		d.names(s.Cols)
		d.w(" SET ", QuoteIdent(s.Seq))
	}
	if s := c.Cycle; s != nil {
		d.w(" CYCLE ")
		d.names(s.Cols)
		d.w(" SET ", QuoteIdent(s.Mark), " TO ")
		d.expr(s.Value)
		d.w(" DEFAULT ")
		d.expr(s.Default)
		d.w(" USING ", QuoteIdent(s.Path))
	}
}

// names writes identifiers with commas between them.
func (d *deparser) names(list []string) {
	for i, n := range list {
		if i > 0 {
			d.w(", ")
		}
		d.w(QuoteIdent(n))
	}
}

// selectCore writes a plain SELECT up to WINDOW.
func (d *deparser) selectCore(s *SelectStmt) {
	d.w("SELECT")
	if len(s.DistinctOn) > 0 {
		d.list(" DISTINCT ON (", s.DistinctOn, ")")
	} else if s.Distinct {
		d.w(" DISTINCT")
	}
	d.targets(s.Targets)
	d.fromItems(" FROM ", s.From)
	d.clause(" WHERE ", s.Where)
	if len(s.GroupBy) > 0 {
		d.w(" GROUP BY ")
		if s.GroupDistinct {
			d.w("DISTINCT ")
		}
		d.exprs(s.GroupBy)
	}
	d.clause(" HAVING ", s.Having)
	for i := range s.Windows {
		d.w(map[bool]string{true: " WINDOW ", false: ", "}[i == 0], QuoteIdent(s.Windows[i].Name), " AS ")
		d.window(&s.Windows[i])
	}
}

// targets writes a select list, or that of RETURNING.
func (d *deparser) targets(list []ResTarget) {
	for i, t := range list {
		if i > 0 {
			d.w(",")
		}
		d.w(" ")
		d.expr(t.Val)
		if t.Name != "" {
			d.w(" AS ", QuoteIdent(t.Name))
		}
	}
}

// fromItems writes a keyword and the items of FROM or USING, or nothing for none.
func (d *deparser) fromItems(word string, list []FromItem) {
	for i, f := range list {
		d.w(map[bool]string{true: word, false: ", "}[i == 0])
		d.fromItem(f)
	}
}

// clause writes a keyword and an expression, or nothing for nil.
func (d *deparser) clause(word string, e Expr) {
	if e != nil {
		d.w(word)
		d.expr(e)
	}
}

// selectTail writes ORDER BY, LIMIT, OFFSET and locking.
func (d *deparser) selectTail(s *SelectStmt) {
	d.orderBy(" ORDER BY ", s.OrderBy)
	d.clause(" OFFSET ", s.Offset)
	switch {
	case s.WithTies:
		d.w(" FETCH FIRST ")
		d.paren(s.Limit)
		d.w(" ROWS WITH TIES")
	case s.LimitAll:
		d.w(" LIMIT ALL")
	default:
		d.clause(" LIMIT ", s.Limit)
	}
	for _, l := range s.Locking {
		d.w(" FOR ", l.Strength)
		for i, n := range l.Of {
			d.w(map[bool]string{true: " OF ", false: ", "}[i == 0], qualified(n))
		}
		if l.Wait != "" {
			d.w(" ", l.Wait)
		}
	}
}

// fromItem writes an item of FROM.
func (d *deparser) fromItem(f FromItem) {
	switch f := f.(type) {
	case *RangeTable:
		if f.Only {
			d.w("ONLY ")
		}
		d.w(qualified(f.Name))
		d.alias(f.Alias)
	case *RangeSubselect:
		d.lateral(f.Lateral)
		d.setOperand(f.Query)
		d.alias(f.Alias)
	case *RangeFunction:
		d.rangeFunction(f)
	case *RangeSample:
		d.fromItem(f.Table)
		d.list(" TABLESAMPLE "+qualified(f.Method)+" (", f.Args, ")")
		if f.Repeatable != nil {
			d.list(" REPEATABLE (", []Expr{f.Repeatable}, ")")
		}
	case *JoinExpr:
		d.join(f)
	case *RangeUnsupported:
		d.w("/* ", f.What, " */")
	}
}

// lateral writes LATERAL under a condition.
func (d *deparser) lateral(b bool) {
	if b {
		d.w("LATERAL ")
	}
}

// alias writes AS name (columns); nil writes nothing.
func (d *deparser) alias(a *Alias) {
	if a == nil {
		return
	}
	d.w(" AS ", QuoteIdent(a.Name))
	if len(a.Cols) > 0 {
		d.idents(a.Cols)
	}
}

// rangeFunction writes a function in FROM.
func (d *deparser) rangeFunction(f *RangeFunction) {
	d.lateral(f.Lateral)
	if f.RowsFrom {
		d.w("ROWS FROM (")
		for i, e := range f.Funcs {
			if i > 0 {
				d.w(", ")
			}
			d.expr(e)
			if f.Defs != nil && len(f.Defs[i]) > 0 {
				d.w(" AS")
				d.columnDefs(f.Defs[i])
			}
		}
		d.w(")")
	} else {
		d.exprs(f.Funcs)
	}
	if f.Ordinality {
		d.w(" WITH ORDINALITY")
	}
	d.alias(f.Alias)
	if len(f.ColDefs) == 0 {
		return
	}
	if f.Alias == nil {
		d.w(" AS")
	}
	d.columnDefs(f.ColDefs)
}

// columnDefs writes the columns of a function returning record.
func (d *deparser) columnDefs(defs []ColumnDef) {
	d.w(" (")
	for i := range defs {
		if i > 0 {
			d.w(", ")
		}
		d.w(QuoteIdent(defs[i].Name), " ")
		d.typeName(&defs[i].Type)
		if n := defs[i].Collation; len(n) > 0 {
			d.w(" COLLATE ", qualified(n))
		}
	}
	d.w(")")
}

// join writes a join in parentheses.
func (d *deparser) join(j *JoinExpr) {
	d.w("(")
	d.fromItem(j.Left)
	if j.Natural {
		d.w(" NATURAL")
	}
	kind := map[JoinKind]string{
		JoinInner: " JOIN ", JoinLeft: " LEFT JOIN ", JoinRight: " RIGHT JOIN ", JoinFull: " FULL JOIN ",
	}[j.Kind]
	if j.Kind == JoinInner && !j.Natural && j.On == nil && len(j.Using) == 0 {
		kind = " CROSS JOIN "
	}
	d.w(kind)
	d.fromItem(j.Right)
	if len(j.Using) > 0 {
		d.w(" USING ")
		d.idents(j.Using)
	}
	d.clause(" ON ", j.On)
	d.w(")")
	d.alias(j.Alias)
}
