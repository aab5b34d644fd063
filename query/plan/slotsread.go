package plan

import "slices"

// slotsRead are the Outer slots that a tree's rows depend on: those that are read in it, in its subqueries and in the CTEs
// that it scans, but for those that it fills itself.
func slotsRead(n Node) []int {
	r := &slotReader{ctes: map[*CTE]bool{}}
	r.node(n)
	return slices.DeleteFunc(r.read, func(s int) bool { return slices.Contains(r.filled, s) })
}

type slotReader struct {
	read, filled []int
	ctes         map[*CTE]bool
}

func (r *slotReader) reads(slot int) {
	if !slices.Contains(r.read, slot) {
		r.read = append(r.read, slot)
	}
}

func (r *slotReader) node(n Node) {
	walkNodes(n, func(x Node) bool {
		switch x := x.(type) {
		case *Join:
			r.filled = append(r.filled, x.Slots...)
		case *RecursiveUnion:
			r.filled = append(r.filled, x.Work.Slot)
		case *WorkTableScan:
			r.reads(x.Work.Slot)
		case *CTEScan:
			if !r.ctes[x.CTE] {
				r.ctes[x.CTE] = true
				r.node(x.CTE.Plan)
			}
		}
		for _, s := range slots(x) {
			Walk(*s.at, func(e Expr) bool {
				switch e := e.(type) {
				case *Outer:
					r.reads(e.Slot)
				case *Subquery:
					r.filled = append(r.filled, e.Slots...)
				}
				return true
			})
		}
		return true
	})
}

// dropUnread leaves out what a subquery's plan, once it has been optimised, no longer reads of the rows around it: its
// result holds for longer.
func (q *Subquery) dropUnread() {
	read := slotsRead(q.Plan)
	q.Deps = slices.DeleteFunc(slices.Clone(q.Deps), func(s int) bool { return !slices.Contains(read, s) })
	var kept []int
	for i, s := range q.Slots {
		if slices.Contains(read, s) {
			kept = append(kept, i)
		}
	}
	q.Slots, q.Args = pick(q.Slots, kept), pick(q.Args, kept)
}

// Volatile says whether a tree may give other rows each time that it runs though nothing else has changed.
func Volatile(n Node) bool { return volatilePlan(n) }

// VolatileExprs says the same of expressions, of which nil is none.
func VolatileExprs(list ...Expr) bool {
	return slices.ContainsFunc(list, func(e Expr) bool { return e != nil && volatile(e) })
}
