package kernel

import (
	"fmt"
	"math"
)

// SignQuery is what SignPlanesOf finds of w = q - centre: w is Step × its digits, less a rest.
type SignQuery struct {
	Step    float64
	Sum     float64 // of the digits
	Rest    float64 // Σ |w - Step·digit|
	Square  float64 // |w|²
	Product float64 // q·centre
}

// SignPlanesOf writes the digits of q - centre to planes, as SiftSigns reads them. Both are rotated: a multiple of 64
// numbers, with SignPlanes words for each 64 of them. What it returns is right to 1e-9 of itself, save what float32
// differences round: 2^-24 of each, in Rest 2^-22. Numbers that overflow give what is not finite.
func (s Set) SignPlanesOf(planes []uint64, q, centre []float32) SignQuery {
	if len(q) == 0 || len(q)%64 != 0 || len(centre) != len(q) || len(planes) != SignPlanes*len(q)/64 {
		panic(fmt.Sprintf("kernel: SignPlanesOf of %d numbers around %d in %d words", len(q), len(centre), len(planes)))
	}
	if s.level != Portable {
		return signPlanesC(s.level, planes, q, centre)
	}
	return portablePlanes(planes, q, centre)
}

// smallestStep is the smallest step that has an inverse; smaller numbers are all rest.
const smallestStep = 0x1p-126

func portablePlanes(planes []uint64, q, centre []float32) SignQuery {
	var r SignQuery
	largest := float32(0)
	for i, x := range q {
		w := x - centre[i]
		largest = max(largest, abs32(w))
		r.Product += float64(x) * float64(centre[i])
		r.Square += float64(w) * float64(w)
	}
	step, inverse := largest/7, float32(0)
	if step >= smallestStep {
		inverse = 1 / step
	} else {
		step = 0
	}
	for word := 0; word < len(q)/64; word++ {
		var bits [SignPlanes]uint64
		for i, x := range q[64*word:][:64] {
			w := x - centre[64*word+i]
			digit := int64(w*inverse+8.5) - 8 // the nearest: the sum is above 1
			r.Rest += math.Abs(float64(w) - float64(step)*float64(digit))
			r.Sum += float64(digit)
			u := uint64(digit)
			bits[0] |= u & 1 << i
			bits[1] |= u >> 1 & 1 << i
			bits[2] |= u >> 2 & 1 << i
			bits[3] |= u >> 3 & 1 << i
		}
		copy(planes[SignPlanes*word:], bits[:])
	}
	r.Step = float64(step)
	return r
}
