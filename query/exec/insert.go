package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// embedBatchRows is how many rows are embedded and written at a time: enough to keep all cores busy
// to the end of a batch, few enough that progress shows and that a bad file is found early.
const embedBatchRows = 256

// insert writes its input's rows.
type insert struct {
	*writeStatement
	r        *running
	node     *plan.Insert
	input    operator
	writer   *rowWriter
	conflict *conflict
	table    Table
}

func (r *running) insert(x *plan.Insert) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	w, err := r.writeStatement(x.Returning)
	if err != nil {
		return nil, err
	}
	op := &insert{writeStatement: w, r: r, node: x, input: input}
	w.work, w.close = op.run, input.Close
	if op.writer, err = r.rowWriter(x.Table, x.Exprs); err != nil {
		return nil, err
	}
	if x.Conflict != nil {
		op.conflict, err = r.conflict(op, x.Conflict)
	}
	return op, err
}

func (s *insert) run(ctx context.Context) error {
	var err error
	if s.table, err = s.r.env.Relations.Table(s.node.Table); err != nil {
		return err
	}
	if err := s.input.Open(ctx); err != nil {
		return err
	}
	size := datum.BatchRows
	if s.writer.embeds() {
		size = embedBatchRows
	}
	for {
		b, err := s.input.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		for lo := 0; lo < b.Rows; lo += size {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.batch(ctx, b.Slice(lo, min(lo+size, b.Rows))); err != nil {
				return err
			}
		}
	}
}

func (s *insert) batch(ctx context.Context, b *datum.Batch) error {
	if s.conflict != nil {
		return s.conflict.run(ctx, b)
	}
	rows, err := s.writer.complete(b)
	if err != nil {
		return err
	}
	return s.write(ctx, rows)
}

// write inserts complete rows.
func (s *insert) write(ctx context.Context, rows *datum.Batch) error {
	if err := s.writer.insert(ctx, s.table, rows); err != nil {
		return err
	}
	s.count(rows.Rows)
	return s.wrote(rows)
}
