package datum

import (
	"encoding/binary"
	"math"
)

// AppendHashKey appends bytes that are equal exactly when two values are (NULL equals NULL here, as
// in GROUP BY), and self-delimiting, so that several make the key of a row. All integers look
// alike, and so do all floats: int4 joins int8.
func AppendHashKey(dst []byte, t *Type, d Datum) []byte {
	if d.IsNull() {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	switch t = t.Root(); t.Kind {
	case KindBool:
		return append(dst, byte(d.n))
	case KindInt:
		return binary.LittleEndian.AppendUint64(dst, d.n)
	case KindFloat:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(canonicalFloat(d.Float())))
	case KindString:
		s := d.s
		switch t {
		case JSONB:
			return appendJSONBKey(dst, s)
		case TSQuery:
			return appendTextSearchKey(dst, t, s)
		case Bpchar:
			s = trimBlanks(s)
		case Citext:
			s = foldCase(s)
		}
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		return append(dst, s...)
	default:
		return appendKeyBody(dst, t, d)
	}
}

// canonicalFloat gives the values that compare equal one bit pattern.
func canonicalFloat(f float64) float64 {
	switch {
	case f != f:
		return math.NaN()
	case f == 0:
		return 0
	default:
		return f
	}
}
