package builtin

import (
	"math"

	"github.com/cockroachdb/apd/v3"
)

// Postgres holds numerics in groups of four decimal digits, and how many digits an inexact result
// shows depends on where the groups lie. The names of the constants are its own.
const (
	groupDigits     = 4    // DEC_DIGITS
	minSigDigits    = 16   // NUMERIC_MIN_SIG_DIGITS
	maxDisplayScale = 1000 // NUMERIC_MAX_DISPLAY_SCALE
)

// scaleOf is the display scale.
func scaleOf(d *apd.Decimal) int32 { return -d.Exponent }

// leading returns the weight of the first group (0 for units, 1 for ten thousands, -1 for the first
// four decimals) and its value.
func leading(d *apd.Decimal) (weight, first int32) {
	if d.Coeff.Sign() == 0 {
		return 0, 0
	}
	digits := int32(d.NumDigits())
	top := digits + d.Exponent - 1 // the power of ten of the first digit
	weight = top / groupDigits
	if top < 0 && top%groupDigits != 0 {
		weight--
	}
	keep := top - weight*groupDigits + 1
	v := new(apd.BigInt).Set(&d.Coeff)
	if keep < digits {
		v.Quo(v, pow10(digits-keep))
	} else {
		v.Mul(v, pow10(keep-digits))
	}
	return weight, int32(v.Int64())
}

// displayScale bounds a wanted scale by those of the operands and Postgres's limits.
func displayScale(want int32, operands ...*apd.Decimal) int32 {
	for _, d := range operands {
		want = max(want, scaleOf(d))
	}
	return min(max(want, 0), maxDisplayScale)
}

// divisionScale is the scale of x/y: enough for 16 significant digits.
func divisionScale(x, y *apd.Decimal) int32 {
	xWeight, xFirst := leading(x)
	yWeight, yFirst := leading(y)
	weight := xWeight - yWeight
	if xFirst <= yFirst {
		weight--
	}
	return displayScale(minSigDigits-weight*groupDigits, x, y)
}

// log10Of is the decimal logarithm of a positive number of any size, to a float's precision.
func log10Of(d *apd.Decimal) float64 {
	digits := int32(d.NumDigits())
	head := new(apd.BigInt).Set(&d.Coeff)
	cut := max(digits-17, 0)
	head.Quo(head, pow10(cut))
	return math.Log10(float64(head.Int64())) + float64(cut+d.Exponent)
}

// lnWeight estimates the decimal weight of ln d, for d > 0.
func lnWeight(d *apd.Decimal) int32 {
	if d.Cmp(apd.New(9, -1)) >= 0 && d.Cmp(apd.New(11, -1)) <= 0 {
		var x apd.Decimal
		if _, err := exactly.Sub(&x, d, apd.New(1, 0)); err != nil || x.IsZero() {
			return 0
		}
		weight, first := leading(&x)
		return weight*groupDigits + int32(math.Log10(float64(first)))
	}
	return int32(math.Log10(math.Abs(log10Of(d) * math.Ln10)))
}
