package datum

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// MaxVectorDims is pgvector's VECTOR_MAX_DIM and HALFVEC_MAX_DIM.
const MaxVectorDims = 16000

// CheckVector refuses what a vector or halfvec cannot hold, in pgvector's words: no elements, too many, NaN, infinity.
func CheckVector(t *Type, v []float32) error {
	if err := checkDims(t, len(v)); err != nil {
		return err
	}
	return checkFinite(t, v)
}

func checkDims(t *Type, n int) error {
	switch most := maxDims(t); {
	case n < 1:
		return sqlstate.New(sqlstate.DataException, "%s must have at least 1 dimension", t)
	case n > most:
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "%s cannot have more than %d dimensions", t, most)
	}
	return nil
}

func maxDims(t *Type) int {
	if t == Sparsevec {
		return MaxSparseDims
	}
	return MaxVectorDims
}

func checkElement(t *Type, f float32) error {
	switch {
	case f != f:
		return sqlstate.New(sqlstate.DataException, "NaN not allowed in %s", t)
	case isInf(f):
		return sqlstate.New(sqlstate.DataException, "infinite value not allowed in %s", t)
	}
	return nil
}

// parseVector reads "[1,2,3]". The commas are counted first, so that one allocation holds the result.
func parseVector(t *Type, s string) (Datum, error) {
	v := trimSpace(s)
	if v == "" || v[0] != '[' {
		return Null, syntaxError(t, s).WithDetail("Vector contents must start with \"[\".")
	}
	end := strings.IndexByte(v, ']')
	switch {
	case end < 0:
		return Null, syntaxError(t, s)
	case end != len(v)-1:
		return Null, syntaxError(t, s).WithDetail("Junk after closing right brace.")
	}
	v = v[1:end]
	if trimSpace(v) == "" {
		return Null, checkDims(t, 0)
	}
	n := strings.Count(v, ",") + 1
	if err := checkDims(t, n); err != nil {
		return Null, err
	}
	out := make([]float32, n)
	for i := range out {
		if f, n := scanFloat32(v); n > 0 && t == Vector {
			out[i], v = f, v[min(n+1, len(v)):]
			continue
		}
		field := v
		if comma := strings.IndexByte(v, ','); comma >= 0 {
			field, v = v[:comma], v[comma+1:]
		}
		f, err := parseElement(t, field, s)
		if err != nil {
			return Null, err
		}
		out[i] = f
	}
	return NewVector(out), nil
}

func parseElement(t *Type, field, whole string) (float32, error) {
	f, err := strconv.ParseFloat(field, 32)
	if err != nil {
		field = trimSpace(field)
		f, err = strconv.ParseFloat(field, 32)
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, outOfRangeElement(t, field)
	case err != nil, strings.IndexByte(field, '_') >= 0:
		return 0, syntaxError(t, whole)
	}
	x := float32(f)
	if t == Halfvec {
		if x = RoundHalf(x); isInf(x) && !math.IsInf(f, 0) {
			return 0, outOfRangeElement(t, field)
		}
	}
	return x, checkElement(t, x)
}

func outOfRangeElement(t *Type, field string) error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "\"%s\" is out of range for type %s", field, t)
}

func appendVector(dst []byte, v []float32) []byte {
	dst = append(dst, '[')
	for i, f := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendShortest(dst, float64(f), 32)
	}
	return append(dst, ']')
}

// elementBytes is the width of an element on the wire and on disk.
func elementBytes(t *Type) int {
	if t == Halfvec {
		return 2
	}
	return 4
}

// pgvector's binary format: dimensions and an unused word, two bytes each, then float4s, or float16s.

func parseVectorBinary(t *Type, b []byte) (Datum, error) {
	if len(b) < 4 {
		return Null, badBinary(t)
	}
	n := int(int16(binary.BigEndian.Uint16(b)))
	if err := checkDims(t, n); err != nil {
		return Null, err
	}
	if unused := binary.BigEndian.Uint16(b[2:]); unused != 0 {
		return Null, sqlstate.New(sqlstate.DataException, "expected unused to be 0, not %d", int16(unused))
	}
	if b = b[4:]; len(b) != elementBytes(t)*n {
		return Null, badBinary(t)
	}
	out := make([]float32, n)
	if t == Halfvec {
		for i := range out {
			out[i] = HalfFloat(binary.BigEndian.Uint16(b[2*i:]))
		}
	} else {
		for i := range out {
			out[i] = math.Float32frombits(binary.BigEndian.Uint32(b[4*i:]))
		}
	}
	if err := checkFinite(t, out); err != nil {
		return Null, err
	}
	return NewVector(out), nil
}

// checkFinite is checkElement for all of v. Infinities and NaNs are told by their exponent, so that the usual case is one
// comparison an element.
func checkFinite(t *Type, v []float32) error {
	const exponent = 0xFF << 23
	for _, f := range v {
		if math.Float32bits(f)&exponent == exponent {
			return checkElement(t, f)
		}
	}
	return nil
}

func appendVectorBinary(dst []byte, t *Type, v []float32) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(v)))
	dst = append(dst, 0, 0)
	for _, f := range v {
		if t == Halfvec {
			dst = binary.BigEndian.AppendUint16(dst, HalfBits(f))
			continue
		}
		dst = binary.BigEndian.AppendUint32(dst, math.Float32bits(f))
	}
	return dst
}

// compareVector compares element by element, then by length, as Postgres's arrays do.
func compareVector(a, b []float32) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return compareFloat(float64(a[i]), float64(b[i]))
		}
	}
	return cmp.Compare(len(a), len(b))
}

// AppendElements appends the elements as rows keep them: float32s, of a halfvec float16s, little endian.
func AppendElements(dst []byte, t *Type, v []float32) []byte {
	at := len(dst)
	dst = slices.Grow(dst, elementBytes(t)*len(v))[:at+elementBytes(t)*len(v)]
	if t == Halfvec {
		for i, f := range v {
			binary.LittleEndian.PutUint16(dst[at+2*i:], HalfBits(f))
		}
		return dst
	}
	for i, f := range v {
		binary.LittleEndian.PutUint32(dst[at+4*i:], math.Float32bits(f))
	}
	return dst
}

// DecodeElements reads what AppendElements wrote.
func DecodeElements(t *Type, b []byte) []float32 {
	v := make([]float32, len(b)/elementBytes(t))
	for i := range v {
		if t == Halfvec {
			v[i] = HalfFloat(binary.LittleEndian.Uint16(b[2*i:]))
			continue
		}
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

func checkExpectedDims(want, have int) error {
	if want != have {
		return sqlstate.New(sqlstate.DataException, "expected %d dimensions, not %d", want, have)
	}
	return nil
}
