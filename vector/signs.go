package vector

import (
	"math"

	"github.com/seguedb/segue/vector/kernel"
)

// A segment's versions lie in lists around centroids, as codes of one bit: the signs of r' - Pc, P being a fixed
// rotation, r' what the byte codes of the vector r say of Pr, and c its list's centroid (Gao and Long, "RaBitQ", 2024).
// They are made of the byte codes, and not of the vector, so that a merge has no need of it, and makes of the same bytes
// the same codes, however often. With b those signs as ±1, a code's factors are
//
//	norm   |r|
//	base   γ = Pc·u       u = r' - Pc
//	along  α = Σ|u| / D
//	rest   β >= |u - αb|
//
// and so, with w = Pq - Pc, and |Pr - r'| <= λ|r| for all of a list,
//
//	q·r <= Pq·r' + λ|q||r|
//	Pq·r' = Pq·Pc + γ + w·u      w·u = α w·b + w·(u - αb) <= α w·b + |w|β
//
// The query's w is read in digits of four bits, whose rest is in the bound too (kernel.SignQuery): w·b is found by
// counting bits. Rotating and subtracting round; signSlack holds that. A row is out when its upper end is below the
// product that it would need to be within the limit: codeBound's cut.
//
// An approximate plan takes κα for α, a share of |w|β for the whole, and no λ. κ = π/2 is what |u|²/α²D is near to after a
// rotation: the estimate is then right on the average, and the share, found by calibration, is the few standard
// deviations that a miss may take.
const signKappa = math.Pi / 2

// signSeed names the rotation; it is part of the file's format.
const signSeed = 0x53656775655631

// maxLoose bounds λ: where byte codes say so little of a vector, those of one bit say nothing.
const maxLoose = 1.0 / 16

// looseness is λ of a version of a norm, whose byte codes leave out rest.
func looseness(rest float32, norm float64) float64 {
	if rest == 0 {
		return 0
	}
	return float64(rest) / norm * (1 + 1e-6)
}

// signCode writes a version's code to a block, at a lane, and its factors. numbers has room for those of the version.
func signCode(centroid []float32, v place, numbers []int8, signs []uint64, factors []float32, lane int) {
	step, norm := float64(v.b.halves.numbers(numbers, v.i)), v.b.norms[v.i]
	sum, square, base := 0.0, 0.0, 0.0
	for at := 0; at < len(numbers); at += 64 {
		word, numbers, centroid := uint64(0), (*[64]int8)(numbers[at:]), (*[64]float32)(centroid[at:])
		for i, x := range numbers {
			c := float64(centroid[i])
			u := step*float64(x) - c
			word |= ^math.Float64bits(u) >> 63 << i
			sum, square, base = sum+math.Abs(u), square+u*u, base+c*u
		}
		signs[at/64*kernel.SignBlock+lane] = word
	}
	d := float64(len(numbers))
	along := float32(sum / d)
	a := float64(along)
	rest := roundUp(math.Sqrt(max(0, square-2*a*sum+a*a*d)+1e-12*square) * (1 + 1e-9))
	f := [kernel.SignFactors]float32{float32(norm), float32(base), along, rest}
	says := looseness(v.b.halves.marks[kernel.HalfMarks*v.i+1], norm) <= maxLoose
	for _, x := range f {
		says = says && x-x == 0 // it did not overflow
	}
	if !says { // a code that says nothing and is never ruled out
		f = [kernel.SignFactors]float32{0, 0, 0, float32(math.Inf(1))}
	}
	for i, x := range f {
		factors[i*kernel.SignBlock+lane] = x
	}
}

// signQuery is a query as the codes of one bit are asked it.
type signQuery struct {
	set      kernel.Set
	rotation *kernel.Rotation
	bound    codeBound // for its cut alone
	vec      []float32 // rotated
	planes   []uint64
	length   float64
	square   float64 // of the length
}

// prepare rotates the query, and says whether the codes can serve it.
func (s *signQuery) prepare(set kernel.Set, r *kernel.Rotation, b *bound, vec []float32) bool {
	if r == nil || b.metric == L1 || math.IsInf(b.norm, 0) || math.IsNaN(b.norm) {
		return false
	}
	s.set, s.rotation = set, r
	s.vec, s.planes = resized(s.vec, r.Padded()), resized(s.planes, kernel.SignPlanes*r.Padded()/64)
	set.Rotate(r, s.vec, vec)
	s.square = dot64(s.vec, s.vec)
	s.length = math.Sqrt(s.square) * (1 + 1e-9)
	s.bound = codeBound{bound: b, slack: 8 * float64(len(vec)+16) / (1 << 53)}
	return !math.IsNaN(s.square) && !math.IsInf(s.square, 0)
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// slack bounds what q·r differs by from the sum in float64 of the parts that the factors name, as a constant and a
// multiple of |r|: the rotation's error in q and in r, γ's and the centroid's rounding, and what byte codes leave out.
// length is |Pc|.
func (s *signQuery) slack(length, loose float64) (constant, slope float64) {
	relative, absolute := s.rotation.RelativeError(), 2*s.rotation.AbsoluteError()
	q := s.bound.norm
	constant = length*length*1.3e-7 + q*length*1e-9 + absolute*(q+1)
	slope = (2.2*relative+loose)*q + length*1.3e-7 + absolute
	return constant, slope
}

// cut returns the cut for a list at a limit, with a share of the bound, or with the proven one where that is 0. Whatever
// is not finite rules nothing out.
func (s *signQuery) cut(w kernel.SignQuery, l *signList, epsilon, limit float64) kernel.SignCut {
	length := math.Sqrt(w.Square) * (1 + 1e-6)
	c := kernel.SignCut{Offset: w.Product, Scale: 2 * w.Step, Spread: length}
	loose := l.loose
	if epsilon > 0 {
		loose = 0
		c.Scale *= signKappa
		c.Shift = -w.Step * w.Sum * signKappa
		c.Spread *= epsilon
	} else {
		c.Shift = w.Rest*(1+1e-6) + length*1e-6*math.Sqrt(float64(len(s.vec))) - w.Step*w.Sum
	}
	c.Base, c.Slope, c.Square = s.threshold(l, loose, limit)
	for _, x := range [...]float64{c.Offset, c.Scale, c.Shift, c.Spread} {
		if x-x != 0 {
			return kernel.SignCut{Base: math.Inf(-1)}
		}
	}
	return c
}

// threshold is the product with the query below which a row is out, as a polynomial of the row's stored norm. The
// norm is rounded to 2^-24 of itself.
func (s *signQuery) threshold(l *signList, loose, limit float64) (base, slope, square float64) {
	s.bound.rest = s.bound.slack * s.bound.norm
	c := s.bound.cutAt(limit)
	constant, perNorm := s.slack(l.length, loose)
	return c.base - constant - 1e-12*math.Abs(c.base), c.slope - perNorm - 2e-7*math.Abs(c.slope), c.square * (1 - 4e-7)
}

// out says that no version of a list is within the limit: its centroid's product with the query is product at most,
// and |w| length at most.
func (s *signQuery) out(l *signList, product, length, limit float64) bool {
	base, slope, square := s.threshold(l, l.loose, limit)
	upper := product + l.maxBase + length*l.radius*(1+1e-6)
	least := base + min(slope*l.minNorm, slope*l.maxNorm) + square*l.minNorm*l.minNorm
	return upper < least
}
