package vector

import (
	"context"
	"math"
	"slices"
	"sync/atomic"

	"github.com/seguedb/segue/vector/kernel"
)

// scanner is one goroutine's part of a scan.
type scanner struct {
	nearest nearest
	scanned int // by byte codes or in float32

	prefiltered int // by codes of one bit
	lists       int
	planes      []uint64
	planned     *signList        // the list that planes are for
	query       kernel.SignQuery // and what goes with them
	asked       *signLists       // the lists that poor and unasked are about
	poor        int              // lists in a row that were not worth asking
	unasked     int              // lists that are to be scored whole

	kept   [pieceRows]uint32
	scores [pieceRows]float32
	dots   [pieceRows]int32
	lows   [pieceRows]int32
	within [pieceRows]uint32  // what the upper halves let through
	norms  [pieceRows]float64 // of listed versions

	numbers []int8    // of one version's codes
	back    []float32 // which they stand for, turned back: l1.go
}

func (w *scanner) reset(k int, limit float64) {
	w.nearest.reset(k, limit)
	w.scanned, w.prefiltered, w.lists = 0, 0, 0
	w.asked, w.planned = nil, nil
}

// run scores pieces until none are left or ctx is done. Scanners tell each other their limits: what is
// too far for one is too far for the answer.
func (w *scanner) run(ctx context.Context, s *search) {
	for {
		i := int(s.next.Add(1)) - 1
		if i >= len(s.scope.pieces) || ctx.Err() != nil {
			return
		}
		w.take(s, &s.scope.pieces[i])
	}
}

// take scores one piece.
func (w *scanner) take(s *search, p *piece) {
	w.nearest.limit = min(w.nearest.limit, math.Float64frombits(s.limit.Load()))
	if p.list != nil {
		w.siftList(s, p)
	} else {
		w.siftPiece(s, p)
	}
	lower(&s.limit, w.nearest.limit)
}

// firstLook is how many versions are scored while there is no limit yet: all of them come through, and are looked at
// one by one. After that no more are scored at once than were before: the limit of the few first lets many through.
const firstLook = 64

// siftPiece scores a piece that is no list.
func (w *scanner) siftPiece(s *search, p *piece) {
	for rest := *p; rest.len() > 0; {
		n := max(firstLook, w.scanned)
		if rest.len() <= n+n/4 {
			w.siftAtOnce(s, &rest)
			return
		}
		next := rest
		if p.at != nil {
			next.at, rest.at = rest.at[:n], rest.at[n:]
		} else {
			next.to = next.from + n
			rest.from = next.to
		}
		w.siftAtOnce(s, &next)
	}
}

// siftAtOnce scores a piece with one limit.
func (w *scanner) siftAtOnce(s *search, p *piece) {
	switch {
	case s.byHalves && p.b.halves != nil:
		w.siftHalves(s, p)
	case s.byCodes && p.b.halves == nil:
		w.siftCodes(s, p)
	case s.turnsBack && p.b.vecs == nil && p.b.halves != nil:
		w.siftL1(s, p)
	case p.b.vecs == nil:
		w.offerAll(s, p)
	default:
		w.sift(s, p, w.scores[:p.len()], w.score(s, p))
	}
	w.scanned += p.len()
}

// siftList asks the codes of one bit of a list's versions, and scores what they let through. An exact plan whose last
// lists let most through scores the next ones whole, and asks again later: what the proven bound is worth depends on the
// data.
func (w *scanner) siftList(s *search, p *piece) {
	l, exact := p.list, p.probe.epsilon == 0
	if exact && s.signs.out(l, p.probe.product, p.probe.length, w.nearest.limit) {
		return
	}
	if exact && !w.worthAsking(p.b.lists) {
		w.lists++
		w.siftWhole(s, p, p.from, p.len())
		return
	}
	w.turnTo(s, p)
	total, from, admitted := 0, p.from, p.len()
	if p.kept.known() {
		admitted = len(p.kept.at)
	}
	if math.IsInf(w.nearest.limit, 1) { // an approximate plan's first piece: all of its codes would come through
		from = min(from+firstRows(s.k), p.to)
		w.siftWhole(s, p, p.from, from-p.from)
	}
	for ; from < p.to; from += pieceRows {
		n := min(p.to-from, pieceRows)
		cut := s.signs.cut(w.query, l, p.probe.epsilon, w.nearest.limit)
		signs, factors := p.b.lists.entries(l, from, n)
		kept := w.kept[:s.set.SiftSigns(w.kept[:n], w.planes, signs, factors, n, &cut)]
		w.prefiltered += n
		for i := range kept {
			kept[i] += uint32(l.first + from)
		}
		if p.kept.known() {
			kept = p.kept.sieve(kept)
		}
		total += len(kept)
		if exact && len(kept) > n*admitted/(2*p.len()) {
			w.siftWhole(s, p, from, n)
			continue
		}
		if len(kept) > 0 {
			w.siftPiece(s, &piece{b: p.b, at: kept})
		}
	}
	if exact {
		w.judge(total, admitted)
	}
}

// firstRows is how many versions are scored whole for a first limit on the k nearest: enough for one, in whole blocks.
func firstRows(k int) int {
	return (2*k + kernel.SignBlock) &^ (kernel.SignBlock - 1)
}

// turnTo makes the query's planes those for a piece's list.
func (w *scanner) turnTo(s *search, p *piece) {
	if w.planned == p.list {
		return
	}
	w.lists++
	w.planes = resized(w.planes, kernel.SignPlanes*p.b.lists.words())
	w.query, w.planned = s.set.SignPlanesOf(w.planes, s.signs.vec, p.list.centroid), p.list
}

// siftWhole scores n versions of a list without asking their codes of one bit.
func (w *scanner) siftWhole(s *search, p *piece, from, n int) {
	if p.kept.known() {
		some := p.kept.between(p.list.first+from, p.list.first+from+n)
		for part := range slices.Chunk(some, pieceRows) {
			w.siftPiece(s, &piece{b: p.b, at: part})
		}
		return
	}
	for end := from + n; from < end; from += pieceRows {
		first := p.list.first + from
		w.siftPiece(s, &piece{b: p.b, from: first, to: min(first+pieceRows, p.list.first+end)})
	}
}

// worthAsking says whether the next list is to be asked: not while there is no limit, and not while the last ones, of this
// search or of one before, showed that their codes rule out little.
func (w *scanner) worthAsking(lists *signLists) bool {
	if w.asked != lists {
		w.asked, w.poor, w.unasked = lists, 0, 0
		if left := lists.shy.Load(); left > 0 {
			lists.shy.Store(left - 1) // two searches at once may count as one
			w.unasked = unaskedLists
		}
	}
	if w.unasked > 0 {
		w.unasked--
		return false
	}
	return !math.IsInf(w.nearest.limit, 1)
}

const (
	// poorLists in a row, whose codes of one bit let more than half through, make an exact plan stop asking.
	poorLists = 3
	// unaskedLists are scored whole before the next is asked.
	unaskedLists = 24
	// shySearches after it begin so.
	shySearches = 64
)

// judge notes what asking a list was worth.
func (w *scanner) judge(kept, n int) {
	if w.poor++; 2*kept <= n {
		w.poor = 0
	}
	if w.poor >= poorLists {
		w.unasked = unaskedLists
		w.asked.shy.Store(shySearches)
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

// offerAll makes candidates of a piece that codes do not serve, and whose vectors are the owner's: all that is known of
// them is that the query may return them.
func (w *scanner) offerAll(s *search, p *piece) {
	for i := range p.len() {
		w.offerInterval(s, place{p.b, p.index(i)}, math.Inf(-1), math.Inf(1))
	}
}

// siftCodes scores a piece by its codes and does sift's work on the result.
func (w *scanner) siftCodes(s *search, p *piece) {
	b, c := p.b, s.codes.cutAt(w.nearest.limit)
	cut := kernel.CodeCut{Scale: s.codes.step, Zero: s.codes.offset, Length: s.codes.length, Base: c.base, Slope: c.slope,
		Square: c.square}
	rows := kernel.CodeRows{Block: b.codes, Norms: b.norms, Steps: b.steps, At: p.at, First: p.from, N: p.to - p.from}
	n := s.set.SiftCodes(w.within[:p.len()], w.dots[:p.len()], s.codes.query, &rows, &cut)
	for i, at := range w.within[:n] {
		step, rest, norm := b.steps[2*at], b.steps[2*at+1], b.norms[at]
		if s.codes.below(&c, w.dots[i], step, rest, norm) {
			continue
		}
		lo, hi := s.codes.interval(w.dots[i], step, rest, norm)
		if w.offerInterval(s, place{b, int(at)}, lo, hi) {
			c = s.codes.cutAt(w.nearest.limit)
		}
	}
}
