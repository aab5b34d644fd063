package kernel

import (
	"fmt"
	"math"
)

// sumsPay is the length from which calling C costs less than what it saves.
const sumsPay = 64

// Sum returns an operation's sum over the numbers of a and b, which are as long, in float64: eight interleaved partial
// sums, added pairwise at the end. It takes the best level by itself, for every level gives the same bits.
func Sum(op Op, a, b []float32) float64 { return SumAhead(op, a, b, b) }

// SumAhead is Sum, and asks the memory for next, as long, which the next call will be of.
func SumAhead(op Op, a, b, next []float32) float64 {
	if len(a) != len(b) || len(a) != len(next) {
		panic(fmt.Sprintf("kernel: Sum of %d and %d numbers, %d next", len(a), len(b), len(next)))
	}
	if len(a) >= sumsPay && bestLevel() > Portable {
		return sumC(op, a, b, next)
	}
	return portableSum(op, a, b)
}

func portableSum(op Op, a, b []float32) float64 {
	var s [8]float64
	switch op {
	case Dot:
		sumProducts(&s, a, b)
	case SquaredL2:
		for i := range a {
			d := float64(a[i]) - float64(b[i])
			s[i%8] += float64(d * d)
		}
	default:
		for i := range a {
			s[i%8] += math.Abs(float64(a[i]) - float64(b[i]))
		}
	}
	return pairwise(&s)
}

// pairwise adds eight partial sums as the C kernels do.
func pairwise(s *[8]float64) float64 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// sumProducts: the conversions around each product forbid fusing it with the sum (Go specification, "Floating-point
// operators"), which some architectures would do.
func sumProducts(s *[8]float64, a, b []float32) {
	i := 0
	for ; i+8 <= len(a); i += 8 {
		x, y := (*[8]float32)(a[i:]), (*[8]float32)(b[i:])
		s[0] += float64(float64(x[0]) * float64(y[0]))
		s[1] += float64(float64(x[1]) * float64(y[1]))
		s[2] += float64(float64(x[2]) * float64(y[2]))
		s[3] += float64(float64(x[3]) * float64(y[3]))
		s[4] += float64(float64(x[4]) * float64(y[4]))
		s[5] += float64(float64(x[5]) * float64(y[5]))
		s[6] += float64(float64(x[6]) * float64(y[6]))
		s[7] += float64(float64(x[7]) * float64(y[7]))
	}
	for ; i < len(a); i++ {
		s[i%8] += float64(float64(a[i]) * float64(b[i]))
	}
}
