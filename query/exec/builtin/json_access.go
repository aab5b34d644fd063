package builtin

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/datum"
)

func jsonAccessors(r *registry) {
	for _, t := range []string{"json", "jsonb"} {
		r.fn(jsonField(false), t+"_object_field("+t+",text)")
		r.fn(jsonField(true), t+"_object_field_text("+t+",text)")
		r.fn(jsonElement(t, false), t+"_array_element("+t+",int4)")
		r.fn(jsonElement(t, true), t+"_array_element_text("+t+",int4)")
		r.fn(jsonPathOf(false), t+"_extract_path("+t+",_text)")
		r.fn(jsonPathOf(true), t+"_extract_path_text("+t+",_text)")
		r.fn(jsonTypeOf, t+"_typeof("+t+")")
		r.fn(jsonArrayLength, t+"_array_length("+t+")")
	}
}

// jsonResult is a piece of a document, or its text: of a string the characters, of null NULL.
func jsonResult(value string, asText bool) (datum.Datum, error) {
	if !asText {
		return datum.NewString(value), nil
	}
	switch jsonIs(value) {
	case 'n':
		return datum.Null, nil
	case '"':
		return textResult(datum.UnquoteJSON(strings.TrimSpace(value)))
	}
	return datum.NewString(value), nil
}

func jsonField(asText bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		value, ok, err := findField(a[0].Str(), a[1].Str())
		if !ok || err != nil {
			return datum.Null, err
		}
		return jsonResult(value, asText)
	}
}

// findField is the last member of that name: json may have several.
func findField(s, name string) (value string, ok bool, err error) {
	if jsonIs(s) != '{' {
		return "", false, nil
	}
	jsonMembers(s, func(key, v string) bool {
		match := key[1:len(key)-1] == name
		if strings.IndexByte(key, '\\') >= 0 {
			var k string
			if k, err = datum.UnquoteJSON(key); err != nil {
				return false
			}
			match = k == name
		}
		if match {
			value, ok = v, true
		}
		return true
	})
	return value, ok, err
}

// jsonElement is -> and ->> with a number. A jsonb scalar is an array of one to Postgres there, and only there.
func jsonElement(typ string, asText bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s := a[0].Str()
		if kind := jsonIs(s); typ == "jsonb" && kind != '{' && kind != '[' {
			s = "[" + s + "]"
		}
		value, ok := findElement(s, a[1].Int())
		if !ok {
			return datum.Null, nil
		}
		return jsonResult(value, asText)
	}
}

// findElement counts from 0, or from the end when n is negative.
func findElement(s string, n int64) (value string, ok bool) {
	if jsonIs(s) != '[' {
		return "", false
	}
	if n < 0 {
		n += int64(jsonLength(s))
	}
	i := int64(0)
	jsonItems(s, func(item string) bool {
		if ok = i == n; ok {
			value = item
		}
		i++
		return !ok
	})
	return value, ok
}

func jsonPathOf(asText bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		value, ok, err := followPath(a[0].Str(), a[1].Array().Elems)
		if !ok || err != nil {
			return datum.Null, err
		}
		return jsonResult(value, asText)
	}
}

// followPath takes a step for each name or number; a NULL among them leads nowhere.
func followPath(s string, steps []datum.Datum) (value string, ok bool, err error) {
	for _, step := range steps {
		if step.IsNull() {
			return "", false, nil
		}
	}
	for _, step := range steps {
		switch jsonIs(s) {
		case '{':
			s, ok, err = findField(s, step.Str())
		case '[':
			n, isNumber := subscriptOf(step.Str())
			if !isNumber {
				return "", false, nil
			}
			s, ok = findElement(s, n)
		default:
			return "", false, nil
		}
		if !ok || err != nil {
			return "", false, err
		}
	}
	return strings.Trim(s, " \t\n\r"), true, nil
}

// subscriptOf reads a whole number as C's strtol does, blanks and a plus sign before it included.
func subscriptOf(s string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimLeft(s, " \t\n\v\f\r"), 10, 32)
	return n, err == nil
}

func jsonTypeOf(_ *Env, a []datum.Datum) (datum.Datum, error) {
	return datum.NewString(jsonTypeName(a[0].Str())), nil
}

func jsonTypeName(s string) string {
	switch jsonIs(s) {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	}
	return "null"
}

func jsonArrayLength(_ *Env, a []datum.Datum) (datum.Datum, error) {
	switch s := a[0].Str(); jsonIs(s) {
	case '[':
		return datum.NewInt(int64(jsonLength(s))), nil
	case '{':
		return datum.Null, invalidParameter("cannot get array length of a non-array")
	}
	return datum.Null, invalidParameter("cannot get array length of a scalar")
}
