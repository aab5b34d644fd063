package vector

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
)

// TestAmongAgainstBruteForce: answers of BitRows and SparseRows are those of measuring and sorting all rows.
func TestAmongAgainstBruteForce(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	for range 40 {
		n, bits := rng.IntN(3000), 1+rng.IntN(200)
		b, s := NewBitRows(bits), NewSparseRows()
		rows, packed, sparse := make([]uint64, n), make([][]uint64, n), make([]Sparse, n)
		scale := []float64{1, 1e-20, 1e30}[rng.IntN(3)]
		for i := range n {
			rows[i] = uint64(3 * i)
			digits := randomDigits(rng, bits)
			packed[i], sparse[i] = PackBits(nil, digits), randomSparse(rng, scale)
			b.Add(rows[i], digits)
			s.Add(rows[i], sparse[i])
		}
		for range 20 {
			a := randomAmong(rng, n)
			q, digits := randomSparse(rng, scale), PackBits(nil, randomDigits(rng, bits))
			a.Metric = []Metric{Hamming, Jaccard}[rng.IntN(2)]
			a.MaxDistance = []float64{0, 0.5, float64(bits) / 3}[rng.IntN(3)]
			got, _, err := b.Search(t.Context(), digits, a)
			if want := amongAll(a, rows, func(i int) float64 { return BitDistance(a.Metric, digits, packed[i]) }); err != nil ||
				!slices.EqualFunc(got, want, sameHit) {
				t.Fatalf("%d bits, %+v: %v\nnot %v (%v)", bits, a, got, want, err)
			}
			a.Metric = []Metric{Cosine, L2, L1, InnerProduct}[rng.IntN(4)]
			a.MaxDistance = []float64{0, 0.5, 2 * scale}[rng.IntN(3)]
			got, _, _, err = s.Search(t.Context(), q, a)
			if want := amongAll(a, rows, func(i int) float64 { return SparseDistance(a.Metric, q, sparse[i]) }); err != nil ||
				!slices.EqualFunc(got, want, sameHit) {
				t.Fatalf("%v, %+v: %v\nnot %v (%v)", q, a, got, want, err)
			}
		}
	}
}

func sameHit(a, b Hit) bool { return compareHits(a, b) == 0 }

func amongAll(a Among, rows []uint64, distance func(i int) float64) (out []Hit) {
	for i, row := range rows {
		d := distance(i)
		if a.Filter != nil && !a.Filter.Contains(row) || a.Skip != nil && a.Skip.Contains(row) ||
			a.HasMax && !(d < a.MaxDistance || a.MaxInclusive && d == a.MaxDistance) {
			continue
		}
		out = append(out, Hit{row, d})
	}
	slices.SortFunc(out, compareHits)
	if a.K >= 0 {
		out = out[:min(a.K, len(out))]
	}
	return out
}

func randomAmong(rng *rand.Rand, n int) Among {
	a := Among{K: []int{-1, 0, 1, 10, 5000}[rng.IntN(5)], HasMax: rng.IntN(3) == 0, MaxInclusive: rng.IntN(2) == 0}
	some := func(share float64) *roaring64.Bitmap {
		out := roaring64.New()
		for i := range n {
			if rng.Float64() < share {
				out.Add(uint64(3 * i))
			}
		}
		return out
	}
	if rng.IntN(2) == 0 {
		a.Filter = some([]float64{0, 0.01, 0.9}[rng.IntN(3)])
		a.Filter.Add(7) // no row
	}
	if rng.IntN(2) == 0 {
		a.Skip = some(0.1)
	}
	return a
}

func randomDigits(rng *rand.Rand, n int) string {
	var out strings.Builder
	ones := rng.Float64()
	for range n {
		out.WriteByte("01"[int(math.Round(min(1, rng.Float64()*2*ones)))])
	}
	return out.String()
}

func randomSparse(rng *rand.Rand, scale float64) (v Sparse) {
	share, whole := rng.Float64(), rng.IntN(2) == 0
	for i := range int32(20) {
		x := scale * rng.NormFloat64()
		if whole {
			x = float64(rng.IntN(3) - 1)
		}
		if f := float32(x); rng.Float64() < share && f != 0 {
			v.Indices, v.Values = append(v.Indices, 1000*i), append(v.Values, f)
		}
	}
	return v
}
