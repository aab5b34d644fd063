package vector

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
)

// pieceRows is how many versions are scored between two looks at the context: at 768 dimensions 3 MB,
// some 50 microseconds.
const pieceRows = 1024

// piece is a share of a scan: the versions from … to of a block, or those at listed indexes of it, or those of a list
// of its lists.
type piece struct {
	b        *block
	from, to int
	at       []uint32   // not nil: these and no others
	list     *signList  // whose versions from … to are meant, counted from its first
	kept     keptOfList // which of the list the filter lets through, where that is known
	probe    probe      // of the list
}

func (p *piece) len() int {
	if p.at != nil {
		return len(p.at)
	}
	return p.to - p.from
}

// index returns the index in the block of the piece's i-th version.
func (p *piece) index(i int) int {
	if p.at != nil {
		return int(p.at[i])
	}
	return p.from + i
}

// firstIndex returns the index of the piece's first version.
func (p *piece) firstIndex() int {
	if p.list != nil {
		return p.list.first + p.from
	}
	return p.index(0)
}

// scope decides which versions a query scores. What most versions of a block pass is tested late, on
// the few whose score is good enough (admits); what few pass is tested first, and the block is scored
// at a list of indexes.
type scope struct {
	seq     uint64
	filter  *roaring64.Bitmap
	overlay *Overlay
	// share is the part of the index's rows that the filter lets through, for blocks whose rows are
	// in no order.
	share float64

	pieces   []piece
	filtered int
	at       []uint32 // memory of lists
	prober   *prober  // nil: lists are of no use to this query
	like     *scope   // nil, or one with the same filter, snapshot and overlay, whose lists of versions serve
}

const (
	// listShare: a filter that lets a smaller part of a block through is applied first. A listed row
	// costs its lookup and a scan that the processor cannot run ahead of.
	listShare = 0.5
	// listDead: a block with a larger part of dead versions is listed.
	listDead = 0.25
)

func (s *scope) reset(q *Query, rows int) {
	*s = scope{seq: q.Seq, filter: q.Filter, overlay: q.Overlay, pieces: s.pieces[:0], at: s.at[:0]}
	if s.overlay.empty() {
		s.overlay = nil
	}
	if s.filter != nil {
		s.share = float64(s.filter.GetCardinality()) / float64(max(rows, 1))
	}
}

// admits says whether the query may return version i of b.
func (s *scope) admits(b *block, i int) bool {
	return b.visible(i, s.seq) && !s.overlay.hides(b.rows[i]) && (s.filter == nil || s.filter.Contains(b.rows[i]))
}

// add cuts a block into pieces.
func (s *scope) add(b *block) {
	n := b.len()
	if n == 0 {
		return
	}
	share := s.shareOf(b, n)
	if s.prober != nil && b.lists != nil && share >= s.prober.leastShare(b, n) {
		s.pieces = s.prober.add(s.pieces, b, share*(1-float64(b.deaths.Load())/float64(n)), s.keptByList(b, n, share))
		return
	}
	if share >= listShare && float64(b.deaths.Load()) <= listDead*float64(n) {
		for from := 0; from < n; from += pieceRows {
			s.pieces = append(s.pieces, piece{b: b, from: from, to: min(from+pieceRows, n)})
		}
		return
	}
	at, ok := s.borrow(b)
	if !ok {
		at = s.listed(b, n, share)
	}
	s.filtered += n - len(at)
	s.addListed(b, at)
}

// listed returns the indexes of the versions that may be admitted, of those that are nearest first where that is known.
func (s *scope) listed(b *block, n int, share float64) []uint32 {
	kept, ok := s.keptList(b, n, share)
	switch {
	case !ok:
		return s.list(b, n, share)
	case s.prober == nil || kept.starts == nil || len(kept.at) < nearestPays:
		return kept.at
	}
	from := len(s.at)
	s.at = s.prober.nearestFirst(s.at, b, kept)
	return s.at[from:]
}

// borrow returns the list that a scope like this one has made of a block, if it has.
func (s *scope) borrow(b *block) (at []uint32, ok bool) {
	if s.like == nil {
		return nil, false
	}
	for i := range s.like.pieces {
		if p := &s.like.pieces[i]; p.b == b && p.at != nil {
			at, ok = append(at, p.at...), true
		}
	}
	return at, ok
}

// addListed cuts a list of indexes of b into pieces.
func (s *scope) addListed(b *block, at []uint32) {
	for len(at) > 0 {
		m := min(len(at), pieceRows)
		s.pieces = append(s.pieces, piece{b: b, at: at[:m:m]})
		at = at[m:]
	}
}

// narrow makes the candidates the new scope. They come block by block, as they were scanned.
func (s *scope) narrow(candidates []candidate) {
	s.pieces = s.pieces[:0]
	s.at = slices.Grow(s.at[:0], len(candidates))
	for i := 0; i < len(candidates); {
		b, from := candidates[i].b, len(s.at)
		for ; i < len(candidates) && candidates[i].b == b; i++ {
			s.at = append(s.at, uint32(candidates[i].i))
		}
		s.addListed(b, s.at[from:])
	}
}

// shareOf estimates the part of b's versions that the filter lets through.
func (s *scope) shareOf(b *block, n int) float64 {
	if s.filter == nil {
		return 1
	}
	if !b.sorted {
		return s.share
	}
	return float64(s.matches(b, n)) / float64(n)
}

// matches counts the filter's rows between the first and the last of a sorted block.
func (s *scope) matches(b *block, n int) uint64 {
	m := s.filter.Rank(b.ascending.at(n - 1))
	if first := b.ascending.first; first > 0 {
		m -= s.filter.Rank(first - 1)
	}
	return m
}

// list returns the indexes that admits, ascending.
func (s *scope) list(b *block, n int, share float64) []uint32 {
	if s.filter != nil && b.sorted && share < 1 {
		return s.walk(b, n, share)
	}
	var at []uint32
	for i := range n {
		if s.admits(b, i) {
			at = append(at, uint32(i))
		}
	}
	return at
}

// walk is list for a sorted block and a filter of fewer rows than it has: it steps through both and
// leaps over what the other does not have.
func (s *scope) walk(b *block, n int, share float64) []uint32 {
	at := make([]uint32, 0, int(share*float64(n))+1)
	rows := &b.ascending
	// Whether a version is visible is tested here only where many are not: it lies elsewhere, and admits asks again.
	dead := float64(b.deaths.Load()) > listDead*float64(n)
	it := s.filter.Iterator()
	for i := 0; i < n; {
		it.AdvanceIfNeeded(rows.at(i))
		if !it.HasNext() {
			break
		}
		want := it.PeekNext()
		if rows.at(i) < want {
			i = rows.leap(i, want)
		}
		for ; i < n && rows.at(i) == want; i++ {
			if v := b.ordered(i); !(dead && !b.visible(v, s.seq)) && !s.overlay.hides(want) {
				at = append(at, uint32(v))
			}
		}
	}
	return at
}

// leap returns the index of the first of the ascending rows that is at least want, in the logarithm
// of that index: the next match is most often near.
func leap(rows []uint64, want uint64) int {
	high := 1
	for high < len(rows) && rows[high] < want {
		high *= 2
	}
	low := high / 2
	high = min(high, len(rows))
	for low < high { // sort.Search, whose function would be called for each look
		if middle := (low + high) / 2; rows[middle] < want {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
