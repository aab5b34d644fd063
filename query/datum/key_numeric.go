package datum

import (
	"encoding/binary"

	"github.com/cockroachdb/apd/v3"
)

// A finite numeric is written ±0.ddd… × 10ᵉ with the trailing zeros dropped:
//
//	class byte   exponent e, 4 bytes, sign flipped   pairs of digits, each 1 … 100   00
//
// and, when negative, everything after the class byte is inverted. Classes are in value order.
const (
	keyNegInfinity byte = 0x08
	keyNegative    byte = 0x10
	keyZero        byte = 0x18
	keyPositive    byte = 0x20
	keyPosInfinity byte = 0x28
	keyNaN         byte = 0x30
)

func appendNumericKey(dst []byte, d *apd.Decimal) []byte {
	switch {
	case isNaN(d):
		return append(dst, keyNaN)
	case d.Form == apd.Infinite && d.Negative:
		return append(dst, keyNegInfinity)
	case d.Form == apd.Infinite:
		return append(dst, keyPosInfinity)
	case d.Coeff.Sign() == 0:
		return append(dst, keyZero)
	}
	var buf [64]byte
	digits := d.Coeff.Append(buf[:0], 10)
	exponent := int64(len(digits)) + int64(d.Exponent)
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	class := keyPositive
	if d.Negative {
		class = keyNegative
	}
	dst = append(dst, class)
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(int32(exponent))^1<<31)
	for i := 0; i < len(digits); i += 2 {
		pair := (digits[i] - '0') * 10
		if i+1 < len(digits) {
			pair += digits[i+1] - '0'
		}
		dst = append(dst, pair+1)
	}
	dst = append(dst, 0)
	if d.Negative {
		invert(dst[start:], 0xff)
	}
	return dst
}

func (r *keyReader) numeric() Datum {
	switch class := r.byte(); class {
	case keyNaN:
		return NewNumeric(&apd.Decimal{Form: apd.NaN})
	case keyNegInfinity, keyPosInfinity:
		return NewNumeric(&apd.Decimal{Form: apd.Infinite, Negative: class == keyNegInfinity})
	case keyZero:
		return NewNumeric(&apd.Decimal{})
	case keyNegative:
		r.mask ^= 0xff
		d := r.finite(true)
		r.mask ^= 0xff
		return d
	case keyPositive:
		return r.finite(false)
	default:
		return r.fail()
	}
}

func (r *keyReader) finite(negative bool) Datum {
	exponent := int64(int32(r.uint(4) ^ 1<<31))
	var digits []byte
	for {
		c := r.byte()
		if c == 0 {
			break
		}
		if c--; c > 99 {
			return r.fail()
		}
		digits = append(digits, '0'+c/10, '0'+c%10)
	}
	if n := len(digits); n > 0 && digits[n-1] == '0' {
		digits = digits[:n-1]
	}
	scale := int64(len(digits)) - exponent
	if r.failed || len(digits) == 0 || exponent > maxNumericDigits || scale > maxNumericScale {
		return r.fail()
	}
	d := &apd.Decimal{Negative: negative, Exponent: int32(-scale)}
	d.Coeff.SetString(string(digits), 10)
	if d.Coeff.Sign() == 0 || FitNumeric(d) != nil {
		return r.fail()
	}
	return NewNumeric(d)
}
