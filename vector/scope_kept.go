package vector

import (
	"slices"
	"sync"
	"weak"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
)

// keptFilters are the versions that a segment has of filters that came before: an owner who keeps sets of rows asks with
// the same one again and again, and walking through it costs a fifth of the search. Only a filter that comes twice is
// kept, by a pointer that does not keep it alive.
type keptFilters struct {
	mu   sync.Mutex
	seen [keptPerSegment]weak.Pointer[roaring64.Bitmap] // the last ones that were not kept
	kept [keptPerSegment]keptFilter
	asks int // of those that are not kept
	puts int
}

// keptFilter is all versions of a filter's rows, dead ones included.
type keptFilter struct {
	filter weak.Pointer[roaring64.Bitmap]
	at     []uint32 // ascending
	starts []uint32 // where each list's begin in at, and the end; nil without lists
}

const (
	keptPerSegment = 4
	// keptVersions bounds a filter's: half a megabyte.
	keptVersions = 1 << 17
)

// get returns a filter's versions, or says whether it is worth keeping them.
func (k *keptFilters) get(filter *roaring64.Bitmap) (found keptFilter, ok, keep bool) {
	w := weak.Make(filter)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range k.kept {
		if f.filter == w {
			return f, true, false
		}
	}
	if slices.Contains(k.seen[:], w) {
		return found, false, true
	}
	k.seen[k.asks%keptPerSegment] = w
	k.asks++
	return found, false, false
}

func (k *keptFilters) put(f keptFilter) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept[k.puts%keptPerSegment] = f
	k.puts++
}

// keptList returns the versions of the filter's rows in a segment, where they are kept, or are from now on.
func (s *scope) keptList(b *block, n int, share float64) (f keptFilter, ok bool) {
	if s.filter == nil || !b.sorted || share*float64(n) > keptVersions || float64(b.deaths.Load()) > listDead*float64(n) {
		return f, false
	}
	f, ok, keep := b.filters.get(s.filter)
	if ok || !keep {
		return f, ok
	}
	all := scope{filter: s.filter}
	f = keptFilter{filter: weak.Make(s.filter), at: all.walk(b, n, share)}
	if b.lists != nil {
		slices.Sort(f.at)
		f.starts = b.lists.startsIn(f.at)
	}
	b.filters.put(f)
	return f, true
}

// startsIn returns where each list's versions begin in at, which ascends, and its length.
func (s *signLists) startsIn(at []uint32) []uint32 {
	starts, i := make([]uint32, 0, len(s.lists)+1), 0
	for l := range s.lists {
		starts = append(starts, uint32(i))
		for last := s.lists[l].first + s.lists[l].n; i < len(at) && int(at[i]) < last; i++ {
		}
	}
	return append(starts, uint32(i))
}

// nearestPays: fewer versions are scored sooner than lists are ordered.
const nearestPays = 1024

// nearestVersions of the nearest lists settle the limit; the order of those behind them matters no more.
const nearestVersions = 256

// nearestFirst appends a kept filter's versions to dst: first some of the lists that are nearest to the query, then the
// others as they lie. What comes then is ruled out by the upper halves of its byte codes.
func (p *prober) nearestFirst(dst []uint32, b *block, f keptFilter) []uint32 {
	p.multiply(b.lists, true)
	scale := b.lists.norms.mean() / p.signs.bound.norm
	for i := range b.lists.lists {
		if f.starts[i] < f.starts[i+1] {
			p.order.put(i, b.lists.norms.nearKey(p.signs.bound.metric, float64(p.products[i]), b.lists.lists[i].square, scale))
		}
	}
	p.order.heap()
	p.near = p.near[:0]
	for from := len(dst); len(dst) < from+nearestVersions && len(p.order) > 0; {
		i := uint32(p.order.pop())
		dst = append(dst, f.at[f.starts[i]:f.starts[i+1]]...)
		p.near = append(p.near, i)
	}
	p.order = p.order[:0]
	slices.Sort(p.near)
	next := uint32(0)
	for _, i := range p.near {
		dst = append(dst, f.at[next:f.starts[i]]...)
		next = f.starts[i+1]
	}
	return append(dst, f.at[next:]...)
}
