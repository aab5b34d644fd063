package datum

import "math"

const (
	// exactDigits is the mantissa up to which a float64 holds every integer.
	exactDigits = 1 << 53
	// exactPower is the largest power of ten that a float64 holds exactly.
	exactPower = 22
	// halfway are the bits of a float64 below those of a float32, of a number in the middle between two float32s.
	halfway, belowFloat32 = 1 << 28, 1<<29 - 1
)

var powersOfTen = [exactPower + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// scanFloat32 reads the decimal number at the start of s, up to a comma or the end of s, and says how long it is; n is 0 for
// what it leaves to strconv: other syntax, and the few numbers that need more than a float64's precision. The result is
// strconv's: digits and power of ten are exact as float64s, so that their product or quotient is rounded once, and rounding it
// again to a float32 errs only from the exact middle of two (Clinger, How to Read Floating Point Numbers Accurately, 1990).
// It is there because half of the time of a COPY of vectors in text went into strconv, which looks for hexadecimals,
// underscores and infinities, too.
func scanFloat32(s string) (f float32, n int) {
	i, negative := 0, false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		i, negative = 1, s[0] == '-'
	}
	from := i
	mantissa, i := scanDigits(s, i, 0)
	digits, power := i-from, 0
	if i < len(s) && s[i] == '.' {
		from = i + 1
		mantissa, i = scanDigits(s, from, mantissa)
		power = from - i
		digits -= power
	}
	if digits == 0 || digits > 19 || mantissa >= exactDigits {
		return 0, 0
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		exponent, end := scanExponent(s, i+1)
		if end == 0 {
			return 0, 0
		}
		power, i = power+exponent, end
	}
	if i < len(s) && s[i] != ',' || power > exactPower || power < -exactPower {
		return 0, 0
	}
	x := float64(mantissa)
	if power < 0 {
		x /= powersOfTen[-power]
	} else {
		x *= powersOfTen[power]
	}
	if math.Float64bits(x)&belowFloat32 == halfway {
		return 0, 0
	}
	if negative {
		x = -x
	}
	return float32(x), i
}

// scanDigits appends the digits of s from i on to a mantissa, which overflows without notice after 19 of them.
func scanDigits(s string, i int, mantissa uint64) (uint64, int) {
	for ; i+8 <= len(s); i += 8 {
		eight := eightBytes(s[i : i+8])
		if !eightDigits(eight) {
			break
		}
		mantissa = mantissa*100_000_000 + eightDigitsValue(eight)
	}
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		mantissa = mantissa*10 + uint64(s[i]-'0')
	}
	return mantissa, i
}

// eightBytes is a word of eight bytes, the first the lowest. It compiles to one load.
func eightBytes(b string) uint64 {
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// eightDigits says that all bytes of a word are digits (Lemire, Quickly determining if a string is made of digits, 2018).
func eightDigits(w uint64) bool {
	return w&0xF0F0F0F0F0F0F0F0|(w+0x0606060606060606)&0xF0F0F0F0F0F0F0F0>>4 == 0x3333333333333333
}

// eightDigitsValue is the number that eight digits stand for, the first in the lowest byte: pairs, then fours, then all.
func eightDigitsValue(w uint64) uint64 {
	w -= 0x3030303030303030
	w = w*10 + w>>8
	const mask = 0x000000FF000000FF
	return (w&mask*0x000F424000000064 + w>>16&mask*0x0000271000000001) >> 32
}

// scanExponent reads the exponent at i; end is 0 when there is none, or a long one.
func scanExponent(s string, i int) (exponent, end int) {
	negative := false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		negative = s[i] == '-'
		i++
	}
	from := i
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		exponent = exponent*10 + int(s[i]-'0')
	}
	if i == from || i-from > 4 {
		return 0, 0
	}
	if negative {
		exponent = -exponent
	}
	return exponent, i
}
