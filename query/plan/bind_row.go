package plan

import (
	"cmp"
	"strconv"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Row values: ROW(…), a relation's name used as a value, and what is selected from either.

// row binds ROW(…); t.* among the fields stands for all of them.
func (c *exprContext) row(x *parse.RowExpr) (Expr, error) {
	fields, _, err := c.rowFields(x)
	if err != nil {
		return nil, err
	}
	out := &Row{Typed: Typed{datum.Record, -1}, Fields: fields}
	if len(out.Fields) > 1664 {
		return nil, fail(x.Pos(), sqlstate.TooManyColumns, "ROW expressions can have at most 1664 entries")
	}
	out.T = datum.RecordOf(fieldsOf(out))
	return out, nil
}

// rowFields binds the fields of ROW(…), bare literals left untyped, and says where they stand.
func (c *exprContext) rowFields(x *parse.RowExpr) (fields []Expr, places []int, err error) {
	for _, f := range x.Fields {
		es, _, ok, err := c.stars(f)
		if !ok && err == nil {
			es = make([]Expr, 1)
			es[0], err = c.bind(f)
		}
		if err != nil {
			return nil, nil, err
		}
		for _, e := range es {
			fields, places = append(fields, e), append(places, exprStart(f))
		}
	}
	return fields, places, nil
}

// stars expands t.* and (row).*; ok is false for anything else.
func (c *exprContext) stars(e parse.Expr) (exprs []Expr, names []string, ok bool, err error) {
	switch x := e.(type) {
	case *parse.Star:
		exprs, names, err = c.expandStar(x)
		return exprs, names, true, err
	case *parse.Indirection:
		if last := len(x.Path) - 1; x.Path[last].Star {
			exprs, names, err = c.expandRow(x, x.Path[:last])
			return exprs, names, true, err
		}
	}
	return nil, nil, false, nil
}

// expandRow is (row).*: a reference to each of its fields.
func (c *exprContext) expandRow(x *parse.Indirection, path []parse.Accessor) (exprs []Expr, names []string, err error) {
	row, err := c.bindPath(x, path)
	if err != nil {
		return nil, nil, err
	}
	if !row.Type().IsRecord() {
		return nil, nil, fail(x.Pos(), sqlstate.WrongObjectType, "type %s is not composite", row.Type())
	}
	fields := fieldsOf(row)
	if fields == nil {
		return nil, nil, fail(x.Pos(), sqlstate.WrongObjectType, "record type has not been registered")
	}
	for i, f := range fields {
		exprs, names = append(exprs, fieldAt(row, fields, i)), append(names, f.Name)
	}
	return exprs, names, nil
}

// fieldsOf is what a row value consists of, nil when that is not known. Those of ROW(…) are called f1, f2, ….
func fieldsOf(e Expr) []datum.Field {
	if row, ok := e.(*Row); ok && (row.T.Fields == nil || row.Names != nil) {
		out := make([]datum.Field, len(row.Fields))
		for i, f := range row.Fields {
			out[i] = datum.Field{Name: "f" + strconv.Itoa(i+1), Type: f.Type(), Typmod: f.Typmod()}
			if row.Names != nil {
				out[i].Name = row.Names[i]
			}
			if row.aliases != nil {
				out[i].Name = row.aliases[i]
			}
		}
		return out
	}
	return e.Type().Root().Fields
}

// fieldAt is field i of a row value: of one that is put together here, the expression itself.
func fieldAt(row Expr, fields []datum.Field, i int) Expr {
	if r, ok := row.(*Row); ok {
		return r.Fields[i]
	}
	f := fields[i]
	return &Field{Typed: Typed{f.Type, f.Typmod}, Arg: row, Index: i, Name: f.Name}
}

// field is (row).name.
func (c *exprContext) field(row Expr, name string, x *parse.Indirection) (Expr, error) {
	if !row.Type().IsRecord() {
		return nil, fail(x.Pos(), sqlstate.WrongObjectType,
			"column notation .%s applied to type %s, which is not a composite type", name, row.Type())
	}
	fields := fieldsOf(row)
	for i, f := range fields {
		if f.Name == name {
			return fieldAt(row, fields, i), nil
		}
	}
	if t := row.Type(); t.Root().IsComposite() {
		if _, whole := row.(*Row); !whole {
			return nil, fail(x.Pos(), sqlstate.UndefinedColumn, "column %q not found in data type %s", name, t)
		}
	}
	if ref, ok := x.Arg.(*parse.ColumnRef); ok && len(ref.Name) == 1 && c.scope.relNamed(ref.Name) != nil {
		return nil, fail(x.Pos(), sqlstate.UndefinedColumn, "column %s.%s does not exist", ref.Name[0], name)
	}
	return nil, fail(x.Pos(), sqlstate.UndefinedColumn, "could not identify column %q in record data type", name)
}

// starred is x.* as an argument: the whole row of a relation, or of a variable.
func (c *exprContext) starred(x *parse.Star) (Expr, error) {
	if row, err := c.wholeRow(x.Name, x.Pos()); row != nil || err != nil {
		return row, err
	}
	if c.b.fn != nil {
		if row, err := c.bind(&parse.ColumnRef{At: x.At, Name: x.Name}); err == nil && row.Type().Root().IsRecord() {
			return row, nil
		}
	}
	return nil, fail(x.Pos(), sqlstate.UndefinedTable, "missing FROM-clause entry for table %q", x.Name[len(x.Name)-1])
}

// indirection binds arg[i], arg.field and what follows, in sequence.
func (c *exprContext) indirection(x *parse.Indirection) (Expr, error) { return c.bindPath(x, x.Path) }

func (c *exprContext) bindPath(x *parse.Indirection, path []parse.Accessor) (Expr, error) {
	e, err := c.bind(x.Arg)
	for i := 0; i < len(path) && err == nil; {
		switch step := path[i]; {
		case step.Star:
			return nil, fail(x.Pos(), sqlstate.SyntaxError, "row expansion via \"*\" is not supported here")
		case step.Field != "":
			e, err = c.field(e, step.Field, x)
			i++
		default:
			n := i
			for n < len(path) && path[n].Field == "" && !path[n].Star {
				n++
			}
			e, err = c.subscripts(e, path[i:n], x.Pos())
			i = n
		}
	}
	return e, err
}

// subscripts is arg[i][j] or, where one of them is a slice, arg[i:j][k:l].
func (c *exprContext) subscripts(arg Expr, steps []parse.Accessor, pos int) (Expr, error) {
	if arg.Type().Root() == datum.JSONB {
		return c.jsonSubscripts(arg, &parse.Indirection{At: parse.At(pos), Path: steps})
	}
	if arg.Type().Root() == datum.Hstore {
		return c.hstoreSubscript(c.b.undomained(arg), steps)
	}
	sub := &Subscript{Arg: arg}
	for _, step := range steps {
		if err := c.subscript(sub, step, pos); err != nil {
			return nil, err
		}
	}
	t := arg.Type()
	if t.IsDomain() {
		arg = c.b.undomained(arg)
		sub.Arg, t = arg, arg.Type()
	}
	if t == datum.Name {
		return c.nameByte(arg, sub, pos)
	}
	if part := datum.PartOf(t); part != nil {
		if sub.Slice {
			return nil, fail(pos, sqlstate.FeatureNotSupported, "slices of fixed-length arrays not implemented")
		}
		sub.Typed = Typed{part, -1}
		return sub, nil
	}
	if t.Elem == nil {
		return nil, fail(pos, sqlstate.DatatypeMismatch,
			"cannot subscript type %s because it does not support subscripting", t)
	}
	if !sub.Slice {
		t = t.Elem
	} else {
		sub.sliceAll(steps)
	}
	sub.Typed = Typed{t, -1}
	return sub, nil
}

// wholeRow is a relation's name used as a value, of this query or one around it; nil when there is none of the name.
func (c *exprContext) wholeRow(name parse.Name, pos int) (Expr, error) {
	rel, fields, names, err := c.scope.wholeRow(c.b, name, pos)
	if rel == nil || err != nil {
		return nil, err
	}
	if rel.scalar {
		return fields[0], nil
	}
	if rel.rowType == nil && rel.table != nil && len(rel.table.Columns) == len(fields) {
		rel.rowType = rel.table.RowType()
	}
	if rel.rowType == nil {
		shape := make([]datum.Field, len(fields))
		for i, e := range fields {
			shape[i] = datum.Field{Name: names[i], Type: e.Type(), Typmod: e.Typmod()}
		}
		rel.rowType = datum.RecordOf(shape)
	}
	row := &Row{Typed: Typed{rel.rowType, -1}, Fields: fields, Names: names, aliases: names, whole: cmp.Or(rel.shown, rel.alias)}
	if rel.rowType.IsComposite() {
		row.Names = rel.rowType.FieldNames()
	}
	if !rel.nullable {
		return row, nil
	}
	// The row that an outer join makes up is NULL, not a row of NULLs: a column that no real row has a NULL in tells.
	witness := rel.witness(fields)
	if witness == nil {
		return nil, unsupported(pos, "the whole row of an outer joined relation without a NOT NULL column")
	}
	real := &NullTest{Typed: boolType(), Arg: witness, Not: true}
	return &Case{Typed: row.Typed, Whens: []When{{Cond: real, Result: row}}}, nil
}

func (r *scopeRel) witness(fields []Expr) Expr {
	if r.table == nil {
		return nil
	}
	for i := range r.table.Columns {
		if r.table.Columns[i].NotNull && i < len(fields) {
			return fields[i]
		}
	}
	return nil
}

// wholeRow finds a relation here or further out, with references to its columns.
func (s *scope) wholeRow(b *binder, name parse.Name, pos int) (rel *scopeRel, fields []Expr, names []string, err error) {
	if rel = s.relNamed(name); rel != nil {
		for i := range s.cols {
			if col := &s.cols[i]; col.rel == rel.alias && !col.merged && col.mark == 0 {
				col.read()
				b.rec.column(col)
				fields, names = append(fields, col.expr), append(names, col.name)
			}
		}
		return rel, fields, names, nil
	}
	if s.parent == nil {
		return nil, nil, nil, nil
	}
	if rel, fields, names, err = s.parent.scope.wholeRow(b, name, pos); rel == nil || err != nil {
		return nil, nil, nil, err
	}
	for i, e := range fields {
		if o, ok := e.(*Outer); ok {
			s.parent.depend(o.Slot)
			continue
		}
		fields[i] = s.parent.capture(b, e, &scopeCol{rel: rel.alias, name: names[i]}, pos)
	}
	return rel, fields, names, nil
}

// functionOfRow is x.f where f is no column but a function of x's row type, as Postgres lets one be written (a computed
// field); nil where there is none.
func (c *exprContext) functionOfRow(x *parse.ColumnRef) (Expr, error) {
	name, pos := x.Name, x.Pos()
	if len(name) != 2 {
		return nil, nil
	}
	called := name[1:]
	procs := c.b.procsNamed(called)
	if len(procs) == 0 {
		return nil, nil
	}
	row, err := c.wholeRow(name[:1], pos)
	if row == nil || err != nil || !row.Type().IsComposite() {
		return nil, err
	}
	for _, p := range procs {
		if len(p.Args) == 1 && p.Args[0] == row.Type() && p.Kind == 'f' {
			arg := &parse.ColumnRef{At: parse.At(pos), Name: name[:1]}
			if madeByUser(p) {
				c.b.notes(x, p.OID)
			}
			return c.bind(&parse.FuncCall{At: parse.At(pos), Name: called, Args: []parse.Expr{arg}})
		}
	}
	return nil, nil
}
