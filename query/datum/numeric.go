package datum

import (
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/sqlstate"
)

// A numeric's exponent is never positive, and its negation is the display scale: 1.10 is 110 × 10⁻².
// Zero is never negative. Every maker of numerics keeps to this through FitNumeric.

// Postgres's limits: NUMERIC_WEIGHT_MAX in digits, and NUMERIC_DSCALE_MAX.
const (
	maxNumericDigits = 131072
	maxNumericScale  = 16383
)

func parseNumeric(s string) (Datum, error) {
	v := trimSpace(s)
	if d, ok := specialNumeric(v); ok {
		return NewNumeric(d), nil
	}
	digits, exponent, ok := splitNumeric(v)
	if !ok || strings.Contains(v, "_") {
		return Null, syntaxError(Numeric, s)
	}
	negative := v[0] == '-'
	digits = strings.TrimLeft(digits, "0")
	zero := digits == ""
	if !zero && len(digits)+exponent > maxNumericDigits {
		return Null, numericOverflow()
	}
	if exponent < -maxNumericScale {
		digits, exponent = roundDigits(digits, exponent)
	}
	d := &apd.Decimal{Negative: negative}
	d.Coeff.SetString("0"+digits, 10)
	d.Exponent = int32(max(exponent, -maxNumericScale))
	if zero {
		d.Exponent = min(d.Exponent, 0)
	}
	if err := FitNumeric(d); err != nil {
		return Null, err
	}
	return NewNumeric(d), nil
}

func numericOverflow() *sqlstate.Error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value overflows numeric format")
}

// FitNumeric brings an arithmetic result into the form numerics are held in, changing d in place;
// 22003 if it is too large.
func FitNumeric(d *apd.Decimal) error {
	if d.Form != apd.Finite {
		if isNaN(d) {
			*d = apd.Decimal{Form: apd.NaN}
		}
		return nil
	}
	switch {
	case d.Coeff.Sign() == 0:
		d.Negative = false
		d.Exponent = min(d.Exponent, 0)
	case d.NumDigits()+int64(d.Exponent) > maxNumericDigits:
		return numericOverflow()
	case d.Exponent > 0:
		d.Coeff.Mul(&d.Coeff, pow10(int64(d.Exponent)))
		d.Exponent = 0
	}
	if d.Exponent < -maxNumericScale {
		RoundNumeric(d, maxNumericScale)
	}
	return nil
}

func pow10(n int64) *apd.BigInt {
	return new(apd.BigInt).Exp(apd.NewBigInt(10), apd.NewBigInt(n), nil)
}

// RoundNumeric rounds half away from zero to scale decimal places, in place; a negative scale rounds
// left of the point. A finite d then shows max(scale, 0) places, zeros added as needed.
func RoundNumeric(d *apd.Decimal, scale int32) {
	if d.Form != apd.Finite {
		return
	}
	have := -d.Exponent
	if drop := have - scale; drop > 0 {
		divisor := pow10(int64(drop))
		var half, rem apd.BigInt
		half.Rsh(divisor, 1)
		d.Coeff.QuoRem(&d.Coeff, divisor, &rem)
		if rem.Cmp(&half) >= 0 {
			d.Coeff.Add(&d.Coeff, apd.NewBigInt(1))
		}
		have = scale
	}
	if want := max(scale, 0); have < want {
		d.Coeff.Mul(&d.Coeff, pow10(int64(want-have)))
		have = want
	}
	d.Exponent = -have
	if d.Coeff.Sign() == 0 {
		d.Negative = false
	}
}

func specialNumeric(v string) (*apd.Decimal, bool) {
	name := strings.ToLower(v)
	negative := strings.HasPrefix(name, "-")
	name = strings.TrimPrefix(strings.TrimPrefix(name, "-"), "+")
	switch {
	case name == "inf" || name == "infinity":
		return &apd.Decimal{Form: apd.Infinite, Negative: negative}, true
	case name == "nan" && len(v) == len(name):
		return &apd.Decimal{Form: apd.NaN}, true
	}
	return nil, false
}

// splitNumeric takes a decimal number apart: its digits, and the power of ten of the last one.
func splitNumeric(v string) (digits string, exponent int, ok bool) {
	if v != "" && (v[0] == '+' || v[0] == '-') {
		v = v[1:]
	}
	if i := strings.IndexAny(v, "eE"); i >= 0 {
		e, err := strconv.ParseInt(v[i+1:], 10, 32)
		if err != nil {
			return "", 0, false
		}
		exponent, v = int(e), v[:i]
	}
	whole, fraction, _ := strings.Cut(v, ".")
	if whole+fraction == "" || !digitsOnly(&whole) || !digitsOnly(&fraction) {
		return "", 0, false
	}
	return whole + fraction, exponent - len(fraction), true
}

// digitsOnly checks for digits, and removes single underscores between them.
func digitsOnly(s *string) bool {
	for i := 0; i < len(*s); i++ {
		c := (*s)[i]
		between := i > 0 && i+1 < len(*s) && (*s)[i+1] != '_'
		if (c < '0' || c > '9') && (c != '_' || !between) {
			return false
		}
	}
	if strings.IndexByte(*s, '_') >= 0 {
		*s = strings.ReplaceAll(*s, "_", "")
	}
	return true
}

// roundDigits drops the digits beyond the greatest scale before they are made into a number, so that
// "1e-2000000000" costs nothing.
func roundDigits(digits string, exponent int) (string, int) {
	drop := -maxNumericScale - exponent
	if drop > len(digits) {
		return "0", -maxNumericScale
	}
	keep := "0" + digits[:len(digits)-drop]
	if digits[len(digits)-drop] < '5' {
		return keep, -maxNumericScale
	}
	b := []byte(keep)
	for i := len(b) - 1; ; i-- {
		if b[i] < '9' {
			b[i]++
			return string(b), -maxNumericScale
		}
		b[i] = '0'
	}
}

func appendNumeric(dst []byte, d *apd.Decimal) []byte {
	switch {
	case isNaN(d):
		return append(dst, "NaN"...)
	case d.Form == apd.Infinite && d.Negative:
		return append(dst, "-Infinity"...)
	case d.Form == apd.Infinite:
		return append(dst, "Infinity"...)
	}
	if d.Negative && d.Coeff.Sign() != 0 {
		dst = append(dst, '-')
	}
	if d.Exponent >= 0 {
		dst = d.Coeff.Append(dst, 10)
		if d.Coeff.Sign() != 0 {
			dst = append(dst, strings.Repeat("0", int(d.Exponent))...)
		}
		return dst
	}
	scale := int(-d.Exponent)
	var buf [64]byte
	digits := d.Coeff.Append(buf[:0], 10)
	if point := len(digits) - scale; point > 0 {
		dst = append(append(dst, digits[:point]...), '.')
		return append(dst, digits[point:]...)
	}
	dst = append(dst, "0."...)
	for range scale - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// NumericFromInt makes a numeric of an integer.
func NumericFromInt(i int64) *apd.Decimal { return apd.New(i, 0) }

// NumericFromFloat makes a numeric of a float's first 15 significant digits, or 6 for float4, as
// Postgres's casts do.
func NumericFromFloat(f float64, bits int) (*apd.Decimal, error) {
	if special, ok := specialFloat(f); ok {
		d, _ := specialNumeric(special)
		return d, nil
	}
	digits := 15
	if bits == 32 {
		digits = 6
	}
	d, err := parseNumeric(strconv.FormatFloat(f, 'g', digits, 64))
	if err != nil {
		return nil, err
	}
	return d.Numeric(), nil
}

// NumericToFloat is the nearest float64; 22003 where the magnitude is beyond it.
func NumericToFloat(d *apd.Decimal) (float64, error) {
	switch {
	case isNaN(d):
		return math.NaN(), nil
	case d.Form == apd.Infinite && d.Negative:
		return math.Inf(-1), nil
	case d.Form == apd.Infinite:
		return math.Inf(1), nil
	}
	f, err := parseFloat(Float8, string(appendNumeric(nil, d)))
	if err != nil {
		return 0, err
	}
	return f.Float(), nil
}

// NumericToInt rounds half away from zero; 22003 where an int8 cannot hold it.
func NumericToInt(d *apd.Decimal, t *Type) (int64, error) {
	switch {
	case isNaN(d):
		return 0, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert NaN to %s", t.SQL)
	case d.Form == apd.Infinite:
		return 0, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert infinity to %s", t.SQL)
	}
	rounded := new(apd.Decimal).Set(d)
	RoundNumeric(rounded, 0)
	i := &rounded.Coeff
	if rounded.Negative {
		i.Neg(i)
	}
	if !i.IsInt64() {
		return 0, outOfRange(t)
	}
	v := i.Int64()
	if lo, hi := intRange(t); v < lo || v > hi {
		return 0, outOfRange(t)
	}
	return v, nil
}
