package builtin

import (
	"math"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func jsonFunctions(r *registry) {
	r.typed["json_build_object(any)"] = jsonBuildObject
	r.fn(constant(datum.NewString("{}")), "json_build_object()")
}

func jsonBuildObject(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
	if len(a)%2 != 0 {
		return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue, "argument list must have even number of elements").
			WithHint("The arguments of json_build_object() must consist of alternating keys and values.")
	}
	out := []byte{'{'}
	for i := 0; i < len(a); i += 2 {
		if i > 0 {
			out = append(out, ", "...)
		}
		k, err := jsonKey(env, types[i], a[i], i+1)
		if err != nil {
			return datum.Null, err
		}
		out = append(datum.AppendJSONString(out, k), " : "...)
		out = appendJSON(out, env, known(types[i+1]), a[i+1])
	}
	return datum.NewString(string(append(out, '}'))), nil
}

func jsonKey(env *Env, t *datum.Type, d datum.Datum, argument int) (string, error) {
	t = known(t)
	switch {
	case d.IsNull():
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "argument %d cannot be null", argument).
			WithHint("Object keys should be text.")
	case t.IsArray(), t.Kind == datum.KindRecord, t == datum.JSON, t == datum.JSONB:
		return "", invalidParameter("key value must be scalar, not array, composite, or json")
	}
	return datum.Format(t, d, env.Datum), nil
}

// appendJSON writes a value as to_json does: numbers and booleans bare, json as it is, arrays and rows
// taken apart, the rest as strings; timestamps with ISO 8601's T.
func appendJSON(dst []byte, env *Env, t *datum.Type, d datum.Datum) []byte {
	switch {
	case d.IsNull():
		return append(dst, "null"...)
	case t == datum.JSON, t == datum.JSONB:
		return datum.AppendText(dst, t, d, env.Datum)
	case t == datum.Bool && d.Bool():
		return append(dst, "true"...)
	case t == datum.Bool:
		return append(dst, "false"...)
	case isNumber(t) && finite(d):
		return datum.AppendText(dst, t, d, env.Datum)
	case t.IsArray():
		a := d.Array()
		elems := a.Elems
		return appendJSONArray(dst, env, a.Elem, a.Dims, &elems)
	case t.Kind == datum.KindRecord:
		return appendJSONRow(dst, env, d)
	}
	s := datum.Format(t, d, env.Datum)
	if t == datum.Timestamp || t == datum.Timestamptz {
		s = strings.Replace(s, " ", "T", 1)
		if t == datum.Timestamptz && datum.IsFiniteTimestamp(d.Int()) && zoneHoursOnly(s) {
			s += ":00"
		}
	}
	return datum.AppendJSONString(dst, s)
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

// appendJSONArray takes its elements from the front of elems, a dimension at a time.
func appendJSONArray(dst []byte, env *Env, elem *datum.Type, dims []int, elems *[]datum.Datum) []byte {
	dst = append(dst, '[')
	for i := 0; len(dims) > 0 && i < dims[0]; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		if len(dims) > 1 {
			dst = appendJSONArray(dst, env, elem, dims[1:], elems)
			continue
		}
		dst = appendJSON(dst, env, elem, (*elems)[0])
		*elems = (*elems)[1:]
	}
	return append(dst, ']')
}

// appendJSONRow names the fields f1, f2…, as Postgres does for a row without a table.
func appendJSONRow(dst []byte, env *Env, d datum.Datum) []byte {
	dst = append(dst, '{')
	for i, f := range d.Record() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `"f`...)
		dst = datum.AppendText(dst, datum.Int4, datum.NewInt(int64(i+1)), nil)
		dst = append(dst, `":`...)
		dst = appendJSON(dst, env, d.FieldType(i), f)
	}
	return append(dst, '}')
}
