package datum

import (
	"math"

	"github.com/seguedb/segue/query/sqlstate"
)

// isNumber says whether the type is an integer, an OID in some dress, a float or numeric.
func isNumber(t *Type) bool {
	switch t {
	case Int2, Int4, Int8, Float4, Float8, Numeric:
		return true
	}
	return isUnsigned(t)
}

func convertNumber(d Datum, from, to *Type) (Datum, error) {
	switch from.Kind {
	case KindInt:
		return convertInt(d.Int(), from, to)
	case KindFloat:
		return convertFloat(d.Float(), from, to)
	}
	n := d.Numeric()
	switch {
	case to.Kind == KindNumeric:
		return d, nil
	case to == Float4 && n.Form == 0: // rounded once, from the digits
		return parseFloat(Float4, string(appendNumeric(nil, n)))
	case to.Kind == KindFloat:
		f, err := NumericToFloat(n)
		return NewFloat(f), err
	}
	i, err := NumericToInt(n, to)
	return NewInt(i), err
}

// convertInt checks ranges, but an int4 and an oid are the same 32 bits seen differently.
func convertInt(i int64, from, to *Type) (Datum, error) {
	switch {
	case to.Kind == KindNumeric:
		return NewNumeric(NumericFromInt(i)), nil
	case to == Float4:
		return NewFloat(float64(float32(i))), nil
	case to == Float8:
		return NewFloat(float64(i)), nil
	case isUnsigned(to) && from != Int8:
		return NewInt(int64(uint32(i))), nil
	case isUnsigned(from) && to == Int4:
		return NewInt(int64(int32(i))), nil
	}
	return checkInt(to, i)
}

// convertFloat rounds half to even, as Postgres's rint does.
func convertFloat(f float64, from, to *Type) (Datum, error) {
	switch {
	case to.Kind == KindNumeric:
		n, err := NumericFromFloat(f, floatBits(from))
		if err != nil {
			return Null, err
		}
		return NewNumeric(n), nil
	case to == Float8:
		return NewFloat(f), nil
	case to == Float4:
		return RoundFloat4(f)
	}
	r := math.RoundToEven(f)
	lo, hi := intRange(to)
	// 2⁶³ is exact as a float where MaxInt64 is not, so the upper bound is compared one higher.
	if f != f || r < float64(lo) || r >= float64(hi)+1 {
		return Null, outOfRange(to)
	}
	return NewInt(int64(r)), nil
}

// RoundFloat4 rounds to float4; 22003 where a finite number becomes infinite, or one that is not zero
// becomes zero.
func RoundFloat4(f float64) (Datum, error) {
	r := float64(float32(f))
	switch {
	case math.IsInf(r, 0) && !math.IsInf(f, 0):
		return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "value out of range: overflow")
	case r == 0 && f != 0:
		return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "value out of range: underflow")
	}
	return NewFloat(r), nil
}
