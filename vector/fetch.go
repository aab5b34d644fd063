package vector

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// fetcher is the memory of a search's reads.
type fetcher struct {
	versions []place
	rows     []uint64
}

const (
	// fetchAtOnce is how many vectors are read from the Source at once, of candidates that must all be read.
	fetchAtOnce = 1024
	// fetchShare: beyond the first K, so many times fewer than K are read before the next look at the limit.
	fetchShare = 4
	// fetchLeast are read at once in any case.
	fetchLeast = 4
)

// takeApart removes the candidates whose vectors are the owner's, and returns them.
func (n *nearest) takeApart() []candidate {
	n.apart = n.apart[:0]
	n.candidates = slices.DeleteFunc(n.candidates, func(c candidate) bool {
		if c.b.vecs != nil {
			return false
		}
		n.apart = append(n.apart, c)
		return true
	})
	return n.apart
}

// fetch reads the vectors of candidates that are the owner's, and returns their distances: those whose interval begins
// nearest first, until none is left that begins within the limit. Each lowers it, and is compared with the ends of the
// other intervals as surely as they are with each other's (see bound).
func (s *search) fetch(ctx context.Context, n *nearest, apart []candidate, stats *SearchStats) ([]Hit, error) {
	slices.SortFunc(apart, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(a.b.rows[a.i], b.b.rows[b.i]))
	})
	hits := make([]Hit, 0, min(len(apart), 2*max(s.k, fetchLeast)))
	for first := true; len(apart) > 0 && !(apart[0].lo > n.limit); first = false {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		size := fetchAtOnce
		if s.k > 0 && !math.IsInf(apart[0].lo, -1) {
			if size = max(s.k/fetchShare, fetchLeast); first {
				size = max(s.k, fetchLeast)
			}
		}
		size = min(size, len(apart))
		for size > 1 && apart[size-1].lo > n.limit {
			size--
		}
		var err error
		if hits, err = s.read(n, apart[:size], hits, stats); err != nil {
			return nil, err
		}
		apart = apart[size:]
	}
	return hits, nil
}

// read adds the distances of candidates to hits, with the vectors of the cache or of the Source.
func (s *search) read(n *nearest, candidates []candidate, hits []Hit, stats *SearchStats) ([]Hit, error) {
	f := &s.fetcher
	f.versions, f.rows = f.versions[:0], f.rows[:0]
	found := func(p place, vec, next []float32) {
		d := s.distance(p, vec, next)
		hits = append(hits, Hit{p.b.rows[p.i], d})
		n.end(s.bound.endOf(d))
	}
	next := s.cache.get(candidates[0].place)
	for i, c := range candidates {
		vec := next
		if next = nil; i+1 < len(candidates) {
			next = s.cache.get(candidates[i+1].place)
		}
		if vec != nil {
			found(c.place, vec, next)
		} else {
			f.versions = append(f.versions, c.place)
		}
	}
	if len(f.versions) == 0 {
		return hits, nil
	}
	if s.q.Source == nil {
		return nil, ErrNoSource
	}
	slices.SortFunc(f.versions, func(a, b place) int { return cmp.Compare(a.b.rows[a.i], b.b.rows[b.i]) })
	for _, p := range f.versions {
		f.rows = append(f.rows, p.b.rows[p.i])
	}
	seen := 0
	err := s.q.Source.Vectors(f.rows, func(i int, vec []float32) {
		if len(vec) == len(s.q.Vec) {
			seen++
			s.cache.put(f.versions[i], vec)
			found(f.versions[i], vec, nil)
		}
	})
	if err == nil && seen != len(f.rows) {
		err = fmt.Errorf("the source has %d of %d vectors of %d dimensions", seen, len(f.rows), len(s.q.Vec))
	}
	if err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	stats.Fetched += seen
	return hits, nil
}
