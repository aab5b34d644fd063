package plan

import (
	"math"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// memoizeBytes is what the planner supposes that a Memoize may hold: work_mem's preset, times hash_mem_multiplier's.
const memoizeBytes = 8 << 20

// memoized puts a Memoize over the inner side of a nested loop that is read again for each outer row; nil where that is no
// use, or where nothing is known of how often the outer values come again.
func (o *optimizer) memoized(j *Join) Node {
	if !j.Lateral || j.Kind != JoinInner && j.Kind != JoinLeft || !o.allows("memoize") || volatilePlan(j.Right) {
		return nil
	}
	switch j.Right.(type) {
	case *VectorSearch, *Memoize:
		return nil
	}
	marked := func(n Node) bool { s, ok := n.(*Scan); return ok && (s.Mark != 0 || s.RowID) }
	if !walkNodes(j.Right, func(n Node) bool { return !marked(n) }) {
		return nil // its rows may be asked for again, as they are then
	}
	m := &Memoize{Input: j.Right, Binary: true}
	m.Cols = slices.Clone(j.Right.Columns())
	if s, ok := j.Right.(*Scan); ok && s.Index != nil {
		m.Binary = false
	}
	var args []Expr
	read := slotsRead(j.Right)
	for i, slot := range j.Slots {
		if !slices.Contains(read, slot) {
			continue
		}
		arg := j.Args[i]
		if !memoizable(arg.Type()) {
			return nil
		}
		args = append(args, arg)
		m.Keys = append(m.Keys, outerOf(j.Right, slot, arg))
	}
	if len(m.Keys) == 0 || !o.memoizeCost(m, j, args) {
		return nil
	}
	out := *j
	out.Right = m
	return &out
}

// outerOf is a slot as the tree reads it.
func outerOf(n Node, slot int, arg Expr) Expr {
	out := &Outer{Typed: Typed{arg.Type(), arg.Typmod()}, Slot: slot}
	walkNodes(n, func(x Node) bool {
		for _, s := range slots(x) {
			Walk(*s.at, func(e Expr) bool {
				if r, ok := e.(*Outer); ok && r.Slot == slot {
					*out = *r
				}
				return true
			})
		}
		return out.Name == ""
	})
	return out
}

func memoizable(t *datum.Type) bool {
	switch t.Root().Kind {
	case datum.KindBool, datum.KindInt, datum.KindFloat, datum.KindString, datum.KindNumeric, datum.KindInterval:
		return true
	}
	return false
}

// memoizeCost is cost_memoize_rescan of costsize.c; false where the number of distinct keys would be a guess.
func (o *optimizer) memoizeCost(m *Memoize, j *Join, args []Expr) bool {
	outer, inner := o.estimate(j.Left), o.estimate(m.Input)
	for _, a := range args {
		for _, c := range columnsOf(a) {
			if f := nodeFacts(j.Left)(c); f == nil || f.distinct() == 0 {
				return false
			}
		}
	}
	calls := math.Max(outer.Rows, 1)
	distinctKeys := math.Max(groups(args, j.Left), 1)
	entry := math.Max(inner.Rows, 1)*float64(inner.Width+24) + 100
	fit := math.Max(math.Floor(memoizeBytes/entry), 1)
	evicted := 1 - math.Min(fit, distinctKeys)/distinctKeys
	hits := math.Max(0, (calls-distinctKeys)/calls*(fit/math.Max(distinctKeys, fit)))
	m.each = inner.Total*(1-hits) + cpuOperatorCost + cpuTupleCost + cpuTupleCost*evicted*inner.Rows +
		cpuOperatorCost*evicted + cpuOperatorCost*inner.Rows
	return hits > 0
}
