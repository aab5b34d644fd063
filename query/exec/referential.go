package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/parse"
)

// referential does what foreign keys ask for at the end of a statement: actions on the rows that reference what is gone,
// what follows from those, and at last the checks.
func (r *running) referential(ctx context.Context) error {
	if r.env.Relations == nil { // a query without tables
		return nil
	}
	writers := map[catalog.OID]*referencingRows{}
	for {
		actions, err := r.env.Relations.Referential(ctx)
		if err != nil {
			return err
		}
		if len(actions) == 0 {
			return r.env.Relations.CheckReferences(ctx)
		}
		for i := range actions {
			a := &actions[i]
			w := writers[a.Table.OID]
			if w == nil {
				if w, err = r.referencingRows(a.Table); err != nil {
					return err
				}
				writers[a.Table.OID] = w
			}
			if err := w.act(ctx, a); err != nil {
				return err
			}
		}
	}
}

// referencingRows writes a table's rows where an action asks for it.
type referencingRows struct {
	r        *running
	table    Table
	writer   *rowWriter
	defaults []*eval.Expr
}

// referencingRows finds what the plan says of the table; a foreign key that the plan does not know of was made since.
func (r *running) referencingRows(t *catalog.Table) (*referencingRows, error) {
	known := r.plan.Referencing[t.OID]
	if known == nil || known.Table != t {
		return nil, ErrConflict
	}
	w := &referencingRows{r: r}
	var err error
	if w.table, err = r.env.Relations.Table(t); err != nil {
		return nil, err
	}
	if w.writer, err = r.rowWriter(t, known.Exprs); err != nil {
		return nil, err
	}
	if err := r.watch(w.writer); err != nil {
		return nil, err
	}
	w.defaults, err = eval.CompileAll(known.Exprs.Defaults, r.exprs)
	return w, err
}

func (w *referencingRows) act(ctx context.Context, a *ReferentialAction) error {
	event, changed := parse.TriggerUpdate, []int(nil)
	if a.Action == catalog.Cascade && a.Delete {
		event = parse.TriggerDelete
	} else {
		changed = a.columns()
	}
	if err := w.writer.fires.around(ctx, event, changed); err != nil {
		return err
	}
	return w.r.env.Relations.Referencing(ctx, a, func(ids []int64, which []int, rows *datum.Batch) error {
		if a.Action == catalog.Cascade && a.Delete {
			return w.remove(ctx, ids, rows)
		}
		return w.update(ctx, a, ids, which, rows)
	})
}

// columns are the ordinals that an action sets.
func (a *ReferentialAction) columns() []int {
	atts := a.Key.Columns
	if a.Delete && len(a.Key.DeleteColumns) > 0 {
		atts = a.Key.DeleteColumns
	}
	out := make([]int, len(atts))
	for i, att := range atts {
		out[i] = a.Table.Ordinal(att)
	}
	return out
}

// around fires the triggers FOR EACH STATEMENT of what a referential action does.
func (x *triggers) around(ctx context.Context, event int, changed []int) error {
	if err := x.statement(ctx, true, event, changed); err != nil {
		return err
	}
	return x.statement(ctx, false, event, changed)
}

// remove deletes rows that a trigger does not keep: what they reference is gone then, as in PostgreSQL.
func (w *referencingRows) remove(ctx context.Context, ids []int64, old *datum.Batch) error {
	fires := w.writer.fires
	kept, _, err := fires.beforeRows(ctx, parse.TriggerDelete, old, nil, nil)
	if err != nil {
		return err
	}
	if kept != nil {
		left := make([]int64, len(kept))
		for i, k := range kept {
			left[i] = ids[k]
		}
		ids, old = left, old.Gather(kept)
	}
	if len(ids) == 0 {
		return nil
	}
	if err := w.table.Delete(ctx, ids, old); err != nil {
		return err
	}
	return fires.written(parse.TriggerDelete, old, nil, nil)
}

// update sets the referencing columns: to the new key, to NULL or to their defaults.
func (w *referencingRows) update(ctx context.Context, a *ReferentialAction, ids []int64, which []int, old *datum.Batch) error {
	rows := &datum.Batch{Rows: old.Rows, Cols: slices.Clone(old.Cols)}
	changed := a.columns()
	for _, o := range changed {
		att := a.Table.Columns[o].AttNum
		switch a.Action {
		case catalog.SetNull:
			rows.Cols[o] = nulls(a.Table.Columns[o].Type, old.Rows)
		case catalog.SetDefault:
			v, err := w.defaultOf(a.Table, o, old)
			if err != nil {
				return err
			}
			rows.Cols[o] = v
		default:
			v := datum.NewVec(a.Table.Columns[o].Type, old.Rows)
			for _, key := range which {
				v.Append(a.New[key][slices.Index(a.Key.Columns, att)])
			}
			rows.Cols[o] = v
		}
	}
	kept, rows, err := w.writer.fires.beforeRows(ctx, parse.TriggerUpdate, old, rows, changed)
	if err != nil || rows.Rows == 0 {
		return err
	}
	if kept != nil {
		left := make([]int64, len(kept))
		for i, k := range kept {
			left[i] = ids[k]
		}
		ids, old, changed = left, old.Gather(kept), w.writer.changing(changed)
	}
	if rows, err = w.writer.generate(rows, changed); err != nil {
		return err
	}
	if err := w.writer.check(rows); err != nil {
		return err
	}
	return w.writer.update(ctx, w.table, ids, old, rows, changed)
}

func (w *referencingRows) defaultOf(t *catalog.Table, o int, old *datum.Batch) (*datum.Vec, error) {
	if w.defaults[o] == nil {
		return nulls(t.Columns[o].Type, old.Rows), nil
	}
	return w.defaults[o].Eval(old)
}
