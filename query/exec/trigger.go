package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
)

// Triggers fire around the writes of a statement: BEFORE ones as a row comes to be written, which they may change or leave
// out, AFTER ones at the statement's end, when foreign keys have had their say. What they run is nested in the statement,
// so it sees what was written up to then; rows are written one after the other where a BEFORE trigger is there to see it.

// TriggerBody is a trigger's function.
type TriggerBody interface {
	// Fire runs it. The row is what a BEFORE trigger makes of a row; nil leaves it out.
	Fire(ctx context.Context, env *Env, f *Firing) (row []datum.Datum, err error)
}

// Firing is one run of a trigger. Old and New are nil where there are no such rows.
type Firing struct {
	Trigger  *catalog.Trigger
	Table    *catalog.Table
	Event    int // parse.TriggerInsert and its kin
	Changed  []int
	Old, New []datum.Datum
	// Transitions are the transition tables that its function may read.
	Transitions []Transition
}

// triggers are those of one table that are on, for one statement.
type triggers struct {
	r     *running
	table *catalog.Table
	list  []firedTrigger
	// queue are the rows that AFTER triggers are to be told of: the old ones beside the new ones.
	queue *Spool
	// deferred are those that wait for the end of the transaction.
	deferred *Spool
	// moved are the rows of transition tables, by event.
	moved map[int]*movedRows
	// began are the events whose BEFORE triggers FOR EACH STATEMENT have fired.
	began int
}

type firedTrigger struct {
	plan.BoundTrigger
	when *eval.Expr // nil for none
}

// firing is a row that triggers are told of, or with neither row the statement.
type firing struct {
	event    int
	changed  []int
	old, new []datum.Datum
}

// triggersOf finds a table's triggers, nil for none.
func (r *running) triggersOf(t *catalog.Table) (*triggers, error) {
	if len(t.Triggers) == 0 || r.env.Routines == nil {
		return nil, nil
	}
	if r.fires[t] != nil {
		return r.fires[t], nil
	}
	bound, err := r.env.Routines.Triggers(t)
	if err != nil || len(bound) == 0 {
		return nil, err
	}
	x := &triggers{r: r, table: t}
	for _, b := range bound {
		f := firedTrigger{BoundTrigger: b}
		if f.when, err = r.condition(b.When); err != nil {
			return nil, err
		}
		x.list = append(x.list, f)
	}
	if r.fires == nil {
		r.fires = map[*catalog.Table]*triggers{}
	}
	r.fires[t] = x
	return x, nil
}

// has says whether there are triggers of a kind for an event.
func (x *triggers) has(row bool, moment string, event int) bool {
	return x != nil && slices.ContainsFunc(x.list, func(t firedTrigger) bool {
		return t.ForRow() == row && t.Moment() == moment && t.Type&event != 0
	})
}

// rowByRow says that rows are to be written one after the other.
func (x *triggers) rowByRow(event int) bool { return x.has(true, catalog.FiresBefore, event) }

// wants says whether a trigger is for an event that changed some columns, nil for all.
func (x *triggers) wants(t *firedTrigger, row bool, moment string, event int, changed []int) bool {
	if t.ForRow() != row || t.Moment() != moment || t.Type&event == 0 {
		return false
	}
	if event != parse.TriggerUpdate || len(t.Columns) == 0 || changed == nil {
		return true
	}
	return slices.ContainsFunc(t.Columns, func(att int16) bool { return slices.Contains(changed, x.table.Ordinal(att)) })
}

// statement fires the triggers FOR EACH STATEMENT before it, and has those after it fire at the end: those of an event once,
// however many parts of the statement do it.
func (x *triggers) statement(ctx context.Context, before bool, event int, changed []int) error {
	moment := catalog.FiresAfter
	if before {
		moment = catalog.FiresBefore
	}
	switch {
	case !x.has(false, moment, event), before && x.began&event != 0:
		return nil
	case !before:
		x.r.after = slices.DeleteFunc(x.r.after, func(a afterRun) bool { return a.of == x && a.n == 0 && a.event == event })
		x.r.after = append(x.r.after, afterRun{of: x, event: event, changed: changed})
		return nil
	}
	x.began |= event
	return x.fire(ctx, &firing{event: event, changed: changed}, moment)
}

// beforeRows gives rows to the BEFORE triggers: which are left, and what became of them; kept is nil where there are no
// such triggers.
func (x *triggers) beforeRows(
	ctx context.Context, event int, old, rows *datum.Batch, changed []int,
) (kept []int, out *datum.Batch, err error) {
	if !x.has(true, catalog.FiresBefore, event) {
		return nil, rows, nil
	}
	return x.passRows(ctx, catalog.FiresBefore, event, old, rows, changed)
}

// insteadRows gives rows to the INSTEAD OF triggers, likewise.
func (x *triggers) insteadRows(
	ctx context.Context, event int, old, rows *datum.Batch, changed []int,
) (kept []int, out *datum.Batch, err error) {
	return x.passRows(ctx, catalog.FiresInstead, event, old, rows, changed)
}

func (x *triggers) passRows(
	ctx context.Context, moment string, event int, old, rows *datum.Batch, changed []int,
) (kept []int, out *datum.Batch, err error) {
	n, width := 0, len(x.table.Columns)
	types := make([]*datum.Type, width)
	for i := range types {
		types[i] = x.table.Columns[i].Type
	}
	if rows != nil {
		n = rows.Rows
	} else {
		n = old.Rows
	}
	out, kept = datum.NewBatch(types, n), []int{}
	for i := range n {
		e := &firing{event: event, changed: changed}
		if old != nil {
			e.old = rowAt(old, i)[:width]
		}
		if rows != nil {
			e.new = rowAt(rows, i)[:width]
		}
		row, err := x.pass(ctx, e, moment)
		if err != nil {
			return nil, nil, err
		}
		if row != nil {
			out.AppendRow(row)
			kept = append(kept, i)
		}
	}
	return kept, out, nil
}

// pass gives a row to the triggers, each of which may change it; nil is left out by one.
func (x *triggers) pass(ctx context.Context, e *firing, moment string) ([]datum.Datum, error) {
	row := e.new
	if row == nil {
		row = e.old
	}
	for i := range x.list {
		t := &x.list[i]
		if !x.wants(t, true, moment, e.event, e.changed) {
			continue
		}
		if ok, err := x.holds(t, e); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		made, err := x.call(ctx, t, e)
		if err != nil || made == nil {
			return nil, err
		}
		if e.new != nil {
			row, e.new = made, made
		}
	}
	return row, nil
}

// fire fires the triggers of one moment that give nothing back, but for those that wait (postpone).
func (x *triggers) fire(ctx context.Context, e *firing, moment string) error {
	return x.fireThose(ctx, e, moment, func(t *firedTrigger) bool {
		return !t.Deferrable || !x.r.env.Relations.Defers(t.Trigger)
	})
}

// fireNow fires those that have waited, too.
func (x *triggers) fireNow(ctx context.Context, e *firing, moment string) error {
	return x.fireThose(ctx, e, moment, func(*firedTrigger) bool { return true })
}

func (x *triggers) fireThose(ctx context.Context, e *firing, moment string, due func(*firedTrigger) bool) error {
	for i := range x.list {
		t := &x.list[i]
		if !x.wants(t, e.old != nil || e.new != nil, moment, e.event, e.changed) || !due(t) {
			continue
		}
		ok, err := x.holds(t, e)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if _, err := x.call(ctx, t, e); err != nil {
			return err
		}
	}
	return nil
}

// holds says whether WHEN is true.
func (x *triggers) holds(t *firedTrigger, e *firing) (bool, error) {
	if t.when == nil {
		return true, nil
	}
	b := &datum.Batch{Rows: 1}
	for _, row := range [][]datum.Datum{e.old, e.new} {
		for i := range x.table.Columns {
			d := datum.Null
			if row != nil {
				d = row[i]
			}
			b.Cols = append(b.Cols, datum.Constant(x.table.Columns[i].Type, d, 1))
		}
	}
	v, err := t.when.Eval(b)
	if err != nil {
		return false, err
	}
	return !v.IsNull(0) && v.B[0], nil
}

// call runs a trigger's function.
func (x *triggers) call(ctx context.Context, t *firedTrigger, e *firing) ([]datum.Datum, error) {
	env := *x.r.env
	env.CopyIn, env.CopyOut, env.Progress, env.Params, env.EndTransaction, env.Results = nil, nil, nil, nil, nil, nil
	f := &Firing{Trigger: t.Trigger, Table: x.table, Event: e.event, Changed: e.changed, Old: e.old, New: e.new}
	f.Transitions = x.transitions(t.Trigger, e.event)
	env.Transitions = f.Transitions
	env.triggers++
	if env.depth++; env.depth >= maxRoutineDepth {
		return nil, TooDeep()
	}
	body, call, err := env.Routines.Trigger(t.Trigger)
	if err != nil {
		return nil, err
	}
	if call == nil { // a built-in function
		return body.Fire(ctx, &env, f)
	}
	leave, err := env.Routines.Enter(call)
	if err != nil {
		return nil, err
	}
	defer leave()
	return body.Fire(ctx, &env, f)
}

// watch makes a writer fire its table's triggers.
func (r *running) watch(w *rowWriter) (err error) {
	w.fires, err = r.triggersOf(w.table)
	return err
}

// changing is which columns an UPDATE may change, once BEFORE triggers have had the row.
func (w *rowWriter) changing(changed []int) []int {
	if !w.fires.rowByRow(parse.TriggerUpdate) {
		return changed
	}
	all := make([]int, len(w.table.Columns))
	for i := range all {
		all[i] = i
	}
	return all
}
