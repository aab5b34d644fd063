package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestEncodeIsTheSameBits at every length and for numbers of every size, and of one that is infinite.
func TestEncodeIsTheSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 3))
	for n := range 300 {
		for _, size := range []float64{1, 1e-30, 1e-44, 1e30, 0} {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(rng.NormFloat64() * size)
			}
			if n > 0 && size == 1e30 && n%7 == 0 {
				x[rng.IntN(n)] = math.MaxFloat32
			}
			got, want := make([]int8, n), make([]int8, n)
			g, w := Encode(got, x), portableEncode(want, x)
			if g != w || !slices.Equal(got, want) {
				t.Fatalf("%d numbers of size %g: %+v %v, want %+v %v", n, size, g, got, w, want)
			}
			checkEncoded(t, x, got, g)
		}
	}
}

// checkEncoded: the codes and the rest are what their definition says, within rounding.
func checkEncoded(t *testing.T, x []float32, codes []int8, e Encoded) {
	t.Helper()
	rest, squares, sum := 0.0, 0, 0
	for i, c := range codes {
		left := float64(x[i]) - e.Step*float64(c)
		if e.Step > 0 && math.Abs(left) > e.Step*0.5000001 {
			t.Fatalf("number %g has code %d of step %g", x[i], c, e.Step)
		}
		rest, squares, sum = rest+left*left, squares+int(c)*int(c), sum+int(c)
	}
	if squares != e.Squares || sum != e.Sum || math.Abs(rest-e.Rest) > 1e-12*rest {
		t.Fatalf("%+v, want rest %g, squares %d, sum %d", e, rest, squares, sum)
	}
}

func BenchmarkEncode(b *testing.B) {
	x, codes := make([]float32, 768), make([]int8, 768)
	for i := range x {
		x[i] = float32(i)
	}
	for b.Loop() {
		Encode(codes, x)
	}
}
