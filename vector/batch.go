package vector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// SearchMany answers every query as Search would, to the last bit, and returns the answers in the order of the
// queries. It is for many at once: the seeds of a join. Exact queries go through the index together, so that what one
// has brought into the processor's cache serves the others; those that share their filter, snapshot and overlay share
// the work of applying them. Approximate ones look each into lists of its own, one after the other. As many goroutines
// work as the largest Workers says. The first error ends it, and is Search's.
func (ix *Index) SearchMany(ctx context.Context, queries []Query) ([]Result, error) {
	v := ix.acquireView()
	if v == nil {
		return nil, ErrClosed
	}
	defer ix.releaseView(v)
	workers := 1
	var together, apart []int
	for i := range queries {
		q := &queries[i]
		if len(q.Vec) != ix.opts.Dim {
			return nil, fmt.Errorf("%w: a query of %d dimensions to an index of %d", ErrDim, len(q.Vec), ix.opts.Dim)
		}
		workers = max(workers, q.Workers)
		if q.approximate() {
			apart = append(apart, i)
		} else {
			together = append(together, i)
		}
	}
	b := &batch{ix: ix, view: v, queries: queries, results: make([]Result, len(queries))}
	for len(together) > 0 {
		n := min(len(together), batchQueries)
		b.jobs, together = append(b.jobs, together[:n]), together[n:]
	}
	for i := range apart {
		b.jobs = append(b.jobs, apart[i:i+1])
	}
	if err := b.run(ctx, workers); err != nil {
		return nil, err
	}
	return b.results, nil
}

const (
	// batchQueries go through the index together: as many scanners, of 17 kB each, are still small next to the cache.
	batchQueries = 32
	// batchLists of its nearest lists each query looks into first, for a limit that rules out most of the others.
	batchLists = 8
)

// batch is one SearchMany at work.
type batch struct {
	ix      *Index
	view    *view
	queries []Query
	results []Result
	jobs    [][]int // of queries that go together
	next    atomic.Int64
}

// run works the jobs off.
func (b *batch) run(ctx context.Context, workers int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := func() {
		for {
			i := int(b.next.Add(1)) - 1
			if i >= len(b.jobs) || ctx.Err() != nil {
				return
			}
			if err := b.do(ctx, b.jobs[i]); err != nil {
				cancel(err)
				return
			}
		}
	}
	var others sync.WaitGroup
	for range min(workers, len(b.jobs)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	return context.Cause(ctx)
}

// do answers one job's queries.
func (b *batch) do(ctx context.Context, job []int) error {
	if len(job) == 1 {
		q := b.queries[job[0]]
		q.Workers = 0
		r, err := b.ix.searchView(ctx, b.view, &q)
		b.results[job[0]] = r
		return err
	}
	group := make([]*search, len(job))
	defer func() {
		for _, s := range group {
			if s != nil {
				s.end()
			}
		}
	}()
	qs := make([]Query, len(job))
	for i, at := range job {
		qs[i] = b.queries[at]
		qs[i].Workers = 0
		group[i] = searches.Get().(*search)
		var like *scope
		if i > 0 {
			like = &group[i-1].scope
		}
		group[i].beginLike(b.ix, b.view, &qs[i], like)
		group[i].ready(1)
	}
	if err := scanTogether(ctx, group); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	for i, s := range group {
		s.scanners[0].nearest.tidy()
		r, err := s.finish(ctx, s.scanners[0])
		group[i] = nil // give ends it
		if b.results[job[i]], err = s.give(b.view, r, err); err != nil {
			return err
		}
	}
	return nil
}

// turn is a piece of one of a group's searches.
type turn struct {
	s *search
	p *piece
	// order is where the piece lies: blocks in the view's order, then versions.
	block, first int
}

// scanTogether scores every piece of every search: each search's nearest lists first, then what is left in the order
// in which it lies.
func scanTogether(ctx context.Context, group []*search) error {
	blocks := make(map[*block]int)
	var turns []turn
	for _, s := range group {
		first := 0
		for i := range s.scope.pieces {
			p := &s.scope.pieces[i]
			if p.list != nil && first < batchLists {
				first++
				s.scanners[0].take(s, p)
				continue
			}
			if _, ok := blocks[p.b]; !ok {
				blocks[p.b] = len(blocks)
			}
			turns = append(turns, turn{s, p, blocks[p.b], p.firstIndex()})
		}
	}
	slices.SortStableFunc(turns, func(x, y turn) int {
		return cmp.Or(cmp.Compare(x.block, y.block), cmp.Compare(x.first, y.first))
	})
	for i, t := range turns {
		if i%batchQueries == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t.s.scanners[0].take(t.s, t.p)
	}
	return ctx.Err()
}
