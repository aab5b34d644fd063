package vector

import (
	"cmp"
	"math"
	"slices"

	"github.com/seguedb/segue/vector/kernel"
)

// probe is what a query knows of a list before it looks into it.
type probe struct {
	key     float64 // the order of lists: listKey
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
	lists, first := b.lists, len(pieces)
	p.products = resized(p.products, len(lists.lists))
	p.signs.set.Scan(kernel.Dot, p.products, p.signs.vec, lists.centroids)
	scale := lists.meanNorm / p.signs.bound.norm
	relative, absolute := p.signs.set.RelativeError(lists.padded), kernel.AbsoluteError(lists.padded)
	for i := range lists.lists {
		l := &lists.lists[i]
		if l.n == 0 {
			continue
		}
		product, off := float64(p.products[i]), relative*p.signs.length*l.length+absolute
		length := math.Sqrt(max(0, p.signs.square+l.square-2*product+2*off)) * (1 + 1e-6)
		pieces = append(pieces, piece{b: b, list: l, probe: probe{
			key: listKey(p.signs.bound.metric, product, l.square, scale), product: product + off, length: length}})
	}
	added := pieces[first:]
	slices.SortFunc(added, func(x, y piece) int { return cmp.Compare(x.probe.key, y.probe.key) })
	e, ok := p.effort(b)
	if !ok {
		return pieces
	}
	p.approximate = true
	seen := 0.0
	for i := range added {
		added[i].probe.epsilon = float64(e.epsilon)
		if seen += float64(added[i].list.n) * share; seen >= float64(e.versions) {
			return pieces[:first+i+1]
		}
	}
	return pieces
}
