package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSumsAreTheSameBits at every length and for every kind of number, infinities and what is no number included.
func TestSumsAreTheSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	for n := range 300 {
		for _, size := range []float64{1, 1e-30, 1e-44, 1e30, 0} {
			a, b := make([]float32, n), make([]float32, n)
			for i := range a {
				a[i], b[i] = float32(rng.NormFloat64()*size), float32(rng.NormFloat64()*size)
				if size == 0 {
					a[i] = math.Float32frombits(rng.Uint32())
				}
			}
			for op := Dot; op <= L1; op++ {
				got, want := Sum(op, a, b), portableSum(op, a, b)
				if math.Float64bits(got) != math.Float64bits(want) && got == got {
					t.Fatalf("op %d, %d numbers of size %g: %v, want %v", op, n, size, got, want)
				}
				if (got == got) != (want == want) {
					t.Fatalf("op %d, %d numbers of size %g: %v, want %v", op, n, size, got, want)
				}
			}
		}
	}
}

func BenchmarkSum(b *testing.B) {
	x := make([]float32, 768)
	b.Run("best", func(b *testing.B) {
		for b.Loop() {
			Sum(Dot, x, x)
		}
	})
	b.Run("portable", func(b *testing.B) {
		for b.Loop() {
			portableSum(Dot, x, x)
		}
	})
}
