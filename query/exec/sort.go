package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// sortRows reads all its input at the first Next.
type sortRows struct {
	input operator
	types []*datum.Type
	by    *sorter
	topK  *eval.Expr
	order []int
	read  bool
	next  int
}

func (r *running) sort(x *plan.Sort) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	by, err := r.sorter(x.Keys)
	if err != nil {
		return nil, err
	}
	topK, err := r.condition(x.TopK)
	return &sortRows{input: input, types: typesOf(x), by: by, topK: topK}, err
}

func (s *sortRows) Open(ctx context.Context) error {
	s.read, s.next, s.order = false, 0, nil
	return s.input.Open(ctx)
}

func (s *sortRows) Next(ctx context.Context) (*datum.Batch, error) {
	if !s.read {
		s.read = true
		if err := s.sort(ctx); err != nil {
			return nil, err
		}
	}
	if s.next >= len(s.order) {
		return nil, nil
	}
	hi := min(s.next+datum.BatchRows, len(s.order))
	rows := s.order[s.next:hi]
	s.next = hi
	return s.by.rows.Gather(rows), nil
}

func (s *sortRows) sort(ctx context.Context) error {
	limit := -1
	if s.topK != nil {
		k, err := s.topK.Value()
		if err != nil {
			return err
		}
		if !k.IsNull() && k.Int() >= 0 {
			limit = int(min(k.Int(), 1<<40))
		}
	}
	s.by.reset(s.types, limit)
	for {
		b, err := s.input.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := s.by.add(b); err != nil {
			return err
		}
	}
	s.order = s.by.order()
	return nil
}

func (s *sortRows) Close() { s.input.Close() }
