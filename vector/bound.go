package vector

import (
	"math"

	"github.com/seguedb/segue/vector/kernel"
)

// bound turns a float32 score into an interval that the distance surely lies in, so that a scan in
// float32 can prove which rows it need not look at again.
//
// Intervals are of the distance itself, or of its square for L2: the root keeps the order and would
// cost time. A score r off by at most rel·Σ|f_i| + abs (kernel.RelativeError) is
//
//	cosine   Σ|f_i| <= |q||r|  →  1 - score/|q||r|  ±  rel + abs/|q||r|
//	ip       Σ|f_i| <= |q||r|  →  -score            ±  rel·|q||r| + abs
//	l2, l1   Σ|f_i| = the sum  →  (score - abs)/(1+rel) … (score + abs)/(1-rel)
//
// rel holds the roundings of Distance too, of the stored norms, of the clamp and of this arithmetic.
// So when one interval ends before another begins the distances Search reports differ, and it is
// never a tie that the row ids should have decided.
type bound struct {
	metric   Metric
	op       kernel.Op
	rel, abs float64
	norm     float64 // of the query
}

func newBound(set kernel.Set, m Metric, q []float32) bound {
	b := bound{metric: m, op: kernel.Dot, norm: Norm(q)}
	switch m {
	case L2:
		b.op = kernel.SquaredL2
	case L1:
		b.op = kernel.L1
	}
	// Eight times what dim roundings in float64 make: small next to float32's, and more than the
	// handful of sums, norms and quotients need.
	inFloat64 := 8 * float64(len(q)+16) / (1 << 53)
	b.rel = set.RelativeError(len(q)) + inFloat64
	b.abs = 2 * kernel.AbsoluteError(len(q))
	return b
}

// interval returns bounds of the distance behind a score of a row with the given norm. NaN, which
// sorts after every number, is +Inf at both ends. A score that overflowed says nothing.
func (b *bound) interval(score float32, norm float64) (lo, hi float64) {
	if b.metric == Cosine && (norm == 0 || b.norm == 0) {
		return math.Inf(1), math.Inf(1)
	}
	s := float64(score)
	if math.IsNaN(s) || math.IsInf(s, 0) {
		return math.Inf(-1), math.Inf(1)
	}
	switch b.metric {
	case Cosine:
		lengths := b.norm * norm
		mid, off := 1-s/lengths, b.rel+b.abs/lengths
		return mid - off, mid + off
	case InnerProduct:
		off := b.rel*b.norm*norm + b.abs
		return -s - off, -s + off
	default:
		return (s - b.abs) / (1 + b.rel), (s + b.abs) / (1 - b.rel)
	}
}

// limitOf is the interval arithmetic's name for a distance cut-off: rows whose interval begins beyond
// it are not within the cut-off.
func (b *bound) limitOf(maxDistance float64) float64 {
	if b.metric == L2 && maxDistance > 0 {
		return maxDistance * maxDistance * (1 + 8.0/(1<<53))
	}
	return maxDistance
}

// endOf is the end of the interval of a distance that is known.
func (b *bound) endOf(distance float64) float64 {
	if math.IsNaN(distance) {
		return math.Inf(1)
	}
	return b.limitOf(distance)
}

// cut is a limit as the scan's inner loop asks for it, without a division: a row is out when its
// score is below base + slope·norm (dot products), or above base (sums of differences). Every
// comparison with a NaN is false, and so keeps the row for interval to judge.
type cut struct{ base, slope float64 }

// cutAt solves interval's lo > limit for the score.
func (b *bound) cutAt(limit float64) cut {
	switch b.metric {
	case Cosine:
		return cut{base: -b.abs, slope: (1 - b.rel - limit) * b.norm}
	case InnerProduct:
		return cut{base: -(limit + b.abs), slope: -b.rel * b.norm}
	default:
		return cut{base: limit*(1+b.rel) + b.abs}
	}
}
