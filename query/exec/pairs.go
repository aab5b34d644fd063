package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// pairs are candidates of a join: row left[i] of the left batch with row rightRow[i] of right.
type pairs struct {
	left, rightRow []int
	right          *datum.Batch
	base           int // of right, among all right rows
}

// pairSource finds the candidates of one left batch after another.
type pairSource interface {
	open(ctx context.Context) error
	// start begins a left batch.
	start(left *datum.Batch) error
	// next yields up to a batch of candidates, nil when the left batch has no more. Left rows with skip
	// set may be left out; skip may be nil.
	next(ctx context.Context, skip []bool) (*pairs, error)
	// rightRows is the right rows from one on, some of them, nil at the end; only for sources that are not lateral.
	rightRows(ctx context.Context, from int) (*datum.Batch, error)
	close()
}

// pairs chooses the source.
func (r *running) pairs(x *plan.Join, right operator) (pairSource, error) {
	switch {
	case x.Lateral:
		args, err := eval.CompileAll(x.Args, r.exprs)
		return &lateralPairs{r: r, right: right, slots: x.Slots, args: args, batch: r.batched(x)}, err
	case len(x.LeftKeys) == 0:
		return &loopPairs{r: r, node: x, op: right, rows: r.spool(typesOf(x.Right)), first: firstDecides(x),
			same: r.unchangedSince(x.Right)}, nil
	}
	left, err := eval.CompileAll(x.LeftKeys, r.exprs)
	if err != nil {
		return nil, err
	}
	rightKeys, err := eval.CompileAll(x.RightKeys, r.exprs)
	if x.Algo == plan.Merge {
		return r.mergePairs(x, right, left, rightKeys), err
	}
	return &hashPairs{r: r, node: x, op: right, types: typesOf(x.Right), leftKeys: left, rightKeys: rightKeys,
		keyTypes: exprTypes(x.RightKeys), first: firstDecides(x), same: r.unchangedSince(x.Right),
		spills: spillable(typesOf(x.Left)) && spillable(typesOf(x.Right))}, err
}

func firstDecides(x *plan.Join) bool {
	return x.Cond == nil && (x.Kind == plan.JoinSemi || x.Kind == plan.JoinAnti)
}

// lateralPairs runs the right side once for each left row, its slots filled from that row.
type lateralPairs struct {
	r      *running
	right  operator
	slots  []int
	args   []*eval.Expr
	left   *datum.Batch
	values []*datum.Vec
	row    int
	isOpen bool
	batch  *searchBatch // nil where the right side is not a vector search to be batched
}

func (s *lateralPairs) open(context.Context) error { return nil }

func (s *lateralPairs) start(left *datum.Batch) error {
	var err error
	s.values, err = evalAll(s.args, left)
	s.left, s.row, s.isOpen = left, 0, false
	if s.batch != nil {
		s.batch.results = nil
	}
	return err
}

func (s *lateralPairs) next(ctx context.Context, skip []bool) (*pairs, error) {
	for s.row < s.left.Rows {
		if !s.isOpen {
			s.fill(s.row)
			if s.batch != nil {
				if err := s.batch.take(ctx, s.row, s.left.Rows, s.fill); err != nil {
					return nil, err
				}
			}
			if err := s.right.Open(ctx); err != nil {
				return nil, err
			}
			s.isOpen = true
		}
		b, err := s.right.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b != nil && (skip == nil || !skip[s.row]) {
			return s.withRow(b), nil
		}
		s.right.Close()
		s.row, s.isOpen = s.row+1, false
	}
	return nil, nil
}

// fill gives the slots their values of a left row.
func (s *lateralPairs) fill(row int) {
	for i, slot := range s.slots {
		s.r.exprs.SetSlot(slot, s.values[i].Get(row))
	}
}

func (s *lateralPairs) withRow(b *datum.Batch) *pairs {
	p := &pairs{left: make([]int, b.Rows), rightRow: make([]int, b.Rows), right: b}
	for i := range b.Rows {
		p.left[i], p.rightRow[i] = s.row, i
	}
	return p
}

func (s *lateralPairs) close() { s.right.Close() }

func (s *lateralPairs) rightRows(context.Context, int) (*datum.Batch, error) { return nil, nil }
