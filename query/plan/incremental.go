package plan

import (
	"math"

	"github.com/seguedb/segue/query/catalog"
)

// estimateIncrementalSort is the cost of sorting group by group (cost_incremental_sort in costsize.c).
func estimateIncrementalSort(x *Sort, e, in *Estimate) {
	keys := make([]Expr, x.Presorted)
	for i := range keys {
		keys[i] = x.Keys[i].Expr
	}
	count := groups(keys, x.Input)
	rows := math.Max(in.Rows/count, 2)
	one := 2*cpuOperatorCost*rows*math.Log2(rows) + rows*cpuOperatorCost
	run := in.Total - in.Startup
	e.Startup = in.Startup + run/count + one
	e.Total = in.Total + count*one + in.Rows*(cpuTupleCost+cpuOperatorCost)*0.5
}

// commonPrefix is how many of the keys wanted an order has.
func commonPrefix(have, want []SortKey) int {
	n := 0
	for n < len(want) && inOrderOf(have, want[:n+1]) {
		n++
	}
	return n
}

// presortedLimit is orderedLimit for an index that has the order of the first of the sort's keys only: the groups of rows
// that are equal by these are sorted one after the other, until there are enough.
func (o *optimizer) presortedLimit(c chain, only *catalog.Index) {
	if !o.allows("incremental_sort") || c.sort.Grow != nil {
		return
	}
	plain := *c.scan
	o.useIndex(c.scan)
	before, whole := o.estimate(c.limit).Total, *c.scan
	for n := len(c.sort.Keys) - 1; n > 0; n-- {
		prefix := c
		prefix.sort = &Sort{Out: c.sort.Out, Input: c.sort.Input, Keys: c.sort.Keys[:n]}
		*c.scan = plain
		r, used := o.orderedRange(prefix, only)
		if r == nil {
			continue
		}
		c.scan.Index, c.scan.Filter = r, allOf(without(conjuncts(plain.Filter), used))
		c.sort.Presorted = n
		if o.estimate(c.limit).Total < before {
			return
		}
		c.sort.Presorted = 0
	}
	*c.scan = whole
}
