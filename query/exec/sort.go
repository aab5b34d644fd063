package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// sortRows reads all its input at the first Next.
type sortRows struct {
	r     *running
	node  *plan.Sort
	input operator
	runs  *runSort
	topK  *eval.Expr
	read  bool
	// growth is nil for reading all of the input.
	growth *growingSort
}

func (r *running) sort(x *plan.Sort) (operator, error) {
	if x.Presorted > 0 {
		return r.incrementalSort(x)
	}
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	by, err := r.sorter(x.Keys)
	if err != nil {
		return nil, err
	}
	topK, err := r.condition(x.TopK)
	if err != nil {
		return nil, err
	}
	growth, err := r.growing(x.Grow)
	return &sortRows{r: r, node: x, input: input, runs: &runSort{r: r, types: typesOf(x), by: by, stays: x.Grow != nil}, topK: topK,
		growth: growth}, err
}

func (s *sortRows) Open(ctx context.Context) error {
	s.runs.drop()
	s.read = false
	if s.growth != nil {
		limit, err := s.limit()
		if err != nil {
			return err
		}
		if err := s.growth.first(ctx, limit); err != nil {
			return err
		}
	}
	return s.input.Open(ctx)
}

func (s *sortRows) Next(ctx context.Context) (*datum.Batch, error) {
	if !s.read {
		s.read = true
		if err := s.sort(ctx); err != nil {
			return nil, err
		}
	}
	return s.runs.next(ctx)
}

func (s *sortRows) sort(ctx context.Context) error {
	limit, err := s.limit()
	if err != nil {
		return err
	}
	if s.growth != nil {
		return s.grow(ctx, limit)
	}
	return s.round(ctx, limit)
}

// limit is how many rows are wanted, -1 for all.
func (s *sortRows) limit() (int, error) {
	if s.topK == nil {
		return -1, nil
	}
	k, err := s.topK.Value()
	if err != nil || k.IsNull() || k.Int() < 0 {
		return -1, err
	}
	return int(min(k.Int(), 1<<40)), nil
}

// round sorts all that the input gives.
func (s *sortRows) round(ctx context.Context, limit int) error {
	s.runs.begin(limit)
	for {
		b, err := s.input.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := s.runs.add(ctx, b); err != nil {
			return err
		}
	}
	s.note(limit)
	return s.runs.end(ctx)
}

// note tells EXPLAIN ANALYZE how the sort went.
func (s *sortRows) note(limit int) {
	np := s.r.profile[s.node]
	if np == nil {
		return
	}
	np.sorted = &sortProfile{method: "quicksort", bytes: s.runs.by.bytes()}
	if limit >= 0 && s.runs.by.bar != nil {
		np.sorted.method = "top-N heapsort"
	}
	if len(s.runs.runs) > 0 {
		np.sorted.method, np.sorted.disk = "external merge", true
		for _, f := range s.runs.runs {
			np.sorted.bytes += f.file.bytes
		}
	}
}

func (s *sortRows) Close() {
	s.runs.drop()
	s.input.Close()
}
