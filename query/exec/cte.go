package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// sharedRows is a WITH query's result: computed as far as somebody reads, kept for the others, and
// computed again only when an outer slot that its plan reads has changed.
type sharedRows struct {
	r     *running
	op    operator
	types []*datum.Type
	deps  []int
	now   *sharedResult
	stamp uint64
}

// sharedResult is the rows of one run of the query, as far as it has gone: a reader that stops early, under a
// LIMIT, spares the rest, which may have no end.
type sharedResult struct {
	rows *Spool
	done bool
}

// cteScan reads a sharedRows.
type cteScan struct {
	from *sharedRows
	of   *sharedResult
	next int
}

func (r *running) cteScan(x *plan.CTEScan) (operator, error) {
	shared, err := r.shared(x.CTE)
	if err != nil {
		return nil, err
	}
	return &cteScan{from: shared}, nil
}

func (r *running) shared(c *plan.CTE) (*sharedRows, error) {
	if shared, ok := r.ctes[c]; ok {
		return shared, nil
	}
	defer func(was bool) { r.uncounted = was }(r.uncounted)
	r.uncounted = true
	op, err := r.build(c.Plan)
	if err != nil {
		return nil, err
	}
	shared := &sharedRows{r: r, op: op, types: typesOf(c.Plan), deps: outerSlots(c.Plan)}
	r.shareCTEs()[c] = shared
	return shared, nil
}

// result is the run that holds as long as the outer slots keep their values.
func (s *sharedRows) result(ctx context.Context) (*sharedResult, error) {
	stamp := s.r.exprs.Stamp(s.deps)
	if s.now != nil && stamp == s.stamp {
		return s.now, nil
	}
	if err := s.op.Open(ctx); err != nil {
		return nil, err
	}
	s.now, s.stamp = &sharedResult{rows: s.r.spool(s.types)}, stamp
	return s.now, nil
}

// more reads another batch of a result; false at its end.
func (s *sharedRows) more(ctx context.Context, of *sharedResult) (bool, error) {
	if of.done {
		return false, nil
	}
	if of != s.now {
		return false, sqlstate.New(sqlstate.InternalError, "a WITH query started over while it was being read")
	}
	b, err := s.op.Next(ctx)
	if err != nil {
		return false, err
	}
	if b == nil {
		of.done = true
		s.op.Close()
		return false, nil
	}
	return true, of.rows.Add(b)
}

func (c *cteScan) Open(context.Context) error { c.of, c.next = nil, 0; return nil }
func (c *cteScan) Close()                     { c.of = nil }

func (c *cteScan) Next(ctx context.Context) (*datum.Batch, error) {
	var err error
	if c.of == nil {
		if c.of, err = c.from.result(ctx); err != nil {
			return nil, err
		}
	}
	for c.next >= c.of.rows.Rows() {
		if more, err := c.from.more(ctx, c.of); err != nil || !more {
			return nil, err
		}
	}
	b, err := c.of.rows.Chunk(c.next)
	if err != nil {
		return nil, err
	}
	c.next += b.Rows
	return b, nil
}
