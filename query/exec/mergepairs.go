package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// mergePairs walks through two sides that come in the order of their keys, ascending and NULLs last: the right rows whose
// keys equal those of a left row are one group, and the groups come in the order of the left rows.
//
//	left   1  3  3  4  7
//	right  1  2  3  3  5        [lo, hi) is the group of 3 while a left 3 is at hand
//
// Right rows are read as far as the left ones ask for, and kept, because rows of outer joins and of equal left keys are
// looked at again: in memory up to work_mem, in a file beyond.
type mergePairs struct {
	op    operator
	width int // columns of a right row, which its keys follow
	rows  *Spool
	ended bool // all right rows are in rows

	leftKeys, rightKeys []*eval.Expr
	order               []plan.SortKey

	left   *datum.Batch
	keys   []*datum.Vec // of the left batch
	row    int          // left row at hand
	at     int          // its next right row, or notStarted
	lo, hi int          // the group; empty where it is not known yet

	page    *datum.Batch // right rows at hand
	base    int          // the first of them
	compare rowOrder     // left rows with those
	first   bool         // see hashPairs
}

func (r *running) mergePairs(x *plan.Join, right operator, leftKeys, rightKeys []*eval.Expr) *mergePairs {
	types := typesOf(x.Right)
	s := &mergePairs{op: right, width: len(types), rows: r.spool(append(types, exprTypes(x.RightKeys)...)),
		leftKeys: leftKeys, rightKeys: rightKeys, order: make([]plan.SortKey, len(leftKeys)), first: firstDecides(x)}
	return s
}

func (s *mergePairs) open(ctx context.Context) error {
	s.rows.Close()
	s.ended, s.lo, s.hi, s.page = false, 0, 0, nil
	return s.op.Open(ctx)
}

func (s *mergePairs) start(left *datum.Batch) error {
	keys, err := evalAll(s.leftKeys, left)
	if err != nil {
		return err
	}
	s.left, s.keys, s.row, s.at = left, keys, 0, notStarted
	s.page, s.hi = nil, s.lo // the comparison is with the batch before
	return nil
}

func (s *mergePairs) next(ctx context.Context, skip []bool) (*pairs, error) {
	p := &pairs{}
	for s.row < s.left.Rows && len(p.left) < datum.BatchRows {
		if skip != nil && skip[s.row] {
			s.nextLeft()
			continue
		}
		if s.at == notStarted {
			if err := s.findGroup(ctx); err != nil {
				return nil, err
			}
			s.at = s.lo
		}
		if s.at >= s.hi {
			s.nextLeft()
			continue
		}
		if ok, err := s.turnTo(ctx, s.at); err != nil || !ok {
			return nil, err
		}
		if p.right != nil && p.base != s.base {
			break // candidates are of one piece of the right side
		}
		p.right, p.base = &datum.Batch{Rows: s.page.Rows, Cols: s.page.Cols[:s.width]}, s.base
		p.left, p.rightRow = append(p.left, s.row), append(p.rightRow, s.at-s.base)
		if s.at++; s.first {
			s.at = s.hi
		}
	}
	if len(p.left) == 0 {
		return nil, nil
	}
	return p, nil
}

func (s *mergePairs) nextLeft() { s.row, s.at = s.row+1, notStarted }

// findGroup makes [lo, hi) the right rows whose keys equal those of the left row at hand.
func (s *mergePairs) findGroup(ctx context.Context) error {
	for _, k := range s.keys {
		if k.IsNull(s.row) { // equal to none
			s.hi = s.lo
			return nil
		}
	}
	known := s.hi > s.lo
	c, err := s.compareWith(ctx, s.lo)
	if err != nil || known && c == 0 {
		return err
	}
	if known {
		s.lo = s.hi
		c, err = s.compareWith(ctx, s.lo)
	}
	for err == nil && c > 0 {
		s.lo++
		c, err = s.compareWith(ctx, s.lo)
	}
	for s.hi = s.lo; err == nil && c == 0; {
		s.hi++
		c, err = s.compareWith(ctx, s.hi)
	}
	return err
}

// compareWith orders the left row at hand and a right row; what comes after the last right row is greater.
func (s *mergePairs) compareWith(ctx context.Context, row int) (int, error) {
	if ok, err := s.turnTo(ctx, row); err != nil || !ok {
		return -1, err
	}
	return s.compare(s.row, row-s.base), nil
}

// turnTo brings the page that a right row is on; false when there is no such row.
func (s *mergePairs) turnTo(ctx context.Context, row int) (bool, error) {
	if s.page != nil && row >= s.base && row < s.base+s.page.Rows {
		return true, nil
	}
	if ok, err := s.read(ctx, row); err != nil || !ok {
		return false, err
	}
	page, err := s.rows.Chunk(row)
	if err != nil {
		return false, err
	}
	s.page, s.base = page, row
	s.compare = orderBy(s.order, s.keys, page.Cols[s.width:])
	return true, nil
}

// read reads right rows until it has one; false when they end before.
func (s *mergePairs) read(ctx context.Context, row int) (bool, error) {
	for row >= s.rows.Rows() && !s.ended {
		b, err := s.op.Next(ctx)
		if err != nil {
			return false, err
		}
		if b == nil {
			s.ended = true
			s.op.Close()
			break
		}
		keys, err := evalAll(s.rightKeys, b)
		if err != nil {
			return false, err
		}
		if err := s.rows.addColumns(append(b.Cols[:len(b.Cols):len(b.Cols)], keys...), b.Rows); err != nil {
			return false, err
		}
	}
	return row < s.rows.Rows(), nil
}

func (s *mergePairs) rightRows(ctx context.Context, from int) (*datum.Batch, error) {
	if ok, err := s.read(ctx, from); err != nil || !ok {
		return nil, err
	}
	b, err := s.rows.Chunk(from)
	if err != nil {
		return nil, err
	}
	return &datum.Batch{Rows: b.Rows, Cols: b.Cols[:s.width]}, nil
}

func (s *mergePairs) close() {
	s.rows.Close()
	s.page = nil
	s.op.Close()
}
