package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
)

// ranking is the order of which a Limit wants the first rows: key is over the row of the node asked, and ties says that
// rows with the same distance as the last one are wanted too, since more keys choose among them.
type ranking struct {
	limit *Limit
	key   SortKey
	ties  bool
}

// nearest makes n yield no more than it must for a Sort by the ranking's key above it, by vector searches instead of
// scans: the same rows, but for some that are not among the first. sorted says that they come in that order. It gives
// nil, and leaves n as it is, where no search helps.
//
//	Sort                 Sort                    Sort            Sort
//	  Append       →       Append                  Left Join  →    Left Join
//	    Scan a               VectorSearch a           Scan a          VectorSearch a
//	    Scan b               VectorSearch b           Scan b          Scan b
//
// A join may not lose rows of the side that is ranked, or too few would be left: see keepsRows.
func (o *optimizer) nearest(n Node, want ranking) (out Node, sorted bool) {
	switch x := n.(type) {
	case *Scan:
		if v, _, ok := o.ranked(x, want); ok {
			return dropDistance(v, x.Cols), true
		}
	case *Project:
		return o.nearestProject(x, want)
	case *SetOp:
		if x.Op != Union || !x.All {
			return nil, false
		}
		left, _ := o.nearest(x.Left, want)
		right, _ := o.nearest(x.Right, want)
		if left == nil && right == nil {
			return nil, false
		}
		if left != nil {
			x.Left = left
		}
		if right != nil {
			x.Right = right
		}
		return x, false
	case *Join:
		return o.nearestJoin(x, want), false
	}
	return nil, false
}

// nearestProject lets a projection of a search read its distance.
func (o *optimizer) nearestProject(x *Project, want ranking) (Node, bool) {
	want.key.Expr = substitute(want.key.Expr, x.Exprs)
	if scan, ok := x.Input.(*Scan); ok {
		v, d, ok := o.ranked(scan, want)
		if !ok {
			return nil, false
		}
		for i, e := range x.Exprs {
			x.Exprs[i] = replaceDistance(e, d, distanceColumn(v))
		}
		x.Input = v
		return x, true
	}
	in, sorted := o.nearest(x.Input, want)
	if in == nil {
		return nil, false
	}
	x.Input = in
	return x, sorted
}

// ranked makes a scan the search for the first rows of a ranking; see vectorSearch for when the orders agree.
func (o *optimizer) ranked(scan *Scan, want ranking) (*VectorSearch, distanceTerm, bool) {
	key := want.key.Expr
	if !want.ties {
		key = monotone(key)
	}
	d, ok := distanceOf(key)
	if !ok || (d.sign > 0) == want.key.Desc || scan.Index != nil || scan.RowID || o.uniqueLookup(scan) {
		return nil, d, false
	}
	v, ok := o.search(scan, d)
	if !ok {
		return nil, d, false
	}
	nullable := v.takeConditions(scan, d) && !o.filled(scan, d.key)
	if nullable && want.key.NullsFirst || want.key.Desc && d.metric == Cosine && !o.unitVectors(scan.Table, v.AttNum) {
		return nil, d, false
	}
	v.NullsLast, v.K, v.Ties = nullable, limitBound(want.limit), want.ties
	o.propose(v)
	return v, d, true
}

// nearestJoin ranks the side that the key is of, or searches one side for each row of the other where it is of both.
func (o *optimizer) nearestJoin(j *Join, want ranking) Node {
	width := len(j.Left.Columns())
	if within(want.key.Expr, 0, width) {
		if !keepsRows(j, true) {
			return nil
		}
		in, _ := o.nearest(j.Left, want)
		if in == nil {
			return nil
		}
		j.Left = in
		return j
	}
	if !within(want.key.Expr, width, width+len(j.Right.Columns())) {
		return o.nearestOfEach(j, want)
	}
	if j.Lateral || !keepsRows(j, false) {
		return nil
	}
	want.key.Expr = shift(want.key.Expr, -width)
	in, _ := o.nearest(j.Right, want)
	if in == nil {
		return nil
	}
	j.Right = in
	return j
}

// keepsRows says whether every row of one side is in a join's result: an outer join keeps it, or it references the other
// side's table by a foreign key that cannot be NULL, or the other side is one row whatever happens.
func keepsRows(j *Join, left bool) bool {
	side, other := j.Left, j.Right
	kind := JoinLeft
	if !left {
		side, other, kind = j.Right, j.Left, JoinRight
	}
	switch {
	case j.Kind == kind:
		return true
	case j.Kind != JoinInner:
		return false
	case j.Cond == nil:
		return oneRow(other)
	}
	var keys, refs []Expr
	width := len(j.Left.Columns())
	for _, c := range conjuncts(j.Cond) {
		l, r, ok := keyPair(c, width)
		if !ok {
			return false
		}
		keys, refs = append(keys, l), append(refs, shift(r, -width))
	}
	if !left {
		keys, refs = refs, keys
	}
	return referencing(side, keys, other, refs)
}

// oneRow says whether a node always has exactly one row.
func oneRow(n Node) bool {
	switch x := n.(type) {
	case *Project:
		return oneRow(x.Input)
	case *Values:
		return len(x.Rows) == 1
	case *FunctionScan:
		return !slices.ContainsFunc(x.Calls, func(c *Call) bool { return c.Proc.RetSet })
	case *Aggregate:
		return len(x.Keys) == 0 && x.Sets == nil
	}
	return false
}

// referencing says whether a foreign key promises that each row of side finds its row in other. A deferrable key promises
// it at the transaction's end only.
func referencing(side Node, keys []Expr, other Node, refs []Expr) bool {
	target, ok := other.(*Scan)
	if !ok || target.Filter != nil || target.Index != nil {
		return false
	}
	var from *Scan
	pairs := map[int16]int16{}
	for i, k := range keys {
		kc, okKey := stripCast(k).(*Col)
		rc, okRef := stripCast(refs[i]).(*Col)
		if !okKey || !okRef || rc.Index >= len(target.Ordinals) {
			return false
		}
		scan, ord := keptSource(side, kc.Index)
		if scan == nil || from != nil && scan != from || !scan.Table.Columns[ord].NotNull {
			return false
		}
		from = scan
		pairs[scan.Table.Columns[ord].AttNum] = target.Table.Columns[target.Ordinals[rc.Index]].AttNum
	}
	return slices.ContainsFunc(from.Table.ForeignKeys, func(f catalog.ForeignKey) bool {
		if f.RefTable != target.Table.OID || f.NotValid || f.Deferrable || len(f.Columns) != len(keys) || len(pairs) != len(keys) {
			return false
		}
		for i, c := range f.Columns {
			if ref, ok := pairs[c]; !ok || ref != f.RefColumns[i] {
				return false
			}
		}
		return true
	})
}

// keptSource follows an output column down to its scan, by sides that no outer join fills with NULLs.
func keptSource(n Node, col int) (*Scan, int) {
	switch x := n.(type) {
	case *Scan:
		if col < len(x.Ordinals) {
			return x, x.Ordinals[col]
		}
	case *Project:
		if c, ok := x.Exprs[col].(*Col); ok {
			return keptSource(x.Input, c.Index)
		}
	case *Join:
		w := len(x.Left.Columns())
		switch {
		case col < w && x.Kind != JoinRight && x.Kind != JoinFull:
			return keptSource(x.Left, col)
		case col >= w && (x.Kind == JoinInner || x.Kind == JoinRight):
			return keptSource(x.Right, col-w)
		}
	}
	return nil, 0
}

// nearestOfEach serves a distance between the two sides of an inner join: for each row of one side, a search of the other
// for the nearest rows that the join's condition lets pass. No pair that is among the first overall is missing.
//
//	Sort by a.emb <=> b.emb        Sort by a.emb <=> b.emb
//	  Join on C               →      Nested Loop
//	    Scan b                         Scan b
//	    Scan a                         VectorSearch a, Query b.emb, Filter C
func (o *optimizer) nearestOfEach(j *Join, want ranking) Node {
	if j.Kind != JoinInner || j.Lateral || !o.allows("nestloop") || volatile(j.Cond) {
		return nil
	}
	width := len(j.Left.Columns())
	for _, inner := range []struct {
		n, outer    Node
		at, outerAt int
		swapped     bool
	}{{j.Right, j.Left, width, 0, false}, {j.Left, j.Right, 0, width, true}} {
		scan, ok := inner.n.(*Scan)
		if !ok || scan.Mark != 0 {
			continue
		}
		x := &Join{Kind: JoinInner, Algo: NestedLoop, Left: inner.outer, Lateral: true}
		x.Cols = j.Cols
		over := func(e Expr) Expr { return o.outerSlots(x, e, inner.outerAt, inner.at) }
		by := *scan
		by.Filter = allOf(append(slices.Clone(conjuncts(scan.Filter)), conjuncts(over(j.Cond))...))
		ranking := want
		ranking.key.Expr = over(want.key.Expr)
		v, _, ok := o.ranked(&by, ranking)
		if !ok {
			continue
		}
		x.Right = dropDistance(v, scan.Cols)
		keyed := *j
		if o.joinKeysOf(&keyed); o.estimate(x).Total >= o.estimate(&keyed).Total {
			continue
		}
		if inner.swapped {
			plain := Join{Left: j.Left, Right: j.Right}
			plain.Cols = j.Cols
			return swapSides(x, &plain)
		}
		return x
	}
	return nil
}

// outerSlots rewrites an expression over a join's row to one over its inner side: the outer side's columns become slots
// that the lateral join x fills.
func (o *optimizer) outerSlots(x *Join, e Expr, outerAt, innerAt int) Expr {
	width := len(x.Left.Columns())
	return Transform(e, func(e Expr) Expr {
		c, ok := e.(*Col)
		if !ok {
			return e
		}
		moved := *c
		if c.Index < outerAt || c.Index >= outerAt+width {
			moved.Index -= innerAt
			return &moved
		}
		moved.Index -= outerAt
		i := slices.IndexFunc(x.Args, func(a Expr) bool { return isColumn(a, moved.Index) })
		if i < 0 {
			i = len(x.Args)
			x.Slots, x.Args = append(x.Slots, o.plan.Slots), append(x.Args, &moved)
			o.plan.Slots++
		}
		return &Outer{Typed: moved.Typed, Slot: x.Slots[i], Name: outerName(x.Left, &moved)}
	})
}
