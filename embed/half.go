package embed

import "math"

// halfBits rounds to IEEE 754 binary16, ties to even. Finite values beyond its range
// become infinite; a unit vector has none.
func halfBits(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b>>16) & 0x8000
	abs := b &^ (1 << 31)
	switch {
	case abs > 0x7f800000:
		return sign | 0x7e00
	case abs >= 0x477ff000: // 65520 and more round to infinity
		return sign | 0x7c00
	case abs < 0x38800000: // below 2^-14: subnormal, in steps of 2^-24
		scaled := math.RoundToEven(float64(math.Float32frombits(abs)) * (1 << 24))
		return sign | uint16(scaled)
	}
	rebased := abs - (127-15)<<23
	rounded := rebased + 0xfff + rebased>>13&1
	return sign | uint16(rounded>>13)
}

// halfFloat is the exact inverse of halfBits on what that returns.
func halfFloat(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		f := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// halves rounds a vector.
func halves(v []float32) []uint16 {
	h := make([]uint16, len(v))
	for i, x := range v {
		h[i] = halfBits(x)
	}
	return h
}
