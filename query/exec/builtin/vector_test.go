package builtin

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/vector"
)

// Distances are those of package vector, to the last bit, at every length around the unrolled loops.
func TestDistancesAreThoseOfTheIndex(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	same := map[string]vector.Metric{"l2_distance": vector.L2, "l1_distance": vector.L1,
		"cosine_distance": vector.Cosine, "vector_negative_inner_product": vector.InnerProduct}
	for n := 1; n <= 70; n++ {
		a, b := randomVector(rng, n), randomVector(rng, n)
		for name, metric := range same {
			got, want := distances[name](a, b), vector.Distance(metric, a, b)
			if math.Float64bits(got) != math.Float64bits(want) {
				t.Errorf("%s of %d dimensions: %v, package vector says %v", name, n, got, want)
			}
		}
		if got, want := norm(a), vector.Norm(a); got != want {
			t.Errorf("norm of %d dimensions: %v, package vector says %v", n, got, want)
		}
	}
}

// They are also what the definitions say, summed the plain way.
func TestDistancesAgainstDefinitions(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		n := 1 + rng.IntN(300)
		a, b := randomVector(rng, n), randomVector(rng, n)
		var ab, aa, bb, l1, l2 float64
		for i := range a {
			x, y := float64(a[i]), float64(b[i])
			ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
			l1, l2 = l1+math.Abs(x-y), l2+(x-y)*(x-y)
		}
		cosine := ab / math.Sqrt(aa*bb)
		for name, want := range map[string]float64{"l2_distance": math.Sqrt(l2), "l1_distance": l1, "inner_product": ab,
			"vector_negative_inner_product": -ab, "cosine_distance": 1 - cosine, "similarity": cosine} {
			if got := distances[name](a, b); math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Errorf("%s of %d dimensions: %v, want %v", name, n, got, want)
			}
		}
	}
}

func TestSimilarityOfZeroIsUndefined(t *testing.T) {
	if s := similarity([]float32{0, 0}, []float32{1, 2}); !math.IsNaN(s) {
		t.Errorf("similarity of a zero vector: %v, want NaN", s)
	}
}

func randomVector(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

func BenchmarkDistanceVec(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	col := datum.NewVec(datum.Vector, datum.BatchRows)
	for range datum.BatchRows {
		col.Append(datum.NewVector(randomVector(rng, 768)))
	}
	query := datum.Constant(datum.Vector, datum.NewVector(randomVector(rng, 768)), datum.BatchRows)
	vec := builtins().vecs["cosine_distance(vector,vector)"]
	for b.Loop() {
		if _, err := vec(nil, []*datum.Vec{col, query}, datum.BatchRows); err != nil {
			b.Fatal(err)
		}
	}
}
