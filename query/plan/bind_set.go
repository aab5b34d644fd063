package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// setClause binds SET of UPDATE and of ON CONFLICT DO UPDATE: values[i] is assigned to ordinals[i].
type setClause struct {
	b        *binder
	to       *target
	table    *catalog.Table
	rows     *RowExprs
	scope    *scope
	from     int // where the table's row starts in the input
	ordinals []int
	values   []Expr
	elements []bool // parts of the column were assigned, which more may follow
	note     *boundWrite
}

func (s *setClause) bind(items []parse.ResTarget) error {
	for _, it := range items {
		ordinal, err := s.to.ordinal(it, "update")
		if err != nil {
			return err
		}
		col := &s.table.Columns[ordinal]
		ec := &exprContext{b: s.b, scope: s.scope, clause: "UPDATE"}
		el, err := ec.bindElement(it, col)
		if err != nil {
			return err
		}
		at := slices.Index(s.ordinals, ordinal)
		if at >= 0 && (el == nil || !s.elements[at]) {
			return sqlstate.New(sqlstate.SyntaxError, "multiple assignments to same column %q", col.Name)
		}
		v, err := s.value(it, el, col, ordinal)
		if err == nil {
			err = s.noteSet(it, v)
		}
		switch {
		case err != nil:
			return err
		case at >= 0:
			s.values[at] = el.put(s.b, s.values[at], v)
			continue
		case el != nil:
			v = el.put(s.b, &Col{Typed: Typed{col.Type, col.Typmod}, Index: s.from + ordinal, Name: col.Name}, v)
		}
		s.ordinals, s.values, s.elements = append(s.ordinals, ordinal), append(s.values, v), append(s.elements, el != nil)
	}
	return nil
}

// noteSet tells a recorder of an assignment. The query that several columns get their values from is bound once more as it
// stands: each column's value is a query of its own.
func (s *setClause) noteSet(it parse.ResTarget, v Expr) error {
	if s.note == nil {
		return nil
	}
	s.b.rec.reads(s.to.relation(), s.to.cols[s.to.named(it.Name)].attNum)
	n := boundSet{column: it.Name, value: s.b.rec.given[v]}
	if _, deflt := it.Val.(*parse.SetToDefault); deflt {
		n.value = nil
	}
	if m, ok := it.Val.(*parse.MultiAssign); ok {
		switch x := m.Source.(type) {
		case *parse.RowExpr:
			if _, deflt := x.Fields[m.Column-1].(*parse.SetToDefault); deflt {
				n.value = nil
			}
		case *parse.SubLink:
			n.query = x.Query
			if m.Column == 1 {
				if _, err := s.b.query(x.Query, s.scope.child(s.b)); err != nil {
					return err
				}
			}
		}
	}
	s.note.set = append(s.note.set, n)
	return nil
}

// value binds the right side of one assignment.
func (s *setClause) value(it parse.ResTarget, el *element, col *catalog.Column, ordinal int) (Expr, error) {
	source, err := assignmentSource(it.Val)
	if err != nil {
		return nil, err
	}
	if _, isDefault := source.(*parse.SetToDefault); isDefault {
		if el != nil {
			return nil, fail(source.Pos(), sqlstate.FeatureNotSupported, "cannot set an array element to DEFAULT")
		}
		return s.rows.defaultOrNull(s.table, ordinal), nil
	}
	if err := onlyDefault(col); err != nil {
		return nil, err
	}
	ec := &exprContext{b: s.b, scope: s.scope, clause: "UPDATE"}
	e, err := ec.bind(source)
	if err != nil {
		return nil, err
	}
	out, err := s.b.convert(el, e, col, it.Pos(), exprStart(source))
	if err == nil && s.b.rec != nil {
		s.b.rec.given[out] = s.b.asGiven(e, out, col, el)
	}
	return out, err
}

// onlyDefault refuses new values of generated columns and GENERATED ALWAYS identities.
func onlyDefault(col *catalog.Column) error {
	if col.Generated == "" && col.Identity != 'a' {
		return nil
	}
	e := sqlstate.New(sqlstate.GeneratedAlways, "column %q can only be updated to DEFAULT", col.Name)
	if col.Generated != "" {
		return e.WithDetail("Column %q is a generated column.", col.Name)
	}
	return e.WithDetail("Column %q is an identity column defined as GENERATED ALWAYS.", col.Name)
}

// assignmentSource takes the part of SET (a, b) = … that belongs to one column. A subquery is cut down
// to its column and so runs once a column; its rows are the same each time within a statement.
func assignmentSource(e parse.Expr) (parse.Expr, error) {
	m, ok := e.(*parse.MultiAssign)
	if !ok {
		return e, nil
	}
	switch x := m.Source.(type) {
	case *parse.RowExpr:
		if len(x.Fields) != m.Columns {
			return nil, fail(m.Pos(), sqlstate.SyntaxError, "number of columns does not match number of values")
		}
		return x.Fields[m.Column-1], nil
	case *parse.SubLink:
		return subqueryColumn(x, m)
	}
	return nil, unsupported(m.Pos(), "this source of a multiple-column UPDATE")
}

func subqueryColumn(x *parse.SubLink, m *parse.MultiAssign) (parse.Expr, error) {
	q := x.Query
	if q.Op != parse.SetNone || q.Values != nil || q.Distinct || len(q.DistinctOn) > 0 {
		return nil, unsupported(m.Pos(), "a multiple-column UPDATE from this kind of subquery")
	}
	for _, t := range q.Targets {
		if _, star := t.Val.(*parse.Star); star {
			return nil, unsupported(m.Pos(), "a multiple-column UPDATE from SELECT *")
		}
	}
	if len(q.Targets) != m.Columns {
		return nil, fail(m.Pos(), sqlstate.SyntaxError, "number of columns does not match number of values")
	}
	one := *q
	one.Targets = q.Targets[m.Column-1 : m.Column]
	return &parse.SubLink{At: x.At, Kind: parse.SubScalar, Query: &one}, nil
}
