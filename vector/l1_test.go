package vector

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/seguedb/segue/vector/kernel"
)

// TestL1ReadsFew: an exact search by L1 of a segment whose vectors are the owner's reads few of them.
func TestL1ReadsFew(t *testing.T) {
	const rows, dim, k = 1300, 768, 10
	ix, source := apartIndex(t, NewMemStore(), rows, dim, nil)
	q := Query{Vec: vectorOf(rand.New(rand.NewPCG(9, 9)), dim, 1), Metric: L1, K: k, Seq: 1, Source: source}
	r, err := ix.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var want []Hit
	for row, vec := range source.rows {
		want = append(want, Hit{row, Distance(L1, q.Vec, vec)})
	}
	slices.SortFunc(want, compareHits)
	if !slices.Equal(r.Hits, want[:k]) || !r.Stats.Exact {
		t.Errorf("%v, not %v", r.Hits, want[:k])
	}
	if r.Stats.Fetched > rows/4 {
		t.Errorf("%d of %d vectors were read", r.Stats.Fetched, rows)
	}
	t.Logf("%d of %d vectors were read", r.Stats.Fetched, rows)
}

// TestL1BoundHolds: no distance by L1 is outside the interval that the codes, turned back, give, whatever the numbers are.
func TestL1BoundHolds(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 5))
	for range 400 {
		dim := codesPay + rng.IntN(200)
		r := kernel.NewRotation(dim, signSeed)
		scale := math.Pow(10, float64(rng.IntN(60)-38))
		draw := func() []float32 {
			v, sparse := make([]float32, dim), rng.IntN(3) == 0
			for i := range v {
				if !sparse || rng.IntN(10) == 0 {
					v[i] = float32(scale * rng.NormFloat64())
				}
			}
			return v
		}
		vec, q := draw(), draw()
		h, padded := newHalves(r.Padded(), 1), r.Padded()
		for _, level := range kernel.Levels() {
			set, _ := kernel.At(level)
			rotated, back := make([]float32, padded), make([]float32, padded)
			set.Rotate(r, rotated, vec)
			high, low, marks := h.of(0, padded)
			m := encodeHalves(high, low, rotated)
			copy(marks, m[:])
			h.vector(back, make([]int8, padded), 0)
			set.Unrotate(r, back)
			var score [1]float32
			set.Scan(kernel.L1, score[:], q, back[:dim])
			b := newBound(set, L1, q)
			lo, hi := b.interval(score[0], 0)
			off := math.Sqrt(float64(dim)) * (1 + 1e-9) * turnedBack(r, float64(marks[1]), Norm(vec))
			if d := Distance(L1, q, vec); d < lo-off || d > hi+off {
				t.Fatalf("%s, %d numbers of %g: %g is outside %g … %g", level, dim, scale, d, lo-off, hi+off)
			}
		}
	}
}
