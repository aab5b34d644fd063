package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// loopPairs is the nested loop: each left row with each right row. The right side is kept; what work_mem has no room for
// is in a file, and read once for every batch of left rows.
type loopPairs struct {
	r        *running
	node     *plan.Join
	op       operator
	rows     *Spool
	left     *datum.Batch
	at       *datum.Batch // right rows at hand
	base     int          // the first of them
	row, col int          // the next candidate
	first    bool         // see hashPairs
	same     *unchanged
	size     int // candidates to give next time
}

// fewCandidates is how many are given first: often one row is wanted, of a LIMIT or an EXISTS.
const fewCandidates = 32

func (s *loopPairs) open(ctx context.Context) error {
	if s.size = fewCandidates; s.same.still() {
		return nil
	}
	s.rows.Close()
	s.same.forget()
	if err := s.op.Open(ctx); err != nil {
		return err
	}
	defer s.op.Close()
	if err := s.rows.drain(ctx, s.op); err != nil {
		return err
	}
	s.same.read()
	return nil
}

func (s *loopPairs) start(left *datum.Batch) error {
	s.left, s.row, s.col, s.base = left, 0, 0, 0
	return s.take()
}

// take brings the right rows from base on.
func (s *loopPairs) take() (err error) {
	if s.base == 0 && !s.rows.Spilled() {
		s.at = &s.rows.memory().Batch
		return nil
	}
	s.at, err = s.rows.Chunk(s.base)
	return err
}

func (s *loopPairs) next(_ context.Context, skip []bool) (*pairs, error) {
	p, size := &pairs{right: s.at, base: s.base}, s.size
	s.size = min(4*size, datum.BatchRows)
	for s.at != nil && len(p.left) < size {
		if s.row >= s.left.Rows {
			if len(p.left) > 0 {
				break // candidates are of one piece of the right side
			}
			s.base, s.row, s.col = s.base+s.at.Rows, 0, 0
			if s.base >= s.rows.Rows() || s.first {
				s.at = nil
				break
			}
			if err := s.take(); err != nil {
				return nil, err
			}
			p.right, p.base = s.at, s.base
			continue
		}
		s.fill(p, skip, size)
	}
	if len(p.left) == 0 {
		return nil, nil
	}
	return p, nil
}

// fill adds candidates of the left row at hand.
func (s *loopPairs) fill(p *pairs, skip []bool, size int) {
	if s.col >= s.at.Rows || skip != nil && skip[s.row] {
		s.row, s.col = s.row+1, 0
		return
	}
	for s.col < s.at.Rows && len(p.left) < size {
		p.left, p.rightRow = append(p.left, s.row), append(p.rightRow, s.col)
		if s.col++; s.first {
			s.col = s.at.Rows
		}
	}
}

func (s *loopPairs) rightRows(_ context.Context, from int) (*datum.Batch, error) {
	return s.rows.Chunk(from)
}

func (s *loopPairs) close() {
	if s.at = nil; s.same == nil {
		s.rows.Close()
	}
	s.op.Close()
}
