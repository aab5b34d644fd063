package plan

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// cteScope is a chain of WITH names, innermost first.
type cteScope struct {
	outer *cteScope
	name  string
	cte   *CTE
	// work is set instead of cte inside a recursive query's recursive term: its name there is the rows of the last step.
	work *WorkTable
	// again binds the query once more, for a NOT MATERIALIZED one, which every reference gets a copy of.
	again func() (Node, error)
	// hidden names are WITH queries that cannot be referred to from here; only an error message knows them.
	hidden bool
}

func (s *cteScope) find(name string) *cteScope {
	for ; s != nil; s = s.outer {
		if s.name == name && !s.hidden {
			return s
		}
	}
	return nil
}

// hides says whether a WITH query of the name exists that is not in sight.
func (s *cteScope) hides(name string) bool {
	for ; s != nil; s = s.outer {
		if s.name == name && s.hidden {
			return true
		}
	}
	return false
}

// with binds a WITH clause. A query sees those before it; under RECURSIVE all, so that they are bound in the
// order of what refers to what.
func (b *binder) with(w *parse.With, env queryEnv) (*cteScope, error) {
	scope := env.ctes
	if w == nil {
		return scope, nil
	}
	for i := range w.CTEs {
		c := &w.CTEs[i]
		if _, reads := c.Query.(*parse.SelectStmt); !reads && !env.top {
			return nil, fail(c.Pos(), sqlstate.FeatureNotSupported,
				"WITH clause containing a data-modifying statement must be at the top level")
		}
		if slices.ContainsFunc(w.CTEs[:i], func(other parse.CTE) bool { return other.Name == c.Name }) {
			return nil, fail(c.Pos(), sqlstate.DuplicateAlias, "WITH query name %q specified more than once", c.Name)
		}
	}
	items := make([]*withItem, len(w.CTEs))
	for i := range w.CTEs {
		items[i] = &withItem{CTE: &w.CTEs[i]}
		if !w.Recursive {
			scope = &cteScope{outer: scope, name: w.CTEs[i].Name, hidden: true}
		}
	}
	if w.Recursive {
		var err error
		if items, err = orderItems(items); err != nil {
			return nil, err
		}
	}
	for _, it := range items {
		var err error
		if scope, err = b.withItem(it, scope, env); err != nil {
			return nil, err
		}
	}
	return scope, nil
}

// withItem binds one WITH query and puts its name in sight.
func (b *binder) withItem(it *withItem, scope *cteScope, env queryEnv) (*cteScope, error) {
	inner := queryEnv{parent: env.parent, ctes: scope}
	if err := b.maySearch(it); err != nil {
		return nil, err
	}
	if it.recursive {
		inner.recursive = &recursion{item: it}
	}
	bind := func() (Node, error) { return b.withQuery(it, inner) }
	node, err := bind()
	if err != nil {
		return nil, err
	}
	_, reads := it.Query.(*parse.SelectStmt)
	cte := &CTE{Name: it.Name, Plan: node, Materialized: it.Materialized > 0, Recursive: it.recursive, Modifies: !reads}
	out := &cteScope{outer: scope, name: it.Name, cte: cte}
	if it.Materialized < 0 && reads && !it.recursive && !volatilePlan(node) {
		out.again = bind
	}
	b.ctes = append(b.ctes, cte)
	return out, nil
}

// withQuery binds the query of a WITH item, its columns called as the item says.
func (b *binder) withQuery(it *withItem, env queryEnv) (Node, error) {
	node, err := b.withStatement(it, env)
	if err != nil {
		return nil, err
	}
	node = b.resolveUnknownOutputs(node)
	if env.recursive != nil {
		return node, nil // named already: its own recursive term refers to them
	}
	return renameWith(node, it)
}

func (b *binder) withStatement(it *withItem, env queryEnv) (Node, error) {
	switch s := it.Query.(type) {
	case *parse.SelectStmt:
		return b.queryIn(s, env)
	case *parse.InsertStmt:
		if err := b.ruledWith(it, s.Table, '3'); err != nil {
			return nil, err
		}
		return b.insertNode(s, env)
	case *parse.UpdateStmt:
		if err := b.ruledWith(it, s.Table, '2'); err != nil {
			return nil, err
		}
		return b.updateNode(s, env)
	case *parse.DeleteStmt:
		if err := b.ruledWith(it, s.Table, '4'); err != nil {
			return nil, err
		}
		return b.deleteNode(s, env)
	case *parse.MergeStmt:
		return nil, fail(it.Pos(), sqlstate.FeatureNotSupported, "MERGE not supported in WITH query")
	case *parse.UnsupportedStmt:
		return nil, fail(it.Pos(), sqlstate.FeatureNotSupported, "%s not supported in WITH query", s.What)
	}
	return nil, unsupported(it.Pos(), "this statement in WITH")
}

// modifies says whether a WITH query of the statement writes.
func (b *binder) modifies() bool {
	return slices.ContainsFunc(b.ctes, func(c *CTE) bool { return c.Modifies })
}

func renameWith(node Node, it *withItem) (Node, error) {
	if n := len(node.Columns()); len(it.Cols) > n {
		return nil, fail(it.Pos(), sqlstate.InvalidColumnReference,
			"WITH query %q has %d columns available but %d columns specified", it.Name, n, len(it.Cols))
	}
	return renameColumns(node, it.Cols, it.Name, it.Pos())
}

// withReference binds a name of FROM that is a WITH query's.
func (b *binder) withReference(x *parse.RangeTable, s *cteScope, env queryEnv) (Node, *scope, error) {
	name := x.Name[0]
	switch {
	case s.work != nil:
		node := &WorkTableScan{Work: s.work, Alias: aliasName(x.Alias, name)}
		node.Cols = slices.Clone(s.work.Cols)
		b.depends(env.parent, []int{s.work.Slot})
		n, sc, err := b.aliased(node, x.Alias, name, env, x.Pos())
		if err != nil {
			return nil, nil, err
		}
		sc.rels[0].work = true
		return n, sc, nil
	case s.again != nil:
		b.copying++
		defer func() { b.copying-- }()
		node, err := s.again()
		if err != nil {
			return nil, nil, err
		}
		b.depends(env.parent, planSlots(node))
		return b.aliased(node, x.Alias, name, env, x.Pos())
	}
	if s.cte.Modifies && s.cte.Plan.Columns() == nil {
		return nil, nil, fail(x.Pos(), sqlstate.FeatureNotSupported, "WITH query %q does not have a RETURNING clause", name)
	}
	node := &CTEScan{CTE: s.cte, Alias: aliasName(x.Alias, name)}
	node.Cols = slices.Clone(s.cte.Plan.Columns())
	b.depends(env.parent, planSlots(s.cte.Plan))
	return b.aliased(node, x.Alias, name, env, x.Pos())
}

// depends notes that the subqueries around a reference read what the WITH query does: each up to the one whose
// row fills the slot.
func (b *binder) depends(c *capture, slots []int) {
	for _, slot := range slots {
		for at := c; at != nil; at = at.scope.parent {
			at.depend(slot)
			if slices.Contains(at.slots, slot) {
				break
			}
		}
	}
}

// planSlots lists the outer slots that a plan reads and does not fill itself.
func planSlots(n Node) []int {
	var read, filled []int
	walkNodes(n, func(x Node) bool {
		switch x := x.(type) {
		case *CTEScan:
			read = append(read, planSlots(x.CTE.Plan)...)
		case *WorkTableScan:
			read = append(read, x.Work.Slot)
		case *RecursiveUnion:
			filled = append(filled, x.Work.Slot)
		case *Join:
			filled = append(filled, x.Slots...)
		}
		for _, s := range slots(x) {
			Walk(*s.at, func(e Expr) bool {
				switch e := e.(type) {
				case *Outer:
					read = append(read, e.Slot)
				case *Subquery:
					filled = append(filled, e.Slots...)
				}
				return true
			})
		}
		return true
	})
	return slices.DeleteFunc(read, func(s int) bool { return slices.Contains(filled, s) })
}

// recursion is a recursive WITH query being bound.
type recursion struct{ item *withItem }

// recursiveUnion binds base UNION [ALL] step, where step reads the rows that the last step gave under the query's own name.
func (b *binder) recursiveUnion(s *parse.SelectStmt, env queryEnv) (Node, error) {
	it, written := env.recursive.item, s
	env.recursive = nil
	base, err := b.queryIn(s.Left, env)
	if err != nil {
		return nil, err
	}
	if base, err = renameWith(b.resolveUnknownOutputs(base), it); err != nil {
		return nil, err
	}
	if it.Search != nil || it.Cycle != nil {
		if s, err = searchCycle(it, s, namesOf(base)); err != nil {
			return nil, err
		}
		if base, err = b.queryIn(s.Left, env); err != nil {
			return nil, err
		}
		base = b.resolveUnknownOutputs(base)
	}
	work := &WorkTable{Name: it.Name, Slot: b.newSlot()}
	for _, c := range base.Columns() {
		work.Cols = append(work.Cols, Column{Name: c.Name, Type: c.Type, Typmod: c.Typmod})
	}
	arm := env
	arm.keepUnknown = true
	arm.ctes = &cteScope{outer: env.ctes, name: it.Name, work: work}
	step, err := b.queryIn(s.Right, arm)
	if err != nil {
		return nil, err
	}
	if step, err = b.matchRecursion(s, base, step, it.Name); err != nil {
		return nil, err
	}
	b.rec.searched(it, written, s)
	out := &RecursiveUnion{Base: base, Step: step, Work: work, All: s.All}
	out.Cols = work.Cols
	return out, nil
}

// matchRecursion converts the recursive term to the types of the other one, which must be those of the whole.
func (b *binder) matchRecursion(s *parse.SelectStmt, base, step Node, name string) (Node, error) {
	cols, es := base.Columns(), armExprs(step)
	if len(cols) != len(es) {
		return nil, fail(armPos(s.Right, 0), sqlstate.SyntaxError, "each UNION query must have the same number of columns")
	}
	for i, c := range cols {
		pair := []Expr{&Const{Typed: Typed{c.Type, c.Typmod}, Value: datum.Null}, es[i]}
		t, err := b.unify(pair, "UNION", []int{armPos(s.Left, i), armPos(s.Right, i)})
		if err != nil {
			return nil, err
		}
		if mod := sameTypmod(pair); t != c.Type || mod != c.Typmod {
			return nil, sqlstate.New(sqlstate.DatatypeMismatch,
				"recursive query %q column %d has type %s in non-recursive term but type %s overall",
				name, i+1, c.Type.FormatTypmod(c.Typmod), t.FormatTypmod(mod)).
				WithHint("Cast the output of the non-recursive term to the correct type.").At(armPos(s.Left, i))
		}
		if !s.All && !datum.Comparable(t) {
			return nil, fail(armPos(s.Left, i), sqlstate.UndefinedFunction, "could not identify an equality operator for type %s", t)
		}
		es[i] = pair[1]
	}
	return armProject(step, es), nil
}
