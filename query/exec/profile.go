package exec

import (
	"context"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// profile is what EXPLAIN ANALYZE measures, by plan node. A nil profile measures nothing.
type profile map[plan.Node]*nodeProfile

// nodeProfile is one node's measurements: rows and time over all loops; time includes the nodes below.
type nodeProfile struct {
	rows, loops    int64
	first, total   time.Duration // until the first row, until the end, summed over loops
	searches       int64
	vector         VectorStats // summed over searches
	hasVectorStats bool
	removed        int64 // rows that a filter did not let pass
	byJoinFilter   bool  // the filter is a join's
	sorted         *sortProfile
}

// sortProfile is how a sort went, in its last loop.
type sortProfile struct {
	method string
	bytes  int64
	disk   bool
}

// filtered counts the rows that a node's filter did not let pass.
func (p profile) filtered(n plan.Node, before int, after *datum.Batch) {
	np := p[n]
	if np == nil {
		return
	}
	if after != nil {
		before -= after.Rows
	}
	np.removed += int64(before)
}

// details are what EXPLAIN prints of it.
func (m *nodeProfile) details() []plan.Detail {
	var out []plan.Detail
	if s := m.sorted; s != nil {
		space := "Memory"
		if s.disk {
			space = "Disk"
		}
		out = append(out, plan.Detail{Name: "Sort Method", Value: s.method}, plan.Detail{Name: "Sort Space Type", Value: space},
			plan.Detail{Name: "Sort Space Used", Value: (s.bytes + 1023) >> 10})
	}
	if m.removed > 0 {
		name := "Rows Removed by Filter"
		if m.byJoinFilter {
			name = "Rows Removed by Join Filter"
		}
		out = append(out, plan.Detail{Name: name, Value: (m.removed + m.loops/2) / max(m.loops, 1)})
	}
	if m.hasVectorStats {
		out = append(out, vectorDetails(m.vector)...)
	}
	return out
}

// measured is an operator with a stopwatch.
type measured struct {
	operator
	to      *nodeProfile
	elapsed time.Duration // in this loop
	yielded bool
}

func (p profile) wrap(n plan.Node, op operator) operator {
	if p == nil {
		return op
	}
	if p[n] == nil {
		p[n] = &nodeProfile{}
	}
	return &measured{operator: op, to: p[n]}
}

func (m *measured) Open(ctx context.Context) error {
	m.to.loops++
	m.elapsed, m.yielded = 0, false
	return m.clock(func() error { return m.operator.Open(ctx) })
}

func (m *measured) Next(ctx context.Context) (b *datum.Batch, err error) {
	err = m.clock(func() error { b, err = m.operator.Next(ctx); return err })
	if !m.yielded {
		m.yielded = true
		m.to.first += m.elapsed
	}
	if b != nil {
		m.to.rows += int64(b.Rows)
	}
	return b, err
}

func (m *measured) clock(f func() error) error {
	start := time.Now()
	err := f()
	spent := time.Since(start)
	m.elapsed += spent
	m.to.total += spent
	return err
}

// vector adds a search's cost to its node.
func (p profile) vector(n plan.Node, s VectorStats) {
	np := p[n]
	if np == nil {
		return
	}
	sum := &np.vector
	sum.Exact = s.Exact && (sum.Exact || np.searches == 0)
	sum.Scanned += s.Scanned
	sum.Filtered += s.Filtered
	sum.Reranked += s.Reranked
	sum.Segments = max(sum.Segments, s.Segments)
	np.searches++
	np.hasVectorStats = true
}
