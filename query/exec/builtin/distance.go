package builtin

import (
	"math"

	"github.com/seguedb/segue/query/datum"
)

// distances are the functions of two vectors of one length. They repeat vector.Distance, which this
// package must not import, in the same order of additions: eight interleaved float64 sums, added
// pairwise. So a distance is the same number whether an index, or this, computed it.
var distances = map[string]func(a, b []float32) float64{
	"l2_distance":                   l2Distance,
	"inner_product":                 dot,
	"vector_negative_inner_product": func(a, b []float32) float64 { return -dot(a, b) },
	"cosine_distance":               func(a, b []float32) float64 { return 1 - cosine(a, b) },
	"l1_distance":                   l1Distance,
	"similarity":                    similarity,
}

// similarity is 1 - cosine distance, not the cosine itself: the planner writes one as the other.
func similarity(a, b []float32) float64 { return 1 - (1 - cosine(a, b)) }

func cosine(a, b []float32) float64 { return cosineOf(a, b, norm(a), norm(b)) }

// cosineOf is NaN when either vector is zero.
func cosineOf(a, b []float32, normA, normB float64) float64 {
	if normA == 0 || normB == 0 {
		return math.NaN()
	}
	return min(max(dot(a, b)/max(normA, normB)/min(normA, normB), -1), 1)
}

func norm(a []float32) float64 { return math.Sqrt(dot(a, a)) }

func pairwise(s *[8]float64) float64 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// dot is a·b. The conversions around each product forbid fusing it with the sum.
func dot(a, b []float32) float64 {
	var s [8]float64
	i := 0
	for ; i+8 <= len(a); i += 8 {
		x, y := (*[8]float32)(a[i:]), (*[8]float32)(b[i:])
		s[0] += float64(float64(x[0]) * float64(y[0]))
		s[1] += float64(float64(x[1]) * float64(y[1]))
		s[2] += float64(float64(x[2]) * float64(y[2]))
		s[3] += float64(float64(x[3]) * float64(y[3]))
		s[4] += float64(float64(x[4]) * float64(y[4]))
		s[5] += float64(float64(x[5]) * float64(y[5]))
		s[6] += float64(float64(x[6]) * float64(y[6]))
		s[7] += float64(float64(x[7]) * float64(y[7]))
	}
	for ; i < len(a); i++ {
		s[i%8] += float64(float64(a[i]) * float64(b[i]))
	}
	return pairwise(&s)
}

func l2Distance(a, b []float32) float64 { return math.Sqrt(squaredDistance(a, b)) }

func squaredDistance(a, b []float32) float64 {
	var s [8]float64
	i := 0
	for ; i+8 <= len(a); i += 8 {
		x, y := (*[8]float32)(a[i:]), (*[8]float32)(b[i:])
		for j := range s {
			d := float64(x[j]) - float64(y[j])
			s[j] += float64(d * d)
		}
	}
	for ; i < len(a); i++ {
		d := float64(a[i]) - float64(b[i])
		s[i%8] += float64(d * d)
	}
	return pairwise(&s)
}

// sphericalDistance is the angle between unit vectors, 1 for opposite ones.
func sphericalDistance(a, b []float32) float64 {
	return math.Acos(min(max(dot(a, b), -1), 1)) / math.Pi
}

func l1Distance(a, b []float32) float64 {
	var s [8]float64
	for i := range a {
		s[i%8] += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return pairwise(&s)
}

func distanceFunc(t *datum.Type, f func(a, b []float32) float64) Func {
	return func(_ *Env, args []datum.Datum) (datum.Datum, error) {
		a, b := args[0].Vector(), args[1].Vector()
		if err := sameDims(t, a, b); err != nil {
			return datum.Null, err
		}
		return datum.NewFloat(f(a, b)), nil
	}
}

// knownNorm remembers the length of the last vector, which is every row's where a column is compared
// with a constant.
type knownNorm struct {
	v    []float32
	norm float64
}

func (k *knownNorm) of(v []float32) float64 {
	if len(v) == 0 || len(v) != len(k.v) || &v[0] != &k.v[0] {
		k.v, k.norm = v, norm(v)
	}
	return k.norm
}

// cosineVec is distanceVec for the functions of the cosine.
func cosineVec(t *datum.Type, finish func(cosine float64) float64) VecFunc {
	return func(env *Env, args []*datum.Vec, n int) (*datum.Vec, error) {
		var a, b knownNorm
		return distanceVec(t, func(x, y []float32) float64 {
			return finish(cosineOf(x, y, a.of(x), b.of(y)))
		})(env, args, n)
	}
}

func distanceVec(t *datum.Type, f func(a, b []float32) float64) VecFunc {
	return func(_ *Env, args []*datum.Vec, n int) (*datum.Vec, error) {
		out := &datum.Vec{Type: datum.Float8, F: make([]float64, n), Nulls: eitherNull(args, n)}
		a, b := args[0].V[:n], args[1].V[:n]
		for i := range out.F {
			if out.IsNull(i) {
				continue
			}
			if err := sameDims(t, a[i], b[i]); err != nil {
				return nil, &RowError{Row: i, Err: err}
			}
			out.F[i] = f(a[i], b[i])
		}
		return out, nil
	}
}
