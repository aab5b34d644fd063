package exec

import (
	"context"
	"errors"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// recheck runs a part of a plan again for one row that was changed while it was waited for, as Postgres's
// EvalPlanQual does: the scan that found the row yields only the row as it is now, the other marked scans only the
// rows that were joined to it, and everything else runs as before, at the statement's snapshot. Whether a row comes
// out says whether it is still wanted, and what it is made of now.
type recheck struct {
	r    *running
	root operator
}

// pin is the one row that a marked scan yields. now asks for its version after the snapshot.
type pin struct {
	row int64
	now bool
}

// recheck prepares to run n again. It has its own operators, for those of n are in the middle of their work, but shares
// what is computed once a statement.
func (r *running) recheck(n plan.Node, marks ...int) (*recheck, error) {
	if slices.ContainsFunc(marks, func(m int) bool { return !pinnable(n, m) }) {
		return nil, ErrConflict
	}
	again := &running{env: r.env, plan: r.plan, ctes: r.shareCTEs(), works: r.shareWorks(), pins: map[int]pin{}}
	again.exprs = eval.NewContext(r.exprs.Fn, r.env.Params, r.plan.Slots, again)
	root, err := again.build(n)
	if err != nil {
		return nil, err
	}
	r.closers = append(r.closers, func() {
		root.Close()
		for _, op := range again.subplans {
			op.Close()
		}
	})
	return &recheck{r: again, root: root}, nil
}

// row returns the first row that comes out, nil for none. pins are by mark.
func (c *recheck) row(ctx context.Context, pins map[int]pin) (*datum.Batch, error) {
	c.r.pins = pins
	if err := c.root.Open(ctx); err != nil {
		return nil, err
	}
	defer c.root.Close()
	b, err := c.root.Next(ctx)
	if err != nil || b == nil {
		return nil, err
	}
	return b.Gather([]int{0}), nil
}

// pinned reads the row that a marked scan is held to, in the form of the scan's own rows.
func (s *scan) pinned(ctx context.Context, p pin) (RowIter, error) {
	table, err := s.r.env.Relations.Table(s.node.Table)
	if err != nil {
		return nil, err
	}
	b, err := table.Find(ctx, p.row, s.node.Ordinals, p.now)
	if err != nil || b == nil {
		return &oneBatch{}, err
	}
	if s.bounds != nil {
		if inside, err := s.inside(ctx, table, p); err != nil || !inside {
			return &oneBatch{}, err
		}
	}
	if s.node.RowID {
		id := datum.NewVec(datum.Int8, 1)
		id.Append(datum.NewInt(p.row))
		b.Cols = append(b.Cols, id)
	}
	return &oneBatch{b}, nil
}

// inside says whether the row is within the bounds of the index scan that found it.
func (s *scan) inside(ctx context.Context, table Table, p pin) (bool, error) {
	bounds, empty, err := s.bounds.eval()
	if err != nil || empty {
		return false, err
	}
	keys := s.node.Index.Index.Keys
	ordinals := make([]int, len(keys))
	for i := range keys {
		if ordinals[i] = s.node.Table.Ordinal(keys[i].AttNum); ordinals[i] < 0 {
			return false, ErrConflict // of an expression: the whole statement looks again
		}
	}
	b, err := table.Find(ctx, p.row, ordinals, p.now)
	if err != nil || b == nil {
		return false, err
	}
	for i, want := range bounds.Eq {
		d := b.Cols[i].Get(0)
		if d.IsNull() != want.IsNull() || !d.IsNull() && datum.Compare(b.Cols[i].Type, d, want) != 0 {
			return false, nil
		}
	}
	return between(b, len(bounds.Eq), bounds), nil
}

func between(b *datum.Batch, key int, bounds *IndexBounds) bool {
	if bounds.Lo == nil && bounds.Hi == nil && !bounds.NotNull {
		return true
	}
	d, typ := b.Cols[key].Get(0), b.Cols[key].Type
	if d.IsNull() {
		return false
	}
	if bounds.Lo != nil {
		if c := datum.Compare(typ, d, *bounds.Lo); c < 0 || c == 0 && !bounds.LoInc && bounds.LoRow == nil {
			return false
		}
	}
	if bounds.Hi != nil {
		if c := datum.Compare(typ, d, *bounds.Hi); c > 0 || c == 0 && !bounds.HiInc && bounds.HiRow == nil {
			return false
		}
	}
	return true
}

// oneBatch yields one batch, or nothing.
type oneBatch struct{ b *datum.Batch }

func (o *oneBatch) Next(context.Context) (*datum.Batch, error) {
	b := o.b
	o.b = nil
	return b, nil
}

func (o *oneBatch) Close() {}

// conflictRow is the row of a batch that a write met a conflict at, -1 where it met none or another error.
func conflictRow(err error) int {
	var e *RowError
	if errors.As(err, &e) && errors.Is(e.Err, ErrConflict) {
		return e.Row
	}
	return -1
}

// pinnable says whether a tree has the scan with a mark. A vector search in its place cannot be held to one row: the
// whole statement then looks again.
func pinnable(n plan.Node, mark int) bool {
	if s, ok := n.(*plan.Scan); ok {
		return s.Mark == mark
	}
	return slices.ContainsFunc(n.Children(), func(c plan.Node) bool { return pinnable(c, mark) })
}
