package plan

import "slices"

// searchJoin turns a join whose condition asks one side's inverted index for a value of the other, as in
// FROM tracks, to_tsquery('x') q WHERE tsv @@ q, into a nested loop that searches for each outer row, where that costs
// less; nil where there is none.
func (o *optimizer) searchJoin(j *Join) Node {
	if j.Kind != JoinInner || j.Lateral || !o.allows("bitmapscan") {
		return nil
	}
	left := len(j.Left.Columns())
	for i, c := range conjuncts(j.Cond) {
		call, ok := c.(*Call)
		if !ok || len(call.Args) != 2 {
			continue
		}
		rest := *j
		rest.Cond = allOf(slices.Delete(slices.Clone(conjuncts(j.Cond)), i, i+1))
		for at := range call.Args {
			var out Node
			if x := o.searchingLoop(j.Left, j.Right, call, at, 0, left); x != nil {
				x.Cond, x.Cols = rest.Cond, j.Cols
				out = x
			} else if x := o.searchingLoop(j.Right, j.Left, call, at, left, 0); x != nil {
				out = swapSides(x, &rest)
			}
			if out != nil && o.estimate(out).Total < o.estimate(j).Total {
				return out
			}
		}
	}
	return nil
}

// searchingLoop makes inner a search for what argument 1-key of a condition is of each outer row; the condition moves into
// the scan, where it is looked at again. outerAt and innerAt are where the sides' columns begin in the join's row.
func (o *optimizer) searchingLoop(outer, inner Node, call *Call, key, outerAt, innerAt int) *Join {
	scan, ok := inner.(*Scan)
	if !ok || scan.Index != nil || scan.Table.Virtual != nil || scan.Mark != 0 {
		return nil
	}
	part, okPart := movedTo(call.Args[key], innerAt, len(inner.Columns()))
	value, okValue := movedTo(call.Args[1-key], outerAt, len(outer.Columns()))
	if !okPart || !okValue || volatile(value) {
		return nil
	}
	searched := *call
	searched.Args = slices.Clone(call.Args)
	searched.Args[key] = part
	slot := &Outer{Typed: Typed{value.Type(), -1}, Slot: o.plan.Slots, Name: outerName(outer, value)}
	searched.Args[1-key] = slot
	by := *scan
	by.Filter = allOf(append(slices.Clone(conjuncts(scan.Filter)), &searched))
	for i := range scan.Table.Indexes {
		ix := &scan.Table.Indexes[i]
		if !ix.Inverted() {
			continue
		}
		if r := o.searchOf(&by, ix); r != nil && r.Search == Expr(slot) {
			by.Index = r
			o.plan.Slots++
			return &Join{Kind: JoinInner, Algo: NestedLoop, Left: outer, Right: &by, Lateral: true, Slots: []int{slot.Slot},
				Args: []Expr{value}}
		}
	}
	return nil
}

// movedTo is an expression over one side's row, which begins at a place of the join's; ok is false when it reads others.
func movedTo(e Expr, at, width int) (Expr, bool) {
	cols := columnsOf(e)
	if len(cols) == 0 || cols[0] < at || cols[len(cols)-1] >= at+width {
		return nil, false
	}
	return remap(e, func(i int) int { return i - at }), true
}
