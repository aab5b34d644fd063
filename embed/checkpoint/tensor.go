package checkpoint

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// DType is the type of a tensor's elements, by PyTorch's name.
type DType string

// The element types of weights. The others are known by their size and never read.
const (
	Float16  DType = "float16"
	BFloat16 DType = "bfloat16"
	Float32  DType = "float32"
	Float64  DType = "float64"
)

// dtypeBytes are the sizes of the elements.
var dtypeBytes = map[DType]int64{
	Float16: 2, BFloat16: 2, Float32: 4, Float64: 8,
	"int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
}

// maxDims is the most dimensions that a tensor has; a convolution's weight has three.
const maxDims = 8

// storage is a run of equal elements in the file.
type storage struct {
	offset   int64 // bytes from the file's start; set once it is known
	elements int64
	dtype    DType
}

// Tensor is a view of a storage: element (i, j, …) is at offset + i·strides[0] + j·strides[1] + …
type Tensor struct {
	DType DType
	// Shape belongs to the File and is only read.
	Shape []int64

	storage *storage
	offset  int64
	strides []int64
}

// Elements is how many numbers the tensor has.
func (t Tensor) Elements() int64 {
	n := int64(1)
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// newTensor checks a view against its storage. Views that name an element twice are
// refused, since a few bytes of them could ask for any number of values.
func newTensor(s *storage, offset int64, shape, strides []int64) (Tensor, error) {
	if len(shape) != len(strides) || len(shape) > maxDims {
		return Tensor{}, malformed("a tensor of %d dimensions with %d strides", len(shape), len(strides))
	}
	elements, last := int64(1), offset
	if offset < 0 || offset > s.elements {
		return Tensor{}, malformed("a tensor at offset %d of %d", offset, s.elements)
	}
	for i, d := range shape {
		switch {
		case d < 0 || strides[i] < 0:
			return Tensor{}, malformed("a tensor of shape %v with strides %v", shape, strides)
		case d > s.elements || d > 0 && elements > s.elements/d:
			return Tensor{}, malformed("a tensor of shape %v in a storage of %d elements", shape, s.elements)
		case d > 1 && strides[i] > (s.elements-last)/(d-1):
			return Tensor{}, malformed("a tensor of shape %v with strides %v in a storage of %d elements", shape, strides, s.elements)
		}
		elements *= d
		last += max(d-1, 0) * strides[i]
	}
	if last > s.elements || elements > 0 && last == s.elements {
		return Tensor{}, malformed("a tensor that ends at element %d of %d", last, s.elements)
	}
	return Tensor{DType: s.dtype, Shape: shape, storage: s, offset: offset, strides: strides}, nil
}

// contiguous is the strides of a shape in row-major order.
func contiguous(shape []int64) []int64 {
	strides := make([]int64, len(shape))
	n := int64(1)
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = n
		n *= shape[i]
	}
	return strides
}

// isContiguous ignores the strides of dimensions of size 1, which say nothing.
func (t Tensor) isContiguous() bool {
	want := contiguous(t.Shape)
	for i, d := range t.Shape {
		if d > 1 && t.strides[i] != want[i] {
			return false
		}
	}
	return true
}

// chunkBytes is how much of a tensor is read at once.
const chunkBytes = 1 << 20

// floats reads the tensor in row-major order.
func (t Tensor) floats(r io.ReaderAt) ([]float32, error) {
	if decodeFloat(t.DType) == nil {
		return nil, unsupported("a tensor of %s, not of floating-point numbers", t.DType)
	}
	n := t.Elements()
	if n == 0 {
		return nil, nil
	}
	if t.isContiguous() {
		return t.read(r, t.offset, n)
	}
	span := int64(1)
	for i, d := range t.Shape {
		span += (d - 1) * t.strides[i]
	}
	// A column of a huge matrix: reading it whole for a few numbers is not worth having.
	if span > 64*n {
		return nil, unsupported("a view of %d elements scattered over %d", n, span)
	}
	all, err := t.read(r, t.offset, span)
	if err != nil {
		return nil, err
	}
	return t.gather(all, n), nil
}

// gather picks the n elements out of the span that they lie in.
func (t Tensor) gather(all []float32, n int64) []float32 {
	out := make([]float32, 0, n)
	index := make([]int64, len(t.Shape))
	for at := int64(0); ; {
		out = append(out, all[at])
		d := len(index) - 1
		for ; d >= 0; d-- {
			index[d]++
			at += t.strides[d]
			if index[d] < t.Shape[d] {
				break
			}
			at -= t.strides[d] * t.Shape[d]
			index[d] = 0
		}
		if d < 0 {
			return out
		}
	}
}

// read reads n elements of the storage from one on.
func (t Tensor) read(r io.ReaderAt, from, n int64) ([]float32, error) {
	size := dtypeBytes[t.DType]
	decode := decodeFloat(t.DType)
	out := make([]float32, 0, n)
	buf := make([]byte, min(chunkBytes, n*size))
	at := t.storage.offset + from*size
	for left := n * size; left > 0; left -= int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), left)]
		if _, err := r.ReadAt(buf, at); err != nil {
			return nil, fmt.Errorf("read %s at byte %d: %w", t.DType, at, err)
		}
		for b := range slices.Chunk(buf, int(size)) {
			out = append(out, decode(b))
		}
		at += int64(len(buf))
	}
	return out, nil
}

// decodeFloat reads one little-endian element; nil for what is no floating-point type.
func decodeFloat(t DType) func([]byte) float32 {
	le := binary.LittleEndian
	switch t {
	case Float32:
		return func(b []byte) float32 { return math.Float32frombits(le.Uint32(b)) }
	case Float64:
		return func(b []byte) float32 { return float32(math.Float64frombits(le.Uint64(b))) }
	case Float16:
		return func(b []byte) float32 { return half(le.Uint16(b)) }
	case BFloat16:
		return func(b []byte) float32 { return math.Float32frombits(uint32(le.Uint16(b)) << 16) }
	}
	return nil
}

// half is an IEEE 754 binary16 as a float32, which holds each exactly.
func half(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent, fraction := uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 31: // infinity, or a NaN with its payload
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	case 0: // zero and the subnormal: fraction · 2⁻²⁴
		x := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(x) | sign)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
