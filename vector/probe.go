package vector

import (
	"math"
	"slices"

	"github.com/seguedb/segue/vector/kernel"
)

// probe is what a query knows of a list before it looks into it.
type probe struct {
	product float64 // an upper end of Pq·Pc
	length  float64 // an upper end of |w|
	epsilon float64 // the share of |w|β that an approximate plan allows for; 0 is the proven bound
}

// prober turns a segment's lists into pieces: all of them, nearest first, for an exact plan, which leaves out those
// that their bounds rule out when their turn comes; or the nearest few for an approximate one.
type prober struct {
	signs       *signQuery
	recall      float64 // 0: exact
	k           int
	approximate bool // an approximate plan was made
	products    []float32
	order       listOrder
}

// signShare: a filter that lets a smaller part of a segment through is applied first. A row so listed costs ten times
// what its code of one bit does.
const signShare = 0.1

// leastShare is the smallest part of a segment for which its lists are the better plan.
func (p *prober) leastShare(b *block, n int) float64 {
	if e, ok := p.effort(b); ok {
		return min(signShare, math.Sqrt(signShare*float64(e.versions)/float64(n)))
	}
	return signShare
}

// effort is what the segment's calibration says, or false for the exact plan.
func (p *prober) effort(b *block) (effort, bool) {
	if p.recall == 0 {
		return effort{}, false
	}
	return b.lists.tuning.effortFor(p.signs.bound.metric, p.k, p.recall)
}

// add appends a segment's lists. share is the part of its versions that the query may return.
func (p *prober) add(pieces []piece, b *block, share float64) []piece {
	lists := b.lists
	p.products = resized(p.products, len(lists.lists))
	p.signs.set.Scan(kernel.Dot, p.products, p.signs.vec, lists.centroids)
	scale := lists.meanNorm / p.signs.bound.norm
	relative, absolute := p.signs.set.RelativeError(lists.padded), kernel.AbsoluteError(lists.padded)
	metric := p.signs.bound.metric
	for i := range lists.lists {
		p.order.put(i, listKey(metric, float64(p.products[i]), lists.lists[i].square, scale))
	}
	e, tuned := p.effort(b)
	p.approximate = p.approximate || tuned
	seen := 0.0
	for _, i := range p.order.sorted() {
		l := &lists.lists[uint32(i)]
		if l.n == 0 {
			continue
		}
		product, off := float64(p.products[uint32(i)]), relative*p.signs.length*l.length+absolute
		length := math.Sqrt(max(0, p.signs.square+l.square-2*product+2*off)) * (1 + 1e-6)
		pieces = append(pieces, piece{b: b, list: l, probe: probe{product: product + off, length: length, epsilon: float64(e.epsilon)}})
		if seen += float64(l.n) * share; tuned && seen >= float64(e.versions) {
			break
		}
	}
	return pieces
}

// listOrder sorts lists by their keys: those as float32, then the lists' numbers, in one word.
type listOrder []uint64

func (o *listOrder) put(list int, key float64) {
	bits := math.Float32bits(float32(key))
	if bits>>31 != 0 {
		bits = ^bits
	} else {
		bits |= 1 << 31
	}
	*o = append(*o, uint64(bits)<<32|uint64(uint32(list)))
}

// sorted returns the lists that were put, each in the low half of a word, and empties the order.
func (o *listOrder) sorted() []uint64 {
	out := *o
	*o = out[:0]
	slices.Sort(out)
	return out
}
