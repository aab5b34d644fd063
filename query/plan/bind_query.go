package plan

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// queryEnv is what surrounds a query: the row of an enclosing query, and the WITH names in sight.
type queryEnv struct {
	parent *capture
	ctes   *cteScope
	// recursive is the WITH query that this one is, where its UNION is recursive.
	recursive *recursion
	// top says that the query is the statement: only there may WITH modify data.
	top bool
	// keepUnknown leaves bare literals untyped in the output, for INSERT and set operations to decide.
	keepUnknown bool
	// locking are the locking clauses around FROM's items, and rowIDs says that its tables give row identities.
	locking []parse.LockingClause
	rowIDs  bool
}

// query binds a SELECT, VALUES or set operation with the clauses around it.
func (b *binder) query(s *parse.SelectStmt, parent *capture) (Node, error) {
	env := queryEnv{parent: parent}
	if parent != nil {
		env.ctes = parent.scope.ctes
	}
	return b.queryIn(s, env)
}

func (b *binder) queryIn(s *parse.SelectStmt, env queryEnv) (Node, error) {
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	if err := refuseSelectClauses(s); err != nil {
		return nil, err
	}
	defer b.enterNames(s, s.From)()
	var err error
	env.locking, env.rowIDs = nil, false
	if env.ctes, err = b.with(s.With, env); err != nil {
		return nil, err
	}
	env.top = false
	switch {
	case env.recursive != nil:
		return b.recursiveUnion(s, env)
	case s.Op != parse.SetNone:
		return b.setOperation(s, env)
	case s.Values != nil:
		return b.valuesQuery(s, env)
	default:
		return b.selectQuery(s, env)
	}
}

func refuseSelectClauses(s *parse.SelectStmt) error {
	switch {
	case len(s.Locking) > 0 && s.Op != parse.SetNone:
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed with UNION/INTERSECT/EXCEPT", strengthOf(&s.Locking[0]))
	case len(s.Locking) > 0 && s.Values != nil:
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s cannot be applied to VALUES", strengthOf(&s.Locking[0]))
	case s.Into != nil:
		return fail(s.IntoPos, sqlstate.SyntaxError, "SELECT ... INTO is not allowed here")
	}
	return nil
}

// renameColumns gives a derived table the column names of its alias.
func renameColumns(n Node, names []string, alias string, pos int) (Node, error) {
	if len(names) == 0 {
		return n, nil
	}
	if len(names) > len(n.Columns()) {
		return nil, fail(pos, sqlstate.InvalidColumnReference,
			"table %q has %d columns available but %d columns specified",
			alias, len(n.Columns()), len(names))
	}
	all := append(append([]string{}, names...), namesOf(n)[len(names):]...)
	return project(n, colsOf(n), all), nil
}

func (b *binder) valuesQuery(s *parse.SelectStmt, env queryEnv) (Node, error) {
	node, err := b.values(s.Values, env)
	if err != nil {
		return nil, err
	}
	if v, ok := node.(*Values); ok && b.rec != nil {
		b.rec.values[s] = v
	}
	return b.orderAndLimit(s, node, env)
}

func (b *binder) values(rows [][]parse.Expr, env queryEnv) (Node, error) {
	ec := &exprContext{b: b, scope: &scope{parent: env.parent, ctes: env.ctes}, clause: "VALUES"}
	out := &Values{}
	rows, width := slices.Clone(rows), -1
	for i, r := range rows {
		r, err := ec.spreadStars(r)
		if err != nil {
			return nil, err
		}
		if rows[i] = r; width < 0 {
			width = len(r)
		}
		if len(r) != width {
			return nil, fail(r[0].Pos(), sqlstate.SyntaxError, "VALUES lists must all be the same length")
		}
		exprs, err := ec.bindAll(r)
		if err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows, exprs)
	}
	for i := range width {
		col, err := b.unifyColumn(out.Rows, rows, i, env.keepUnknown)
		if err != nil {
			return nil, err
		}
		out.Cols = append(out.Cols, col)
	}
	return out, nil
}

func (b *binder) unifyColumn(rows [][]Expr, written [][]parse.Expr, i int, keepUnknown bool) (Column, error) {
	column, places := make([]Expr, len(rows)), make([]int, len(rows))
	for r := range rows {
		column[r], places[r] = rows[r][i], exprStart(written[r][i])
	}
	name := columnName(i)
	if keepUnknown && len(rows) == 1 {
		return Column{Name: name, Type: column[0].Type(), Typmod: column[0].Typmod()}, nil
	}
	t, err := b.unify(column, "VALUES", places)
	if err != nil {
		return Column{}, err
	}
	for r := range rows {
		rows[r][i] = column[r]
	}
	return Column{Name: name, Type: t, Typmod: sameTypmod(column)}, nil
}

func (b *binder) setOperation(s *parse.SelectStmt, env queryEnv) (Node, error) {
	arm := env
	arm.keepUnknown = true
	left, err := b.queryIn(s.Left, arm)
	if err != nil {
		return nil, err
	}
	right, err := b.queryIn(s.Right, arm)
	if err != nil {
		return nil, err
	}
	word := map[parse.SetOp]string{parse.SetUnion: "UNION", parse.SetIntersect: "INTERSECT",
		parse.SetExcept: "EXCEPT"}[s.Op]
	if len(left.Columns()) != len(right.Columns()) {
		return nil, fail(armPos(s.Right, 0), sqlstate.SyntaxError,
			"each %s query must have the same number of columns", word)
	}
	if left, right, err = b.matchArms(left, right, word, s); err != nil {
		return nil, err
	}
	node := &SetOp{Op: SetOpKind(s.Op - parse.SetUnion), All: s.All, Left: left, Right: right}
	for _, c := range left.Columns() {
		node.Cols = append(node.Cols, Column{Name: c.Name, Type: c.Type, Typmod: c.Typmod})
	}
	return b.orderAndLimit(s, node, env)
}

func (b *binder) matchArms(left, right Node, word string, s *parse.SelectStmt) (Node, Node, error) {
	l, r := armExprs(left), armExprs(right)
	changed := false
	for i := range l {
		pair := []Expr{l[i], r[i]}
		// A parameter takes its type in place: the arm's columns must say so too.
		changed = changed || l[i].Type() == datum.Unknown || r[i].Type() == datum.Unknown
		if _, err := b.unify(pair, word, []int{armPos(s.Left, i), armPos(s.Right, i)}); err != nil {
			return nil, nil, err
		}
		changed = changed || pair[0] != l[i] || pair[1] != r[i]
		l[i], r[i] = pair[0], pair[1]
		if !s.All && !datum.Comparable(l[i].Type()) {
			return nil, nil, fail(armPos(s.Left, i), sqlstate.UndefinedFunction,
				"could not identify an equality operator for type %s", l[i].Type())
		}
	}
	if !changed {
		return left, right, nil
	}
	return armProject(left, l), armProject(right, r), nil
}

// armPos is where output column i of a query stands, -1 when it is not written out.
func armPos(s *parse.SelectStmt, i int) int {
	switch {
	case s.Op != parse.SetNone:
		return armPos(s.Right, i)
	case len(s.Values) > 0 && i < len(s.Values[0]):
		return exprStart(s.Values[0][i])
	case i < len(s.Targets):
		return exprStart(s.Targets[i].Val)
	}
	return -1
}

// armExprs are an arm's output expressions: the expressions themselves where the arm is a plain
// projection, so that bare literals can still be read as the common type.
func armExprs(n Node) []Expr {
	switch x := n.(type) {
	case *Project:
		return append([]Expr{}, x.Exprs...)
	case *Values:
		if len(x.Rows) == 1 {
			return append([]Expr{}, x.Rows[0]...)
		}
	}
	return colsOf(n)
}

func armProject(n Node, exprs []Expr) Node {
	switch x := n.(type) {
	case *Project:
		return project(x.Input, exprs, namesOf(n))
	case *Values:
		if len(x.Rows) == 1 {
			v := &Values{Rows: [][]Expr{exprs}}
			v.Cols = project(&Values{Rows: [][]Expr{{}}}, exprs, namesOf(n)).Cols
			return v
		}
	}
	return project(n, exprs, namesOf(n))
}

// orderAndLimit adds ORDER BY (output columns only, as for VALUES and set operations) and LIMIT.
func (b *binder) orderAndLimit(s *parse.SelectStmt, node Node, env queryEnv) (Node, error) {
	var keys []SortKey
	if len(s.OrderBy) > 0 {
		sort := &Sort{Input: node}
		sort.Cols = node.Columns()
		for _, it := range s.OrderBy {
			e, err := b.outputRef(it, node)
			if err != nil {
				return nil, err
			}
			k, err := b.sortKey(e, it)
			if err != nil {
				return nil, err
			}
			sort.Keys = append(sort.Keys, k)
		}
		node, keys = sort, sort.Keys
	}
	return b.limit(s, node, &scope{parent: env.parent, ctes: env.ctes}, keys)
}

func (b *binder) outputRef(it parse.SortBy, node Node) (Expr, error) {
	cols := colsOf(node)
	switch x := it.Arg.(type) {
	case *parse.Const:
		return ordinal(x, cols, "ORDER BY")
	case *parse.ColumnRef:
		for _, c := range cols {
			if len(x.Name) == 1 && c.(*Col).Name == x.Name[0] {
				return c, nil
			}
		}
		if len(x.Name) == 1 {
			return nil, fail(x.Pos(), sqlstate.UndefinedColumn, "column %q does not exist", x.Name[0])
		}
	}
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
		WithDetail("Only result column names can be used, not expressions or functions.").
		WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.").At(exprStart(it.Arg))
}

func ordinal(x *parse.Const, cols []Expr, clause string) (Expr, error) {
	if x.Kind != parse.ConstInt {
		return nil, fail(x.Pos(), sqlstate.SyntaxError, "non-integer constant in %s", clause)
	}
	k, err := constant(x)
	if err != nil {
		return nil, err
	}
	n := k.(*Const).Value.Int()
	if n < 1 || n > int64(len(cols)) {
		return nil, fail(x.Pos(), sqlstate.InvalidColumnReference, "%s position %d is not in select list", clause, n)
	}
	return cols[n-1], nil
}

// limit adds LIMIT and OFFSET, over rows sorted by sort. Names in them would be of from, which is where they must not
// come from.
func (b *binder) limit(s *parse.SelectStmt, node Node, from *scope, sort []SortKey) (Node, error) {
	if s.WithTies && len(s.OrderBy) == 0 {
		return nil, sqlstate.New(sqlstate.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
	}
	if s.Limit == nil && s.Offset == nil {
		return node, nil
	}
	out := &Limit{Input: node}
	if s.WithTies {
		out.WithTies = slices.Clone(sort)
	}
	out.Cols = node.Columns()
	var err error
	if out.Count, err = b.limitExpr(s.Limit, "LIMIT", from); err != nil {
		return nil, err
	}
	if out.Offset, err = b.limitExpr(s.Offset, "OFFSET", from); err != nil {
		return nil, err
	}
	if b.rec != nil {
		b.rec.limits[s] = out
	}
	return out, nil
}

func (b *binder) limitExpr(e parse.Expr, clause string, from *scope) (Expr, error) {
	if e == nil {
		return nil, nil
	}
	ec := &exprContext{b: b, scope: from, clause: clause}
	out, err := ec.bind(e)
	if err != nil {
		return nil, err
	}
	conv, ok, err := b.tryCoerce(out, datum.Int8, -1, assignment, exprStart(e))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail(exprStart(e), sqlstate.DatatypeMismatch, "argument of %s must be type bigint, not type %s",
			clause, out.Type())
	}
	if at, found := columnAt(conv); found {
		return nil, fail(at, sqlstate.InvalidColumnReference, "argument of %s must not contain variables", clause)
	}
	return conv, nil
}
