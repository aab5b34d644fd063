package datum

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

func floatBits(t *Type) int {
	if t == Float4 {
		return 32
	}
	return 64
}

func parseFloat(t *Type, s string) (Datum, error) {
	v := trimSpace(s)
	if strings.IndexByte(v, '_') >= 0 { // Go's, not SQL's
		return Null, syntaxError(t, s)
	}
	f, err := strconv.ParseFloat(v, floatBits(t))
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && f == 0 && hasNonzeroDigit(v):
		return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "\"%s\" is out of range for type %s", v, t.SQL)
	case err != nil:
		return Null, syntaxError(t, s)
	}
	return NewFloat(f), nil
}

// hasNonzeroDigit tells an underflow from a real zero.
func hasNonzeroDigit(s string) bool {
	if i := strings.IndexAny(s, "eEpP"); i >= 0 {
		s = s[:i]
	}
	return strings.ContainsAny(s, "123456789")
}

func appendFloat(dst []byte, t *Type, f float64, extra int) []byte {
	if extra > 0 {
		return appendShortest(dst, f, floatBits(t))
	}
	if special, ok := specialFloat(f); ok {
		return append(dst, special...)
	}
	digits := 15
	if t == Float4 {
		digits = 6
	}
	return strconv.AppendFloat(dst, f, 'g', max(1, digits+extra), 64)
}

// appendShortest writes the fewest digits that read back as the same number, with an exponent
// outside [1e-4, 1e15), or [1e-4, 1e6) for float4: Postgres's thresholds, which are printf's.
func appendShortest(dst []byte, f float64, bits int) []byte {
	if special, ok := specialFloat(f); ok {
		return append(dst, special...)
	}
	lo, hi := 1e-4, 1e15
	if bits == 32 {
		lo, hi = float64(float32(1e-4)), 1e6
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < lo || a >= hi) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, bits)
}

func specialFloat(f float64) (string, bool) {
	switch {
	case f != f:
		return "NaN", true
	case f > math.MaxFloat64:
		return "Infinity", true
	case f < -math.MaxFloat64:
		return "-Infinity", true
	}
	return "", false
}

// compareFloat is btree order: NaN equals itself and is above all else.
func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case a != a && b != b:
		return 0
	case a != a:
		return 1
	default:
		return -1
	}
}
