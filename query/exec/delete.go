package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
)

// deleteRows removes rows, after reading its input to the end as update does.
type deleteRows struct {
	*writeStatement
	r     *running
	node  *plan.Delete
	input operator
	again *recheck
	fires *triggers
}

func (r *running) delete(x *plan.Delete) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	w, err := r.writeStatement(x.Returning)
	op := &deleteRows{writeStatement: w, r: r, node: x, input: input}
	w.work, w.close = op.run, input.Close
	if err != nil {
		return nil, err
	}
	op.fires, err = r.triggersOf(x.Table)
	return op, err
}

func (d *deleteRows) run(ctx context.Context) error {
	table, err := d.r.target(d.node.Table)
	if err != nil {
		return err
	}
	if err := d.fires.statement(ctx, true, parse.TriggerDelete, nil); err != nil {
		return err
	}
	width := len(d.node.Table.Columns)
	rows, err := d.r.targets(ctx, table, d.input, typesOf(d.node.Input), width)
	if err != nil {
		return err
	}
	defer rows.Close()
	err = rows.each(0, rows.Rows(), func(b *datum.Batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if table == nil {
			return d.instead(ctx, b, width)
		}
		if b = d.r.untouched(d.node.Table, b, width); b.Rows == 0 {
			return nil
		}
		if !d.fires.rowByRow(parse.TriggerDelete) {
			return d.batch(ctx, table, b, width)
		}
		for i := range b.Rows {
			if err := d.batch(ctx, table, b.Slice(i, i+1), width); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.fires.statement(ctx, false, parse.TriggerDelete, nil)
}

// batch deletes rows; one that was changed meanwhile is looked at again, as in update.
func (d *deleteRows) batch(ctx context.Context, table Table, in *datum.Batch, width int) error {
	for in.Rows > 0 {
		old := &datum.Batch{Rows: in.Rows, Cols: in.Cols[:width]}
		kept, left, err := d.fires.beforeRows(ctx, parse.TriggerDelete, old, nil, nil)
		if err != nil {
			return err
		}
		if kept != nil && left.Rows == 0 {
			return nil
		}
		err = table.Delete(ctx, in.Cols[width].I, old)
		conflict := conflictRow(err)
		if err != nil && conflict < 0 {
			return err
		}
		done := in.Rows
		if conflict >= 0 {
			done = conflict
		}
		d.count(done)
		if err := d.fires.written(parse.TriggerDelete, old.Head(done), nil, nil); err != nil {
			return err
		}
		row := &datum.Batch{Rows: in.Rows, Cols: append(slices.Clone(old.Cols), in.Cols[width+1:]...)}
		if err := d.wrote(row.Head(done)); err != nil {
			return err
		}
		if conflict < 0 {
			return nil
		}
		fresh, err := d.r.lookAgain(ctx, &d.again, d.node.Input, d.node.Mark, in.Cols[width].I[conflict])
		if err != nil {
			return err
		}
		if fresh != nil {
			if err := d.batch(ctx, table, fresh, width); err != nil {
				return err
			}
		}
		in = in.Slice(conflict+1, in.Rows)
	}
	return nil
}
