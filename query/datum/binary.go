package datum

import (
	"encoding/binary"
	"math"
)

// ParseBinary reads a value in the wire's binary format and fits it to typmod (-1: none). b may be
// reused afterwards. Damaged input is 22P03. What domains ask of the value is for CheckDomains to say.
func ParseBinary(t *Type, typmod int32, b []byte) (Datum, error) {
	base, typmod := t.rootTypmod(typmod)
	d, err := parseBinary(base, b)
	if err != nil || typmod < 0 {
		return d, err
	}
	return ApplyTypmod(base, typmod, d, false)
}

func parseBinary(t *Type, b []byte) (Datum, error) {
	switch t.Kind {
	case KindBool:
		if len(b) != 1 {
			return Null, badBinary(t)
		}
		return NewBool(b[0] != 0), nil
	case KindInt:
		return parseIntBinary(t, b)
	case KindFloat:
		return parseFloatBinary(t, b)
	case KindString:
		return parseStringBinary(t, b)
	case KindVector:
		return parseVectorBinary(t, b)
	case KindSparse:
		return parseSparseBinary(b)
	case KindNumeric:
		return parseNumericBinary(b)
	case KindInterval:
		return parseIntervalBinary(b)
	case KindArray:
		return parseArrayBinary(t, b)
	case KindRecord:
		return parseRecordBinary(t, b)
	case KindRange:
		return parseRangeBinary(t, b)
	case KindMultirange:
		return parseMultirangeBinary(t, b)
	default:
		return Null, unsupported("binary input", t)
	}
}

// AppendBinary writes d, which is not NULL, in the wire's binary format.
func AppendBinary(dst []byte, t *Type, d Datum) ([]byte, error) {
	switch t = t.Root(); t.Kind {
	case KindBool:
		if d.Bool() {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case KindInt:
		return appendIntBinary(dst, t, d.Int()), nil
	case KindFloat:
		return appendFloatBinary(dst, t, d.Float()), nil
	case KindString:
		return appendStringBinary(dst, t, d.Str()), nil
	case KindVector:
		return appendVectorBinary(dst, t, d.Vector()), nil
	case KindSparse:
		return appendSparseBinary(dst, d.Sparse()), nil
	case KindNumeric:
		return appendNumericBinary(dst, d.Numeric())
	case KindInterval:
		return appendIntervalBinary(dst, d.Interval()), nil
	case KindArray:
		return appendArrayBinary(dst, t, d.Array())
	case KindRecord:
		return appendRecordBinary(dst, d)
	case KindRange:
		return appendRangeBinary(dst, d.Range())
	case KindMultirange:
		return appendMultirangeBinary(dst, d.Multirange())
	default:
		return dst, unsupported("binary output", t)
	}
}

func parseIntBinary(t *Type, b []byte) (Datum, error) {
	if t == Timetz {
		return parseTimetzBinary(b)
	}
	if t == Tid {
		return parseTidBinary(b)
	}
	if t.IsEnum() {
		return t.parseLabel(string(b))
	}
	if t.Len < 1 || len(b) != int(t.Len) {
		return Null, badBinary(t)
	}
	switch {
	case len(b) == 2:
		return NewInt(int64(int16(binary.BigEndian.Uint16(b)))), nil
	case len(b) == 4 && isUnsigned(t):
		return NewInt(int64(binary.BigEndian.Uint32(b))), nil
	case len(b) == 4:
		return checkDateTimeRange(t, int64(int32(binary.BigEndian.Uint32(b))))
	case isUnsigned64(t):
		return NewUnsigned(binary.BigEndian.Uint64(b)), nil
	case len(b) == 8:
		return checkDateTimeRange(t, int64(binary.BigEndian.Uint64(b)))
	default:
		return Null, badBinary(t)
	}
}

func appendIntBinary(dst []byte, t *Type, i int64) []byte {
	if t.IsEnum() {
		return append(dst, t.label(i)...)
	}
	switch t.Len {
	case 2:
		return binary.BigEndian.AppendUint16(dst, uint16(i))
	case 4:
		return binary.BigEndian.AppendUint32(dst, uint32(i))
	case 6:
		return appendTidBinary(dst, i)
	case 12:
		return appendTimetzBinary(dst, i)
	default:
		if isUnsigned64(t) {
			i ^= math.MinInt64
		}
		return binary.BigEndian.AppendUint64(dst, uint64(i))
	}
}

func parseFloatBinary(t *Type, b []byte) (Datum, error) {
	switch {
	case len(b) == 4 && t == Float4:
		return NewFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(b)))), nil
	case len(b) == 8 && t == Float8:
		return NewFloat(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
	default:
		return Null, badBinary(t)
	}
}

func appendFloatBinary(dst []byte, t *Type, f float64) []byte {
	if f != f {
		f = math.Float64frombits(0x7FF8 << 48) // the NaN of C, where Go's has a bit more
	}
	if t == Float4 {
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(f)))
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}
