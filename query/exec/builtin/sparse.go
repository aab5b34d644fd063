package builtin

import (
	"math"

	"github.com/seguedb/segue/query/datum"
)

// sparseFunctions are pgvector's over sparsevec, and similarity. Sums are float64, as over vector, and those of
// vector.SparseDistance: an index gives the same numbers.
func sparseFunctions(r *registry) {
	t := datum.Sparsevec
	for name, f := range map[string]func(a, b *datum.SparseValue) float64{
		"l2_distance":                      func(a, b *datum.SparseValue) float64 { return math.Sqrt(sparseSquared(a, b)) },
		"sparsevec_l2_squared_distance":    sparseSquared,
		"inner_product":                    sparseDot,
		"sparsevec_negative_inner_product": func(a, b *datum.SparseValue) float64 { return -sparseDot(a, b) },
		"cosine_distance":                  func(a, b *datum.SparseValue) float64 { return 1 - sparseCosine(a, b) },
		"similarity":                       func(a, b *datum.SparseValue) float64 { return 1 - (1 - sparseCosine(a, b)) },
		"l1_distance":                      sparseL1,
	} {
		r.fn(func(_ *Env, args []datum.Datum) (datum.Datum, error) {
			a, b := args[0].Sparse(), args[1].Sparse()
			if a.Dims != b.Dims {
				return datum.Null, differentDims(t, a.Dims, b.Dims)
			}
			return datum.NewFloat(f(a, b)), nil
		}, key(name, t, t))
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewFloat(norm(a[0].Sparse().Values)), nil
	}, key("l2_norm", t))
	r.fn(normalizeSparse, key("l2_normalize", t))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(datum.Compare(t, a[0], a[1]))), nil
	}, key("sparsevec_cmp", t, t))
	r.castFn("sparsevec", t, t)
	for _, dense := range []*datum.Type{datum.Vector, datum.Halfvec} {
		r.castFn(dense.Name+"_to_sparsevec", dense, t)
		r.castFn("sparsevec_to_"+dense.Name, t, dense)
	}
	for _, elem := range []*datum.Type{datum.Int4, datum.Float4, datum.Float8, datum.Numeric} {
		r.castFn("array_to_sparsevec", elem.Array, t)
	}
}

// eachElement walks both vectors' elements by index; what only one has is paired with zero.
func eachElement(a, b *datum.SparseValue, f func(x, y float64)) {
	i, j := 0, 0
	for i < len(a.Indices) || j < len(b.Indices) {
		switch {
		case j == len(b.Indices) || i < len(a.Indices) && a.Indices[i] < b.Indices[j]:
			f(float64(a.Values[i]), 0)
			i++
		case i == len(a.Indices) || a.Indices[i] > b.Indices[j]:
			f(0, float64(b.Values[j]))
			j++
		default:
			f(float64(a.Values[i]), float64(b.Values[j]))
			i, j = i+1, j+1
		}
	}
}

func sparseDot(a, b *datum.SparseValue) (sum float64) {
	eachElement(a, b, func(x, y float64) { sum += float64(x * y) })
	return sum
}

func sparseSquared(a, b *datum.SparseValue) (sum float64) {
	eachElement(a, b, func(x, y float64) { sum += float64((x - y) * (x - y)) })
	return sum
}

func sparseL1(a, b *datum.SparseValue) (sum float64) {
	eachElement(a, b, func(x, y float64) { sum += math.Abs(x - y) })
	return sum
}

// sparseCosine is NaN when either vector is zero.
func sparseCosine(a, b *datum.SparseValue) float64 {
	normA, normB := norm(a.Values), norm(b.Values)
	if normA == 0 || normB == 0 {
		return math.NaN()
	}
	return min(max(sparseDot(a, b)/max(normA, normB)/min(normA, normB), -1), 1)
}

// normalizeSparse leaves out what becomes zero; the zero vector stays.
func normalizeSparse(_ *Env, a []datum.Datum) (datum.Datum, error) {
	v := a[0].Sparse()
	out := &datum.SparseValue{Dims: v.Dims}
	length := norm(v.Values)
	for i, x := range v.Values {
		f, err := element(datum.Sparsevec, float32(float64(x)/length))
		if err != nil {
			return datum.Null, err
		}
		if f != 0 {
			out.Indices, out.Values = append(out.Indices, v.Indices[i]), append(out.Values, f)
		}
	}
	return datum.NewSparse(out), nil
}
