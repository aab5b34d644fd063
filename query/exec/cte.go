package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// sharedRows is a WITH query's result: computed by whoever reads it first, kept for the others, and
// computed again only when an outer slot that its plan reads has changed.
type sharedRows struct {
	r     *running
	op    operator
	types []*datum.Type
	deps  []int
	rows  *store
	stamp uint64
}

// cteScan reads a sharedRows.
type cteScan struct {
	from *sharedRows
	rows *store
	next int
}

func (r *running) cteScan(x *plan.CTEScan) (operator, error) {
	shared, ok := r.ctes[x.CTE]
	if !ok {
		op, err := r.build(x.CTE.Plan)
		if err != nil {
			return nil, err
		}
		shared = &sharedRows{r: r, op: op, types: typesOf(x.CTE.Plan), deps: outerSlots(x.CTE.Plan)}
		r.ctes[x.CTE] = shared
	}
	return &cteScan{from: shared}, nil
}

func (s *sharedRows) read(ctx context.Context) (*store, error) {
	stamp := s.r.exprs.Stamp(s.deps)
	if s.rows != nil && stamp == s.stamp {
		return s.rows, nil
	}
	rows := s.r.bounded(s.types)
	if err := s.op.Open(ctx); err != nil {
		return nil, err
	}
	defer s.op.Close()
	if err := rows.drain(ctx, s.op); err != nil {
		return nil, err
	}
	s.rows, s.stamp = rows, stamp
	return rows, nil
}

func (c *cteScan) Open(context.Context) error { c.rows, c.next = nil, 0; return nil }
func (c *cteScan) Close()                     { c.rows = nil }

func (c *cteScan) Next(ctx context.Context) (*datum.Batch, error) {
	if c.rows == nil {
		var err error
		if c.rows, err = c.from.read(ctx); err != nil {
			return nil, err
		}
	}
	b := c.rows.chunk(c.next)
	if b != nil {
		c.next += b.Rows
	}
	return b, nil
}
