package datum

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/seguedb/segue/query/sqlstate"
)

// Limits of sparsevec, pgvector's SPARSEVEC_MAX_DIM and SPARSEVEC_MAX_NNZ.
const (
	MaxSparseDims     = 1_000_000_000
	maxSparseElements = 16000
)

// SparseValue is a sparsevec: the elements that are not zero, by rising index from 0. SQL counts from 1.
type SparseValue struct {
	Dims    int
	Indices []int32
	Values  []float32
}

// NewSparse makes a sparsevec; v must not be modified afterwards.
func NewSparse(v *SparseValue) Datum { return Datum{kind: KindSparse, v: v} }

// Sparse returns a KindSparse value; read only.
func (d Datum) Sparse() *SparseValue { v, _ := d.v.(*SparseValue); return v }

// checked makes the value, which must not be modified afterwards, if it is one.
func (v *SparseValue) checked() (Datum, error) {
	if err := v.check(); err != nil {
		return Null, err
	}
	return NewSparse(v), nil
}

// add appends an element; zeros are left out.
func (v *SparseValue) add(index int32, f float32) {
	if f != 0 {
		v.Indices, v.Values = append(v.Indices, index), append(v.Values, f)
	}
}

// check refuses what is no sparsevec, in pgvector's words.
func (v *SparseValue) check() error {
	if err := checkDims(Sparsevec, v.Dims); err != nil {
		return err
	}
	if err := checkElements(len(v.Indices), v.Dims); err != nil {
		return err
	}
	for i, index := range v.Indices {
		if err := v.checkIndex(i, index); err != nil {
			return err
		}
	}
	for _, f := range v.Values {
		if err := checkElement(Sparsevec, f); err != nil {
			return err
		}
	}
	return nil
}

func (v *SparseValue) checkIndex(i int, index int32) error {
	switch {
	case index < 0 || int(index) >= v.Dims:
		return sqlstate.New(sqlstate.DataException, "sparsevec index out of bounds")
	case i > 0 && index < v.Indices[i-1]:
		return sqlstate.New(sqlstate.DataException, "sparsevec indices must be in ascending order")
	case i > 0 && index == v.Indices[i-1]:
		return sqlstate.New(sqlstate.DataException, "sparsevec indices must not contain duplicates")
	}
	return nil
}

func checkElements(n, dims int) error {
	switch {
	case n < 0:
		return sqlstate.New(sqlstate.DataException, "sparsevec cannot have negative number of elements")
	case n > maxSparseElements:
		return tooManyElements()
	case n > dims:
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "sparsevec cannot have more elements than dimensions")
	}
	return nil
}

func tooManyElements() error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "sparsevec cannot have more than %d non-zero elements", maxSparseElements)
}

// pgvector's binary format: dimensions, number of elements, an unused word, the indices from 0, then the float4s.

func parseSparseBinary(b []byte) (Datum, error) {
	if len(b) < 12 {
		return Null, badBinary(Sparsevec)
	}
	word := func(i int) int { return int(int32(binary.BigEndian.Uint32(b[4*i:]))) }
	v, n := &SparseValue{Dims: word(0)}, word(1)
	if err := checkDims(Sparsevec, v.Dims); err != nil {
		return Null, err
	}
	if err := checkElements(n, v.Dims); err != nil {
		return Null, err
	}
	switch {
	case word(2) != 0:
		return Null, sqlstate.New(sqlstate.DataException, "expected unused to be 0, not %d", word(2))
	case len(b) != 12+8*n:
		return Null, badBinary(Sparsevec)
	}
	v.Indices, v.Values = make([]int32, n), make([]float32, n)
	for i := range n {
		v.Indices[i] = int32(word(3 + i))
		v.Values[i] = math.Float32frombits(uint32(word(3 + n + i)))
	}
	if err := v.check(); err != nil {
		return Null, err
	}
	if slices.Contains(v.Values, 0) {
		return Null, sqlstate.New(sqlstate.DataException, "binary representation of sparsevec cannot contain zero values")
	}
	return NewSparse(v), nil
}

func appendSparseBinary(dst []byte, v *SparseValue) []byte {
	for _, n := range []int{v.Dims, len(v.Indices), 0} {
		dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	}
	for _, i := range v.Indices {
		dst = binary.BigEndian.AppendUint32(dst, uint32(i))
	}
	for _, f := range v.Values {
		dst = binary.BigEndian.AppendUint32(dst, math.Float32bits(f))
	}
	return dst
}

// appendSparseValue: dimensions and the number of elements, the steps between indices, all uvarints, then float32s.
func appendSparseValue(dst []byte, v *SparseValue) []byte {
	dst = binary.AppendUvarint(dst, uint64(v.Dims))
	dst = binary.AppendUvarint(dst, uint64(len(v.Indices)))
	last := int32(0)
	for _, i := range v.Indices {
		dst = binary.AppendUvarint(dst, uint64(i-last))
		last = i
	}
	return AppendElements(dst, Vector, v.Values)
}

func (r *valueReader) sparse() Datum {
	v := &SparseValue{Dims: int(min(r.uvarint(), math.MaxInt32))}
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		return r.fail()
	}
	v.Indices = make([]int32, n)
	last := uint64(0)
	for i := range v.Indices {
		last = min(last+min(r.uvarint(), math.MaxInt32), math.MaxInt32)
		v.Indices[i] = int32(last)
	}
	v.Values = DecodeElements(Vector, r.take(4*n))
	if r.failed || v.check() != nil {
		return r.fail()
	}
	return NewSparse(v)
}

// compareSparse compares as the dense vectors would.
func compareSparse(a, b *SparseValue) int {
	for i := range min(len(a.Indices), len(b.Indices)) {
		switch x, y := a.Indices[i], b.Indices[i]; {
		case x < y:
			return signOf(a.Values[i])
		case x > y:
			return -signOf(b.Values[i])
		}
		if c := compareFloat(float64(a.Values[i]), float64(b.Values[i])); c != 0 {
			return c
		}
	}
	switch n, m := len(a.Indices), len(b.Indices); {
	case n < m && int(b.Indices[n]) < a.Dims:
		return -signOf(b.Values[n])
	case n > m && int(a.Indices[m]) < b.Dims:
		return signOf(a.Values[m])
	}
	return cmp.Compare(a.Dims, b.Dims)
}

func signOf(f float32) int {
	if f < 0 {
		return -1
	}
	return 1
}

// The parts of a key. Where two vectors differ first, one has an element and the other zero or no more: below all that is
// positive comes the end, which stands at the number of dimensions, in one row with the negative elements.
const (
	sparseNegativeOrEnd byte = 1
	sparsePositive      byte = 2
	sparseEnd           byte = 0
	sparseNegative      byte = 1
)

func appendSparseKey(dst []byte, v *SparseValue) []byte {
	for i, f := range v.Values {
		at := uint32(v.Indices[i])
		if f > 0 {
			dst = binary.BigEndian.AppendUint32(append(dst, sparsePositive), ^at)
		} else {
			dst = append(binary.BigEndian.AppendUint32(append(dst, sparseNegativeOrEnd), at), sparseNegative)
		}
		dst = appendFloatKey(dst, Float4, float64(f))
	}
	dst = binary.BigEndian.AppendUint32(append(dst, sparseNegativeOrEnd), uint32(v.Dims))
	return append(dst, sparseEnd)
}

func (r *keyReader) sparse() Datum {
	v := &SparseValue{}
	for !r.failed {
		part := r.byte()
		at := uint32(r.byte())<<24 | uint32(r.byte())<<16 | uint32(r.byte())<<8 | uint32(r.byte())
		switch {
		case part == sparsePositive:
			at = ^at
		case r.byte() == sparseEnd:
			v.Dims = int(at)
			return NewSparse(v)
		}
		v.add(int32(at), float32(r.float(Float4)))
	}
	return Null
}
