package builtin

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func arrayFunctions(r *registry) {
	r.fn(arrayDims, "array_dims(anyarray)")
	r.fn(dimension(func(a *datum.ArrayValue, i int) int { return a.Dims[i] }), "array_length(anyarray,int4)")
	r.fn(dimension(func(a *datum.ArrayValue, i int) int { return a.Lower[i] }), "array_lower(anyarray,int4)")
	r.fn(dimension(func(a *datum.ArrayValue, i int) int { return a.Lower[i] + a.Dims[i] - 1 }),
		"array_upper(anyarray,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if n := len(a[0].Array().Dims); n > 0 {
			return datum.NewInt(int64(n)), nil
		}
		return datum.Null, nil
	}, "array_ndims(anyarray)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(len(a[0].Array().Elems))), nil
	}, "cardinality(anyarray)")
	r.typed["array_append(anycompatiblearray,anycompatible)"] = arrayAppend
	r.typed["array_prepend(anycompatible,anycompatiblearray)"] = arrayPrepend
	r.typed["array_cat(anycompatiblearray,anycompatiblearray)"] = arrayCat
	r.typed["array_position(anycompatiblearray,anycompatible)"] = arrayPosition
	r.typed["array_position(anycompatiblearray,anycompatible,int4)"] = arrayPosition
	r.fn(arrayPositions, "array_positions(anycompatiblearray,anycompatible)")
	r.fn(arrayRemove, "array_remove(anycompatiblearray,anycompatible)")
	r.fn(arrayReplace, "array_replace(anycompatiblearray,anycompatible,anycompatible)")
	r.fn(trimArray, "trim_array(anyarray,int4)")
	r.typed["array_fill(anyelement,_int4)"], r.typed["array_fill(anyelement,_int4,_int4)"] = arrayFill, arrayFill
	containment(r)
	r.fn(arrayToString, "array_to_string(anyarray,text)", "array_to_string(anyarray,text,text)")
	r.fn(stringToArray, "string_to_array(text,text)", "string_to_array(text,text,text)")
	r.fn(bucketArray, "width_bucket(anycompatible,anycompatiblearray)")
	r.sets["unnest(anyarray)"] = unnest
	r.sets["generate_subscripts(anyarray,int4)"] = generateSubscripts
	r.sets["generate_subscripts(anyarray,int4,bool)"] = generateSubscripts
	r.sets["_pg_expandarray(anyarray)"] = expandArray
	r.sets["string_to_table(text,text)"] = stringToTable
	r.sets["string_to_table(text,text,text)"] = stringToTable
}

func containment(r *registry) {
	fn := func(f Func, k string) { r.fn(ofComparable("eq", f), k) }
	fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(containsAll(a[0].Array(), a[1].Array())), nil
	}, "arraycontains(anyarray,anyarray)")
	fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(containsAll(a[1].Array(), a[0].Array())), nil
	}, "arraycontained(anyarray,anyarray)")
	fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		set := elementSet(a[0].Array())
		hit := slices.ContainsFunc(a[1].Array().Elems, func(d datum.Datum) bool { return set[hashOf(a[1].Array().Elem, d)] })
		return datum.NewBool(hit), nil
	}, "arrayoverlap(anyarray,anyarray)")
}

// elementSet has no NULLs, which equal nothing here.
func elementSet(a *datum.ArrayValue) map[string]bool {
	set := make(map[string]bool, len(a.Elems))
	for _, d := range a.Elems {
		if !d.IsNull() {
			set[hashOf(a.Elem, d)] = true
		}
	}
	return set
}

func hashOf(t *datum.Type, d datum.Datum) string { return string(datum.AppendHashKey(nil, t, d)) }

func containsAll(a, b *datum.ArrayValue) bool {
	set := elementSet(a)
	return !slices.ContainsFunc(b.Elems, func(d datum.Datum) bool { return d.IsNull() || !set[hashOf(b.Elem, d)] })
}

func arrayDims(_ *Env, args []datum.Datum) (datum.Datum, error) {
	a := args[0].Array()
	if len(a.Dims) == 0 {
		return datum.Null, nil
	}
	var b strings.Builder
	for i, n := range a.Dims {
		b.WriteString("[" + strconv.Itoa(a.Lower[i]) + ":" + strconv.Itoa(a.Lower[i]+n-1) + "]")
	}
	return datum.NewString(b.String()), nil
}

// dimension is a fact about the dimension that the second argument numbers, NULL where it has none.
func dimension(fact func(a *datum.ArrayValue, i int) int) Func {
	return func(_ *Env, args []datum.Datum) (datum.Datum, error) {
		a, n := args[0].Array(), args[1].Int()
		if n < 1 || n > int64(len(a.Dims)) {
			return datum.Null, nil
		}
		return datum.NewInt(int64(fact(a, int(n)-1))), nil
	}
}

// arrayOf is an array argument; NULL counts as the empty array of the type.
func arrayOf(t *datum.Type, d datum.Datum) *datum.ArrayValue {
	if d.IsNull() {
		return &datum.ArrayValue{Elem: t.Elem}
	}
	return d.Array()
}

func oneDimensional(a *datum.ArrayValue) error {
	if len(a.Dims) > 1 {
		return sqlstate.New(sqlstate.DataException, "argument must be empty or one-dimensional array")
	}
	return nil
}

func arrayAppend(_ *Env, types []*datum.Type, args []datum.Datum) (datum.Datum, error) {
	a := arrayOf(types[0], args[0])
	if err := oneDimensional(a); err != nil {
		return datum.Null, err
	}
	return grown(a, append(slices.Clone(a.Elems), args[1])), nil
}

func arrayPrepend(_ *Env, types []*datum.Type, args []datum.Datum) (datum.Datum, error) {
	a := arrayOf(types[1], args[1])
	if err := oneDimensional(a); err != nil {
		return datum.Null, err
	}
	return grown(a, append([]datum.Datum{args[0]}, a.Elems...)), nil
}

// grown is a one-dimensional array with other elements and a's lower bound.
func grown(a *datum.ArrayValue, elems []datum.Datum) datum.Datum {
	out := &datum.ArrayValue{Elem: a.Elem, Elems: elems}
	if len(elems) > 0 {
		lower := 1
		if len(a.Lower) > 0 {
			lower = a.Lower[0]
		}
		out.Dims, out.Lower = []int{len(elems)}, []int{lower}
	}
	return datum.NewArray(out)
}

// arrayCat joins arrays of one shape along the first dimension, or adds an array of one dimension less
// as an element.
func arrayCat(_ *Env, types []*datum.Type, args []datum.Datum) (datum.Datum, error) {
	if args[0].IsNull() {
		return args[1], nil
	}
	if args[1].IsNull() {
		return args[0], nil
	}
	a, b := arrayOf(types[0], args[0]), arrayOf(types[1], args[1])
	switch {
	case len(a.Dims) == 0:
		return args[1], nil
	case len(b.Dims) == 0:
		return args[0], nil
	}
	out := &datum.ArrayValue{Elem: a.Elem, Elems: slices.Concat(a.Elems, b.Elems)}
	switch {
	case len(a.Dims) == len(b.Dims) && slices.Equal(a.Dims[1:], b.Dims[1:]):
		out.Dims, out.Lower = slices.Clone(a.Dims), a.Lower
		out.Dims[0] += b.Dims[0]
	case len(a.Dims) == len(b.Dims)+1 && slices.Equal(a.Dims[1:], b.Dims):
		out.Dims, out.Lower = slices.Clone(a.Dims), a.Lower
		out.Dims[0]++
	case len(a.Dims)+1 == len(b.Dims) && slices.Equal(a.Dims, b.Dims[1:]):
		out.Dims, out.Lower = slices.Clone(b.Dims), b.Lower
		out.Dims[0]++
	default:
		return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError, "cannot concatenate incompatible arrays").
			WithDetail("Arrays with differing element dimensions are not compatible for concatenation.")
	}
	return datum.NewArray(out), nil
}

// notDistinct is equality in which NULL equals NULL.
func notDistinct(t *datum.Type, a, b datum.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return datum.Equal(t, a, b)
}

func searchable(a *datum.ArrayValue) error {
	if len(a.Dims) > 1 {
		return unsupported("searching for elements in multidimensional arrays is not supported")
	}
	return nil
}

func arrayPosition(_ *Env, _ []*datum.Type, args []datum.Datum) (datum.Datum, error) {
	if args[0].IsNull() {
		return datum.Null, nil
	}
	a := args[0].Array()
	if err := searchable(a); err != nil || len(a.Dims) == 0 {
		return datum.Null, err
	}
	from := a.Lower[0]
	if len(args) > 2 {
		if args[2].IsNull() {
			return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "initial position must not be null")
		}
		from = int(args[2].Int())
	}
	for i, d := range a.Elems {
		if i+a.Lower[0] >= from && notDistinct(a.Elem, d, args[1]) {
			return datum.NewInt(int64(i + a.Lower[0])), nil
		}
	}
	return datum.Null, nil
}

func arrayPositions(_ *Env, args []datum.Datum) (datum.Datum, error) {
	if args[0].IsNull() {
		return datum.Null, nil
	}
	a := args[0].Array()
	if err := searchable(a); err != nil {
		return datum.Null, err
	}
	var out []datum.Datum
	for i, d := range a.Elems {
		if notDistinct(a.Elem, d, args[1]) {
			out = append(out, datum.NewInt(int64(i+a.Lower[0])))
		}
	}
	return datum.ArrayFrom(datum.Int4, out), nil
}

func arrayRemove(_ *Env, args []datum.Datum) (datum.Datum, error) {
	if args[0].IsNull() {
		return datum.Null, nil
	}
	a := args[0].Array()
	if len(a.Dims) > 1 {
		return datum.Null, unsupported("removing elements from multidimensional arrays is not supported")
	}
	kept := slices.DeleteFunc(slices.Clone(a.Elems), func(d datum.Datum) bool { return notDistinct(a.Elem, d, args[1]) })
	return grown(a, kept), nil
}

func arrayReplace(_ *Env, args []datum.Datum) (datum.Datum, error) {
	if args[0].IsNull() {
		return datum.Null, nil
	}
	out := *args[0].Array()
	out.Elems = slices.Clone(out.Elems)
	for i, d := range out.Elems {
		if notDistinct(out.Elem, d, args[1]) {
			out.Elems[i] = args[2]
		}
	}
	return datum.NewArray(&out), nil
}

func trimArray(_ *Env, args []datum.Datum) (datum.Datum, error) {
	a, n := args[0].Array(), args[1].Int()
	length := 0
	if len(a.Dims) > 0 {
		length = a.Dims[0]
	}
	if n < 0 || n > int64(length) {
		return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError,
			"number of elements to trim must be between 0 and %d", length)
	}
	if n == int64(length) {
		return datum.NewArray(&datum.ArrayValue{Elem: a.Elem}), nil
	}
	out := &datum.ArrayValue{Elem: a.Elem, Dims: slices.Clone(a.Dims), Lower: slices.Repeat([]int{1}, len(a.Dims))}
	out.Dims[0] -= int(n)
	out.Elems = a.Elems[:len(a.Elems)/length*out.Dims[0]]
	return datum.NewArray(out), nil
}

func arrayToString(env *Env, args []datum.Datum) (datum.Datum, error) {
	if args[0].IsNull() || args[1].IsNull() {
		return datum.Null, nil
	}
	a := args[0].Array()
	var out []byte
	first := true
	for _, d := range a.Elems {
		if d.IsNull() && (len(args) < 3 || args[2].IsNull()) {
			continue
		}
		if !first {
			out = append(out, args[1].Str()...)
		}
		first = false
		if d.IsNull() {
			out = append(out, args[2].Str()...)
		} else {
			out = datum.AppendText(out, a.Elem, d, env.Datum)
		}
	}
	return datum.NewString(string(out)), nil
}

// splitText is string_to_array: a NULL separator splits into characters, an empty one not at all.
// ok is false for a NULL string.
func splitText(args []datum.Datum) (out []datum.Datum, ok bool) {
	if args[0].IsNull() {
		return nil, false
	}
	s := args[0].Str()
	var pieces []string
	switch {
	case s == "":
	case args[1].IsNull():
		for rest := s; rest != ""; {
			_, size := utf8.DecodeRuneInString(rest)
			pieces, rest = append(pieces, rest[:size]), rest[size:]
		}
	case args[1].Str() == "":
		pieces = []string{s}
	default:
		pieces = strings.Split(s, args[1].Str())
	}
	for _, p := range pieces {
		if len(args) > 2 && !args[2].IsNull() && p == args[2].Str() {
			out = append(out, datum.Null)
		} else {
			out = append(out, datum.NewString(p))
		}
	}
	return out, true
}

func stringToArray(_ *Env, args []datum.Datum) (datum.Datum, error) {
	pieces, ok := splitText(args)
	if !ok {
		return datum.Null, nil
	}
	return datum.ArrayFrom(datum.Text, pieces), nil
}

func stringToTable(_ *Env, args []datum.Datum, emit func([]datum.Datum) error) error {
	pieces, _ := splitText(args)
	for _, d := range pieces {
		if err := emit([]datum.Datum{d}); err != nil {
			return err
		}
	}
	return nil
}

func unnest(_ *Env, args []datum.Datum, emit func([]datum.Datum) error) error {
	for _, d := range args[0].Array().Elems {
		if err := emit([]datum.Datum{d}); err != nil {
			return err
		}
	}
	return nil
}

func generateSubscripts(_ *Env, args []datum.Datum, emit func([]datum.Datum) error) error {
	a, n := args[0].Array(), args[1].Int()
	if n < 1 || n > int64(len(a.Dims)) {
		return nil
	}
	lower, length := a.Lower[n-1], a.Dims[n-1]
	for i := range length {
		at := lower + i
		if len(args) > 2 && args[2].Bool() {
			at = lower + length - 1 - i
		}
		if err := emit([]datum.Datum{datum.NewInt(int64(at))}); err != nil {
			return err
		}
	}
	return nil
}

// expandArray is information_schema._pg_expandarray, which JDBC asks of an index's columns: the elements of an array of
// one dimension, numbered from one.
func expandArray(_ *Env, args []datum.Datum, emit func([]datum.Datum) error) error {
	for i, e := range args[0].Array().Elems {
		if err := emit([]datum.Datum{e, datum.NewInt(int64(i) + 1)}); err != nil {
			return err
		}
	}
	return nil
}

// bucketArray is width_bucket over sorted thresholds: how many are not above the operand.
func bucketArray(_ *Env, args []datum.Datum) (datum.Datum, error) {
	a := args[1].Array()
	switch {
	case len(a.Dims) > 1:
		return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError, "thresholds must be one-dimensional array")
	case slices.ContainsFunc(a.Elems, datum.Datum.IsNull):
		return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "thresholds array must not contain NULLs")
	}
	n, _ := slices.BinarySearchFunc(a.Elems, args[0], func(e, x datum.Datum) int {
		if datum.Compare(a.Elem, e, x) <= 0 {
			return -1
		}
		return 1
	})
	return datum.NewInt(int64(n)), nil
}
