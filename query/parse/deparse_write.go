package parse

// DeparseStmt writes a query, INSERT, UPDATE, DELETE or NOTIFY as SQL, in the manner of Deparse; "" is of any other statement.
func DeparseStmt(s Stmt) string {
	var d deparser
	d.stmt(s)
	return d.String()
}

func (d *deparser) stmt(s Stmt) {
	switch x := s.(type) {
	case *SelectStmt:
		d.query(x)
	case *InsertStmt:
		d.insert(x)
	case *UpdateStmt:
		d.update(x)
	case *DeleteStmt:
		d.deleteFrom(x)
	case *NotifyStmt:
		d.w("NOTIFY ", QuoteIdent(x.Channel))
		if x.Payload != "" {
			d.w(", ", QuoteLiteral(x.Payload))
		}
	}
}

func (d *deparser) insert(s *InsertStmt) {
	d.with(s.With)
	d.w("INSERT INTO ", qualified(s.Table.Name))
	d.alias(s.Table.Alias)
	for i := range s.Cols {
		d.w(map[bool]string{true: " (", false: ", "}[i == 0])
		d.column(&s.Cols[i])
	}
	if len(s.Cols) > 0 {
		d.w(")")
	}
	switch s.Overriding {
	case "user":
		d.w(" OVERRIDING USER VALUE")
	case "system":
		d.w(" OVERRIDING SYSTEM VALUE")
	}
	if s.Query == nil {
		d.w(" DEFAULT VALUES")
	} else {
		d.w(" ")
		d.query(s.Query)
	}
	d.onConflict(s.OnConflict)
	d.returning(s.Returning)
}

// column writes a column of a list, or of SET.
func (d *deparser) column(t *ResTarget) {
	d.w(QuoteIdent(t.Name))
	d.path(t.Path)
}

func (d *deparser) onConflict(o *OnConflict) {
	if o == nil {
		return
	}
	d.w(" ON CONFLICT")
	switch {
	case o.Constraint != "":
		d.w(" ON CONSTRAINT ", QuoteIdent(o.Constraint))
	case len(o.Targets) > 0:
		d.w(" (")
		for i, e := range o.Targets {
			if i > 0 {
				d.w(", ")
			}
			if ref, ok := e.(*ColumnRef); ok {
				d.w(qualified(ref.Name))
			} else {
				d.paren(e)
			}
		}
		d.w(")")
		d.clause(" WHERE ", o.Where)
	}
	if !o.DoUpdate {
		d.w(" DO NOTHING")
		return
	}
	d.w(" DO UPDATE SET ")
	d.set(o.Set)
	d.clause(" WHERE ", o.UpdateWhere)
}

// set writes assignments; those of several columns at once stand together.
func (d *deparser) set(list []ResTarget) {
	for i := 0; i < len(list); i++ {
		if i > 0 {
			d.w(", ")
		}
		m, ok := list[i].Val.(*MultiAssign)
		if !ok || i+m.Columns > len(list) {
			d.column(&list[i])
			d.w(" = ")
			d.expr(list[i].Val)
			continue
		}
		for k := range m.Columns {
			d.w(map[bool]string{true: "(", false: ", "}[k == 0])
			d.column(&list[i+k])
		}
		d.w(") = ")
		d.sources(list[i:i+m.Columns], m)
		i += m.Columns - 1
	}
}

// sources writes what several columns are assigned. Each may have a copy of its own of a row, of which its field counts.
func (d *deparser) sources(list []ResTarget, m *MultiAssign) {
	if _, ok := m.Source.(*RowExpr); !ok {
		d.expr(m.Source)
		return
	}
	for k := range list {
		d.w(map[bool]string{true: "ROW(", false: ", "}[k == 0])
		own, ok := list[k].Val.(*MultiAssign)
		if row, isRow := own.Source.(*RowExpr); ok && isRow && k < len(row.Fields) {
			d.expr(row.Fields[k])
		}
	}
	d.w(")")
}

func (d *deparser) update(s *UpdateStmt) {
	d.with(s.With)
	d.w("UPDATE ")
	d.fromItem(s.Table)
	d.w(" SET ")
	d.set(s.Set)
	d.fromItems(" FROM ", s.From)
	d.clause(" WHERE ", s.Where)
	d.returning(s.Returning)
}

func (d *deparser) deleteFrom(s *DeleteStmt) {
	d.with(s.With)
	d.w("DELETE FROM ")
	d.fromItem(s.Table)
	d.fromItems(" USING ", s.Using)
	d.clause(" WHERE ", s.Where)
	d.returning(s.Returning)
}

func (d *deparser) returning(list []ResTarget) {
	if len(list) > 0 {
		d.w(" RETURNING")
		d.targets(list)
	}
}
