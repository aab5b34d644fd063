package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// jsonMakers make json and jsonb of other values; jsonb is written as json first, then normalised.
func jsonMakers(r *registry) {
	for _, t := range []string{"json", "jsonb"} {
		finish := jsonFinisher(t)
		r.typed[t+"_build_object(any)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
			return finish(buildObject(t, env, types, a))
		}
		r.typed[t+"_build_array(any)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
			return finish(buildArray(env, types, a), nil)
		}
		r.fn(constant(datum.NewString("{}")), t+"_build_object()")
		r.fn(constant(datum.NewString("[]")), t+"_build_array()")
		r.typed["to_"+t+"(anyelement)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
			return finish(appendJSON(nil, env, known(types[0]), a[0], false), nil)
		}
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return finish(objectOfPairs(a[0].Array())) },
			t+"_object(_text)")
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return finish(objectOfArrays(a[0].Array(), a[1].Array()))
		}, t+"_object(_text,_text)")
	}
	for _, name := range []string{"array_to_json(anyarray", "row_to_json(record"} {
		r.typed[name+")"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
			return datum.NewString(string(appendJSON(nil, env, types[0], a[0], false))), nil
		}
		r.typed[name+",bool)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
			return datum.NewString(string(appendJSON(nil, env, types[0], a[0], a[1].Bool()))), nil
		}
	}
}

// jsonFinisher turns json that was just written into a value of the type.
func jsonFinisher(typ string) func(text []byte, err error) (datum.Datum, error) {
	return func(text []byte, err error) (datum.Datum, error) {
		if err != nil {
			return datum.Null, err
		}
		if typ == "json" {
			return datum.NewString(string(text)), nil
		}
		node, err := datum.ParseJSONTree(string(text))
		if err != nil {
			return datum.Null, err
		}
		return datum.NewString(string(node.Append(nil))), nil
	}
}

func buildObject(typ string, env *Env, types []*datum.Type, a []datum.Datum) ([]byte, error) {
	if len(a)%2 != 0 {
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "argument list must have even number of elements").
			WithHint("The arguments of %s_build_object() must consist of alternating keys and values.", typ)
	}
	out := []byte{'{'}
	for i := 0; i < len(a); i += 2 {
		if i > 0 {
			out = append(out, ", "...)
		}
		if a[i].IsNull() {
			return nil, nullArgument(typ, i+1)
		}
		k, err := jsonKey(env, types[i], a[i])
		if err != nil {
			return nil, err
		}
		out = append(datum.AppendJSONString(out, k), " : "...)
		out = appendJSON(out, env, known(types[i+1]), a[i+1], false)
	}
	return append(out, '}'), nil
}

func nullArgument(typ string, n int) error {
	if typ == "jsonb" {
		return invalidParameter("argument %d: key must not be null", n)
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "argument %d cannot be null", n).
		WithHint("Object keys should be text.")
}

func jsonKey(env *Env, t *datum.Type, d datum.Datum) (string, error) {
	t = known(t)
	switch {
	case d.Kind() == datum.KindArray, t.Kind == datum.KindRecord, t == datum.JSON, t == datum.JSONB, t == datum.Hstore:
		return "", invalidParameter("key value must be scalar, not array, composite, or json")
	case t == datum.Bool && d.Bool():
		return "true", nil
	case t == datum.Bool:
		return "false", nil
	}
	return jsonText(env, t, d), nil
}

func buildArray(env *Env, types []*datum.Type, a []datum.Datum) []byte {
	out := []byte{'['}
	for i := range a {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = appendJSON(out, env, known(types[i]), a[i], false)
	}
	return append(out, ']')
}

// objectOfPairs takes {k,v,k,v} or {{k,v},{k,v}}.
func objectOfPairs(a *datum.ArrayValue) ([]byte, error) {
	if err := a.CheckPairs(); err != nil {
		return nil, err
	}
	return objectOf(len(a.Elems)/2, func(i int) (k, v datum.Datum) { return a.Elems[2*i], a.Elems[2*i+1] })
}

func objectOfArrays(keys, values *datum.ArrayValue) ([]byte, error) {
	switch {
	case len(keys.Dims) > 1 || len(keys.Dims) != len(values.Dims):
		return nil, sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
	case len(keys.Elems) != len(values.Elems):
		return nil, sqlstate.New(sqlstate.ArraySubscriptError, "mismatched array dimensions")
	}
	return objectOf(len(keys.Elems), func(i int) (k, v datum.Datum) { return keys.Elems[i], values.Elems[i] })
}

func objectOf(n int, pair func(i int) (k, v datum.Datum)) ([]byte, error) {
	out := []byte{'{'}
	for i := range n {
		k, v := pair(i)
		if k.IsNull() {
			return nil, sqlstate.New(sqlstate.NullValueNotAllowed, "null value not allowed for object key")
		}
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(datum.AppendJSONString(out, k.Str()), " : "...)
		if v.IsNull() {
			out = append(out, "null"...)
		} else {
			out = datum.AppendJSONString(out, v.Str())
		}
	}
	return append(out, '}'), nil
}
