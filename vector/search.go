package vector

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seguedb/segue/vector/kernel"
)

// Search answers q. (1) The scope cuts the segments and the tail into pieces, or takes the segments' lists, and applies
// a selective filter; (2) scanners score the pieces, by codes of one bit, by byte codes where those are of use and then
// in float32 what the codes leave, and keep every row whose error interval reaches the k best; vectors that the owner
// keeps are read one by one, nearest codes first, until the next can be none of the k best (fetch.go); (3) the survivors,
// and the overlay's rows, are measured in float64 and sorted.
//
// It takes no lock and sees the index as of q.Seq, whatever Apply and Seal do meanwhile. The error is
// ErrClosed, ErrDim or ctx's.
func (ix *Index) Search(ctx context.Context, q Query) (Result, error) {
	if len(q.Vec) != ix.opts.Dim {
		return Result{}, fmt.Errorf("%w: a query of %d dimensions to an index of %d", ErrDim, len(q.Vec), ix.opts.Dim)
	}
	v := ix.acquireView()
	if v == nil {
		return Result{}, ErrClosed
	}
	defer ix.releaseView(v)
	return ix.searchView(ctx, v, &q)
}

// searchView is Search over a view that the caller holds.
func (ix *Index) searchView(ctx context.Context, v *view, q *Query) (Result, error) {
	s := searches.Get().(*search)
	s.begin(ix, v, q)
	r, err := s.run(ctx)
	if err == nil && !r.Stats.Exact && len(r.Hits) < q.K {
		// The lists that were probed ran dry, as a filter makes them: the number of rows is not approximate.
		exact := *q
		exact.Recall = 0
		s.begin(ix, v, &exact)
		r, err = s.run(ctx)
	}
	return s.give(v, r, err)
}

// give ends a search and completes its result.
func (s *search) give(v *view, r Result, err error) (Result, error) {
	r.Stats.Segments, r.Stats.Chunks = len(v.segments), len(v.chunks)
	s.end()
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	return r, nil
}

// searches keeps the memory of finished searches: the scan of a small index is shorter than the
// allocations it would make.
var searches = sync.Pool{New: func() any { return new(search) }}

// search is one Search at work.
type search struct {
	q        *Query
	set      kernel.Set
	rotation *kernel.Rotation
	cache    *Cache
	bound    bound
	codes    codeBound
	byCodes  bool // score chunks by their codes
	halves   codeBound
	byHalves bool // score segments by their halves
	// turnsBack says that segments are scored by their codes, turned back: l1.go.
	turnsBack bool
	rotated   bool // signs.vec is the query
	encoded   bool // and halves has its codes
	signs     signQuery
	prober    prober
	k         int // how many to look for; 0 is all
	cutOff    float64
	scope     scope
	scanners  []*scanner
	fetcher   fetcher
	next      atomic.Int64  // the first piece that nobody has taken
	limit     atomic.Uint64 // bits of the smallest limit of any scanner
}

// begin does step (1).
func (s *search) begin(ix *Index, v *view, q *Query) { s.beginLike(ix, v, q, nil) }

// beginLike is begin with the scope of another search, from which it takes what is the same.
func (s *search) beginLike(ix *Index, v *view, q *Query, like *scope) {
	s.q, s.set, s.rotation, s.cache = q, ix.set, ix.rotation, ix.opts.Cache
	s.bound = newBound(ix.set, q.Metric, q.Vec)
	s.scope.reset(q, ix.Len())
	if like != nil && like.filter == q.Filter && like.seq == q.Seq && like.overlay == s.scope.overlay {
		s.scope.like = like
	}
	s.useLists(ix, v)
	if (q.K > 0 || q.HasMax) && !math.IsNaN(q.MaxDistance) {
		for _, segment := range v.segments {
			s.scope.add(segment.block)
		}
		for _, chunk := range v.chunks {
			s.scope.add(chunk)
		}
	}
	s.scope.like = nil
	if s.scope.prober != nil && s.prober.approximate {
		s.halves.expect(len(s.signs.vec))
	}
	k, versions := max(q.K, 0), 0
	for i := range s.scope.pieces {
		versions += s.scope.pieces[i].len()
	}
	if k >= versions {
		k = 0 // all that there is: no need to order it
	}
	s.k, s.cutOff = k, math.Inf(1)
	if q.HasMax {
		s.cutOff = s.bound.limitOf(q.MaxDistance)
	}
	pays := k > 0 && k <= versions/codesShare || q.HasMax
	s.byCodes = pays && s.set.HasCodes() && len(v.chunks) > 0 && s.codes.set(&s.bound, q.Vec)
	s.byHalves = pays && s.encoded
	s.turnsBack = q.Metric == L1 && ix.rotation != nil && len(v.segments) > 0
}

// useLists prepares the query for the segments' lists, if any are of use.
func (s *search) useLists(ix *Index, v *view) {
	s.rotated = len(v.segments) > 0 && s.signs.prepare(s.set, ix.rotation, &s.bound, s.q.Vec)
	s.encoded = s.rotated && s.halves.prepareHalves(&s.bound, s.signs.vec, ix.rotation)
	versions := 0
	for _, segment := range v.segments {
		if segment.lists != nil {
			versions += segment.len()
		}
	}
	if versions == 0 || !s.q.HasMax && (s.q.K <= 0 || s.q.K > versions/codesShare) ||
		!s.rotated {
		return
	}
	s.prober.signs, s.prober.k, s.prober.recall, s.prober.approximate = &s.signs, s.q.K, 0, false
	if s.q.approximate() {
		s.prober.recall = s.q.Recall
	}
	if s.prober.codes = nil; s.encoded {
		s.prober.codes = &s.halves
	}
	s.scope.prober = &s.prober
}

// codesShare: an answer of more than one row in so many leaves codes too little to rule out.
const codesShare = 4

// ready resets the scanners for the pieces.
func (s *search) ready(workers int) {
	for len(s.scanners) < workers {
		s.scanners = append(s.scanners, new(scanner))
	}
	for _, w := range s.scanners[:workers] {
		w.reset(s.k, s.cutOff)
	}
	s.next.Store(0)
	s.limit.Store(math.Float64bits(s.cutOff))
}

// scan scores the pieces, on the caller's goroutine and as many more as the query allows. The first
// scanner then has all that was found.
func (s *search) scan(ctx context.Context) (*scanner, error) {
	workers := max(1, min(s.q.Workers, len(s.scope.pieces)))
	if s.scope.prober != nil && s.prober.approximate {
		workers = 1 // what an approximate plan finds depends on the order of its pieces
	}
	s.ready(workers)
	var others sync.WaitGroup
	for _, w := range s.scanners[:workers] {
		if w != s.scanners[0] {
			others.Go(func() { w.run(ctx, s) })
		}
	}
	found := s.scanners[0]
	found.run(ctx, s)
	others.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, w := range s.scanners[1:workers] {
		found.nearest.absorb(&w.nearest)
		found.scanned += w.scanned
		found.prefiltered += w.prefiltered
		found.lists += w.lists
	}
	found.nearest.tidy()
	return found, nil
}

// run does steps (2) and (3).
func (s *search) run(ctx context.Context) (Result, error) {
	found, err := s.scan(ctx)
	if err != nil {
		return Result{}, err
	}
	return s.finish(ctx, found)
}

// finish looks again at what the first scan found, and does step (3).
func (s *search) finish(ctx context.Context, found *scanner) (Result, error) {
	stats := SearchStats{Scanned: found.scanned, Filtered: s.scope.filtered, Prefiltered: found.prefiltered,
		Lists: found.lists, Exact: s.scope.prober == nil || !s.prober.approximate}
	apart := found.nearest.takeApart()
	if s.byCodes || s.byHalves || s.turnsBack { // ends that were found by codes are not to be counted again
		s.byCodes, s.byHalves, s.turnsBack = false, false, false
		s.scope.narrow(found.nearest.candidates)
		var err error
		if found, err = s.scan(ctx); err != nil {
			return Result{}, err
		}
		stats.Refined = found.scanned
	}
	hits, err := s.fetch(ctx, &found.nearest, apart, &stats)
	if err == nil {
		hits, err = s.measure(ctx, found.nearest.candidates, hits)
	}
	if err != nil {
		return Result{}, err
	}
	stats.Reranked = len(hits)
	return Result{Hits: s.sorted(hits), Stats: stats}, nil
}

// measure adds to hits the distances of the candidates and of the overlay's rows.
func (s *search) measure(ctx context.Context, candidates []candidate, hits []Hit) ([]Hit, error) {
	hits = slices.Grow(hits, len(candidates)+s.q.Overlay.Len())
	for i, c := range candidates {
		if i%pieceRows == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		hits = append(hits, Hit{c.b.rows[c.i], s.distance(c.place, c.b.vec(c.i), nil)})
	}
	if s.q.Overlay.Len() == 0 || s.q.K <= 0 && !s.q.HasMax {
		return hits, nil
	}
	for row, vec := range s.q.Overlay.added {
		if len(hits)%pieceRows == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(vec) != len(s.q.Vec) {
			return nil, fmt.Errorf("%w: row %d of the overlay has %d", ErrDim, row, len(vec))
		}
		if s.q.Filter == nil || s.q.Filter.Contains(row) {
			hits = append(hits, Hit{row, Distance(s.q.Metric, s.q.Vec, vec)})
		}
	}
	return hits, nil
}

// distance is the Distance of a version, whose vector is vec, with the norms that are known. next, if not nil, is the
// vector that will be asked about after it.
func (s *search) distance(p place, vec, next []float32) float64 {
	if s.q.Metric == Cosine {
		if next == nil {
			next = vec
		}
		return cosineDistance(kernel.SumAhead(kernel.Dot, s.q.Vec, vec, next), s.bound.norm, p.b.norms[p.i])
	}
	return Distance(s.q.Metric, s.q.Vec, vec)
}

// sorted orders hits and drops those beyond the cut-off or the K best.
func (s *search) sorted(hits []Hit) []Hit {
	if s.q.HasMax {
		hits = slices.DeleteFunc(hits, func(h Hit) bool {
			return !(h.Distance < s.q.MaxDistance || s.q.MaxInclusive && h.Distance == s.q.MaxDistance)
		})
	}
	slices.SortFunc(hits, compareHits)
	if s.q.K > 0 && len(hits) > s.q.K {
		hits = hits[:s.q.K:s.q.K]
	}
	return hits
}

// compareHits is the order of answers: by distance, NaN last, ties by row id.
func compareHits(a, b Hit) int {
	switch {
	case a.Distance < b.Distance:
		return -1
	case a.Distance > b.Distance:
		return 1
	case a.Distance == b.Distance || math.IsNaN(a.Distance) && math.IsNaN(b.Distance):
		return cmp.Compare(a.Row, b.Row)
	case math.IsNaN(a.Distance):
		return 1
	}
	return -1
}

// keepCandidates is the room for candidates that a search hands on to the next.
const keepCandidates = 1 << 16

// end gives the search's memory back, without what it points at.
func (s *search) end() {
	clear(s.scope.pieces)
	s.scope = scope{pieces: s.scope.pieces[:0], at: s.scope.at[:0]}
	if cap(s.scope.at) > keepCandidates {
		s.scope.at = nil
	}
	s.cache, s.rotation, s.fetcher = nil, nil, fetcher{versions: s.fetcher.versions[:0], rows: s.fetcher.rows[:0]}
	s.q, s.signs.bound.bound, s.halves.bound, s.codes.bound = nil, nil, nil, nil
	for _, w := range s.scanners {
		w.nearest.forget(keepCandidates)
	}
	searches.Put(s)
}
