package vector

import (
	"context"
	"math"
	"sync/atomic"

	"github.com/seguedb/segue/vector/kernel"
)

// scanner is one goroutine's part of a scan.
type scanner struct {
	nearest nearest
	scanned int
	scores  [pieceRows]float32
	dots    [pieceRows]int32
	norms   [pieceRows]float64 // of listed versions
}

func (w *scanner) reset(k int, limit float64) {
	w.nearest.reset(k, limit)
	w.scanned = 0
}

// run scores pieces until none are left or ctx is done. Scanners tell each other their limits: what is
// too far for one is too far for the answer.
func (w *scanner) run(ctx context.Context, s *search) {
	for {
		i := int(s.next.Add(1)) - 1
		if i >= len(s.scope.pieces) || ctx.Err() != nil {
			return
		}
		w.nearest.limit = min(w.nearest.limit, math.Float64frombits(s.limit.Load()))
		p := &s.scope.pieces[i]
		if s.byCodes {
			w.siftCodes(s, p)
		} else {
			w.sift(s, p, w.scores[:p.len()], w.score(s, p))
		}
		w.scanned += p.len()
		lower(&s.limit, w.nearest.limit)
	}
}

// lower sets a shared limit to the smaller of it and limit.
func lower(shared *atomic.Uint64, limit float64) {
	for {
		old := shared.Load()
		if math.Float64frombits(old) <= limit || shared.CompareAndSwap(old, math.Float64bits(limit)) {
			return
		}
	}
}

// score runs the kernel over a piece into w.scores, and returns the norms that go with them.
func (w *scanner) score(s *search, p *piece) []float64 {
	scores, b := w.scores[:p.len()], p.b
	if p.at == nil {
		s.set.Scan(s.bound.op, scores, s.q.Vec, b.vecs[p.from*b.dim:p.to*b.dim])
		return b.norms[p.from:p.to]
	}
	s.set.Gather(s.bound.op, scores, s.q.Vec, b.vecs, p.at)
	for i, at := range p.at {
		w.norms[i] = b.norms[at]
	}
	return w.norms[:len(p.at)]
}

// sift offers the versions whose score is within the limit, or overflowed and says nothing. This loop
// runs once a version: all but a few go no further than its first line.
func (w *scanner) sift(s *search, p *piece, scores []float32, norms []float64) {
	c := s.bound.cutAt(w.nearest.limit)
	if s.bound.op == kernel.Dot {
		for i, score := range scores {
			if float64(score) < c.base+c.slope*norms[i] && score >= -math.MaxFloat32 {
				continue
			}
			if w.offer(s, p, i, score, norms[i]) {
				c = s.bound.cutAt(w.nearest.limit)
			}
		}
		return
	}
	for i, score := range scores {
		if float64(score) > c.base && score <= math.MaxFloat32 {
			continue
		}
		if w.offer(s, p, i, score, norms[i]) {
			c = s.bound.cutAt(w.nearest.limit)
		}
	}
}

// offer makes the piece's i-th version a candidate if it can be among the nearest and the query may
// return it. It says whether the limit has fallen.
func (w *scanner) offer(s *search, p *piece, i int, score float32, norm float64) bool {
	lo, hi := s.bound.interval(score, norm)
	return w.offerInterval(s, place{p.b, p.index(i)}, lo, hi)
}

func (w *scanner) offerInterval(s *search, p place, lo, hi float64) bool {
	return !(lo > w.nearest.limit) && s.scope.admits(p.b, p.i) && w.nearest.add(p, lo, hi)
}

// siftCodes scores a piece by its codes and does sift's work on the result.
func (w *scanner) siftCodes(s *search, p *piece) {
	b, dots := p.b, w.dots[:p.len()]
	if p.at == nil {
		s.set.ScanCodes(dots, s.codes.query, b.codes[p.from*b.dim:p.to*b.dim])
	} else {
		s.set.GatherCodes(dots, s.codes.query, b.codes, p.at)
	}
	c := s.codes.cutAt(w.nearest.limit)
	for i, dot := range dots {
		at := p.index(i)
		norm, step, rest := b.norms[at], b.steps[2*at], b.steps[2*at+1]
		estimate, off := s.codes.product(dot, step, rest)
		if estimate+off < c.base+norm*(c.slope+norm*c.square) {
			continue
		}
		lo, hi := s.codes.interval(dot, step, rest, norm)
		if w.offerInterval(s, place{b, at}, lo, hi) {
			c = s.codes.cutAt(w.nearest.limit)
		}
	}
}
