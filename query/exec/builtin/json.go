package builtin

import (
	"math"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
)

// appendJSON writes a value as to_json does: numbers and booleans bare, json as it is, arrays and rows
// taken apart, the rest as strings; timestamps with ISO 8601's T. A pretty array or row has a line an item.
func appendJSON(dst []byte, env *Env, t *datum.Type, d datum.Datum, pretty bool) []byte {
	switch t = t.Root(); {
	case d.IsNull():
		return append(dst, "null"...)
	case t == datum.JSON, t == datum.JSONB:
		return datum.AppendText(dst, t, d, env.Datum)
	case t == datum.Hstore: // by its cast to json
		return datum.AppendHstoreJSON(dst, d.Hstore(), datum.AppendJSONString)
	case t == datum.Bool && d.Bool():
		return append(dst, "true"...)
	case t == datum.Bool:
		return append(dst, "false"...)
	case isNumber(t) && finite(d):
		return datum.AppendText(dst, t, d, env.Datum)
	case d.Kind() == datum.KindArray:
		a := d.Array()
		elems := a.Elems
		return appendJSONArray(dst, env, a.Elem, a.Dims, &elems, pretty)
	case t.Kind == datum.KindRecord:
		return appendJSONRow(dst, env, d, pretty)
	}
	return datum.AppendJSONString(dst, jsonText(env, t, d))
}

// jsonText is the text inside the quotes; dates are ISO whatever DateStyle says.
func jsonText(env *Env, t *datum.Type, d datum.Datum) string {
	s := datum.Format(t, d, env.Datum)
	if t != datum.Timestamp && t != datum.Timestamptz {
		return s
	}
	s = strings.Replace(s, " ", "T", 1)
	if t == datum.Timestamptz && datum.IsFiniteTimestamp(d.Int()) {
		end := strings.TrimSuffix(s, " BC")
		if zoneHoursOnly(end) {
			s = end + ":00" + s[len(end):]
		}
	}
	return s
}

// zoneHoursOnly finds the +02 that ISO 8601 wants as +02:00.
func zoneHoursOnly(s string) bool {
	return len(s) > 3 && strings.IndexByte("+-", s[len(s)-3]) >= 0
}

func isNumber(t *datum.Type) bool {
	return slices.Contains([]*datum.Type{datum.Int2, datum.Int4, datum.Int8, datum.Float4, datum.Float8, datum.Numeric}, t)
}

func finite(d datum.Datum) bool {
	switch d.Kind() {
	case datum.KindFloat:
		return !math.IsNaN(d.Float()) && !math.IsInf(d.Float(), 0)
	case datum.KindNumeric:
		return d.Numeric().Form == apd.Finite
	}
	return true
}

func jsonComma(pretty bool) string {
	if pretty {
		return ",\n "
	}
	return ","
}

// appendJSONArray takes its elements from the front of elems, a dimension at a time.
func appendJSONArray(
	dst []byte, env *Env, elem *datum.Type, dims []int, elems *[]datum.Datum, pretty bool,
) []byte {
	dst = append(dst, '[')
	for i := 0; len(dims) > 0 && i < dims[0]; i++ {
		if i > 0 {
			dst = append(dst, jsonComma(pretty)...)
		}
		if len(dims) > 1 {
			dst = appendJSONArray(dst, env, elem, dims[1:], elems, false)
			continue
		}
		dst = appendJSON(dst, env, elem, (*elems)[0], false)
		*elems = (*elems)[1:]
	}
	return append(dst, ']')
}

func appendJSONRow(dst []byte, env *Env, d datum.Datum, pretty bool) []byte {
	dst = append(dst, '{')
	for i, f := range d.Record() {
		if i > 0 {
			dst = append(dst, jsonComma(pretty)...)
		}
		dst = append(datum.AppendJSONString(dst, d.FieldName(i)), ':')
		dst = appendJSON(dst, env, d.FieldType(i), f, false)
	}
	return append(dst, '}')
}
