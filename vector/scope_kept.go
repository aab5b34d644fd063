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
	bits   []uint64 // one for each version of the segment; nil without lists
}

// keptOfList is a kept filter's versions in one list, dead ones included. The zero value knows nothing.
type keptOfList struct {
	at   []uint32 // ascending indexes in the block
	bits []uint64 // of the block
}

func (k *keptOfList) known() bool { return k.bits != nil }

// between returns those from one index in the block to another.
func (k *keptOfList) between(from, to int) []uint32 {
	low, _ := slices.BinarySearch(k.at, uint32(from))
	high, _ := slices.BinarySearch(k.at, uint32(to))
	return k.at[low:high]
}

// sieve leaves in at, indexes in the block, those that the filter lets through.
func (k *keptOfList) sieve(at []uint32) []uint32 {
	n := 0
	for _, v := range at {
		at[n] = v
		n += int(k.bits[v/64] >> (v % 64) & 1) // no branch, which would be guessed wrong
	}
	return at[:n]
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
		f.starts, f.bits = b.lists.startsIn(f.at), bitsOf(f.at, n)
	}
	b.filters.put(f)
	return f, true
}

// keepShare: where a filter lets more through, reading those one by one is no faster than reading all. Half of them take 0.6
// to 0.65 of the time of all (BenchmarkHalves, sift-50%).
const keepShare = 0.75

// keptByList returns a kept filter for an exact plan that goes list by list, where that helps; it is zero else.
func (s *scope) keptByList(b *block, n int, share float64) (f keptFilter) {
	if _, approximate := s.prober.effort(b); s.filter == nil || share > keepShare || approximate {
		return keptFilter{}
	}
	f, _ = s.keptList(b, n, share)
	return f
}

// of returns a list's versions of the filter.
func (f *keptFilter) of(list int) (k keptOfList) {
	if f.starts != nil {
		k = keptOfList{f.at[f.starts[list]:f.starts[list+1]], f.bits}
	}
	return k
}

func bitsOf(at []uint32, n int) []uint64 {
	bits := make([]uint64, (n+63)/64)
	for _, v := range at {
		bits[v/64] |= 1 << (v % 64)
	}
	return bits
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
