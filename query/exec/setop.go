package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// unionAll yields the left rows, then the right ones.
type unionAll struct {
	inputs [2]operator
	at     int
}

func (u *unionAll) Open(ctx context.Context) error {
	u.at = 0
	for _, in := range u.inputs {
		if err := in.Open(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (u *unionAll) Next(ctx context.Context) (*datum.Batch, error) {
	for u.at < 2 {
		b, err := u.inputs[u.at].Next(ctx)
		if err != nil || b != nil {
			return b, err
		}
		u.at++
	}
	return nil, nil
}

func (u *unionAll) Close() {
	u.inputs[0].Close()
	u.inputs[1].Close()
}

// intersect is INTERSECT and EXCEPT: the right rows are counted, then each left row is passed on or
// not. A row that occurs m times left and n times right comes min(m, n) times out of INTERSECT ALL
// and max(m-n, 0) times out of EXCEPT ALL; without ALL at most once.
type intersect struct {
	left, right operator
	types       []*datum.Type
	except, all bool
	table       *keyTable
	unmatched   []int  // by key: right rows not yet matched
	given       []bool // by key: passed on before
	nums        []int32
	counted     bool
}

func (r *running) setOp(x *plan.SetOp) (operator, error) {
	left, err := r.build(x.Left)
	if err != nil {
		return nil, err
	}
	right, err := r.build(x.Right)
	if err != nil {
		return nil, err
	}
	if x.Op != plan.Union {
		return &intersect{left: left, right: right, types: typesOf(x), except: x.Op == plan.Except, all: x.All}, nil
	}
	both := &unionAll{inputs: [2]operator{left, right}}
	if x.All {
		return both, nil
	}
	return &dedup{input: both, types: typesOf(x)}, nil
}

func (s *intersect) Open(ctx context.Context) error {
	s.table, s.unmatched, s.given, s.counted = newKeyTable(s.types, true), nil, nil, false
	if err := s.left.Open(ctx); err != nil {
		return err
	}
	return s.right.Open(ctx)
}

func (s *intersect) Close() {
	s.left.Close()
	s.right.Close()
}

func (s *intersect) count(ctx context.Context) error {
	s.counted = true
	for {
		b, err := s.right.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		for _, k := range s.number(b) {
			s.unmatched[k]++
		}
	}
}

func (s *intersect) number(b *datum.Batch) []int32 {
	s.nums = s.table.insert(b.Cols, b.Rows, s.nums, func(int) {
		s.unmatched, s.given = append(s.unmatched, 0), append(s.given, false)
	})
	return s.nums
}

func (s *intersect) Next(ctx context.Context) (*datum.Batch, error) {
	if !s.counted {
		if err := s.count(ctx); err != nil {
			return nil, err
		}
	}
	for {
		b, err := s.left.Next(ctx)
		if err != nil || b == nil {
			return nil, err
		}
		var pass []int
		for i, k := range s.number(b) {
			if s.passes(k) {
				pass = append(pass, i)
			}
		}
		if len(pass) > 0 {
			return b.Gather(pass), nil
		}
	}
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
