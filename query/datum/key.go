package datum

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/seguedb/segue/query/hstore"
)

// A key is a marker byte, then the value's body:
//
//	00 NULL, sorted first   01 a value   02 NULL, sorted last
//
//	bool         1 byte
//	int          2, 4 or 8 bytes big endian, the sign bit flipped; an enum's number: 8
//	float        4 or 8 bytes, sign bit flipped or, when negative, all bits; NaN and -0 made one
//	string       bytes, 00 written 00 FF, closed by 00 01; uuid: its 16 bytes; tsvector, tsquery:
//	             see textsearch.Vector.OrderKey, textsearch.Node.OrderKey
//	             citext: in lower case; hstore: its texts as one string, then hstore.Value.AppendEnds
//	numeric      see key_numeric.go
//	interval     days and microseconds after the 30-day-month rule, 8 bytes each
//	vector       01 before each element, closed by 00
//	array        each element's key, closed by 00, then dimensions and lower bounds
//	record       each field's type and key, closed by 00
//	range        see range_key.go
//
// In a descending key the body's bytes are inverted, the marker is not: where NULLs go is asked for
// separately. No key is a prefix of another.
const (
	keyNullFirst byte = 0
	keyValue     byte = 1
	keyNullLast  byte = 2
)

// AppendKey appends bytes whose order is Compare's, self-delimiting, NULL included. Values that
// compare equal have the same key, so the key of 1.10 decodes to 1.1.
func AppendKey(dst []byte, t *Type, d Datum, desc, nullsFirst bool) []byte {
	if d.IsNull() {
		if nullsFirst {
			return append(dst, keyNullFirst)
		}
		return append(dst, keyNullLast)
	}
	dst = append(dst, keyValue)
	start := len(dst)
	dst = appendKeyBody(dst, t, d)
	if desc {
		for i := start; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

func appendKeyBody(dst []byte, t *Type, d Datum) []byte {
	switch t = t.Root(); t.Kind {
	case KindBool:
		return append(dst, byte(d.n))
	case KindInt:
		return appendIntKey(dst, t, d.Int())
	case KindFloat:
		return appendFloatKey(dst, t, d.Float())
	case KindString:
		return appendStringKey(dst, t, d.s)
	case KindVector:
		for _, f := range d.Vector() {
			dst = append(dst, 1)
			dst = appendFloatKey(dst, Float4, float64(f))
		}
		return append(dst, 0)
	case KindSparse:
		return appendSparseKey(dst, d.Sparse())
	case KindNumeric:
		return appendNumericKey(dst, d.Numeric())
	case KindInterval:
		days, micros := d.Interval().normalized()
		dst = appendIntKey(dst, Int8, days)
		return appendIntKey(dst, Int8, micros)
	case KindArray:
		return appendArrayKey(dst, d.Array())
	case KindRecord:
		return appendRecordKey(dst, d)
	case KindRange:
		return appendRangeKey(dst, d.Range())
	case KindMultirange:
		return appendMultirangeKey(dst, d.Multirange())
	default:
		return dst
	}
}

func appendIntKey(dst []byte, t *Type, i int64) []byte {
	switch {
	case t.Len == 2:
		return binary.BigEndian.AppendUint16(dst, uint16(i)^1<<15)
	case t.Len == 4 && isUnsigned(t):
		return binary.BigEndian.AppendUint32(dst, uint32(i))
	case t.Len == 4 && !t.IsEnum():
		return binary.BigEndian.AppendUint32(dst, uint32(i)^1<<31)
	default:
		return binary.BigEndian.AppendUint64(dst, uint64(i)^1<<63)
	}
}

func appendFloatKey(dst []byte, t *Type, f float64) []byte {
	f = canonicalFloat(f)
	if t == Float4 {
		u := math.Float32bits(float32(f))
		return binary.BigEndian.AppendUint32(dst, u^(uint32(int32(u)>>31)|1<<31))
	}
	u := math.Float64bits(f)
	return binary.BigEndian.AppendUint64(dst, u^(uint64(int64(u)>>63)|1<<63))
}

func appendStringKey(dst []byte, t *Type, s string) []byte {
	switch t {
	case UUID:
		if len(s) == 16 {
			return append(dst, s...)
		}
	case JSONB:
		return appendJSONBKey(dst, s)
	case TSVector, TSQuery:
		return appendTextSearchKey(dst, t, s)
	case Bpchar:
		s = trimBlanks(s)
	case Citext:
		s = foldCase(s)
	case Hstore:
		v := hstore.Decode(s)
		return v.AppendEnds(appendEscaped(dst, v.Strung()))
	}
	return appendEscaped(dst, s)
}

func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != 0 {
			continue
		}
		dst = append(dst, s[:i+1]...)
		dst = append(dst, 0xff)
		s, i = s[i+1:], -1
	}
	dst = append(dst, s...)
	return append(dst, 0, 1)
}

func appendArrayKey(dst []byte, a *ArrayValue) []byte {
	for _, e := range a.Elems {
		dst = AppendKey(dst, a.Elem, e, false, false)
	}
	dst = append(dst, 0, byte(len(a.Dims)))
	for _, n := range a.Dims {
		dst = appendIntKey(dst, Int4, int64(n))
	}
	for _, n := range a.Lower {
		dst = appendIntKey(dst, Int4, int64(n))
	}
	return dst
}

// DecodeKey reads what AppendKey wrote with the same type and directions, and returns what follows.
// Damage is an error (XX001), never a panic.
func DecodeKey(t *Type, b []byte, desc, nullsFirst bool) (d Datum, rest []byte, err error) {
	if len(b) == 0 {
		return Null, nil, corrupt("key", t)
	}
	switch {
	case b[0] == keyNullFirst && nullsFirst, b[0] == keyNullLast && !nullsFirst:
		return Null, b[1:], nil
	case b[0] != keyValue:
		return Null, nil, corrupt("key", t)
	}
	r := keyReader{b: b[1:]}
	if desc {
		r.mask = 0xff
	}
	d = r.value(t)
	if r.failed {
		return Null, nil, corrupt("key", t)
	}
	return d, r.b, nil
}

// KeyHoldsValue says whether a type's key decodes to the very value, of all values that are equal.
func KeyHoldsValue(t *Type) bool {
	switch t = t.Root(); t.Kind {
	case KindBool, KindInt:
		return t != Timetz
	case KindString:
		return t == Text || t == Varchar || t == Name || t == UUID || t == Bytea
	}
	return false
}

// keyReader reads key bytes, inverted where the key descends. After a failure it reads zeros.
type keyReader struct {
	b      []byte
	mask   byte
	depth  int
	failed bool
}

func (r *keyReader) fail() Datum {
	r.failed, r.b = true, nil
	return Null
}

func (r *keyReader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0] ^ r.mask
	r.b = r.b[1:]
	return c
}

func (r *keyReader) uint(size int) uint64 {
	if len(r.b) < size {
		r.fail()
		return 0
	}
	var u uint64
	for _, c := range r.b[:size] {
		u = u<<8 | uint64(c^r.mask)
	}
	r.b = r.b[size:]
	return u
}

func (r *keyReader) int(t *Type) int64 {
	switch {
	case t.Len == 2:
		return int64(int16(r.uint(2) ^ 1<<15))
	case t.Len == 4 && isUnsigned(t):
		return int64(r.uint(4))
	case t.Len == 4 && !t.IsEnum():
		return int64(int32(r.uint(4) ^ 1<<31))
	default:
		return int64(r.uint(8) ^ 1<<63)
	}
}

func (r *keyReader) float(t *Type) float64 {
	if t == Float4 {
		u := uint32(r.uint(4))
		return float64(math.Float32frombits(u ^ (uint32(int32(^u)>>31) | 1<<31)))
	}
	u := r.uint(8)
	return math.Float64frombits(u ^ (uint64(int64(^u)>>63) | 1<<63))
}

func (r *keyReader) value(t *Type) Datum {
	switch t = t.Root(); t.Kind {
	case KindBool:
		return NewBool(r.byte() != 0)
	case KindInt:
		return NewInt(r.int(t))
	case KindFloat:
		return NewFloat(r.float(t))
	case KindString:
		return r.stringValue(t)
	case KindVector:
		return r.vector()
	case KindSparse:
		return r.sparse()
	case KindNumeric:
		return r.numeric()
	case KindInterval:
		days, micros := r.int(Int8), r.int(Int8)
		return NewInterval(intervalFromNormalized(days, micros))
	case KindArray:
		return r.array(t)
	case KindRecord:
		return r.record(t)
	case KindRange:
		return r.rangeValue(t)
	case KindMultirange:
		return r.multirange(t)
	default:
		return r.fail()
	}
}

func (r *keyReader) stringValue(t *Type) Datum {
	switch t {
	case UUID:
		if len(r.b) < 16 {
			return r.fail()
		}
		raw := make([]byte, 16)
		for i := range raw {
			raw[i] = r.byte()
		}
		return NewString(string(raw))
	case JSONB:
		return r.jsonb()
	case TSVector:
		return r.tsvector()
	case TSQuery:
		return r.tsquery()
	case Hstore:
		return r.hstore()
	default:
		return NewString(r.escaped())
	}
}

func (r *keyReader) escaped() string {
	var out []byte
	for {
		i := bytes.IndexByte(r.b, r.mask) // a zero, inverted or not
		if i < 0 || i+1 >= len(r.b) {
			r.fail()
			return ""
		}
		out = append(out, r.b[:i]...)
		next := r.b[i+1] ^ r.mask
		r.b = r.b[i+2:]
		switch next {
		case 1:
			return string(invert(out, r.mask))
		case 0xff:
			out = append(out, r.mask)
		default:
			r.fail()
			return ""
		}
	}
}

func invert(b []byte, mask byte) []byte {
	if mask != 0 {
		for i := range b {
			b[i] ^= mask
		}
	}
	return b
}

func (r *keyReader) vector() Datum {
	var v []float32
	for r.byte() == 1 {
		v = append(v, float32(r.float(Float4)))
	}
	return NewVector(v)
}

func (r *keyReader) array(t *Type) Datum {
	if t.Elem == nil || t.Elem.Kind == KindArray && t.Elem.Base == nil {
		return r.fail()
	}
	a := &ArrayValue{Elem: t.Elem}
	for {
		marker := r.byte()
		if marker == 0 {
			break
		}
		a.Elems = append(a.Elems, r.nullable(t.Elem, marker))
	}
	n := int(r.byte())
	for range n {
		a.Dims = append(a.Dims, int(r.int(Int4)))
	}
	for range n {
		a.Lower = append(a.Lower, int(r.int(Int4)))
	}
	if r.failed || !a.consistent() {
		return r.fail()
	}
	return NewArray(a)
}

// nullable reads an element whose marker was read.
func (r *keyReader) nullable(t *Type, marker byte) Datum {
	switch marker {
	case keyNullLast:
		return Null
	case keyValue:
		return r.value(t)
	default:
		return r.fail()
	}
}
