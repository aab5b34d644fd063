package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// What is opened again and again (a subplan, the inner side of a lateral join, a step of WITH RECURSIVE) need not compute
// again what does not depend on what has changed since: hash tables and kept rows of joins stay (unchanged), and so do the
// rows of nodes that have to read all of their input (materialize), as they do in Postgres's rescans.

// unchanged tells whether rows that were read of a tree are those that it would give again. A nil one says no.
type unchanged struct {
	r     *running
	slots []int
	stamp uint64
	holds bool
}

// unchangedSince watches a tree; nil where it will not be opened more than once, or cannot be relied on.
func (r *running) unchangedSince(n plan.Node) *unchanged {
	if r.repeats == nil || r.pins != nil || plan.Volatile(n) {
		return nil
	}
	return &unchanged{r: r, slots: outerSlots(n)}
}

func (u *unchanged) still() bool { return u != nil && u.holds && u.stamp == u.r.exprs.Stamp(u.slots) }

// read notes that the tree has been read; forget that what was read is gone.
func (u *unchanged) read() {
	if u != nil {
		u.holds, u.stamp = true, u.r.exprs.Stamp(u.slots)
	}
}

func (u *unchanged) forget() {
	if u != nil {
		u.holds = false
	}
}

// repeated builds what is opened again and again, with other values of the slots each time.
func (r *running) repeated(slots []int, build func() (operator, error)) (operator, error) {
	defer func(was []int) { r.repeats = was }(r.repeats)
	r.repeats = append(append([]int{}, r.repeats...), slots...)
	return build()
}

// materialize keeps a tree's rows as far as they have been read, and gives them again.
type materialize struct {
	r    *running
	op   operator
	rows *Spool
	same *unchanged
	at   int
	done bool // everything has been read
}

// worthKeeping says whether a node's rows are to be kept where they do not depend on what changes from one opening to the
// next: it reads all of its input before its first row.
func (r *running) worthKeeping(n plan.Node) bool {
	switch x := n.(type) {
	case *plan.Aggregate, *plan.Sort, *plan.Window, *plan.FunctionScan:
	case *plan.Dedup:
		if x.Ordered {
			return false
		}
	case *plan.SetOp:
		if x.Op == plan.Union && x.All {
			return false
		}
	default:
		return false
	}
	if len(r.repeats) == 0 || r.pins != nil || plan.Volatile(n) {
		return false
	}
	return !slices.ContainsFunc(outerSlots(n), func(s int) bool { return slices.Contains(r.repeats, s) })
}

// kept builds a node whose rows are kept.
func (r *running) kept(n plan.Node) (operator, error) {
	same := r.unchangedSince(n)
	defer func(was []int) { r.repeats = was }(r.repeats)
	r.repeats = nil
	op, err := r.buildQuery(n)
	if err != nil {
		return nil, err
	}
	m := &materialize{r: r, op: op, rows: r.spool(typesOf(n)), same: same}
	r.closers = append(r.closers, func() { m.op.Close() })
	return m, nil
}

func (m *materialize) Open(ctx context.Context) error {
	if m.at = 0; m.same.still() {
		return nil
	}
	m.rows.Close()
	m.op.Close()
	m.done = false
	m.same.forget()
	if err := m.op.Open(ctx); err != nil {
		return err
	}
	m.same.read()
	return nil
}

func (m *materialize) Next(ctx context.Context) (*datum.Batch, error) {
	if m.at >= m.rows.Rows() {
		if m.done {
			return nil, nil
		}
		b, err := m.op.Next(ctx)
		if err != nil {
			m.same.forget()
			return nil, err
		}
		if b == nil {
			m.done = true
			m.op.Close()
			return nil, nil
		}
		if err := m.rows.Add(b); err != nil {
			m.same.forget()
			return nil, err
		}
	}
	b, err := m.rows.Chunk(m.at)
	if b != nil {
		m.at += b.Rows
	}
	return b, err
}

func (m *materialize) Close() {}
