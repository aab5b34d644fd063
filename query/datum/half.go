package datum

import (
	"math"

	"github.com/seguedb/segue/query/sqlstate"
)

// A halfvec's elements are IEEE 754 binary16 on the wire and on disk, and the float32s of the same value in memory:
// every float16 is a float32, so that what works on vectors works on both.

// HalfBits rounds to the nearest float16, ties to even; what is beyond 65504 by half a step or more is infinite.
func HalfBits(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b>>16) & 0x8000
	switch b &= 0x7fffffff; {
	case b > 0x7f800000:
		return sign | 0x7e00
	case b >= 0x477ff000: // 65520
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14 all are multiples of 2^-24: one addition rounds to them
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	default:
		return sign | uint16((b+0xfff+b>>13&1-0x38000000)>>13)
	}
}

// HalfFloat is the value of a float16.
func HalfFloat(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)/(1<<24)))
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// RoundHalf is the float16 nearest to f, ±infinity beyond the largest.
func RoundHalf(f float32) float32 { return HalfFloat(HalfBits(f)) }

// toHalf is RoundHalf for a conversion, which refuses what only the rounding makes infinite (22003).
func toHalf(f float32) (float32, error) {
	h := RoundHalf(f)
	if isInf(h) && !isInf(f) {
		return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "\"%s\" is out of range for type halfvec",
			appendShortest(nil, float64(f), 32))
	}
	return h, nil
}

func isInf(f float32) bool { return f > math.MaxFloat32 || f < -math.MaxFloat32 }
