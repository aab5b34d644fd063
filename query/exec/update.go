package exec

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/parse"
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
	again  *recheck
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
	if err := r.watch(op.writer); err != nil {
		return nil, err
	}
	op.new, err = eval.CompileAll(x.New, r.exprs)
	return op, err
}

func (u *update) run(ctx context.Context) error {
	table, err := u.r.target(u.node.Table)
	if err != nil {
		return err
	}
	fires := u.writer.fires
	if err := fires.statement(ctx, true, parse.TriggerUpdate, u.node.Changed); err != nil {
		return err
	}
	width := len(u.node.Table.Columns)
	rows, err := u.r.targets(ctx, table, u.input, typesOf(u.node.Input), width)
	if err != nil {
		return err
	}
	defer rows.Close()
	size := datum.BatchRows
	if u.writer.embeds() {
		size = embedBatchRows
	}
	if fires.rowByRow(parse.TriggerUpdate) {
		size = 1
	}
	err = rows.each(0, rows.Rows(), func(b *datum.Batch) error {
		if table != nil {
			b = u.r.untouched(u.node.Table, b, width)
		}
		return inParts(ctx, b, size, func(part *datum.Batch) error { return u.batch(ctx, table, part, width) })
	})
	if err != nil {
		return err
	}
	return fires.statement(ctx, false, parse.TriggerUpdate, u.node.Changed)
}

// inParts calls f with a batch's rows, at most size of them at a time.
func inParts(ctx context.Context, b *datum.Batch, size int, f func(*datum.Batch) error) error {
	for lo := 0; lo < b.Rows; lo += size {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := b
		if size < b.Rows {
			part = b.Slice(lo, min(lo+size, b.Rows))
		}
		if err := f(part); err != nil {
			return err
		}
	}
	return nil
}

// targets reads a write's input: the first time that each table row appears in it. A join may yield
// a row more than once, but it is written once. A view's rows have no identity: all are wanted.
func (r *running) targets(ctx context.Context, table Table, input operator, types []*datum.Type, width int) (*Spool, error) {
	rows, seen := r.spool(types), rowSet{}
	if err := input.Open(ctx); err != nil {
		return nil, err
	}
	defer input.Close()
	if table == nil {
		return rows, rows.drain(ctx, input)
	}
	for {
		b, err := input.Next(ctx)
		if err != nil || b == nil {
			return rows, err
		}
		var first []int
		for i, id := range b.Cols[width].I {
			if !b.Cols[width].IsNull(i) && seen.add(uint64(id)) {
				first = append(first, i)
			}
		}
		if len(first) < b.Rows {
			b = b.Gather(first)
		}
		if err := rows.Add(b); err != nil {
			return nil, err
		}
	}
}

// rowSet is a set of rows. Most have one.
type rowSet struct {
	one  uint64
	some bool
	more *roaring64.Bitmap // nil while there is one or none
}

// add says whether the row was not in the set before.
func (s *rowSet) add(row uint64) bool {
	switch {
	case !s.some:
		s.one, s.some = row, true
		return true
	case row == s.one:
		return false
	case s.more == nil:
		s.more = roaring64.New()
	}
	return s.more.CheckedAdd(row)
}

// batch writes rows. A row that was changed by a transaction that committed meanwhile is looked at again, and written
// if it is still wanted.
func (u *update) batch(ctx context.Context, table Table, in *datum.Batch, width int) error {
	if table == nil {
		return u.instead(ctx, in, width)
	}
	for in.Rows > 0 {
		n, err := u.write(ctx, table, in, width)
		if err == nil || n < 0 {
			return err
		}
		fresh, err := u.r.lookAgain(ctx, &u.again, u.node.Input, u.node.Mark, in.Cols[width].I[n])
		if err != nil {
			return err
		}
		if fresh != nil {
			if _, err := u.write(ctx, table, fresh, width); err != nil {
				return err
			}
		}
		in = in.Slice(n+1, in.Rows)
	}
	return nil
}

// lookAgain returns a target row as it is now, nil when it is not wanted any more.
func (r *running) lookAgain(ctx context.Context, again **recheck, input plan.Node, mark int, row int64) (*datum.Batch, error) {
	if *again == nil {
		var err error
		if *again, err = r.recheck(input, mark); err != nil {
			return nil, err
		}
	}
	return (*again).row(ctx, map[int]pin{mark: {row: row, now: true}})
}

// write writes rows up to the first that meets a conflict, whose number it returns with the error; -1 otherwise.
func (u *update) write(ctx context.Context, table Table, in *datum.Batch, width int) (conflict int, err error) {
	values, err := evalAll(u.new, in)
	if err != nil {
		return -1, err
	}
	old := &datum.Batch{Rows: in.Rows, Cols: in.Cols[:width]}
	kept, rows, err := u.writer.fires.beforeRows(ctx, parse.TriggerUpdate, old, &datum.Batch{Rows: in.Rows, Cols: values}, u.node.Changed)
	if err != nil || rows.Rows == 0 {
		return -1, err
	}
	if kept != nil {
		in, old = in.Gather(kept), old.Gather(kept)
	}
	changed := u.writer.changing(u.node.Changed)
	if rows, err = u.writer.generate(rows, changed); err != nil {
		return -1, err
	}
	if err := u.writer.check(rows); err != nil {
		return -1, err
	}
	err = u.writer.update(ctx, table, in.Cols[width].I, old, rows, changed)
	done := in.Rows
	if conflict = conflictRow(err); conflict >= 0 {
		done = conflict
	} else if err != nil {
		return -1, err
	}
	u.count(done)
	written := &datum.Batch{Rows: in.Rows, Cols: append(slices.Clone(rows.Cols), in.Cols[width+1:]...)}
	if wrote := u.wrote(written.Head(done)); wrote != nil {
		return -1, wrote
	}
	return conflict, err
}
