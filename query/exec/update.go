package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// update replaces rows. Its input is read to the end before the first write, so that no scan ever
// runs over what the statement itself wrote.
type update struct {
	*writeStatement
	r      *running
	node   *plan.Update
	input  operator
	writer *rowWriter
	new    []*eval.Expr
}

func (r *running) update(x *plan.Update) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	w, err := r.writeStatement(x.Returning)
	if err != nil {
		return nil, err
	}
	op := &update{writeStatement: w, r: r, node: x, input: input}
	w.work, w.close = op.run, input.Close
	if op.writer, err = r.rowWriter(x.Table, x.Exprs); err != nil {
		return nil, err
	}
	op.new, err = eval.CompileAll(x.New, r.exprs)
	return op, err
}

func (u *update) run(ctx context.Context) error {
	table, err := u.r.env.Relations.Table(u.node.Table)
	if err != nil {
		return err
	}
	width := len(u.node.Table.Columns)
	rows, err := u.r.targets(ctx, u.input, typesOf(u.node.Input), width)
	if err != nil {
		return err
	}
	rows = u.r.untouched(u.node.Table, rows, width)
	size := datum.BatchRows
	if u.writer.embeds() {
		size = embedBatchRows
	}
	for lo := 0; lo < rows.Rows; lo += size {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := u.batch(ctx, table, rows.Slice(lo, min(lo+size, rows.Rows)), width); err != nil {
			return err
		}
	}
	return nil
}

// targets reads a write's input: the first time that each table row appears in it. A join may yield
// a row more than once, but it is written once.
func (r *running) targets(ctx context.Context, input operator, types []*datum.Type, width int) (*store, error) {
	rows, seen := r.bounded(types), map[int64]bool{}
	if err := input.Open(ctx); err != nil {
		return nil, err
	}
	defer input.Close()
	for {
		b, err := input.Next(ctx)
		if err != nil || b == nil {
			return rows, err
		}
		var first []int
		for i, id := range b.Cols[width].I {
			if !b.Cols[width].IsNull(i) && !seen[id] {
				seen[id] = true
				first = append(first, i)
			}
		}
		if len(first) < b.Rows {
			b = b.Gather(first)
		}
		if err := rows.add(b); err != nil {
			return nil, err
		}
	}
}

func (u *update) batch(ctx context.Context, table Table, in *datum.Batch, width int) error {
	values, err := evalAll(u.new, in)
	if err != nil {
		return err
	}
	rows, err := u.writer.generate(&datum.Batch{Rows: in.Rows, Cols: values}, u.node.Changed)
	if err != nil {
		return err
	}
	if err := u.writer.check(rows); err != nil {
		return err
	}
	old := &datum.Batch{Rows: in.Rows, Cols: in.Cols[:width]}
	if err := table.Update(ctx, in.Cols[width].I, old, rows, u.writer.regenerated(u.node.Changed)); err != nil {
		return err
	}
	u.count(in.Rows)
	return u.wrote(&datum.Batch{Rows: in.Rows, Cols: append(slices.Clone(rows.Cols), in.Cols[width+1:]...)})
}
