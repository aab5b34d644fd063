package exec

import (
	"context"
	"fmt"
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
	passed, of     int64 // rows that a vector search's filter let pass, of those it was held against
	removed        int64 // rows that a filter did not let pass
	byJoinFilter   bool  // the filter is a join's
	sorted         *sortProfile
	hash           *hashProfile
	memo           *memoizeProfile
	groups         *groupsProfile
	// tempRead and tempWritten are bytes of temporary files, of the nodes below too.
	tempRead, tempWritten int64
	walRecords, walBytes  int64
}

// hashProfile is a hash table's size, and how its rows were divided.
type hashProfile struct {
	bytes   int64 // at most
	batches int
	disk    int64
	join    bool
}

// hashed tells of a grouping's hash table that was filled; aside is what it had no room for.
func (p profile) hashed(n plan.Node, bytes int64, aside *partitions) {
	np := p[n]
	if np == nil {
		return
	}
	if np.hash == nil {
		np.hash = &hashProfile{}
	}
	np.hash.bytes = max(np.hash.bytes, bytes)
	np.hash.batches++
	if aside != nil {
		np.hash.disk += aside.bytes()
	}
}

// joined tells of a join's hash table that was filled, or of the parts that it was divided into.
func (p profile) joined(n plan.Node, bytes int64, parts int) {
	np := p[n]
	if np == nil {
		return
	}
	if np.hash == nil {
		np.hash = &hashProfile{join: true, batches: 1}
	}
	np.hash.bytes = max(np.hash.bytes, bytes)
	if parts > 0 {
		np.hash.batches += parts - 1
	}
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
		used := kilobytes(s.bytes)
		out = append(out, plan.Detail{Value: fmt.Sprintf("Sort Method: %s  %s: %dkB", s.method, space, used), In: plan.InText},
			structured("Sort Method", s.method), structured("Sort Space Used", used), structured("Sort Space Type", space))
	}
	out = append(out, m.groups.details()...)
	out = append(out, m.memo.details()...)
	if m.removed > 0 {
		name := "Rows Removed by Filter"
		if m.byJoinFilter {
			name = "Rows Removed by Join Filter"
		}
		out = append(out, plan.Detail{Name: name, Value: (m.removed + m.loops/2) / max(m.loops, 1)})
	}
	if h := m.hash; h != nil && !h.join {
		line := fmt.Sprintf("Batches: %d  Memory Usage: %dkB", h.batches, kilobytes(h.bytes))
		if h.disk > 0 {
			line += fmt.Sprintf("  Disk Usage: %dkB", kilobytes(h.disk))
		}
		out = append(out, plan.Detail{Value: line, In: plan.InText}, structured("HashAgg Batches", h.batches),
			structured("Peak Memory Usage", kilobytes(h.bytes)), structured("Disk Usage", kilobytes(h.disk)))
	}
	if m.hasVectorStats {
		out = append(out, vectorDetails(m)...)
	}
	return out
}

func (p *memoizeProfile) details() []plan.Detail {
	if p == nil {
		return nil
	}
	used := kilobytes(p.bytes)
	line := fmt.Sprintf("Hits: %d  Misses: %d  Evictions: %d  Overflows: %d  Memory Usage: %dkB", p.hits, p.misses,
		p.evictions, p.overflows, used)
	return []plan.Detail{{Value: line, In: plan.InText}, structured("Cache Hits", p.hits), structured("Cache Misses", p.misses),
		structured("Cache Evictions", p.evictions), structured("Cache Overflows", p.overflows),
		structured("Peak Memory Usage", used)}
}

// groupsProfile is how the groups of an incremental sort were sorted, over all loops.
type groupsProfile struct {
	count, bytes, most int64
	disk               bool
}

func (p *groupsProfile) details() []plan.Detail {
	if p == nil || p.count == 0 {
		return nil
	}
	method, space := "quicksort", "Memory"
	if p.disk {
		method, space = "external merge", "Disk"
	}
	average, most := kilobytes(p.bytes/p.count), kilobytes(p.most)
	line := fmt.Sprintf("Full-sort Groups: %d  Sort Method: %s  Average %s: %dkB  Peak %s: %dkB", p.count, method, space,
		average, space, most)
	return []plan.Detail{{Value: line, In: plan.InText}, structured("Full-sort Groups", plan.DetailGroup{
		structured("Group Count", p.count), structured("Sort Methods Used", []string{method}),
		structured("Sort Space "+space, plan.DetailGroup{structured("Average Sort Space Used", average),
			structured("Peak Sort Space Used", most)})})}
}

// hashDetails are what EXPLAIN prints of a join's hash table.
func (m *nodeProfile) hashDetails() []plan.Detail {
	h := m.hash
	if h == nil || !h.join {
		return nil
	}
	line := fmt.Sprintf("Batches: %d  Memory Usage: %dkB", h.batches, kilobytes(h.bytes))
	return []plan.Detail{{Value: line, In: plan.InText}, structured("Hash Batches", h.batches),
		structured("Original Hash Batches", 1), structured("Peak Memory Usage", kilobytes(h.bytes))}
}

func structured(name string, value any) plan.Detail {
	return plan.Detail{Name: name, Value: value, In: plan.InStructured}
}

func kilobytes(n int64) int64 { return (n + 1023) >> 10 }

// measured is an operator with a stopwatch.
type measured struct {
	operator
	to      *nodeProfile
	elapsed time.Duration // in this loop
	yielded bool
	r       *running
}

// Logged is Relations that can tell what a statement has to put into the log so far.
type Logged interface {
	Written() (records, bytes int64)
}

// usage is what the statement has used so far.
func (r *running) usage() (u struct{ read, written, records, bytes int64 }) {
	u.read, u.written = r.env.Temp.read.Load(), r.env.Temp.written.Load()
	if w, ok := r.env.Relations.(Logged); ok {
		u.records, u.bytes = w.Written()
	}
	return u
}

func (p profile) wrap(n plan.Node, op operator, r *running) operator {
	if p == nil {
		return op
	}
	if p[n] == nil {
		p[n] = &nodeProfile{}
	}
	return &measured{operator: op, to: p[n], r: r}
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
	start, before := time.Now(), m.r.usage()
	err := f()
	after := m.r.usage()
	m.to.tempRead += after.read - before.read
	m.to.tempWritten += after.written - before.written
	m.to.walRecords += after.records - before.records
	m.to.walBytes += after.bytes - before.bytes
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
	if s.Method != "" {
		sum.Method = s.Method
	}
	sum.Scanned += s.Scanned
	sum.Filtered += s.Filtered
	sum.Reranked += s.Reranked
	sum.Segments = max(sum.Segments, s.Segments)
	sum.Lists += s.Lists
	sum.Prefiltered += s.Prefiltered
	sum.Fetched += s.Fetched
	np.searches++
	np.hasVectorStats = true
}

// passed counts the rows that a search's filter let pass.
func (p profile) passed(n plan.Node, rows, of int) {
	if np := p[n]; np != nil {
		np.passed, np.of = np.passed+int64(rows), np.of+int64(of)
	}
}
