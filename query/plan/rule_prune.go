package plan

import (
	"slices"
)

// pruneColumns narrows every scan to the columns that something reads: a metadata query must not read
// the vectors, which are stored apart. It goes last among the rules that look at scans, when
// filters and distances are where they stay.
func (o *optimizer) pruneColumns(n Node) Node {
	all := allColumns(n)
	out, to := prune(n, all)
	return reorder(out, to, all, n.Columns())
}

// columnSet marks columns of a node's row.
type columnSet []bool

func allColumns(n Node) columnSet {
	s := make(columnSet, len(n.Columns()))
	for i := range s {
		s[i] = true
	}
	return s
}

// add marks the columns that e reads, those from lo on, counted from lo.
func (s columnSet) add(e Expr, lo int) {
	for _, c := range columnsOf(e) {
		if c >= lo && c-lo < len(s) {
			s[c-lo] = true
		}
	}
}

// prune narrows n to at least the needed columns; to maps old columns to new ones, -1 for gone.
func prune(n Node, need columnSet) (out Node, to []int) {
	switch x := n.(type) {
	case *Scan:
		return pruneScan(x, need)
	case *VectorSearch:
		return pruneVectorSearch(x, need)
	case *Project:
		return pruneProject(x, need)
	case *ProjectSet:
		return pruneProjectSet(x, need)
	case *Aggregate:
		return pruneAggregate(x, need)
	case *Join:
		return pruneJoin(x, need)
	case *Window:
		return pruneWindow(x, need)
	case *Filter, *Sort, *Limit, *Dedup, *Sample, *Memoize:
		return prunePassing(n, need)
	}
	// Everything else keeps its row, and so needs all of its inputs' rows.
	mapInputs(n, func(in Node) Node {
		all := allColumns(in)
		pruned, to := prune(in, all)
		return reorder(pruned, to, all, in.Columns())
	})
	return n, sameColumnsOf(n)
}

func sameColumnsOf(n Node) []int {
	to := make([]int, len(n.Columns()))
	for i := range to {
		to[i] = i
	}
	return to
}

// reorder projects a pruned node back to the needed columns of the row it had.
func reorder(n Node, to []int, need columnSet, cols []Column) Node {
	p := &Project{Input: n}
	plain := true
	for i, c := range cols {
		if !need[i] {
			continue
		}
		plain = plain && to[i] == len(p.Exprs)
		p.Exprs = append(p.Exprs, &Col{Typed: Typed{c.Type, c.Typmod}, Index: to[i], Name: c.Name})
		p.Cols = append(p.Cols, c)
	}
	if plain && len(p.Exprs) == len(n.Columns()) {
		return n
	}
	return p
}

// keepColumns numbers the marked columns anew.
func (s columnSet) keepColumns() (kept []int, to []int) {
	to = make([]int, len(s))
	for i, keep := range s {
		to[i] = -1
		if keep {
			to[i] = len(kept)
			kept = append(kept, i)
		}
	}
	return kept, to
}

func pick[T any](all []T, kept []int) []T {
	out := make([]T, 0, len(kept))
	for _, i := range kept {
		out = append(out, all[i])
	}
	return out
}

func renumber(to []int) func(int) int { return func(i int) int { return to[i] } }

func pruneScan(x *Scan, need columnSet) (Node, []int) {
	need = slices.Clone(need)
	if x.Filter != nil {
		need.add(x.Filter, 0)
	}
	if x.RowID {
		need[len(need)-1] = true
	}
	kept, to := need.keepColumns()
	x.Cols = pick(x.Cols, kept)
	ordinals := kept
	if x.RowID {
		ordinals = kept[:len(kept)-1]
	}
	x.Ordinals = pick(x.Ordinals, ordinals)
	x.Filter = Transform(x.Filter, renumberCols(to))
	return x, to
}

func renumberCols(to []int) func(Expr) Expr {
	return func(e Expr) Expr {
		if c, ok := e.(*Col); ok {
			moved := *c
			moved.Index = to[c.Index]
			return &moved
		}
		return e
	}
}

// pruneVectorSearch keeps the distance, which is the last column.
func pruneVectorSearch(x *VectorSearch, need columnSet) (Node, []int) {
	need = slices.Clone(need)
	if x.Filter != nil {
		need.add(x.Filter, 0)
	}
	for i := len(x.Ordinals); i < len(need); i++ {
		need[i] = true
	}
	kept, to := need.keepColumns()
	x.Cols = pick(x.Cols, kept)
	var ordinals []int
	for _, k := range kept {
		if k < len(x.Ordinals) {
			ordinals = append(ordinals, x.Ordinals[k])
		}
	}
	x.Ordinals = ordinals
	x.Filter = Transform(x.Filter, renumberCols(to))
	return x, to
}

func pruneProject(x *Project, need columnSet) (Node, []int) {
	need = slices.Clone(need)
	for i, e := range x.Exprs {
		need[i] = need[i] || volatile(e)
	}
	kept, to := need.keepColumns()
	x.Exprs, x.Cols = pick(x.Exprs, kept), pick(x.Cols, kept)
	below := make(columnSet, len(x.Input.Columns()))
	for _, e := range x.Exprs {
		below.add(e, 0)
	}
	pruneProjectInput(x, below)
	return x, to
}

// pruneProjectSet keeps every set, which makes rows whether it is read or not.
func pruneProjectSet(x *ProjectSet, need columnSet) (Node, []int) {
	need = slices.Clone(need)
	for i, e := range x.Exprs {
		need[i] = need[i] || isSRF(e) || volatile(e)
	}
	kept, to := need.keepColumns()
	x.Exprs, x.Cols = pick(x.Exprs, kept), pick(x.Cols, kept)
	below := make(columnSet, len(x.Input.Columns()))
	for _, e := range x.Exprs {
		below.add(e, 0)
	}
	in, moved := prune(x.Input, below)
	x.Input = in
	for i, e := range x.Exprs {
		x.Exprs[i] = remap(e, renumber(moved))
	}
	return x, to
}

func pruneProjectInput(x *Project, below columnSet) {
	in, to := prune(x.Input, below)
	x.Input = in
	for i, e := range x.Exprs {
		x.Exprs[i] = remap(e, renumber(to))
	}
}

// pruneAggregate drops aggregates that nothing reads; the keys make the groups and stay.
func pruneAggregate(x *Aggregate, need columnSet) (Node, []int) {
	need = slices.Clone(need)
	for i := range x.Keys {
		need[i] = true
	}
	kept, to := need.keepColumns()
	x.Cols = pick(x.Cols, kept)
	var aggs []*AggCall
	var grouping [][]int
	for _, k := range kept[len(x.Keys):] {
		if k -= len(x.Keys); k < len(x.Aggs) {
			aggs = append(aggs, x.Aggs[k])
		} else {
			grouping = append(grouping, x.Grouping[k-len(x.Aggs)])
		}
	}
	x.Aggs, x.Grouping = aggs, grouping
	below := make(columnSet, len(x.Input.Columns()))
	list := slices.DeleteFunc(slots(x), func(s exprSlot) bool { return s.side != inputRow })
	for _, s := range list {
		below.add(*s.at, 0)
	}
	in, moved := prune(x.Input, below)
	x.Input = in
	for _, s := range list {
		*s.at = remap(*s.at, renumber(moved))
	}
	return x, to
}

// pruneWindow drops the calls that nothing reads, and input columns that neither calls nor the node above do. What
// a call counts does not depend on the columns of its row.
func pruneWindow(x *Window, need columnSet) (Node, []int) {
	width := len(x.Input.Columns())
	calls := x.Calls
	x.Calls = nil
	for i, c := range calls {
		if need[width+i] {
			x.Calls = append(x.Calls, c)
		}
	}
	below := slices.Clone(need[:width])
	list := slots(x)
	for _, s := range list {
		below.add(*s.at, 0)
	}
	in, moved := prune(x.Input, below)
	x.Input = in
	for _, s := range list {
		*s.at = remap(*s.at, renumber(moved))
	}
	to := slices.Clone(moved)
	cols := slices.Clone(in.Columns())
	for i := range calls {
		to = append(to, -1)
		if need[width+i] {
			to[width+i] = len(cols)
			cols = append(cols, x.Cols[width+i])
		}
	}
	x.Cols = cols
	if len(x.Calls) == 0 {
		return in, to
	}
	return x, to
}

func pruneJoin(x *Join, need columnSet) (Node, []int) {
	width := len(x.Left.Columns())
	left, right := make(columnSet, width), make(columnSet, len(x.Right.Columns()))
	for i, n := range need {
		switch {
		case n && i < width:
			left[i] = true
		case n:
			right[i-width] = true
		}
	}
	list := slots(x)
	for _, s := range list {
		switch s.side {
		case inputRow:
			left.add(*s.at, 0)
		case rightRow:
			right.add(*s.at, 0)
		case bothRows:
			left.add(*s.at, 0)
			right.add(*s.at, width)
		}
	}
	var toLeft, toRight []int
	x.Left, toLeft = prune(x.Left, left)
	x.Right, toRight = prune(x.Right, right)
	newWidth := len(x.Left.Columns())
	both := func(i int) int {
		if i < width {
			return toLeft[i]
		}
		if toRight[i-width] < 0 {
			return -1
		}
		return newWidth + toRight[i-width]
	}
	for _, s := range list {
		move := map[side]func(int) int{inputRow: renumber(toLeft), rightRow: renumber(toRight), bothRows: both}[s.side]
		*s.at = remap(*s.at, move)
	}
	return x, joinedColumns(x, both, len(need))
}

// joinedColumns sets the join's row from its sides and maps the old one.
func joinedColumns(x *Join, both func(int) int, old int) []int {
	x.Cols = slices.Clone(x.Left.Columns())
	if x.Kind != JoinSemi && x.Kind != JoinAnti {
		x.Cols = append(x.Cols, x.Right.Columns()...)
	}
	to := make([]int, old)
	for i := range to {
		to[i] = both(i)
	}
	return to
}

// prunePassing narrows a node whose row is its input's.
func prunePassing(n Node, need columnSet) (Node, []int) {
	below := slices.Clone(need)
	list := slots(n)
	for _, s := range list {
		if s.side == inputRow {
			below.add(*s.at, 0)
		}
	}
	if d, ok := n.(*Dedup); ok && d.On == nil {
		below = allColumns(n)
	}
	var to []int
	mapInputs(n, func(in Node) Node {
		in, to = prune(in, below)
		return in
	})
	for _, s := range list {
		if s.side == inputRow {
			*s.at = remap(*s.at, renumber(to))
		}
	}
	setColumns(n, n.Children()[0].Columns())
	return n, to
}

func setColumns(n Node, cols []Column) {
	switch x := n.(type) {
	case *Filter:
		x.Cols = cols
	case *Sort:
		x.Cols = cols
	case *Limit:
		x.Cols = cols
	case *Dedup:
		x.Cols = cols
	case *Sample:
		x.Cols = cols
	case *Memoize:
		x.Cols = cols
	}
}
