package plan

import (
	"slices"
	"strconv"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// columnName is what an unnamed column of VALUES is called.
func columnName(i int) string { return "column" + strconv.Itoa(i+1) }

// selectCore is a SELECT being bound: steps FROM → WHERE → targets, GROUP BY, HAVING, ORDER BY →
// Aggregate → Project → DISTINCT → Sort → Limit.
type selectCore struct {
	b     *binder
	s     *parse.SelectStmt
	env   queryEnv
	node  Node
	scope *scope
	aggs  aggCollector
	// windows are those of the WINDOW clause and of OVER.
	windows windowCollector

	outs   []Expr // select list, then sort expressions that are not in it
	names  []string
	width  int       // of the select list
	keys   []Expr    // of GROUP BY
	sets   [][]int   // grouping sets as indexes into keys, nil for one of them all
	sort   []SortKey // over outs as Cols
	on     []Expr    // DISTINCT ON, over outs as Cols
	having Expr
	keyOf  map[parse.Expr]int // for the recorder
	// constKeys are output columns that are constants and grouped by, with their key: in the rows of other
	// grouping sets they are NULL, which the same constant elsewhere is not.
	constKeys [][2]int
	marks     []rowMark // of the locking clauses, or of a cursor's table
}

func (b *binder) selectQuery(s *parse.SelectStmt, env queryEnv) (Node, error) {
	c := &selectCore{b: b, s: s, env: env}
	steps := []func() error{c.from, c.where, c.bindWindows, c.targets, c.groupBy, c.bindHaving, c.orderBy, c.distinctOn,
		c.note, c.refuseLocking, c.locking, c.aggregate, c.window, c.project}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := c.distinctAndSort(); err != nil {
		return nil, err
	}
	c.lockRows()
	node, err := b.limit(s, c.node, c.scope, c.sort)
	if err != nil {
		return nil, err
	}
	if b.cursor == s {
		return c.cursorRows(node), nil
	}
	return c.dropJunk(node), nil
}

func (c *selectCore) from() error {
	env := c.env
	env.locking, env.rowIDs = c.s.Locking, len(c.s.Locking) > 0 || c.b.cursor == c.s
	node, sc, err := c.b.fromClause(c.s.From, env)
	c.node, c.scope = node, sc
	return err
}

func (c *selectCore) context(clause string, aggs bool) *exprContext {
	ec := &exprContext{b: c.b, scope: c.scope, clause: clause}
	if aggs {
		ec.aggs = &c.aggs
	}
	return ec
}

func (c *selectCore) where() error {
	if c.s.Where == nil {
		return nil
	}
	cond, err := c.context("WHERE", false).bindBool(c.s.Where, "WHERE")
	if err != nil {
		return err
	}
	c.node = filterNode(c.node, cond)
	return nil
}

func filterNode(n Node, cond Expr) Node {
	f := &Filter{Input: n, Cond: cond}
	f.Cols = n.Columns()
	return f
}

func (c *selectCore) targets() error {
	ec := c.context("SELECT", true)
	ec.srfs, ec.windows = true, &c.windows
	exprs, names, err := c.b.targetList(ec, c.s.Targets, c.env.keepUnknown)
	c.outs, c.names, c.width = exprs, names, len(exprs)
	return err
}

// targetList binds a select or RETURNING list, stars expanded.
func (b *binder) targetList(
	ec *exprContext, targets []parse.ResTarget, keepUnknown bool,
) (exprs []Expr, names []string, err error) {
	for _, t := range targets {
		es, ns, ok, err := ec.stars(t.Val)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			exprs, names = append(exprs, es...), append(names, ns...)
			continue
		}
		e, err := ec.bind(t.Val)
		if err != nil {
			return nil, nil, err
		}
		if !keepUnknown {
			if e, err = b.known(e, exprStart(t.Val)); err != nil {
				return nil, nil, err
			}
		}
		name := t.Name
		if name == "" {
			name = figureName(t.Val)
		}
		exprs, names = append(exprs, e), append(names, name)
	}
	if len(exprs) > 1664 {
		return nil, nil, sqlstate.New(sqlstate.TooManyColumns, "target lists can have at most 1664 entries")
	}
	return exprs, names, nil
}

func (c *exprContext) expandStar(star *parse.Star) (exprs []Expr, names []string, err error) {
	var rel *scopeRel
	if len(star.Name) > 0 {
		if rel = c.scope.relNamed(star.Name); rel == nil {
			if exprs, names, ok, err := c.starVariable(star); ok || err != nil {
				return exprs, names, err
			}
			return nil, nil, fail(star.Pos(), sqlstate.UndefinedTable, "missing FROM-clause entry for table %q",
				star.Name[len(star.Name)-1])
		}
	} else if len(c.scope.rels) == 0 {
		return nil, nil, fail(star.Pos(), sqlstate.SyntaxError, "SELECT * with no tables specified is not valid")
	}
	for _, col := range c.scope.cols {
		if col.mark > 0 || rel != nil && (col.rel != rel.alias || col.merged) || rel == nil && col.hidden {
			continue
		}
		c.b.rec.column(&col)
		col.read()
		exprs, names = append(exprs, col.expr), append(names, col.name)
	}
	return exprs, names, nil
}

func (c *selectCore) bindHaving() error {
	if c.s.Having == nil {
		return nil
	}
	var err error
	c.having, err = c.context("HAVING", true).bindBool(c.s.Having, "HAVING")
	return err
}

func (c *selectCore) orderBy() error {
	for _, it := range c.s.OrderBy {
		e, err := c.sortItem(it.Arg, "ORDER BY")
		if err != nil {
			return err
		}
		k, err := c.b.sortKey(e, it)
		if err != nil {
			return err
		}
		by, err := c.b.hubCorrected(c.scope, e, exprStart(it.Arg))
		if err != nil {
			return err
		}
		k.Expr = c.output(by)
		c.sort = append(c.sort, bestFirst(k, e))
	}
	return nil
}

// sortItem: an ordinal, an output name, or an expression over the input (SQL92 then SQL99).
func (c *selectCore) sortItem(e parse.Expr, clause string) (Expr, error) {
	switch x := e.(type) {
	case *parse.Const:
		return ordinal(x, c.outs[:c.width], clause)
	case *parse.ColumnRef:
		if len(x.Name) != 1 {
			break
		}
		found := -1
		for i, name := range c.names[:c.width] {
			if name != x.Name[0] {
				continue
			}
			if found >= 0 && !equalExpr(c.outs[found], c.outs[i]) {
				return nil, fail(x.Pos(), sqlstate.AmbiguousColumn, "%s %q is ambiguous", clause, name)
			}
			found = i
		}
		if found >= 0 {
			return c.outs[found], nil
		}
	}
	ec := c.context(clause, true)
	ec.srfs, ec.windows = true, &c.windows
	return ec.bindTyped(e)
}

// output returns a reference to e among the projected columns, adding it as junk when it is not there.
func (c *selectCore) output(e Expr) Expr {
	for i, o := range c.outs {
		if equalExpr(o, e) {
			return &Col{Typed: Typed{e.Type(), e.Typmod()}, Index: i, Name: c.names[i]}
		}
	}
	name := unnamed
	if col, ok := e.(*Col); ok {
		name = col.Name
	}
	c.outs, c.names = append(c.outs, e), append(c.names, name)
	return &Col{Typed: Typed{e.Type(), e.Typmod()}, Index: len(c.outs) - 1, Name: name}
}

func (c *selectCore) distinctOn() error {
	for _, d := range c.s.DistinctOn {
		e, err := c.sortItem(d, "SELECT DISTINCT ON")
		if err != nil {
			return err
		}
		c.on = append(c.on, c.output(e))
	}
	for i, k := range c.sort {
		if i < len(c.on) && !slices.ContainsFunc(c.on, func(e Expr) bool { return equalExpr(e, sortedColumn(k)) }) {
			return fail(c.s.DistinctOn[0].Pos(), sqlstate.InvalidColumnReference,
				"SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
		}
	}
	return nil
}

func (c *selectCore) aggregate() error {
	if len(c.aggs.calls) == 0 && !c.aggs.grouping && c.having == nil && len(c.s.GroupBy) == 0 {
		return nil
	}
	if len(c.aggs.calls) > 0 && slices.ContainsFunc(c.scope.rels, func(r scopeRel) bool { return r.work }) {
		return fail(c.aggs.first, sqlstate.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term")
	}
	c.expandKeys()
	g := &grouping{core: c, node: &Aggregate{Input: c.node, Keys: c.keys, Aggs: cloneAggs(c.aggs.calls), Sets: c.sets}}
	for _, k := range c.constKeys {
		c.outs[k[0]] = &keyRef{Typed: Typed{c.outs[k[0]].Type(), c.outs[k[0]].Typmod()}, index: k[1]}
	}
	above := c.aboveGroups()
	for _, s := range above {
		var err error
		if *s.at, err = g.rewrite(*s.at); err != nil {
			return err
		}
	}
	if err := g.rewriteDirect(); err != nil {
		return err
	}
	c.node = g.finish(above)
	if c.having != nil {
		c.node = filterNode(c.node, c.having)
	}
	return nil
}

// aboveGroups are the places of the expressions over what grouping yields.
func (c *selectCore) aboveGroups() slotList {
	var s slotList
	s.all(c.outs, inputRow)
	s.one(&c.having, inputRow)
	return append(s, c.windows.exprs()...)
}

func hasWindow(e Expr) bool {
	return !Walk(e, func(x Expr) bool {
		_, found := x.(*windowRef)
		return !found
	})
}

func (c *selectCore) project() error {
	if slices.ContainsFunc(c.outs, hasSRF) && flatSets(c.outs) {
		p := project(c.node, c.outs, c.names)
		set := &ProjectSet{Input: c.node, Exprs: c.outs}
		set.Cols = p.Cols
		c.node = set
		return nil
	}
	var list slotList
	list.all(c.outs, inputRow)
	c.node = expandSets(c.node, list)
	c.node = project(c.node, c.outs, c.names)
	return nil
}

func (c *selectCore) distinctAndSort() error {
	if c.s.Distinct && len(c.on) == 0 {
		if len(c.outs) > c.width {
			return fail(c.s.OrderBy[0].Arg.Pos(), sqlstate.InvalidColumnReference,
				"for SELECT DISTINCT, ORDER BY expressions must appear in select list")
		}
		for i, e := range c.outs {
			if !datum.Comparable(e.Type()) {
				return fail(armPos(c.s, i), sqlstate.UndefinedFunction,
					"could not identify an equality operator for type %s", e.Type())
			}
		}
		c.node = dedup(c.node, nil)
	}
	if len(c.sort) > 0 {
		c.node = sortNode(c.node, c.sort)
	}
	if len(c.on) > 0 {
		d := dedup(c.node, c.on)
		d.Ordered = len(c.sort) > 0 // which begins with them: distinctOn sees to it
		c.node = d
	}
	return nil
}

// sortedColumn is the output column that a sort key is about, see bestFirst.
func sortedColumn(k SortKey) Expr {
	if call, ok := k.Expr.(*Call); ok && call.Proc.Name == "float8um" {
		return call.Args[0]
	}
	return k.Expr
}

func dedup(n Node, on []Expr) *Dedup {
	d := &Dedup{Input: n, On: on}
	d.Cols = n.Columns()
	return d
}

func sortNode(n Node, keys []SortKey) Node {
	s := &Sort{Input: n, Keys: keys}
	s.Cols = n.Columns()
	return s
}

func (c *selectCore) dropJunk(n Node) Node {
	if len(c.outs) == c.width {
		return n
	}
	return project(n, colsOf(n)[:c.width], c.names[:c.width])
}
