package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// deleteRows removes rows, after reading its input to the end as update does.
type deleteRows struct {
	*writeStatement
	r     *running
	node  *plan.Delete
	input operator
}

func (r *running) delete(x *plan.Delete) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	w, err := r.writeStatement(x.Returning)
	op := &deleteRows{writeStatement: w, r: r, node: x, input: input}
	w.work, w.close = op.run, input.Close
	return op, err
}

func (d *deleteRows) run(ctx context.Context) error {
	table, err := d.r.env.Relations.Table(d.node.Table)
	if err != nil {
		return err
	}
	width := len(d.node.Table.Columns)
	rows, err := d.r.targets(ctx, d.input, typesOf(d.node.Input), width)
	if err != nil {
		return err
	}
	rows = d.r.untouched(d.node.Table, rows, width)
	for lo := 0; ; lo += datum.BatchRows {
		b := rows.chunk(lo)
		if b == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		old := &datum.Batch{Rows: b.Rows, Cols: b.Cols[:width]}
		if err := table.Delete(ctx, b.Cols[width].I, old); err != nil {
			return err
		}
		d.count(b.Rows)
		row := &datum.Batch{Rows: b.Rows, Cols: append(slices.Clone(old.Cols), b.Cols[width+1:]...)}
		if err := d.wrote(row); err != nil {
			return err
		}
	}
}
