package plan

import (
	"slices"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// What WITH RECURSIVE asks of its queries before any name is looked up: an order to bind them in, and that each
// one that refers to itself does so once, in its recursive term, where a step by step computation
// means something (parse_cte.c of PostgreSQL).

// withItem is one query of a WITH clause.
type withItem struct {
	*parse.CTE
	recursive bool
	needs     []string // other items that it refers to
}

// orderItems sorts the items so that each comes after those it refers to.
func orderItems(items []*withItem) ([]*withItem, error) {
	for _, it := range items {
		w := &cteWalk{found: func(t *parse.RangeTable, _ place) error {
			switch name := t.Name[0]; {
			case name == it.Name:
				it.recursive = true
			case slices.ContainsFunc(items, func(o *withItem) bool { return o.Name == name }):
				it.needs = append(it.needs, name)
			}
			return nil
		}}
		w.node(it.Query)
	}
	var out []*withItem
	rest := slices.Clone(items)
	for len(rest) > 0 {
		next := slices.IndexFunc(rest, func(it *withItem) bool {
			return !slices.ContainsFunc(rest, func(o *withItem) bool { return o != it && slices.Contains(it.needs, o.Name) })
		})
		if next < 0 {
			return nil, fail(rest[0].Pos(), sqlstate.FeatureNotSupported, "mutual recursion between WITH items is not implemented")
		}
		out = append(out, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
	for _, it := range items {
		if err := it.checkRecursion(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// place is where a recursive reference stands.
type place string

const (
	allowed      place = ""
	nonRecursive place = "its non-recursive term"
	inSubquery   place = "a subquery"
	inOuterJoin  place = "an outer join"
	inIntersect  place = "INTERSECT"
	inExcept     place = "EXCEPT"
)

func (it *withItem) checkRecursion() error {
	if !it.recursive {
		return nil
	}
	q, ok := it.Query.(*parse.SelectStmt)
	if !ok {
		return fail(it.Pos(), sqlstate.InvalidRecursion, "recursive query %q must not contain data-modifying statements", it.Name)
	}
	if q.Op != parse.SetUnion {
		return fail(it.Pos(), sqlstate.InvalidRecursion,
			"recursive query %q does not have the form non-recursive-term UNION [ALL] recursive-term", it.Name)
	}
	references := 0
	w := &cteWalk{found: func(t *parse.RangeTable, at place) error {
		if t.Name[0] != it.Name {
			return nil
		}
		if at != allowed {
			return fail(t.Pos(), sqlstate.InvalidRecursion,
				"recursive reference to query %q must not appear within %s", it.Name, string(at))
		}
		if references++; references > 1 {
			return fail(t.Pos(), sqlstate.InvalidRecursion, "recursive reference to query %q must not appear more than once", it.Name)
		}
		return nil
	}}
	w.in(nonRecursive, q.Left)
	w.in(allowed, q.Right)
	if q.With != nil {
		for i := range q.With.CTEs {
			w.in(inSubquery, q.With.CTEs[i].Query)
		}
	}
	if w.err != nil {
		return w.err
	}
	return undecorated(q)
}

// undecorated refuses what may stand after the UNION of a query that is not recursive.
func undecorated(q *parse.SelectStmt) error {
	word, pos := "", -1
	switch {
	case len(q.OrderBy) > 0:
		word, pos = "ORDER BY", q.OrderBy[0].Arg.Pos()
	case q.Offset != nil:
		word, pos = "OFFSET", q.Offset.Pos()
	case q.Limit != nil || q.LimitAll:
		word = "LIMIT"
		if q.Limit != nil {
			pos = q.Limit.Pos()
		}
	case len(q.Locking) > 0:
		word = "FOR UPDATE/SHARE"
	default:
		return nil
	}
	return fail(pos, sqlstate.FeatureNotSupported, "%s in a recursive query is not implemented", word)
}

// cteWalk finds the references to WITH queries in a tree: unqualified names of FROM that no WITH further inside
// has taken. It keeps track of what stands around them.
type cteWalk struct {
	found func(t *parse.RangeTable, at place) error
	at    place
	taken []string
	err   error
}

// in visits a tree that stands at a place, unless what is around it is already worse.
func (w *cteWalk) in(at place, node any) {
	defer func(was place) { w.at = was }(w.at)
	if w.at == allowed {
		w.at = at
	}
	w.node(node)
}

func (w *cteWalk) node(n any) {
	parse.Inspect(n, func(n any) bool {
		if w.err != nil {
			return false
		}
		switch x := n.(type) {
		case *parse.RangeTable:
			if len(x.Name) == 1 && !slices.Contains(w.taken, x.Name[0]) {
				w.err = w.found(x, w.at)
			}
			return false
		case *parse.SelectStmt:
			w.query(x)
			return false
		case *parse.JoinExpr:
			w.join(x)
			return false
		case *parse.SubLink:
			w.node(x.Left)
			w.in(inSubquery, x.Query)
			return false
		case *parse.With:
			return false // query has seen to it
		}
		return true
	})
}

func (w *cteWalk) query(q *parse.SelectStmt) {
	if q == nil {
		return
	}
	defer func(n int) { w.taken = w.taken[:n] }(len(w.taken))
	if q.With != nil {
		w.with(q.With)
	}
	left, right := allowed, allowed
	switch {
	case q.Op == parse.SetIntersect && q.All:
		left, right = inIntersect, inIntersect
	case q.Op == parse.SetExcept && q.All:
		left, right = inExcept, inExcept
	case q.Op == parse.SetExcept:
		right = inExcept
	}
	w.in(left, q.Left)
	w.in(right, q.Right)
	w.parts(q)
}

// with visits a WITH further inside and takes its names: at once under RECURSIVE, else each for those after it.
func (w *cteWalk) with(x *parse.With) {
	for i := range x.CTEs {
		if x.Recursive {
			w.taken = append(w.taken, x.CTEs[i].Name)
		}
	}
	for i := range x.CTEs {
		w.node(x.CTEs[i].Query)
		w.taken = append(w.taken, x.CTEs[i].Name)
	}
}

// parts visits what a query holds, and not the query again.
func (w *cteWalk) parts(q *parse.SelectStmt) {
	for _, part := range []any{q.DistinctOn, q.Targets, q.From, q.Where, q.GroupBy, q.Having, q.Windows, q.Values,
		q.OrderBy, q.Limit, q.Offset} {
		w.node(part)
	}
}

func (w *cteWalk) join(j *parse.JoinExpr) {
	left, right := allowed, allowed
	if j.Kind == parse.JoinLeft || j.Kind == parse.JoinFull {
		right = inOuterJoin
	}
	if j.Kind == parse.JoinRight || j.Kind == parse.JoinFull {
		left = inOuterJoin
	}
	w.in(left, j.Left)
	w.in(right, j.Right)
	w.node(j.On)
}
