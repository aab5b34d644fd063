package exec

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// rowOrder compares row i of some columns with row j of others, which may be the same ones.
type rowOrder func(i, j int) int

// orderOf is the order of two columns' values under one sort key. The columns must not grow afterwards.
func orderOf(a, b *datum.Vec, desc, nullsFirst bool) rowOrder {
	values := valueOrder(a, b)
	if desc {
		ascending := values
		values = func(i, j int) int { return -ascending(i, j) }
	}
	if a.Nulls == nil && b.Nulls == nil {
		return values
	}
	nullRank := 1
	if nullsFirst {
		nullRank = -1
	}
	return func(i, j int) int {
		switch x, y := a.IsNull(i), b.IsNull(j); {
		case x && y:
			return 0
		case x:
			return nullRank
		case y:
			return -nullRank
		}
		return values(i, j)
	}
}

// valueOrder compares values that are not NULL; the common kinds without boxing them.
func valueOrder(a, b *datum.Vec) rowOrder {
	switch {
	case a.Type.Kind == datum.KindInt:
		return func(i, j int) int { return cmp.Compare(a.I[i], b.I[j]) }
	case a.Type.Kind == datum.KindFloat:
		return func(i, j int) int { return compareFloats(a.F[i], b.F[j]) }
	case isPlainText(a.Type):
		return func(i, j int) int { return strings.Compare(a.S[i], b.S[j]) }
	default:
		return func(i, j int) int { return datum.Compare(a.Type, a.Get(i), b.Get(j)) }
	}
}

// isPlainText says whether values are equal and ordered as their bytes are.
func isPlainText(t *datum.Type) bool {
	return t == datum.Text || t == datum.Varchar || t == datum.Name || t == datum.Bytea
}

// compareFloats puts NaN last, equal to itself, as btree order does.
func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	return cmp.Compare(b2i(math.IsNaN(a)), b2i(math.IsNaN(b)))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sorter collects rows and puts them in order: those that compare equal stay as they came.
type sorter struct {
	keys  []plan.SortKey
	exprs []*eval.Expr
	types []*datum.Type // of the keys, where no exprs compute them
	rows  *store
	vals  *store // the keys' values, row for row
	limit int    // rows wanted, -1 for all
	max   int64  // bytes to hold, see store
	// bar is the key of the last row of the best limit ones so far: only what is before it can count.
	bar *datum.Batch
}

func (r *running) sorter(keys []plan.SortKey) (*sorter, error) {
	s := &sorter{keys: keys, limit: -1, max: r.env.WorkMemBytes}
	for _, k := range keys {
		e, err := eval.Compile(k.Expr, r.exprs)
		if err != nil {
			return nil, err
		}
		s.exprs = append(s.exprs, e)
	}
	return s, nil
}

// reset empties the sorter for rows of those types.
func (s *sorter) reset(types []*datum.Type, limit int) {
	s.rows, s.vals, s.limit, s.bar = newStore(types), newStore(s.keyTypes()), limit, nil
	if s.max > 0 {
		s.rows.max, s.vals.max = max(s.max, heldBytes), max(s.max, heldBytes)
	}
}

func (s *sorter) bytes() int64 { return s.rows.bytes + s.vals.bytes }

func (s *sorter) keyTypes() []*datum.Type {
	if s.exprs == nil {
		return s.types
	}
	out := make([]*datum.Type, len(s.exprs))
	for i, e := range s.exprs {
		out[i] = e.Type()
	}
	return out
}

func (s *sorter) add(b *datum.Batch) error {
	vals, err := evalAll(s.exprs, b)
	if err != nil || s.limit == 0 {
		return err
	}
	return s.addKeyed(b, &datum.Batch{Rows: b.Rows, Cols: vals})
}

// addKeyed takes rows with their keys.
func (s *sorter) addKeyed(b, keys *datum.Batch) error {
	if s.bar != nil {
		if rows := s.before(keys); len(rows) < b.Rows {
			keys, b = keys.Gather(rows), b.Gather(rows)
		}
	}
	if err := s.vals.add(keys); err != nil {
		return err
	}
	if err := s.rows.add(b); err != nil {
		return err
	}
	if s.limit >= 0 && s.rows.Rows > 2*s.limit+datum.BatchRows {
		s.prune()
	}
	return nil
}

// before lists the rows that come before the bar; a row equal to it came too late.
func (s *sorter) before(keys *datum.Batch) []int {
	compare := orderBy(s.keys, keys.Cols, s.bar.Cols)
	var rows []int
	for i := range keys.Rows {
		if compare(i, 0) < 0 {
			rows = append(rows, i)
		}
	}
	return rows
}

// prune drops what can no longer be among the first limit rows, and sets the bar for those to come:
// a heap's work, done a few thousand rows at a time.
func (s *sorter) prune() {
	order := s.order()
	s.bar = s.vals.Gather(order[len(order)-1:])
	slices.Sort(order) // keep arrival order, which breaks ties
	s.rows.Batch, s.vals.Batch = *s.rows.Gather(order), *s.vals.Gather(order)
	s.rows.bytes, s.vals.bytes = 0, 0 // as much again may come before the next pruning
}

// order lists the row numbers in order, at most limit of them.
func (s *sorter) order() []int {
	order := make([]int, s.rows.Rows)
	for i := range order {
		order[i] = i
	}
	if len(s.keys) == 0 {
		return order
	}
	compare := s.compare()
	slices.SortFunc(order, func(i, j int) int {
		if c := compare(i, j); c != 0 {
			return c
		}
		return i - j
	})
	if s.limit >= 0 && len(order) > s.limit {
		order = order[:s.limit]
	}
	return order
}

// compare orders two of the rows by the keys alone.
func (s *sorter) compare() rowOrder { return orderBy(s.keys, s.vals.Cols, s.vals.Cols) }

// orderBy is the order by several keys of rows whose key values are given.
func orderBy(keys []plan.SortKey, a, b []*datum.Vec) rowOrder {
	orders := make([]rowOrder, len(keys))
	for i, k := range keys {
		orders[i] = orderOf(a[i], b[i], k.Desc, k.NullsFirst)
	}
	if len(orders) == 1 {
		return orders[0]
	}
	return func(i, j int) int {
		for _, o := range orders {
			if c := o(i, j); c != 0 {
				return c
			}
		}
		return 0
	}
}
