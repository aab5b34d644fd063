package kernel

import (
	"fmt"
	"math"
)

// CodeMax is the largest code of a byte.
const CodeMax = 127

// Encoded is what Encode leaves out and adds up: x = Step·code + what Rest is the sum of the squares of.
type Encoded struct {
	Step         float64 // a float32
	Rest         float64
	Squares, Sum int // of the codes
}

// Encode rounds numbers to codes of a byte, x ≈ step·code, the largest in size to ±CodeMax. Numbers too small for a step,
// and any beside an infinite one, are all rest. It takes the best level by itself, for every level gives the same bits.
func Encode(codes []int8, x []float32) Encoded {
	if len(codes) != len(x) {
		panic(fmt.Sprintf("kernel: Encode of %d numbers to %d codes", len(x), len(codes)))
	}
	if len(x) >= sumsPay && bestLevel() > Portable {
		return encodeC(codes, x)
	}
	return portableEncode(codes, x)
}

// RoundToEven is 1.5·2^52, which rounds what it is added to: a float64 of that size has no room for halves.
const RoundToEven = 3 << 51

func portableEncode(codes []int8, x []float32) Encoded {
	step, inverse := CodeStep(x)
	out := Encoded{Step: float64(step)}
	var rest [8]float64
	for i, x := range x {
		// Adding RoundToEven rounds, and leaves the integer in the low bits.
		c := max(-CodeMax, min(int(int32(math.Float64bits(float64(x)*inverse+RoundToEven))), CodeMax))
		codes[i] = int8(c)
		left := float64(x) - float64(out.Step*float64(c))
		rest[i%8] += float64(left * left)
		out.Squares, out.Sum = out.Squares+c*c, out.Sum+c
	}
	out.Rest = pairwise(&rest)
	return out
}

// CodeStep returns the step of numbers' codes and its inverse, or zeros.
func CodeStep(x []float32) (step float32, inverse float64) {
	largest := uint32(0) // the bits of float32s that are not negative are ordered as they are
	for _, x := range x {
		largest = max(largest, math.Float32bits(x)&^(1<<31))
	}
	step = math.Float32frombits(largest) / CodeMax
	if !(step > 0) || math.IsInf(float64(step), 1) {
		return 0, 0
	}
	return step, 1 / float64(step)
}
