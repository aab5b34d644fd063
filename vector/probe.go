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
// that their bounds rule out when their turn comes; or the nearest cells of the nearest lists for an approximate one.
type prober struct {
	signs       *signQuery
	recall      float64 // 0: exact
	k           int
	approximate bool       // an approximate plan was made
	codes       *codeBound // of the query; nil where codes do not serve
	products    []float32
	dots        []int32
	order       listOrder
	near        []uint32 // lists that come first
	cells       listOrder
	ranks       []uint32 // of the lists whose cells are in order
	chosen      []uint64 // cells, by their lists' ranks
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

// effort is what the segment's calibration says, or false for the exact plan: it rules out whole lists, and takes no longer
// where an approximate one would see all versions.
func (p *prober) effort(b *block) (effort, bool) {
	if p.recall == 0 || p.codes == nil {
		return effort{}, false
	}
	e, ok := b.lists.tuning.effortFor(p.signs.bound.metric, p.k, p.recall)
	return e, ok && int(e.versions) < b.len()
}

// add appends a segment's lists. share is the part of its versions that the query may return, kept which those are where that
// is known.
func (p *prober) add(pieces []piece, b *block, share float64, kept keptFilter) []piece {
	if e, ok := p.effort(b); ok {
		p.approximate = true
		return p.addCells(pieces, b, e, share)
	}
	p.multiply(b.lists, false)
	p.orderLists(b.lists)
	for _, word := range p.order.sorted() {
		i := uint32(word)
		some := kept.of(int(i))
		if l := &b.lists.lists[i]; l.n > 0 && !(some.known() && len(some.at) == 0) {
			pieces = append(pieces, piece{b: b, to: l.n, list: l, kept: some, probe: p.probe(l, float64(p.products[i]))})
		}
	}
	return pieces
}

// orderLists puts the lists in the order of their products.
func (p *prober) orderLists(lists *signLists) {
	scale := lists.norms.mean() / p.signs.bound.norm
	for i := range lists.lists {
		p.order.put(i, lists.norms.nearKey(p.signs.bound.metric, float64(p.products[i]), lists.lists[i].square, scale))
	}
}

// addCells appends the nearest cells of the nearest lists, until they have as many versions that the query may return as
// the effort says. Those of one list follow each other, in the order of the lists.
func (p *prober) addCells(pieces []piece, b *block, e effort, share float64) []piece {
	lists := b.lists
	p.multiply(lists, true)
	p.orderLists(lists)
	p.rankCells(lists, float64(max(e.cells, 1))/share)
	p.chosen = p.chosen[:0]
	for seen := 0.0; len(p.cells) > 0; {
		cell := uint32(p.cells.pop())
		if n := lists.cells.versions(cell); n > 0 {
			seen += float64(n) * share
			p.chosen = append(p.chosen, uint64(p.ranks[lists.cells.list[cell]])<<32|uint64(cell))
		}
		if seen >= float64(e.versions) {
			break
		}
	}
	p.cells = p.cells[:0]
	slices.Sort(p.chosen)
	for _, word := range p.chosen {
		cell := uint32(word)
		l := &lists.lists[lists.cells.list[cell]]
		from, to := lists.cells.span(cell, l)
		if n := len(pieces); n > 0 && pieces[n-1].list == l && pieces[n-1].to >= from {
			pieces[n-1].to = max(pieces[n-1].to, to)
			continue
		}
		pieces = append(pieces, piece{b: b, from: from, to: to, list: l, probe: probe{epsilon: float64(e.epsilon)}})
	}
	return pieces
}

// rankCells puts the cells of the nearest lists in order, at least so many.
func (p *prober) rankCells(lists *signLists, least float64) {
	scale := lists.norms.mean() / p.signs.bound.norm
	p.ranks = resized(p.ranks, len(lists.lists))
	p.order.heap()
	for rank := uint32(0); float64(len(p.cells)) < least && len(p.order) > 0; rank++ {
		i := uint32(p.order.pop())
		p.ranks[i] = rank
		first, n := lists.lists[i].cell, lists.lists[i].cells
		p.dots = resized(p.dots, n)
		scan(p.signs.set, p.dots, p.codes.query, lists.cells.codes[first*lists.padded:(first+n)*lists.padded])
		for j, dot := range p.dots {
			product, _ := p.codes.product(dot, lists.cells.steps[first+j], 0)
			p.cells.put(first+j, lists.norms.nearKey(p.signs.bound.metric, product, float64(lists.cells.squares[first+j]), scale))
		}
	}
	p.order = p.order[:0]
	p.cells.heap()
}

// multiply finds the query's products with the centroids: in float32, or about, by codes, where nothing is proven by
// them.
func (p *prober) multiply(lists *signLists, about bool) {
	n := len(lists.lists)
	p.products = resized(p.products, n)
	if !about {
		p.signs.set.Scan(kernel.Dot, p.products, p.signs.vec, lists.centroids)
		return
	}
	p.dots = resized(p.dots, n)
	scan(p.signs.set, p.dots, p.codes.query, lists.codes)
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

// heap makes a heap of what was put, for pop.
func (o listOrder) heap() {
	for i := len(o)/2 - 1; i >= 0; i-- {
		o.sink(i)
	}
}

// pop removes the nearest of a heap.
func (o *listOrder) pop() uint64 {
	h := *o
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h[:last].sink(0)
	*o = h[:last]
	return first
}

func (o listOrder) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(o) {
			return
		}
		if child+1 < len(o) && o[child+1] < o[child] {
			child++
		}
		if o[i] <= o[child] {
			return
		}
		o[i], o[child] = o[child], o[i]
		i = child
	}
}
