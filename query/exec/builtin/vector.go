package builtin

import (
	"math"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// The functions of pgvector and similarity. Distances are those of package vector to the last bit: see
// distance.go.

func vectorFunctions(r *registry) {
	v := datum.Vector
	for name, f := range distances {
		k := key(name, v, v)
		r.funcs[k], r.vecs[k] = distanceFunc(f), distanceVec(f)
	}
	r.vecs[key("cosine_distance", v, v)] = cosineVec(func(c float64) float64 { return 1 - c })
	r.vecs[key("similarity", v, v)] = cosineVec(func(c float64) float64 { return 1 - (1 - c) })
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(len(a[0].Vector()))), nil
	}, key("vector_dims", v))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewFloat(norm(a[0].Vector())), nil
	}, key("vector_norm", v))
	r.fn(normalize, key("l2_normalize", v))
	r.fn(subvector, key("subvector", v, datum.Int4, datum.Int4))
	for name, f := range map[string]func(a, b float32) float32{
		"vector_add": func(a, b float32) float32 { return a + b },
		"vector_sub": func(a, b float32) float32 { return a - b },
	} {
		r.fn(elementwise(f), key(name, v, v))
	}
	r.fn(multiply, key("vector_mul", v, v))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return newVector(slices.Concat(a[0].Vector(), a[1].Vector()))
	}, key("vector_concat", v, v))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(datum.Compare(v, a[0], a[1]))), nil
	}, key("vector_cmp", v, v))
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		typmod := int32(a[1].Int())
		return datum.Cast(a[0], arrayType(a[0]), v, typmod, a[2].Bool(), env.Datum)
	}, "array_to_vector(_int4,int4,bool)")
}

func newVector(v []float32) (datum.Datum, error) {
	if err := datum.CheckVector(v); err != nil {
		return datum.Null, err
	}
	return datum.NewVector(v), nil
}

func sameDims(a, b []float32) error {
	if len(a) != len(b) {
		return sqlstate.New(sqlstate.DataException, "different vector dimensions %d and %d", len(a), len(b))
	}
	return nil
}

// normalize leaves the zero vector alone, as pgvector does.
func normalize(_ *Env, a []datum.Datum) (datum.Datum, error) {
	v := a[0].Vector()
	length := norm(v)
	out := make([]float32, len(v))
	if length > 0 {
		for i, x := range v {
			out[i] = float32(float64(x) / length)
		}
	}
	return newVector(out)
}

// subvector counts from 1 and clips to the vector, like substring.
func subvector(_ *Env, a []datum.Datum) (datum.Datum, error) {
	v, start, count := a[0].Vector(), a[1].Int(), a[2].Int()
	if count < 1 {
		return newVector(nil)
	}
	lo, hi := max(start, 1)-1, min(start-1+count, int64(len(v)))
	if lo >= hi {
		return newVector(nil)
	}
	return datum.NewVector(slices.Clone(v[lo:hi])), nil
}

func elementwise(f func(a, b float32) float32) Func {
	return func(_ *Env, args []datum.Datum) (datum.Datum, error) {
		a, b := args[0].Vector(), args[1].Vector()
		if err := sameDims(a, b); err != nil {
			return datum.Null, err
		}
		out := make([]float32, len(a))
		for i := range a {
			if out[i] = f(a[i], b[i]); math.IsInf(float64(out[i]), 0) {
				return datum.Null, floatOverflow()
			}
		}
		return datum.NewVector(out), nil
	}
}

func multiply(_ *Env, args []datum.Datum) (datum.Datum, error) {
	a, b := args[0].Vector(), args[1].Vector()
	if err := sameDims(a, b); err != nil {
		return datum.Null, err
	}
	out := make([]float32, len(a))
	for i := range a {
		out[i] = a[i] * b[i]
		switch {
		case math.IsInf(float64(out[i]), 0):
			return datum.Null, floatOverflow()
		case out[i] == 0 && a[i] != 0 && b[i] != 0:
			return datum.Null, floatUnderflow()
		}
	}
	return datum.NewVector(out), nil
}
