package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// recursiveUnion gives the rows of its base, then those of step after step, each over what the one before gave.
type recursiveUnion struct {
	r          *running
	node       *plan.RecursiveUnion
	base, step operator
	work       *workTable
	next       *Spool    // rows for the step to come
	seen       *keyTable // nil for UNION ALL
	nums       []int32
	current    operator // base or step, the one under way
	steps      int64
}

// workTable is the rows that the step under way reads.
type workTable struct{ rows *Spool }

// workTableScan reads a workTable.
type workTableScan struct {
	work *workTable
	at   int
}

func (r *running) recursiveUnion(x *plan.RecursiveUnion) (operator, error) {
	op := &recursiveUnion{r: r, node: x, work: &workTable{}}
	r.shareWorks()[x.Work] = op.work
	var err error
	if op.base, err = r.build(x.Base); err != nil {
		return nil, err
	}
	op.step, err = r.repeated([]int{x.Work.Slot}, func() (operator, error) { return r.build(x.Step) })
	return op, err
}

func (u *recursiveUnion) Open(ctx context.Context) error {
	u.current, u.seen, u.next = u.base, nil, u.r.spool(typesOf(u.node))
	if !u.node.All {
		u.seen = newKeyTable(typesOf(u.node), true)
	}
	return u.base.Open(ctx)
}

func (u *recursiveUnion) Close() {
	u.base.Close()
	u.step.Close()
	for _, s := range []*Spool{u.work.rows, u.next} {
		if s != nil {
			s.Close()
		}
	}
	u.work.rows, u.next = nil, nil
}

func (u *recursiveUnion) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := u.current.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			if u.next.Rows() == 0 {
				return nil, nil
			}
			if err := u.advance(ctx); err != nil {
				return nil, err
			}
			continue
		}
		if b = u.fresh(b); b == nil {
			continue
		}
		return b, u.next.Add(b)
	}
}

// advance makes the rows of the step that ended those that the next one reads.
func (u *recursiveUnion) advance(ctx context.Context) error {
	u.current.Close()
	if u.work.rows != nil {
		u.work.rows.Close()
	}
	u.work.rows, u.next = u.next, u.r.spool(typesOf(u.node))
	u.steps++
	u.r.exprs.SetSlot(u.node.Work.Slot, datum.NewInt(u.steps))
	u.current = u.step
	return u.step.Open(ctx)
}

// fresh leaves out the rows that have been before, nil for no row left.
func (u *recursiveUnion) fresh(b *datum.Batch) *datum.Batch {
	if u.seen == nil {
		return b
	}
	var first []int
	u.nums = u.seen.insert(b.Cols, b.Rows, u.nums, func(row int) { first = append(first, row) })
	switch len(first) {
	case 0:
		return nil
	case b.Rows:
		return b
	}
	return b.Gather(first)
}

func (r *running) workTableScan(x *plan.WorkTableScan) (operator, error) {
	work, ok := r.works[x.Work]
	if !ok {
		return nil, sqlstate.New(sqlstate.InternalError, "a recursive reference to %q stands outside its query", x.Work.Name)
	}
	return &workTableScan{work: work}, nil
}

func (s *workTableScan) Open(context.Context) error { s.at = 0; return nil }
func (s *workTableScan) Close()                     {}

func (s *workTableScan) Next(context.Context) (*datum.Batch, error) {
	if s.work.rows == nil {
		return nil, nil
	}
	b, err := s.work.rows.Chunk(s.at)
	if b != nil {
		s.at += b.Rows
	}
	return b, err
}
