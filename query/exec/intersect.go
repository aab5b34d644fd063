package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// intersect is INTERSECT and EXCEPT: the right rows are counted, then each left row is passed on or
// not. A row that occurs m times left and n times right comes min(m, n) times out of INTERSECT ALL
// and max(m-n, 0) times out of EXCEPT ALL; without ALL at most once.
//
// Once the rows fill work_mem, others of either side are put aside into files by their hash; the two sides of one part
// after the other follow at the end.
type intersect struct {
	r           *running
	node        *plan.SetOp
	left, right operator
	types       []*datum.Type
	except, all bool
	table       *keyTable
	unmatched   []int  // by key: right rows not yet matched
	given       []bool // by key: passed on before
	nums        []int32
	bytes       int64
	counted     bool
	asideLeft   *partitions // nil while there is room
	asideRight  *partitions
	pending     []spilledSides
	part        *spilledSides // being read, nil for the inputs
	level       byte
}

// spilledSides are a part of both sides.
type spilledSides struct {
	left, right *spillFile
	level       byte
}

func (s *intersect) Open(ctx context.Context) error {
	s.drop()
	s.begin(0)
	if err := s.left.Open(ctx); err != nil {
		return err
	}
	return s.right.Open(ctx)
}

func (s *intersect) begin(level byte) {
	s.table, s.unmatched, s.given, s.counted = newKeyTable(s.types, true), nil, nil, false
	s.bytes, s.level = 0, level
}

func (s *intersect) drop() {
	if s.part != nil {
		s.pending = append(s.pending, *s.part)
	}
	for _, p := range s.pending {
		p.left.close()
		p.right.close()
	}
	s.asideLeft, s.asideRight, s.pending, s.part = nil, nil, nil, nil
}

func (s *intersect) Close() {
	s.drop()
	s.left.Close()
	s.right.Close()
}

func (s *intersect) count(ctx context.Context) error {
	s.counted = true
	for {
		b, err := s.read(ctx, false)
		if err != nil || b == nil {
			return err
		}
		if err := s.number(b, s.asideRight); err != nil {
			return err
		}
		for _, k := range s.nums {
			if k >= 0 {
				s.unmatched[k]++
			}
		}
	}
}

func (s *intersect) read(ctx context.Context, left bool) (*datum.Batch, error) {
	switch {
	case s.part == nil && left:
		return s.left.Next(ctx)
	case s.part == nil:
		return s.right.Next(ctx)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case left:
		return s.part.left.next()
	}
	return s.part.right.next()
}

// number finds the keys of a batch's rows. Those that have no room go aside, and have -1.
func (s *intersect) number(b *datum.Batch, aside *partitions) error {
	if aside != nil {
		s.nums = s.table.find(b.Cols, b.Rows, s.nums)
		var others []int
		for row, k := range s.nums {
			if k < 0 {
				others = append(others, row)
			}
		}
		return aside.add(b, b.Cols, others)
	}
	s.nums = s.table.insert(b.Cols, b.Rows, s.nums, func(row int) {
		s.unmatched, s.given = append(s.unmatched, 0), append(s.given, false)
		s.bytes += keyBytes(b.Cols, row) + 9
	})
	if max := s.r.env.WorkMemBytes; max > 0 && s.bytes > max && s.level < maxSpillLevel && spillable(s.types) {
		s.asideLeft = s.r.partition(s.types, s.types, s.level)
		s.asideRight = s.r.partition(s.types, s.types, s.level)
	}
	return nil
}

func (s *intersect) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		if !s.counted {
			if err := s.count(ctx); err != nil {
				return nil, err
			}
		}
		b, err := s.read(ctx, true)
		if err != nil {
			return nil, err
		}
		if b == nil {
			if more, err := s.nextPart(); err != nil || !more {
				return nil, err
			}
			continue
		}
		if err := s.number(b, s.asideLeft); err != nil {
			return nil, err
		}
		var pass []int
		for i, k := range s.nums {
			if k >= 0 && s.passes(k) {
				pass = append(pass, i)
			}
		}
		if len(pass) > 0 {
			return b.Gather(pass), nil
		}
	}
}

// nextPart begins with rows that were put aside; false when there are none.
func (s *intersect) nextPart() (bool, error) {
	s.r.profile.hashed(s.node, s.bytes, s.asideLeft)
	if s.part != nil {
		s.part.left.close()
		s.part.right.close()
	}
	if s.asideLeft != nil {
		for i, l := range s.asideLeft.files {
			if l.rows > 0 {
				s.pending = append(s.pending, spilledSides{l, s.asideRight.files[i], s.level + 1})
			}
		}
		s.asideLeft, s.asideRight = nil, nil
	}
	if s.part = nil; len(s.pending) == 0 {
		return false, nil
	}
	s.part = &s.pending[0]
	s.pending = s.pending[1:]
	s.begin(s.part.level)
	if err := s.part.right.rewind(); err != nil {
		return false, err
	}
	return true, s.part.left.rewind()
}

// passes decides over one more left row with key k.
func (s *intersect) passes(k int32) bool {
	matched := s.unmatched[k] > 0
	if s.all {
		if matched {
			s.unmatched[k]--
		}
		return matched != s.except
	}
	pass := matched != s.except && !s.given[k]
	s.given[k] = s.given[k] || pass
	return pass
}
