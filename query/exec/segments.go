package exec

import (
	"context"
	"errors"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// segmentWriter keeps the segments of rows that are written: the windows that a row's embedding was pooled from, which the
// embedding engine has kept beside it. Rows that are deleted, and keys that change, take their segments along by the foreign
// key. It holds the windows of one row, however long the audio.
type segmentWriter struct {
	r     *running
	node  *plan.Segments
	table Table
	args  []*eval.Expr // of the call of embed, over the row
}

// segmentWriter is nil where no segments are kept.
func (r *running) segmentWriter(x *plan.Segments) (*segmentWriter, error) {
	if x == nil {
		return nil, nil
	}
	w := &segmentWriter{r: r, node: x}
	var err error
	w.args, err = eval.CompileAll(x.Embed.Args, r.exprs)
	return w, err
}

// add makes the segments of rows, which are complete. A *RowError says which row failed.
func (w *segmentWriter) add(ctx context.Context, rows *datum.Batch) error {
	if w == nil || rows.Rows == 0 {
		return nil
	}
	if w.r.env.Embedder == nil {
		return sqlstate.New(sqlstate.FeatureNotSupported, "this database was opened without embedding models")
	}
	if err := w.open(); err != nil {
		return err
	}
	args, err := evalAll(w.args, rows)
	if err != nil {
		return err
	}
	for i := range rows.Rows {
		if rows.Cols[w.node.Column].IsNull(i) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.addRow(ctx, rows, args, i); errors.Is(err, ErrConflict) {
			return ErrConflict // with segments made since the snapshot: the statement is run again
		} else if err != nil {
			return &RowError{Row: i, Err: eval.Cause(err)}
		}
	}
	return nil
}

func (w *segmentWriter) addRow(ctx context.Context, rows *datum.Batch, args []*datum.Vec, i int) error {
	values := make([]datum.Datum, len(args))
	for j, a := range args {
		if values[j] = a.Get(i); values[j].IsNull() {
			return nil
		}
	}
	clip, model := builtin.ClipOf(w.r.env.Embedder, values, w.node.Embed.Proc.Args[0] == datum.Text)
	vector, windows, err := w.r.env.Embedder.Windows(ctx, clip, model)
	if err != nil {
		return err
	}
	if w.node.Plain && !slices.Equal(vector, rows.Cols[w.node.Column].Get(i).Vector()) {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "audio file %q changed while it was read", clip.Path)
	}
	cols := make([]*datum.Vec, len(w.node.Table.Columns))
	for c := range cols {
		cols[c] = datum.NewVec(w.node.Table.Columns[c].Type, len(windows))
	}
	track := rows.Cols[w.node.Key].Get(i)
	for _, x := range windows {
		cols[catalog.SegmentTrack].Append(track)
		cols[catalog.SegmentFrom].Append(datum.NewFloat(x.From))
		cols[catalog.SegmentTo].Append(datum.NewFloat(x.To))
		cols[catalog.SegmentVector].Append(datum.NewVector(x.Vector))
	}
	_, err = w.table.Insert(ctx, &datum.Batch{Rows: len(windows), Cols: cols})
	return err
}

func (w *segmentWriter) open() (err error) {
	if w.table == nil {
		w.table, err = w.r.env.Relations.Table(w.node.Table)
	}
	return err
}

// replace makes the segments of rows anew when what they follow from is among the columns that changed. The old rows' keys
// say which segments go.
func (w *segmentWriter) replace(ctx context.Context, old, rows *datum.Batch, changed []int) error {
	if w == nil || !slices.Contains(changed, w.node.Column) {
		return nil
	}
	if err := w.open(); err != nil {
		return err
	}
	for i := range old.Rows {
		if err := w.remove(ctx, old.Cols[w.node.Key].Get(i)); err != nil {
			return err
		}
	}
	return w.add(ctx, rows)
}

// remove deletes the segments of one track.
func (w *segmentWriter) remove(ctx context.Context, track datum.Datum) error {
	t := w.node.Table
	all := make([]int, len(t.Columns))
	for i := range all {
		all[i] = i
	}
	it, err := w.table.Scan(ctx, ScanSpec{Ordinals: all, RowID: true, Index: t.PrimaryKey(),
		Bounds: &IndexBounds{Eq: []datum.Datum{track}}})
	if err != nil {
		return err
	}
	return eachBatch(ctx, it, func(b *datum.Batch) error {
		old := &datum.Batch{Rows: b.Rows, Cols: b.Cols[:len(all)]}
		if err := w.table.Delete(ctx, b.Cols[len(all)].I, old); err != nil {
			if conflictRow(err) >= 0 {
				return ErrConflict // the statement is run again, and sees the segments of today
			}
			return err
		}
		return nil
	})
}
