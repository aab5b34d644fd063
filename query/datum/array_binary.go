package datum

import (
	"encoding/binary"

	"github.com/seguedb/segue/query/sqlstate"
)

// The wire's array is its dimensions, a flag that says whether there are NULLs, the element type's
// OID, size and lower bound of each dimension, then each element with its length, -1 for NULL.

func appendArrayBinary(dst []byte, t *Type, a *ArrayValue) ([]byte, error) {
	dims, lower := a.Dims, a.Lower
	if (t == Int2Vector || t == OidVector) && len(dims) == 0 {
		dims, lower = []int{0}, []int{0}
	}
	nulls := uint32(0)
	for _, e := range a.Elems {
		if e.IsNull() {
			nulls = 1
		}
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(dims)))
	dst = binary.BigEndian.AppendUint32(dst, nulls)
	dst = binary.BigEndian.AppendUint32(dst, uint32(a.Elem.OID))
	for i := range dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(dims[i]))
		dst = binary.BigEndian.AppendUint32(dst, uint32(lower[i]))
	}
	for _, e := range a.Elems {
		var err error
		if dst, err = appendSized(dst, a.Elem, e); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func parseArrayBinary(t *Type, b []byte) (Datum, error) {
	if t.Elem == nil || t.Elem == t {
		return Null, noInput(t)
	}
	r := wireReader{b: b}
	ndims, flags, elem := int(int32(r.uint32())), r.uint32(), OID(r.uint32())
	switch {
	case r.short || flags > 1 || ndims < 0:
		return Null, badBinary(t)
	case ndims > maxArrayDims:
		return Null, tooManyDims(ndims)
	case elem != t.Elem.OID:
		return Null, sqlstate.New(sqlstate.DatatypeMismatch,
			"binary data has array element type %d instead of expected %d (%s)", elem, t.Elem.OID, t.Elem.SQL)
	}
	a := &ArrayValue{Elem: t.Elem}
	count := 1
	for range ndims {
		n, lower := int(int32(r.uint32())), int(int32(r.uint32()))
		// Each element has a length of four bytes, so more of them than that cannot be there.
		if n < 0 || n > len(r.b)/4 || count*n > len(r.b)/4 {
			return Null, badBinary(t)
		}
		count *= n
		a.Dims, a.Lower = append(a.Dims, n), append(a.Lower, lower)
	}
	if ndims == 0 || count == 0 {
		if len(r.b) > 0 {
			return Null, badBinary(t)
		}
		return NewArray(&ArrayValue{Elem: t.Elem}), nil
	}
	a.Elems = make([]Datum, count)
	for i := range a.Elems {
		field, null := r.sized()
		if r.short {
			return Null, badBinary(t)
		}
		if null {
			continue
		}
		d, err := ParseBinary(t.Elem, -1, field)
		if err != nil {
			return Null, err
		}
		a.Elems[i] = d
	}
	if len(r.b) > 0 {
		return Null, badBinary(t)
	}
	return NewArray(a), nil
}

// wireReader reads binary values; after running short it reads zeros.
type wireReader struct {
	b     []byte
	short bool
}

func (r *wireReader) uint32() uint32 {
	if len(r.b) < 4 {
		r.short, r.b = true, nil
		return 0
	}
	u := binary.BigEndian.Uint32(r.b)
	r.b = r.b[4:]
	return u
}

func (r *wireReader) sized() (field []byte, null bool) {
	n := int(int32(r.uint32()))
	if n == -1 {
		return nil, true
	}
	if n < 0 || n > len(r.b) {
		r.short, r.b = true, nil
		return nil, false
	}
	field, r.b = r.b[:n], r.b[n:]
	return field, false
}
