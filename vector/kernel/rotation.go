package kernel

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
)

// Rotation is a fixed orthogonal transformation that spreads a vector's length evenly over its numbers, whatever they
// were, so that their signs say as much as signs can: rounds of flips drawn from a seed and a Walsh-Hadamard transform
// (Ailon and Chazelle, "The Fast Johnson-Lindenstrauss Transform", 2009). Where the length is no power of two the
// rounds go over its beginning and its end in turn, so that it need not grow to the next one.
//
// Every level gives the same bits: there are only sums, differences and a product a round.
type Rotation struct {
	dim, padded, span int
	flips             []uint32 // sign bits, span a round
	none              []uint32 // span zeros
	scale             float32
}

// rotationRounds: after two a number has reached all others; four even out what the overlap favours.
const rotationRounds = 4

// NewRotation returns the rotation of vectors of dim numbers that a seed stands for.
func NewRotation(dim int, seed uint64) *Rotation {
	r := &Rotation{dim: dim, padded: (dim + 63) / 64 * 64}
	r.span = 1 << (bits.Len(uint(r.padded)) - 1)
	r.scale = float32(1 / math.Sqrt(float64(r.span)))
	rng := rand.New(rand.NewPCG(seed, uint64(dim)))
	r.flips, r.none = make([]uint32, rotationRounds*r.span), make([]uint32, r.span)
	for i := range r.flips {
		r.flips[i] = uint32(rng.Uint64()>>63) << 31
	}
	return r
}

// Padded is the length of a rotated vector: the dimensions, rounded up to a multiple of 64.
func (r *Rotation) Padded() int { return r.padded }

// RelativeError and AbsoluteError bound the length by which a rotated vector v differs from what real numbers would
// give: RelativeError × |v| + AbsoluteError. A transform of 2^l numbers rounds each l times, and the product and the
// scale once, by 2^-24 of numbers whose squares sum to at most the length's times 1 + what was lost before.
func (r *Rotation) RelativeError() float64 {
	steps := float64(rotationRounds * (bits.Len(uint(r.span)) + 3))
	return steps * unitRoundoff / (1 - steps*unitRoundoff)
}

// AbsoluteError is what products too small for a float32 lose.
func (r *Rotation) AbsoluteError() float64 {
	return rotationRounds * math.Sqrt(float64(r.padded)) * smallestFloat
}

// Rotate writes the rotation of src to dst, which is Padded long.
func (s Set) Rotate(r *Rotation, dst, src []float32) {
	if len(src) != r.dim || len(dst) != r.padded {
		panic(fmt.Sprintf("kernel: Rotate of %d numbers to %d, for %d to %d", len(src), len(dst), r.dim, r.padded))
	}
	clear(dst[copy(dst, src):])
	if s.level != Portable {
		rotateC(s.level, r, dst)
		return
	}
	for round := range rotationRounds {
		part := dst[:r.span]
		if round%2 == 1 {
			part = dst[r.padded-r.span:]
		}
		hadamard(part, r.flips[round*r.span:], r.scale)
	}
}

// Unrotate turns a rotated vector back, in place: its first numbers are the vector, and what rounding makes of the rest is
// left there. RelativeError and AbsoluteError bound this way as they do the other.
func (s Set) Unrotate(r *Rotation, x []float32) {
	if len(x) != r.padded {
		panic(fmt.Sprintf("kernel: Unrotate of %d numbers, for %d", len(x), r.padded))
	}
	if s.level != Portable {
		unrotateC(s.level, r, x)
		return
	}
	for round := rotationRounds - 1; round >= 0; round-- {
		part := x[:r.span]
		if round%2 == 1 {
			part = x[r.padded-r.span:]
		}
		transform(part, r.scale) // is its own inverse
		flip(part, r.flips[round*r.span:])
	}
}

func hadamard(x []float32, flips []uint32, scale float32) {
	flip(x, flips)
	transform(x, scale)
}

func flip(x []float32, flips []uint32) {
	for i, f := range flips[:len(x)] {
		x[i] = math.Float32frombits(math.Float32bits(x[i]) ^ f)
	}
}

func transform(x []float32, scale float32) {
	for h := 1; h < len(x); h *= 2 {
		for i := 0; i < len(x); i += 2 * h {
			for j := i; j < i+h; j++ {
				x[j], x[j+h] = x[j]+x[j+h], x[j]-x[j+h]
			}
		}
	}
	for i := range x {
		x[i] *= scale
	}
}
