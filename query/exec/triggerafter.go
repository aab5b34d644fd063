package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
)

// AFTER triggers wait for the end of their statement. The rows that they are told of wait in a Spool a table, which goes on
// in a temporary file beyond work_mem; what is kept of each is that it is one of a run of rows of the same event.

// afterRun is rows one after the other in their table's queue that AFTER triggers are to be told of for one event, or,
// where there are none, the statement.
type afterRun struct {
	of       *triggers
	event    int
	changed  []int
	first, n int
}

// Transition is a transition table: the rows that a statement took from a table, or put into it.
type Transition struct {
	Name  string
	Table *catalog.Table
	Rows  *Spool
}

// movedRows are those rows of one event; nil where no trigger asks for them.
type movedRows struct{ old, new *Spool }

// written has the AFTER triggers fire for rows at the statement's end.
func (x *triggers) written(event int, old, rows *datum.Batch, changed []int) error {
	if x == nil {
		return nil
	}
	n, width := 0, len(x.table.Columns)
	if rows != nil {
		n = rows.Rows
	} else {
		n = old.Rows
	}
	if n == 0 {
		return nil
	}
	side := func(b *datum.Batch) []*datum.Vec {
		if b != nil {
			return b.Cols[:width]
		}
		out := make([]*datum.Vec, width)
		for i := range out {
			out[i] = nulls(x.table.Columns[i].Type, n)
		}
		return out
	}
	if err := x.move(event, old, rows); err != nil {
		return err
	}
	if !x.has(true, catalog.FiresAfter, event) {
		return nil
	}
	if x.queue == nil {
		x.queue = x.r.spool(append(x.types(), x.types()...))
	}
	first := x.queue.Rows()
	if err := x.queue.addColumns(append(slices.Clone(side(old)), side(rows)...), n); err != nil {
		return err
	}
	if last := len(x.r.after) - 1; last >= 0 {
		if a := &x.r.after[last]; a.of == x && a.n > 0 && a.event == event && a.first+a.n == first && slices.Equal(a.changed, changed) {
			a.n += n
			return nil
		}
	}
	x.r.after = append(x.r.after, afterRun{of: x, event: event, changed: changed, first: first, n: n})
	return nil
}

func (x *triggers) types() []*datum.Type {
	out := make([]*datum.Type, len(x.table.Columns))
	for i := range out {
		out[i] = x.table.Columns[i].Type
	}
	return out
}

// move keeps rows for the transition tables that triggers of the event ask for.
func (x *triggers) move(event int, old, rows *datum.Batch) error {
	for i := range x.list {
		t := &x.list[i]
		if t.Type&event == 0 || t.OldTable == "" && t.NewTable == "" {
			continue
		}
		m := x.movedBy(event)
		if t.OldTable != "" && m.old == nil {
			m.old = x.r.spool(x.types())
		}
		if t.NewTable != "" && m.new == nil {
			m.new = x.r.spool(x.types())
		}
	}
	m, width := x.moved[event], len(x.table.Columns)
	if m == nil {
		return nil
	}
	if m.old != nil {
		if err := m.old.addColumns(old.Cols[:width], old.Rows); err != nil {
			return err
		}
	}
	if m.new == nil {
		return nil
	}
	return m.new.addColumns(rows.Cols[:width], rows.Rows)
}

func (x *triggers) movedBy(event int) *movedRows {
	if x.moved[event] == nil {
		if x.moved == nil {
			x.moved = map[int]*movedRows{}
		}
		x.moved[event] = &movedRows{}
	}
	return x.moved[event]
}

// transitions are the transition tables of a trigger.
func (x *triggers) transitions(t *catalog.Trigger, event int) []Transition {
	if t.OldTable == "" && t.NewTable == "" {
		return nil
	}
	var out []Transition
	m := x.movedBy(event)
	add := func(name string, rows *Spool) {
		if name == "" {
			return
		}
		if rows == nil {
			rows = x.r.spool(x.types())
		}
		out = append(out, Transition{Name: name, Table: x.table, Rows: rows})
	}
	add(t.OldTable, m.old)
	add(t.NewTable, m.new)
	return out
}

// fireAfter fires what waits for the statement's end: for rows first.
func (r *running) fireAfter(ctx context.Context) error {
	for _, rows := range []bool{true, false} {
		for i := range r.after {
			a := &r.after[i]
			if (a.n > 0) != rows {
				continue
			}
			if err := a.fire(ctx); err != nil {
				return err
			}
		}
	}
	r.after = nil
	return nil
}

func (a *afterRun) fire(ctx context.Context) error {
	if a.n == 0 {
		return a.of.fire(ctx, &firing{event: a.event, changed: a.changed}, catalog.FiresAfter)
	}
	if err := a.postpone(); err != nil {
		return err
	}
	return a.of.eachQueued(a.of.queue, a.first, a.n, a.event, a.changed, func(e *firing) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return a.of.fire(ctx, e, catalog.FiresAfter)
	})
}

// eachQueued reads rows of a queue.
func (x *triggers) eachQueued(queue *Spool, first, n, event int, changed []int, f func(*firing) error) error {
	width := len(x.table.Columns)
	return queue.each(first, first+n, func(b *datum.Batch) error {
		for i := range b.Rows {
			e, row := &firing{event: event, changed: changed}, rowAt(b, i)
			if event != parse.TriggerInsert {
				e.old = row[:width:width]
			}
			if event != parse.TriggerDelete {
				e.new = row[width:]
			}
			if err := f(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// transitionScan reads a transition table.
type transitionScan struct {
	rows *Spool
	next int
}

func (r *running) transitionScan(x *plan.TransitionScan) (operator, error) {
	for _, t := range r.env.Transitions {
		if t.Name == x.Name {
			return &transitionScan{rows: t.Rows}, nil
		}
	}
	return nil, ErrConflict
}

func (s *transitionScan) Open(context.Context) error { s.next = 0; return nil }
func (s *transitionScan) Close()                     {}

func (s *transitionScan) Next(context.Context) (*datum.Batch, error) {
	b, err := s.rows.Chunk(s.next)
	if b != nil {
		s.next += b.Rows
	}
	return b, err
}
