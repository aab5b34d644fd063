package datum

import (
	"encoding/binary"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/sqlstate"
)

// The wire's numeric is a header of four words (digits, weight, sign, display scale), then digits in
// base 10,000, the first of which counts 10,000 to the power of the weight.
const (
	signPositive    = 0x0000
	signNegative    = 0x4000
	signNaN         = 0xC000
	infinityScale   = 0x20 // what Postgres sends as the scale of an infinity
	signPosInfinity = 0xD000
	signNegInfinity = 0xF000
)

func appendNumericBinary(dst []byte, d *apd.Decimal) ([]byte, error) {
	header := func(digits, weight, sign, scale int) {
		for _, word := range []int{digits, weight, sign, scale} {
			dst = binary.BigEndian.AppendUint16(dst, uint16(word))
		}
	}
	switch {
	case isNaN(d):
		header(0, 0, signNaN, 0)
		return dst, nil
	case d.Form == apd.Infinite && d.Negative:
		header(0, 0, signNegInfinity, infinityScale)
		return dst, nil
	case d.Form == apd.Infinite:
		header(0, 0, signPosInfinity, infinityScale)
		return dst, nil
	}
	groups, weight := base10000(d)
	sign := signPositive
	if d.Negative && len(groups) > 0 {
		sign = signNegative
	}
	header(len(groups), weight, sign, int(max(0, -d.Exponent)))
	for _, g := range groups {
		dst = binary.BigEndian.AppendUint16(dst, g)
	}
	return dst, nil
}

// base10000 cuts the decimal digits into groups of four around the point, without the groups of
// zeros at either end.
func base10000(d *apd.Decimal) (groups []uint16, weight int) {
	if d.Coeff.Sign() == 0 {
		return nil, 0
	}
	digits, exponent := d.Coeff.Append(nil, 10), int(d.Exponent)
	for digits[len(digits)-1] == '0' {
		digits, exponent = digits[:len(digits)-1], exponent+1
	}
	return groupDigits(digits, exponent)
}

// groupDigits groups digits of which the last counts ten to the exponent.
func groupDigits(digits []byte, exponent int) (groups []uint16, weight int) {
	high := exponent + len(digits) - 1 // the first digit's power of ten
	weight = int(floorDiv(int64(high), 4))
	lead := 3 - (high - 4*weight) // zeros before the first digit in its group
	groups = make([]uint16, 0, (lead+len(digits)+3)/4)
	for at := -lead; at < len(digits); at += 4 {
		g := uint16(0)
		for i := at; i < at+4; i++ {
			g *= 10
			if i >= 0 && i < len(digits) {
				g += uint16(digits[i] - '0')
			}
		}
		groups = append(groups, g)
	}
	return groups, weight
}

func parseNumericBinary(b []byte) (Datum, error) {
	if len(b) < 8 {
		return Null, badBinary(Numeric)
	}
	count := int(binary.BigEndian.Uint16(b))
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	sign := binary.BigEndian.Uint16(b[4:])
	scale := binary.BigEndian.Uint16(b[6:])
	switch sign {
	case signNaN:
		return NewNumeric(&apd.Decimal{Form: apd.NaN}), nil
	case signPosInfinity, signNegInfinity:
		return NewNumeric(&apd.Decimal{Form: apd.Infinite, Negative: sign == signNegInfinity}), nil
	case signPositive, signNegative:
	default:
		return Null, invalidNumericPart("sign")
	}
	if scale > maxNumericScale {
		return Null, invalidNumericPart("scale")
	}
	if b = b[8:]; len(b) != 2*count {
		return Null, badBinary(Numeric)
	}
	digits := make([]byte, 1, 4*count+1)
	digits[0] = '0'
	for ; len(b) > 0; b = b[2:] {
		g := binary.BigEndian.Uint16(b)
		if g > 9999 {
			return Null, invalidNumericPart("digit")
		}
		digits = append(digits, byte('0'+g/1000), byte('0'+g/100%10), byte('0'+g/10%10), byte('0'+g%10))
	}
	return numericFromDigits(digits, 4*(weight-count+1), int(scale), sign == signNegative)
}

func invalidNumericPart(part string) error {
	return sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid %s in external \"numeric\" value", part)
}

// numericFromDigits cuts digits to the display scale; Postgres does not round here either.
func numericFromDigits(digits []byte, exponent, scale int, negative bool) (Datum, error) {
	if drop := -scale - exponent; drop > 0 {
		digits = append([]byte{'0'}, digits[:max(0, len(digits)-drop)]...)
		exponent = -scale
	}
	d := &apd.Decimal{Exponent: int32(exponent), Negative: negative}
	d.Coeff.SetString(string(digits), 10)
	if err := FitNumeric(d); err != nil {
		return Null, err
	}
	RoundNumeric(d, int32(scale))
	return NewNumeric(d), nil
}
