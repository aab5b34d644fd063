package plan

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// SEARCH and CYCLE of a recursive query become columns that it computes for itself (rewriteSearchCycle.c):
//
//	WITH RECURSIVE r (c…) AS (left UNION ALL right)
//	       SEARCH DEPTH FIRST BY s… SET seq  CYCLE y… SET mark TO value DEFAULT other USING path
//	is
//	left   SELECT c…, ARRAY[ROW(s…)] AS seq, other AS mark, ARRAY[ROW(y…)] AS path FROM (left) AS x (c…)
//	right  SELECT c…, seq || ROW(s…), CASE WHEN ROW(y…) = ANY (path) THEN value ELSE other END, path || ROW(y…)
//	       FROM (right, with r's seq, mark and path) AS x (c…, seq, mark, path) WHERE mark <> value
//
// BREADTH FIRST has ROW(0, s…) for seq, and ROW(depth + 1, s…).

// searchedName is the subqueries' name, which no query can mean.
const searchedName = "*TROCRN*"

// maySearch checks that SEARCH and CYCLE stand behind a query that they can be of.
func (b *binder) maySearch(it *withItem) error {
	switch {
	case it.Search == nil && it.Cycle == nil:
		return nil
	case !it.recursive:
		return fail(it.Pos(), sqlstate.SyntaxError, "WITH query is not recursive")
	}
	q := it.Query.(*parse.SelectStmt)
	for _, side := range []struct {
		word string
		arm  *parse.SelectStmt
		code sqlstate.Code
	}{{"left", q.Left, sqlstate.FeatureNotSupported}, {"right", q.Right, sqlstate.SyntaxError}} {
		if side.arm.Op != parse.SetNone || side.arm.Values != nil {
			return sqlstate.New(side.code, "with a SEARCH or CYCLE clause, the %s side of the UNION must be a SELECT", side.word)
		}
	}
	return nil
}

// searchCycle rewrites the query of a WITH item whose columns are called names.
func searchCycle(it *withItem, q *parse.SelectStmt, names []string) (*parse.SelectStmt, error) {
	if err := checkSearchCycle(it, names); err != nil {
		return nil, err
	}
	from := recursiveReference(q.Right, it.Name)
	if from == "" {
		return nil, unsupported(it.Pos(), "SEARCH or CYCLE of this recursive query")
	}
	left, right := searchedCore(q.Left, names), searchedCore(withColumns(q.Right, from, it.added()), slices.Concat(names, it.added()))
	right.Targets = right.Targets[:len(names)]
	add := func(name string, first, next parse.Expr) {
		left.Targets = append(left.Targets, parse.ResTarget{Name: name, Val: first})
		right.Targets = append(right.Targets, parse.ResTarget{Name: name, Val: next})
	}
	if s := it.Search; s != nil && s.Breadth {
		depth := &parse.Indirection{Arg: searchedColumn(s.Seq), Path: []parse.Accessor{{Field: "f1"}}}
		add(s.Seq, searchedRow(s.Cols, bigint("0")), searchedRow(s.Cols, operator("+", depth, bigint("1"))))
	} else if s != nil {
		add(s.Seq, arrayOf(searchedRow(s.Cols)), operator("||", searchedColumn(s.Seq), searchedRow(s.Cols)))
	}
	if c := it.Cycle; c != nil {
		seen := &parse.AnyAllExpr{Name: parse.Name{"="}, Left: searchedRow(c.Cols), Right: searchedColumn(c.Path)}
		add(c.Mark, marked(c, &parse.Const{Kind: parse.ConstBool, Val: "false"}), marked(c, seen))
		add(c.Path, arrayOf(searchedRow(c.Cols)), operator("||", searchedColumn(c.Path), searchedRow(c.Cols)))
		right.Where = operator("<>", searchedColumn(c.Mark), c.Value)
	}
	out := *q
	out.Left, out.Right = left, right
	return &out, nil
}

// searched notes a query as it was written, where bound is what searchCycle made of it.
func (r *recorder) searched(it *withItem, written, bound *parse.SelectStmt) {
	if r == nil || written == bound {
		return
	}
	inner, ok := bound.Right.From[0].(*parse.RangeSubselect)
	if !ok || r.selects[inner.Query] == nil {
		return
	}
	step := *r.selects[inner.Query]
	step.width -= len(it.added())
	r.selects[written.Right] = &step
	if first := r.selects[bound.Left]; it.Cycle != nil && first != nil {
		mark := first.outs[slices.Index(first.names, it.Cycle.Mark)]
		r.cycles[it.Cycle], _ = mark.(*Case)
	}
}

// searchClauses writes SEARCH and CYCLE of a WITH query.
func (w *ruler) searchClauses(c *parse.CTE) {
	if s := c.Search; s != nil {
		word := map[bool]string{true: "BREADTH", false: "DEPTH"}[s.Breadth]
		w.WriteString(" SEARCH " + word + " FIRST BY " + identList(s.Cols) + " SET " + parse.QuoteIdent(s.Seq))
	}
	if s := c.Cycle; s != nil {
		w.WriteString(" CYCLE " + identList(s.Cols) + " SET " + parse.QuoteIdent(s.Mark))
		if mark := w.rec.cycles[s]; mark != nil && !(isBool(mark.Whens[0].Result, true) && isBool(mark.Else, false)) {
			w.WriteString(" TO ")
			w.expr(mark.Whens[0].Result)
			w.WriteString(" DEFAULT ")
			w.expr(mark.Else)
		}
		w.WriteString(" USING " + parse.QuoteIdent(s.Path))
	}
}

func isBool(e Expr, value bool) bool {
	k, ok := e.(*Const)
	return ok && k.T == datum.Bool && !k.Value.IsNull() && k.Value.Bool() == value
}

// marked is the mark's value by a condition, whose CASE gives both sides of the UNION one type.
func marked(c *parse.CycleClause, cond parse.Expr) parse.Expr {
	return &parse.CaseExpr{Whens: []parse.CaseWhen{{Cond: cond, Result: c.Value}}, Else: c.Default}
}

// added are the columns that the clauses add.
func (it *withItem) added() (out []string) {
	if it.Search != nil {
		out = append(out, it.Search.Seq)
	}
	if it.Cycle != nil {
		out = append(out, it.Cycle.Mark, it.Cycle.Path)
	}
	return out
}

// searchedCore selects the named columns from a subquery.
func searchedCore(q *parse.SelectStmt, names []string) *parse.SelectStmt {
	out := &parse.SelectStmt{At: q.At, From: []parse.FromItem{&parse.RangeSubselect{At: q.At, Query: q,
		Alias: &parse.Alias{Name: searchedName, Cols: names}}}}
	for _, n := range names {
		out.Targets = append(out.Targets, parse.ResTarget{At: -1, Name: n, Val: searchedColumn(n)})
	}
	return out
}

// withColumns adds columns of a FROM item to a select list.
func withColumns(q *parse.SelectStmt, from string, names []string) *parse.SelectStmt {
	out := *q
	out.Targets = slices.Clone(q.Targets)
	for _, n := range names {
		out.Targets = append(out.Targets, parse.ResTarget{At: -1, Val: &parse.ColumnRef{At: -1, Name: parse.Name{from, n}}})
	}
	return &out
}

// recursiveReference is what the FROM of a recursive term calls the recursive query; "" where it does not stand there.
func recursiveReference(q *parse.SelectStmt, name string) string {
	found := ""
	for _, item := range q.From {
		parse.Inspect(item, func(n any) bool {
			switch t := n.(type) {
			case *parse.RangeSubselect, *parse.SubLink:
				return false
			case *parse.RangeTable:
				if len(t.Name) == 1 && t.Name[0] == name {
					found = aliasName(t.Alias, name)
				}
			}
			return true
		})
	}
	return found
}

func searchedColumn(name string) parse.Expr {
	return &parse.ColumnRef{At: -1, Name: parse.Name{searchedName, name}}
}

func searchedRow(cols []string, before ...parse.Expr) parse.Expr {
	row := &parse.RowExpr{At: -1, Fields: before}
	for _, c := range cols {
		row.Fields = append(row.Fields, searchedColumn(c))
	}
	return row
}

func arrayOf(e parse.Expr) parse.Expr { return &parse.ArrayExpr{At: -1, Elems: []parse.Expr{e}} }

func operator(name string, left, right parse.Expr) parse.Expr {
	return &parse.OpExpr{At: -1, Name: parse.Name{name}, Left: left, Right: right}
}

func bigint(digits string) parse.Expr {
	return &parse.CastExpr{At: -1, Arg: &parse.Const{At: -1, Kind: parse.ConstInt, Val: digits}, Type: parse.TypeName{At: -1,
		Name: parse.Name{"pg_catalog", "int8"}}}
}

// checkSearchCycle holds the clauses' names to each other and to the query's.
func checkSearchCycle(it *withItem, names []string) error {
	bad := func(pos int, format string, args ...any) error {
		return fail(pos, sqlstate.SyntaxError, format, args...)
	}
	listed := func(kind string, cols []string, pos int) error {
		for i, c := range cols {
			switch {
			case !slices.Contains(names, c):
				return bad(pos, "%s column \"%s\" not in WITH query column list", kind, c)
			case slices.Contains(cols[:i], c):
				return fail(pos, sqlstate.DuplicateColumn, "%s column \"%s\" specified more than once", kind, c)
			}
		}
		return nil
	}
	s, c := it.Search, it.Cycle
	if s != nil {
		if err := listed("search", s.Cols, s.Pos()); err != nil {
			return err
		}
		if slices.Contains(names, s.Seq) {
			return bad(s.Pos(), "search sequence column name \"%s\" already used in WITH query column list", s.Seq)
		}
	}
	if c == nil {
		return nil
	}
	if err := listed("cycle", c.Cols, c.Pos()); err != nil {
		return err
	}
	switch {
	case slices.Contains(names, c.Mark):
		return bad(c.Pos(), "cycle mark column name \"%s\" already used in WITH query column list", c.Mark)
	case slices.Contains(names, c.Path):
		return bad(c.Pos(), "cycle path column name \"%s\" already used in WITH query column list", c.Path)
	case c.Mark == c.Path:
		return bad(c.Pos(), "cycle mark column name and cycle path column name are the same")
	case s != nil && s.Seq == c.Mark:
		return bad(s.Pos(), "search sequence column name and cycle mark column name are the same")
	case s != nil && s.Seq == c.Path:
		return bad(s.Pos(), "search sequence column name and cycle path column name are the same")
	}
	return nil
}
