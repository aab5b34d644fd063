package datum

import (
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/sqlstate"
)

// Limits of type modifiers, Postgres's MaxAttrSize, NUMERIC_MAX_PRECISION and MAX_TIMESTAMP_PRECISION.
const (
	maxCharLength       = 10485760
	maxNumericPrecision = 1000
	maxTimePrecision    = 6
	varlenaHeader       = 4
)

// ParseTypmod turns the numbers in parentheses after a type's name into its modifier; -1 for none.
func ParseTypmod(t *Type, mods []int64) (int32, error) {
	if t.IsArray() && t != Int2Vector && t != OidVector {
		t = t.Elem
	}
	if len(mods) == 0 {
		return -1, nil
	}
	switch t {
	case Varchar, Bpchar:
		return charTypmod(t, mods)
	case Numeric:
		return numericTypmod(mods)
	case Vector, Halfvec, Sparsevec:
		return vectorTypmod(t, mods)
	case Bit, Varbit:
		return bitTypmod(t, mods)
	case Time, Timetz, Timestamp, Timestamptz:
		return timeTypmod(t, mods)
	case Interval:
		return parseIntervalTypmod(mods)
	}
	return -1, sqlstate.New(sqlstate.SyntaxError, "type modifier is not allowed for type \"%s\"", t.Name)
}

func invalidTypmod(what string) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid %stype modifier", what)
}

func charTypmod(t *Type, mods []int64) (int32, error) {
	name := "varchar"
	if t == Bpchar {
		name = "char"
	}
	switch {
	case len(mods) != 1:
		return -1, invalidTypmod("")
	case mods[0] < 1:
		return -1, sqlstate.New(sqlstate.InvalidParameterValue, "length for type %s must be at least 1", name)
	case mods[0] > maxCharLength:
		return -1, sqlstate.New(sqlstate.InvalidParameterValue,
			"length for type %s cannot exceed %d", name, maxCharLength)
	}
	return int32(mods[0]) + varlenaHeader, nil
}

func numericTypmod(mods []int64) (int32, error) {
	if len(mods) > 2 {
		return -1, invalidTypmod("NUMERIC ")
	}
	precision, scale := mods[0], int64(0)
	if len(mods) == 2 {
		scale = mods[1]
	}
	if precision < 1 || precision > maxNumericPrecision {
		return -1, sqlstate.New(sqlstate.InvalidParameterValue,
			"NUMERIC precision %d must be between 1 and %d", precision, maxNumericPrecision)
	}
	if scale < -maxNumericPrecision || scale > maxNumericPrecision {
		return -1, sqlstate.New(sqlstate.InvalidParameterValue,
			"NUMERIC scale %d must be between -%d and %d", scale, maxNumericPrecision, maxNumericPrecision)
	}
	return int32(precision<<16|scale&0x7ff) + varlenaHeader, nil
}

// numericTypmodParts undoes numericTypmod; the scale is eleven bits, signed.
func numericTypmodParts(typmod int32) (precision, scale int32) {
	typmod -= varlenaHeader
	return typmod >> 16 & 0xffff, (typmod&0x7ff ^ 1024) - 1024
}

func vectorTypmod(t *Type, mods []int64) (int32, error) {
	switch {
	case len(mods) != 1:
		return -1, invalidTypmod("")
	case mods[0] < 1:
		return -1, sqlstate.New(sqlstate.InvalidParameterValue, "dimensions for type %s must be at least 1", t)
	case mods[0] > int64(maxDims(t)):
		return -1, sqlstate.New(sqlstate.InvalidParameterValue, "dimensions for type %s cannot exceed %d", t, maxDims(t))
	}
	return int32(mods[0]), nil
}

func timeTypmod(t *Type, mods []int64) (int32, error) {
	if len(mods) != 1 {
		return -1, invalidTypmod("")
	}
	if mods[0] < 0 {
		name, zone := strings.ToUpper(inputName(t)), ""
		if t == Timestamptz {
			name, zone = "TIMESTAMP", " WITH TIME ZONE"
		}
		return -1, sqlstate.New(sqlstate.InvalidParameterValue,
			"%s(%d)%s precision must not be negative", name, mods[0], zone)
	}
	return int32(min(mods[0], maxTimePrecision)), nil // Postgres reduces it too, with a warning
}

// ApplyTypmod fits a value to its column's or cast's modifier: rounds, pads, or refuses. An explicit
// cast cuts a string where an assignment refuses it (22001).
func ApplyTypmod(t *Type, typmod int32, d Datum, explicit bool) (Datum, error) {
	t, typmod = t.rootTypmod(typmod)
	if typmod < 0 || d.IsNull() {
		return d, nil
	}
	switch t {
	case Varchar:
		s, err := fitLength(t, int(typmod-varlenaHeader), d.Str(), explicit)
		return NewString(s), err
	case Bpchar:
		n := int(typmod - varlenaHeader)
		s, err := fitLength(t, n, d.Str(), explicit)
		return NewString(padBlanks(s, n)), err
	case Numeric:
		return fitNumeric(typmod, d)
	case Vector, Halfvec:
		if err := checkExpectedDims(int(typmod), len(d.Vector())); err != nil {
			return Null, err
		}
		return d, nil
	case Sparsevec:
		if err := checkExpectedDims(int(typmod), d.Sparse().Dims); err != nil {
			return Null, err
		}
		return d, nil
	case Bit, Varbit:
		s, err := fitBits(t, int(typmod), d.Str(), explicit)
		if err != nil {
			return Null, err
		}
		return NewString(s), nil
	case Time, Timestamp, Timestamptz:
		return NewInt(roundMicros(t, d.Int(), typmod)), nil
	case Timetz:
		micros, east := TimetzParts(d)
		return NewTimetz(roundMicros(Time, micros, typmod), east), nil
	case Interval:
		iv, err := applyIntervalTypmod(typmod, d.Interval())
		return NewInterval(iv), err
	}
	if t.IsArray() {
		return fitElements(t, typmod, d, explicit)
	}
	return d, nil
}

// fitLength counts characters, not bytes. Blanks beyond the length are always cut without complaint.
func fitLength(t *Type, n int, s string, explicit bool) (string, error) {
	if len(s) <= n {
		return s, nil
	}
	cut := 0
	for range n {
		if cut == len(s) {
			return s, nil
		}
		_, size := utf8.DecodeRuneInString(s[cut:])
		cut += size
	}
	if !explicit && trimBlanks(s[cut:]) != "" {
		return "", sqlstate.New(sqlstate.StringDataRightTruncation, "value too long for type %s(%d)", t.SQL, n)
	}
	return s[:cut], nil
}

func padBlanks(s string, n int) string {
	if have := utf8.RuneCountInString(s); have < n {
		return s + strings.Repeat(" ", n-have)
	}
	return s
}

func fitNumeric(typmod int32, d Datum) (Datum, error) {
	precision, scale := numericTypmodParts(typmod)
	n := d.Numeric()
	if isNaN(n) {
		return d, nil
	}
	if n.Form == apd.Infinite {
		return Null, numericFieldOverflow(precision, scale).WithDetail(
			"A field with precision %d, scale %d cannot hold an infinite value.", precision, scale)
	}
	n = new(apd.Decimal).Set(n)
	RoundNumeric(n, scale)
	if n.Coeff.Sign() != 0 && n.NumDigits()+int64(n.Exponent)+int64(scale) > int64(precision) {
		limit := "10^" + string(appendIntText(nil, Int4, int64(precision-scale), nil))
		if precision == scale {
			limit = "1"
		}
		return Null, numericFieldOverflow(precision, scale).WithDetail(
			"A field with precision %d, scale %d must round to an absolute value less than %s.",
			precision, scale, limit)
	}
	if err := FitNumeric(n); err != nil {
		return Null, err
	}
	return NewNumeric(n), nil
}

func numericFieldOverflow(_, _ int32) *sqlstate.Error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "numeric field overflow")
}

// roundMicros rounds to a number of decimal places of a second, half away from zero.
func roundMicros(t *Type, micros int64, places int32) int64 {
	if places >= maxTimePrecision || isInfiniteMicros(t, micros) {
		return micros
	}
	unit := int64(1)
	for range maxTimePrecision - places {
		unit *= 10
	}
	if micros < 0 {
		return -((-micros + unit/2) / unit * unit)
	}
	return (micros + unit/2) / unit * unit
}

func isInfiniteMicros(t *Type, micros int64) bool {
	return t != Time && (micros == TimestampInfinity || micros == TimestampNegInfinity)
}

func fitElements(t *Type, typmod int32, d Datum, explicit bool) (Datum, error) {
	a := d.Array()
	out := &ArrayValue{Elem: a.Elem, Dims: a.Dims, Lower: a.Lower, Elems: make([]Datum, len(a.Elems))}
	for i, e := range a.Elems {
		fitted, err := ApplyTypmod(t.Elem, typmod, e, explicit)
		if err != nil {
			return Null, err
		}
		out.Elems[i] = fitted
	}
	return NewArray(out), nil
}
