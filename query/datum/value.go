package datum

import (
	"encoding/binary"
	"math"

	"github.com/cockroachdb/apd/v3"
)

// maxNesting bounds rows within rows in stored bytes, so that damage cannot exhaust the stack.
const maxNesting = 64

// AppendValue appends the compact form in which rows are stored, self-delimiting; d is not NULL.
//
//	bool       1 byte                     int        zigzag varint
//	float      4 or 8 bytes               string     length, bytes; uuid: 16 bytes; bits: packed
//	vector     length, float32s (16s)     numeric    form, scale, length, coefficient
//	interval   three zigzag varints       array      element OID, dimensions, nullable elements
//	record     length, then OID and nullable value of each field
//	composite  size of what follows, then of each attribute by its number 0 for NULL, or 1 + the size, and the value
//
//	range      size, flags, values of the bounds; multirange: size, then ranges without theirs (range_binary.go)
//
// Lengths are uvarints, numbers little endian except the coefficient.
func AppendValue(dst []byte, t *Type, d Datum) []byte {
	switch t = t.Root(); t.Kind {
	case KindBool:
		return append(dst, byte(d.n))
	case KindInt:
		return binary.AppendVarint(dst, d.Int())
	case KindFloat:
		if t == Float4 {
			return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(d.Float())))
		}
		return binary.LittleEndian.AppendUint64(dst, d.n)
	case KindString:
		if t == UUID && len(d.s) == 16 {
			return append(dst, d.s...)
		}
		dst = binary.AppendUvarint(dst, uint64(len(d.s)))
		if IsBits(t) {
			return packBits(dst, d.s)
		}
		return append(dst, d.s...)
	case KindVector:
		dst = binary.AppendUvarint(dst, uint64(len(d.Vector())))
		return AppendElements(dst, t, d.Vector())
	case KindSparse:
		return appendSparseValue(dst, d.Sparse())
	case KindNumeric:
		return appendNumericValue(dst, d.Numeric())
	case KindInterval:
		iv := d.Interval()
		dst = binary.AppendVarint(dst, int64(iv.Months))
		dst = binary.AppendVarint(dst, int64(iv.Days))
		return binary.AppendVarint(dst, iv.Micros)
	case KindArray:
		return appendArrayValue(dst, d.Array())
	case KindRecord:
		if t.Relation != 0 {
			return appendCompositeValue(dst, t, d)
		}
		return appendRecordValue(dst, d)
	case KindRange:
		return appendRangeValue(dst, d.Range())
	case KindMultirange:
		return appendMultirangeValue(dst, d.Multirange())
	default:
		return dst
	}
}

func appendNumericValue(dst []byte, n *apd.Decimal) []byte {
	form := byte(n.Form) << 1
	if n.Negative {
		form |= 1
	}
	dst = append(dst, form)
	if n.Form != apd.Finite {
		return dst
	}
	dst = binary.AppendVarint(dst, int64(n.Exponent))
	coeff := n.Coeff.Bytes()
	dst = binary.AppendUvarint(dst, uint64(len(coeff)))
	return append(dst, coeff...)
}

func appendArrayValue(dst []byte, a *ArrayValue) []byte {
	dst = binary.AppendUvarint(dst, uint64(a.Elem.OID))
	dst = append(dst, byte(len(a.Dims)))
	for i := range a.Dims {
		dst = binary.AppendUvarint(dst, uint64(a.Dims[i]))
		dst = binary.AppendVarint(dst, int64(a.Lower[i]))
	}
	for _, e := range a.Elems {
		dst = appendNullable(dst, a.Elem, e)
	}
	return dst
}

func appendRecordValue(dst []byte, d Datum) []byte {
	fields := d.Record()
	dst = binary.AppendUvarint(dst, uint64(len(fields)))
	for i, f := range fields {
		t := d.FieldType(i)
		dst = binary.AppendUvarint(dst, uint64(t.OID))
		dst = appendNullable(dst, t, f)
	}
	return dst
}

func appendNullable(dst []byte, t *Type, d Datum) []byte {
	if d.IsNull() {
		return append(dst, 0)
	}
	return AppendValue(append(dst, 1), t, d)
}

// DecodeValue reads what AppendValue wrote and returns what follows it. The value shares no memory
// with b. Damage is an error (XX001), never a panic, and no length is believed before it is checked
// against the bytes there are.
func DecodeValue(t *Type, b []byte) (d Datum, rest []byte, err error) {
	r := valueReader{b: b}
	d = r.value(t)
	if r.failed {
		return Null, nil, corrupt("value", t)
	}
	return d, r.b, nil
}

// valueReader reads stored values. After a failure it reads zeros.
type valueReader struct {
	b      []byte
	depth  int
	failed bool
}

func (r *valueReader) fail() Datum {
	r.failed, r.b = true, nil
	return Null
}

func (r *valueReader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *valueReader) byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *valueReader) uvarint() uint64 {
	u, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return u
}

func (r *valueReader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *valueReader) value(t *Type) Datum {
	switch t = t.Root(); t.Kind {
	case KindBool:
		return NewBool(r.byte() != 0)
	case KindInt:
		return NewInt(r.varint())
	case KindFloat:
		return r.float(t)
	case KindString:
		n := uint64(16)
		if t != UUID {
			n = r.uvarint()
		}
		if IsBits(t) {
			return r.bits(n)
		}
		return NewString(string(r.take(n)))
	case KindVector:
		return r.vector(t)
	case KindSparse:
		return r.sparse()
	case KindNumeric:
		return r.numeric()
	case KindInterval:
		months, days, micros := r.varint(), r.varint(), r.varint()
		return NewInterval(IntervalValue{Months: int32(months), Days: int32(days), Micros: micros})
	case KindArray:
		return r.array(t)
	case KindRecord:
		if t.Relation != 0 {
			return r.composite(t)
		}
		return r.record(t)
	case KindRange:
		return r.rangeValue(t)
	case KindMultirange:
		return r.multirange(t)
	default:
		return r.fail()
	}
}

func (r *valueReader) bits(n uint64) Datum {
	if n > maxBitLength {
		return r.fail()
	}
	b := r.take(uint64(packedBytes(int(n))))
	if r.failed {
		return Null
	}
	return NewString(unpackBits(b, int(n)))
}

func (r *valueReader) float(t *Type) Datum {
	if t == Float4 {
		if b := r.take(4); len(b) == 4 {
			return NewFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		}
		return Null
	}
	if b := r.take(8); len(b) == 8 {
		return NewFloat(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return Null
}

func (r *valueReader) vector(t *Type) Datum {
	n := r.uvarint()
	if n > MaxVectorDims {
		return r.fail()
	}
	return NewVector(DecodeElements(t, r.take(uint64(elementBytes(t))*n)))
}

func (r *valueReader) numeric() Datum {
	form := r.byte()
	n := &apd.Decimal{Form: apd.Form(form >> 1), Negative: form&1 != 0}
	switch n.Form {
	case apd.Finite:
	case apd.Infinite, apd.NaN:
		return NewNumeric(n)
	default:
		return r.fail()
	}
	exponent := r.varint()
	if exponent > 0 || exponent < -maxNumericScale {
		return r.fail()
	}
	n.Exponent = int32(exponent)
	n.Coeff.SetBytes(r.take(r.uvarint()))
	return NewNumeric(n)
}

// elementType is an array's element type: the array's own where that is a user's, whom no list here has.
func elementType(t *Type, oid OID) *Type {
	if t.Elem != nil && t.Elem.OID == oid {
		return t.Elem
	}
	if known := TypeByOID(oid); known != nil {
		return known
	}
	return t.Elem
}

func (r *valueReader) array(t *Type) Datum {
	elem := elementType(t, OID(r.uvarint()))
	if elem == nil || elem.Kind == KindArray && elem.Base == nil {
		return r.fail()
	}
	a := &ArrayValue{Elem: elem}
	count := uint64(1)
	ndims := r.byte()
	if ndims > maxArrayDims {
		return r.fail()
	}
	for range ndims {
		n := r.uvarint()
		if n == 0 || n > uint64(len(r.b)) {
			return r.fail()
		}
		if count *= n; count > uint64(len(r.b)) {
			return r.fail()
		}
		a.Dims = append(a.Dims, int(n))
		a.Lower = append(a.Lower, int(int32(r.varint())))
	}
	if ndims == 0 {
		return NewArray(a)
	}
	a.Elems = make([]Datum, 0, min(count, 1024))
	for range count {
		a.Elems = append(a.Elems, r.nullable(elem))
		if r.failed {
			return Null
		}
	}
	return NewArray(a)
}

func (r *valueReader) record(shape *Type) Datum {
	if r.depth++; r.depth > maxNesting {
		return r.fail()
	}
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		return r.fail()
	}
	types := make([]*Type, 0, min(n, 64))
	fields := make([]Datum, 0, min(n, 64))
	for i := range int(n) {
		t := fieldType(shape, i, OID(r.uvarint()))
		if t == nil || r.failed {
			return r.fail()
		}
		types = append(types, t)
		fields = append(fields, r.nullable(t))
	}
	r.depth--
	return NewTypedRecord(types, fields)
}

func (r *valueReader) nullable(t *Type) Datum {
	switch r.byte() {
	case 0:
		return Null
	case 1:
		return r.value(t)
	default:
		return r.fail()
	}
}
