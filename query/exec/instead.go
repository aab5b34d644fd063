package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// A view with INSTEAD OF triggers is written to by telling them of each row. What they give back is what was written, to
// RETURNING and to the CHECK OPTION of views above; NULL is nothing.

// target opens the table that a statement writes to, nil for a view.
func (r *running) target(t *catalog.Table) (Table, error) {
	if t.View != nil {
		return nil, nil
	}
	return r.env.Relations.Table(t)
}

func (s *insert) instead(ctx context.Context, b *datum.Batch) error {
	_, rows, err := s.writer.fires.insteadRows(ctx, parse.TriggerInsert, nil, b, nil)
	if err != nil || rows.Rows == 0 {
		return err
	}
	if err := s.writer.check(rows); err != nil {
		return err
	}
	s.count(rows.Rows)
	return s.wrote(rows)
}

func (u *update) instead(ctx context.Context, in *datum.Batch, width int) error {
	values, err := evalAll(u.new, in)
	if err != nil {
		return err
	}
	old := &datum.Batch{Rows: in.Rows, Cols: in.Cols[:width]}
	fires := u.writer.fires
	kept, rows, err := fires.insteadRows(ctx, parse.TriggerUpdate, old, &datum.Batch{Rows: in.Rows, Cols: values}, u.node.Changed)
	if err != nil || rows.Rows == 0 {
		return err
	}
	if err := u.writer.check(rows); err != nil {
		return err
	}
	u.count(rows.Rows)
	rest := in.Gather(kept).Cols[width+1:]
	return u.wrote(&datum.Batch{Rows: rows.Rows, Cols: append(slices.Clone(rows.Cols), rest...)})
}

func (d *deleteRows) instead(ctx context.Context, in *datum.Batch, width int) error {
	old := &datum.Batch{Rows: in.Rows, Cols: in.Cols[:width]}
	kept, _, err := d.fires.insteadRows(ctx, parse.TriggerDelete, old, nil, nil)
	if err != nil || len(kept) == 0 {
		return err
	}
	d.count(len(kept))
	gone := in.Gather(kept)
	return d.wrote(&datum.Batch{Rows: gone.Rows, Cols: append(slices.Clone(gone.Cols[:width]), gone.Cols[width+1:]...)})
}

// instead is COPY to a view.
func (c *copyFrom) instead(ctx context.Context, b *copyBatch) error {
	_, rows, err := c.writer.fires.insteadRows(ctx, parse.TriggerInsert, nil, b.Batch, nil)
	if err != nil {
		return c.failed(b, err, "")
	}
	c.r.affected += int64(rows.Rows)
	c.progress.update(func() { c.progress.now.Rows = c.r.affected })
	return nil
}
