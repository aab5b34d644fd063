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
	approximate bool       // an approximate plan was made
	codes       *codeBound // of the query; nil where codes do not serve
	products    []float32
	dots        []int32
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
	lists, metric := b.lists, p.signs.bound.metric
	e, tuned := p.effort(b)
	p.approximate = p.approximate || tuned
	p.multiply(lists, tuned)
	scale := lists.meanNorm / p.signs.bound.norm
	for i := range lists.lists {
		p.order.put(i, listKey(metric, float64(p.products[i]), lists.lists[i].square, scale))
	}
	seen := 0.0
	for _, word := range p.order.sorted() {
		i := uint32(word)
		l := &lists.lists[i]
		if l.n == 0 {
			continue
		}
		found := piece{b: b, list: l, probe: probe{epsilon: float64(e.epsilon)}}
		if !tuned {
			found.probe = p.probe(l, float64(p.products[i]))
		}
		pieces = append(pieces, found)
		if seen += float64(l.n) * share; tuned && seen >= float64(e.versions) {
			break
		}
	}
	return pieces
}

// multiply finds the query's products with the centroids: in float32, or about, by codes, where nothing is proven by
// them.
func (p *prober) multiply(lists *signLists, about bool) {
	n := len(lists.lists)
	p.products = resized(p.products, n)
	if !about || p.codes == nil {
		p.signs.set.Scan(kernel.Dot, p.products, p.signs.vec, lists.centroids)
		return
	}
	p.dots = resized(p.dots, n)
	p.signs.set.ScanCodes(p.dots, p.codes.query, lists.codes)
	for i, dot := range p.dots {
		product, _ := p.codes.product(dot, lists.steps[i], 0)
		p.products[i] = float32(product)
	}
}

// probe bounds a list by its centroid's product with the query in float32.
func (p *prober) probe(l *signList, product float64) probe {
	padded := len(p.signs.vec)
	off := p.signs.set.RelativeError(padded)*p.signs.length*l.length + kernel.AbsoluteError(padded)
	length := math.Sqrt(max(0, p.signs.square+l.square-2*product+2*off)) * (1 + 1e-6)
	return probe{product: product + off, length: length}
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
