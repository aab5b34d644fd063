package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// lockRows locks the rows behind its input's, and passes on what is still wanted of them. It yields one row at a time:
// whoever stops asking, a LIMIT or a FETCH, leaves the rest unlocked.
type lockRows struct {
	r     *running
	node  *plan.LockRows
	input operator
	again *recheck
	batch *datum.Batch
	next  int
}

func (r *running) lockRows(x *plan.LockRows) (operator, error) {
	input, err := r.build(x.Input)
	return &lockRows{r: r, node: x, input: input}, err
}

func (l *lockRows) Open(ctx context.Context) error {
	l.batch, l.next = nil, 0
	return l.input.Open(ctx)
}

func (l *lockRows) Close() { l.input.Close() }

func (l *lockRows) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		if l.batch == nil || l.next == l.batch.Rows {
			b, err := l.input.Next(ctx)
			if err != nil || b == nil {
				return nil, err
			}
			l.batch, l.next = b, 0
		}
		row := l.batch.Slice(l.next, l.next+1)
		l.next++
		out, err := l.lock(ctx, row)
		if err != nil || out != nil {
			return out, err
		}
	}
}

// lock locks the rows behind one; nil for a row that is not wanted any more.
func (l *lockRows) lock(ctx context.Context, row *datum.Batch) (*datum.Batch, error) {
	if l.r.pins != nil {
		return row, nil // a row that is being looked at again
	}
	pins, changed := map[int]pin{}, false
	for i := range l.node.Marks {
		m := &l.node.Marks[i]
		if row.Cols[m.Column].IsNull(0) {
			continue
		}
		table, err := l.r.env.Relations.Table(m.Table)
		if err != nil {
			return nil, err
		}
		id := row.Cols[m.Column].I[0]
		outcome, err := table.Lock(ctx, id, m.Strength, m.Wait)
		if err != nil || outcome == NotLocked {
			return nil, err
		}
		pins[m.Mark] = pin{id, outcome == LockedChanged}
		changed = changed || outcome == LockedChanged
	}
	if !changed {
		return row, nil
	}
	if l.again == nil {
		marks := make([]int, len(l.node.Marks))
		for i, m := range l.node.Marks {
			marks[i] = m.Mark
		}
		var err error
		if l.again, err = l.r.recheck(l.node.Input, marks...); err != nil {
			return nil, err
		}
	}
	return l.again.row(ctx, pins)
}
