package exec

import (
	"context"

	"github.com/seguedb/segue/query/plan"
)

// searchBatch asks the vector index for many rows of a lateral join's left side at once: one pass over the codes serves
// them all.
type searchBatch struct {
	search *vectorSearch
	from   int // the first row of the batch at hand
	// results are of rows from … of the left side; nil for a row that has no question (its vector is NULL).
	results []*VectorResult
	size    int // of the next batch: it doubles, so that a Limit above wastes little
}

// The least and the most rows of a batch, and the most results that it may hold.
const (
	firstBatch = 8
	mostBatch  = 512
	mostHits   = 1 << 18
)

// batched finds the search that is a lateral join's right side, where its question depends on nothing but the left row's
// vector: the filter, if there is one, is looked at afterwards.
func (r *running) batched(x *plan.Join) *searchBatch {
	n := x.Right
	for {
		switch in := n.(type) {
		case *plan.Project, *plan.Limit, *plan.Sort, *plan.Filter:
			n = in.Children()[0]
			continue
		}
		break
	}
	node, ok := n.(*plan.VectorSearch)
	if !ok || node.K == nil || node.Unordered || node.Max != nil || node.Filter != nil && !node.FilterAfter {
		return nil
	}
	search := r.searches[node]
	if search == nil {
		return nil
	}
	search.batch = &searchBatch{search: search, size: firstBatch}
	return search.batch
}

// take makes the answer for a row of the left side ready. set fills the slots from one.
func (b *searchBatch) take(ctx context.Context, row, rows int, set func(row int)) error {
	if row < b.from || row >= b.from+len(b.results) {
		hi := min(row+b.size, rows)
		if b.size < mostBatch {
			b.size *= 2
		}
		if err := b.ask(ctx, row, hi, set); err != nil {
			return err
		}
		set(row)
	}
	b.search.ready = nil
	if i := row - b.from; i < len(b.results) {
		b.search.ready = b.results[i]
	}
	return nil
}

// ask evaluates the questions of rows lo … hi-1 and puts them to the index together.
func (b *searchBatch) ask(ctx context.Context, lo, hi int, set func(row int)) error {
	s := b.search
	b.from, b.results = lo, nil
	index, err := s.index()
	if err != nil || index.Len() == 0 {
		return err
	}
	var questions []VectorQuery
	var of []int
	for row := lo; row < hi; row++ {
		set(row)
		k, err := s.limit()
		if err != nil {
			return err
		}
		q := s.question(s.asked(k, index))
		if known, err := s.target(&q); err != nil {
			return err
		} else if known && q.K > 0 && q.K*(hi-lo) <= mostHits {
			questions, of = append(questions, q), append(of, row-lo)
		}
	}
	b.results = make([]*VectorResult, hi-lo)
	if len(questions) < 2 {
		return nil
	}
	results, err := index.SearchMany(ctx, questions)
	if err != nil {
		return err
	}
	for i := range results {
		b.results[of[i]] = &results[i]
	}
	return nil
}
