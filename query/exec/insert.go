package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
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
	if err := r.watch(op.writer); err != nil {
		return nil, err
	}
	if x.Conflict != nil {
		op.conflict, err = r.conflict(op, x.Conflict)
	}
	return op, err
}

func (s *insert) run(ctx context.Context) error {
	var err error
	if s.table, err = s.r.target(s.node.Table); err != nil {
		return err
	}
	if err := s.around(ctx, true); err != nil {
		return err
	}
	if err := s.input.Open(ctx); err != nil {
		return err
	}
	size := datum.BatchRows
	if s.writer.embeds() {
		size = embedBatchRows
	}
	if s.writer.fires.rowByRow(parse.TriggerInsert) || s.writer.fires.rowByRow(parse.TriggerUpdate) {
		size = 1
	}
	for {
		b, err := s.input.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return s.around(ctx, false)
		}
		if err := inParts(ctx, b, size, func(part *datum.Batch) error { return s.batch(ctx, part) }); err != nil {
			return err
		}
	}
}

// around fires the triggers FOR EACH STATEMENT. ON CONFLICT DO UPDATE is an UPDATE, too.
func (s *insert) around(ctx context.Context, before bool) error {
	fires, update := s.writer.fires, s.conflict != nil && s.conflict.node.DoUpdate
	if update && !before {
		if err := fires.statement(ctx, before, parse.TriggerUpdate, s.conflict.node.SetOrdinals); err != nil {
			return err
		}
	}
	if err := fires.statement(ctx, before, parse.TriggerInsert, nil); err != nil {
		return err
	}
	if update && before {
		return fires.statement(ctx, before, parse.TriggerUpdate, s.conflict.node.SetOrdinals)
	}
	return nil
}

func (s *insert) batch(ctx context.Context, b *datum.Batch) error {
	if s.table == nil {
		return s.instead(ctx, b)
	}
	_, b, err := s.writer.fires.beforeRows(ctx, parse.TriggerInsert, nil, b, nil)
	if err != nil || b.Rows == 0 {
		return err
	}
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
