package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// memoize keeps its input's rows by the values of slots, up to work_mem: beyond that the values that came first are
// forgotten. Rows that do not fit at all are passed on and not kept. Everything is forgotten when a slot changes that the
// input reads and that is not among the keys.
type memoize struct {
	r      *running
	node   *plan.Memoize
	op     operator
	types  []*datum.Type
	slots  []int
	others *unchanged // of the input, but for the keys

	known map[string]*store
	order []string // of known, the oldest first
	bytes int64

	key     []byte
	filing  *store // rows of the reading under way, nil where they are not kept
	given   *store // rows that are being given again, nil while the input is read
	at      int
	profile *memoizeProfile
}

// memoizeProfile is what EXPLAIN ANALYZE tells of it.
type memoizeProfile struct {
	hits, misses, evictions, overflows int64
	bytes                              int64 // at most
}

func (r *running) memoize(x *plan.Memoize) (operator, error) {
	m := &memoize{r: r, node: x, types: typesOf(x), known: map[string]*store{}}
	for _, k := range x.Keys {
		m.slots = append(m.slots, k.(*plan.Outer).Slot)
	}
	others := slices.DeleteFunc(outerSlots(x.Input), func(s int) bool { return slices.Contains(m.slots, s) })
	m.others = &unchanged{r: r, slots: others}
	var err error
	if m.op, err = r.build(x.Input); err != nil {
		return nil, err
	}
	if r.profile != nil {
		m.profile = &memoizeProfile{}
	}
	return m, nil
}

func (m *memoize) Open(ctx context.Context) error {
	if np := m.r.profile[m.node]; np != nil {
		np.memo = m.profile
	}
	if !m.others.still() {
		m.known, m.order, m.bytes = map[string]*store{}, nil, 0
		m.others.read()
	}
	m.at, m.filing, m.given = 0, nil, nil
	var exact bool
	m.key, exact = m.r.exprs.AppendSlots(m.key[:0], m.slots)
	if rows, ok := m.known[string(m.key)]; ok && exact {
		m.given = rows
		m.count(func(p *memoizeProfile) { p.hits++ })
		return nil
	}
	m.count(func(p *memoizeProfile) { p.misses++ })
	if exact {
		m.filing = newStore(m.types)
	}
	return m.op.Open(ctx)
}

func (m *memoize) count(f func(*memoizeProfile)) {
	if m.profile != nil {
		f(m.profile)
	}
}

func (m *memoize) Next(ctx context.Context) (*datum.Batch, error) {
	if m.given != nil {
		b := m.given.chunk(m.at)
		if b != nil {
			m.at += b.Rows
		}
		return b, nil
	}
	b, err := m.op.Next(ctx)
	if err != nil || m.filing == nil {
		return b, err
	}
	if b == nil {
		m.keep()
		return nil, nil
	}
	if err := m.filing.add(b); err != nil {
		return nil, err
	}
	if max := m.r.env.WorkMemBytes; max > 0 && m.filing.bytes > max {
		m.filing = nil
		m.count(func(p *memoizeProfile) { p.overflows++ })
	}
	return b, nil
}

// keep remembers the rows of a reading that has come to its end.
func (m *memoize) keep() {
	const each = 128
	size := func(key string, rows *store) int64 { return rows.bytes + int64(len(key)) + each }
	key := string(m.key)
	m.known[key], m.order = m.filing, append(m.order, key)
	m.bytes += size(key, m.filing)
	for max := m.r.env.WorkMemBytes; max > 0 && m.bytes > max && len(m.order) > 1; {
		oldest := m.order[0]
		m.bytes -= size(oldest, m.known[oldest])
		delete(m.known, oldest)
		m.order = m.order[1:]
		m.count(func(p *memoizeProfile) { p.evictions++ })
	}
	m.count(func(p *memoizeProfile) { p.bytes = max(p.bytes, m.bytes) })
	m.filing = nil
}

func (m *memoize) Close() { m.op.Close() }
