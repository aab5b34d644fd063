package datum

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// MaxVectorDims is pgvector's VECTOR_MAX_DIM.
const MaxVectorDims = 16000

// CheckVector refuses what a vector cannot hold, in pgvector's words: no elements, too many, NaN, infinity.
func CheckVector(v []float32) error {
	if err := checkDims(len(v)); err != nil {
		return err
	}
	for _, f := range v {
		if err := checkElement(f); err != nil {
			return err
		}
	}
	return nil
}

func checkDims(n int) error {
	switch {
	case n < 1:
		return sqlstate.New(sqlstate.DataException, "vector must have at least 1 dimension")
	case n > MaxVectorDims:
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "vector cannot have more than %d dimensions", MaxVectorDims)
	}
	return nil
}

func checkElement(f float32) error {
	switch {
	case f != f:
		return sqlstate.New(sqlstate.DataException, "NaN not allowed in vector")
	case f > math.MaxFloat32 || f < -math.MaxFloat32:
		return sqlstate.New(sqlstate.DataException, "infinite value not allowed in vector")
	}
	return nil
}

// parseVector reads "[1,2,3]". The commas are counted first, so that one allocation holds the result.
func parseVector(s string) (Datum, error) {
	v := trimSpace(s)
	if v == "" || v[0] != '[' {
		return Null, syntaxError(Vector, s).WithDetail("Vector contents must start with \"[\".")
	}
	end := strings.IndexByte(v, ']')
	switch {
	case end < 0:
		return Null, syntaxError(Vector, s)
	case end != len(v)-1:
		return Null, syntaxError(Vector, s).WithDetail("Junk after closing right brace.")
	}
	v = v[1:end]
	if trimSpace(v) == "" {
		return Null, checkDims(0)
	}
	n := strings.Count(v, ",") + 1
	if err := checkDims(n); err != nil {
		return Null, err
	}
	out := make([]float32, n)
	for i := range out {
		field := v
		if comma := strings.IndexByte(v, ','); comma >= 0 {
			field, v = v[:comma], v[comma+1:]
		}
		f, err := parseElement(field, s)
		if err != nil {
			return Null, err
		}
		out[i] = f
	}
	return NewVector(out), nil
}

func parseElement(field, whole string) (float32, error) {
	f, err := strconv.ParseFloat(field, 32)
	if err != nil {
		field = trimSpace(field)
		f, err = strconv.ParseFloat(field, 32)
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "\"%s\" is out of range for type vector", field)
	case err != nil, strings.IndexByte(field, '_') >= 0:
		return 0, syntaxError(Vector, whole)
	}
	return float32(f), checkElement(float32(f))
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

// pgvector's binary format: dimensions and an unused word, two bytes each, then float4s.

func parseVectorBinary(b []byte) (Datum, error) {
	if len(b) < 4 {
		return Null, badBinary(Vector)
	}
	n := int(int16(binary.BigEndian.Uint16(b)))
	if err := checkDims(n); err != nil {
		return Null, err
	}
	if unused := binary.BigEndian.Uint16(b[2:]); unused != 0 {
		return Null, sqlstate.New(sqlstate.DataException, "expected unused to be 0, not %d", unused)
	}
	if b = b[4:]; len(b) != 4*n {
		return Null, badBinary(Vector)
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.BigEndian.Uint32(b[4*i:]))
		if err := checkElement(out[i]); err != nil {
			return Null, err
		}
	}
	return NewVector(out), nil
}

func appendVectorBinary(dst []byte, v []float32) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(v)))
	dst = append(dst, 0, 0)
	for _, f := range v {
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
	return len(a) - len(b)
}
