package builtin

import (
	"math"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// The functions of pgvector over vector and halfvec, and similarity. Distances are those of package vector to the last
// bit: see distance.go. A halfvec's are computed from the same float32s.

func vectorFunctions(r *registry) {
	denseFunctions(r, datum.Vector, "vector_norm")
	denseFunctions(r, datum.Halfvec, "l2_norm")
	vectorCasts(r)
	vectorAggregates(r)
}

// denseFunctions registers what vector and halfvec have alike; norm is the norm's name.
func denseFunctions(r *registry, v *datum.Type, normName string) {
	for name, f := range distances {
		if name == "vector_negative_inner_product" {
			name = v.Name + "_negative_inner_product"
		}
		k := key(name, v, v)
		r.funcs[k], r.vecs[k] = distanceFunc(v, f), distanceVec(v, f)
	}
	r.vecs[key("cosine_distance", v, v)] = cosineVec(v, func(c float64) float64 { return 1 - c })
	r.vecs[key("similarity", v, v)] = cosineVec(v, func(c float64) float64 { return 1 - (1 - c) })
	r.fn(distanceFunc(v, squaredDistance), key(v.Name+"_l2_squared_distance", v, v))
	r.fn(distanceFunc(v, sphericalDistance), key(v.Name+"_spherical_distance", v, v))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(len(a[0].Vector()))), nil
	}, key("vector_dims", v))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewFloat(norm(a[0].Vector())), nil
	}, key(normName, v))
	r.fn(normalize(v), key("l2_normalize", v))
	r.fn(subvector(v), key("subvector", v, datum.Int4, datum.Int4))
	r.fn(elementwise(v, func(a, b float32) (float32, error) { return a + b, nil }), key(v.Name+"_add", v, v))
	r.fn(elementwise(v, func(a, b float32) (float32, error) { return a - b, nil }), key(v.Name+"_sub", v, v))
	r.fn(elementwise(v, multiply(v)), key(v.Name+"_mul", v, v))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return newVector(v, slices.Concat(a[0].Vector(), a[1].Vector()))
	}, key(v.Name+"_concat", v, v))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(datum.Compare(v, a[0], a[1]))), nil
	}, key(v.Name+"_cmp", v, v))
}

func newVector(t *datum.Type, v []float32) (datum.Datum, error) {
	if err := datum.CheckVector(t, v); err != nil {
		return datum.Null, err
	}
	return datum.NewVector(v), nil
}

func sameDims(t *datum.Type, a, b []float32) error {
	if len(a) != len(b) {
		return differentDims(t, len(a), len(b))
	}
	return nil
}

func differentDims(t *datum.Type, a, b int) error {
	return sqlstate.New(sqlstate.DataException, "different %s dimensions %d and %d", t, a, b)
}

// element rounds a computed element to what the type holds; infinity is an overflow.
func element(t *datum.Type, f float32) (float32, error) {
	if t == datum.Halfvec {
		f = datum.RoundHalf(f)
	}
	if math.IsInf(float64(f), 0) {
		return 0, floatOverflow()
	}
	return f, nil
}

// normalize leaves the zero vector alone, as pgvector does.
func normalize(t *datum.Type) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		v := a[0].Vector()
		length := norm(v)
		out := make([]float32, len(v))
		if length == 0 {
			return datum.NewVector(out), nil
		}
		for i, x := range v {
			var err error
			if out[i], err = element(t, float32(float64(x)/length)); err != nil {
				return datum.Null, err
			}
		}
		return datum.NewVector(out), nil
	}
}

// subvector counts from 1 and clips to the vector, like substring.
func subvector(t *datum.Type) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		v, start, count := a[0].Vector(), a[1].Int(), a[2].Int()
		if count < 1 {
			return newVector(t, nil)
		}
		lo, hi := max(start, 1)-1, min(start-1+count, int64(len(v)))
		if lo >= hi {
			return newVector(t, nil)
		}
		return datum.NewVector(slices.Clone(v[lo:hi])), nil
	}
}

func elementwise(t *datum.Type, f func(a, b float32) (float32, error)) Func {
	return func(_ *Env, args []datum.Datum) (datum.Datum, error) {
		out, err := combine(t, args[0].Vector(), args[1].Vector(), f)
		if err != nil {
			return datum.Null, err
		}
		return datum.NewVector(out), nil
	}
}

func combine(t *datum.Type, a, b []float32, f func(a, b float32) (float32, error)) ([]float32, error) {
	if err := sameDims(t, a, b); err != nil {
		return nil, err
	}
	out := make([]float32, len(a))
	for i := range a {
		x, err := f(a[i], b[i])
		if err == nil {
			x, err = element(t, x)
		}
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}

// multiply refuses a product that only rounding makes zero.
func multiply(t *datum.Type) func(a, b float32) (float32, error) {
	return func(a, b float32) (float32, error) {
		x := a * b
		if t == datum.Halfvec {
			x = datum.RoundHalf(x)
		}
		if x == 0 && a != 0 && b != 0 {
			return 0, floatUnderflow()
		}
		return x, nil
	}
}

// vectorCasts are the functions of the casts: value, modifier, whether the cast is explicit.
func vectorCasts(r *registry) {
	for _, to := range []*datum.Type{datum.Vector, datum.Halfvec} {
		for _, elem := range []*datum.Type{datum.Int4, datum.Float4, datum.Float8, datum.Numeric} {
			r.castFn("array_to_"+to.Name, elem.Array, to)
		}
		r.castFn(to.Name+"_to_float4", to, datum.Float4Array)
		r.castFn(to.Name, to, to)
	}
	r.castFn("vector_to_halfvec", datum.Vector, datum.Halfvec)
	r.castFn("halfvec_to_vector", datum.Halfvec, datum.Vector)
}

// simpleCast registers a cast whose function takes the value alone.
func (r *registry) simpleCast(name string, from, to *datum.Type) {
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.Cast(a[0], from, to, -1, true, env.Datum)
	}, key(name, from))
}

func (r *registry) castFn(name string, from, to *datum.Type) {
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		typmod := int32(a[1].Int())
		if to.IsArray() {
			typmod = -1 // there is none for arrays of numbers
		}
		return datum.Cast(a[0], from, to, typmod, a[2].Bool(), env.Datum)
	}, key(name, from, datum.Int4, datum.Bool))
}
