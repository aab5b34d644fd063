package vector_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/faiss"
)

// TestSearchAgreesWithFAISS: an implementation that is not ours finds the same distances, rank by
// rank, to the precision of its float32 sums. Rows may swap where those cannot tell them apart.
func TestSearchAgreesWithFAISS(t *testing.T) {
	const rows = 500
	for _, dim := range []int{1, 3, 8, 17, 768} {
		for m, fm := range map[vector.Metric]faiss.Metric{vector.InnerProduct: faiss.InnerProduct, vector.L2: faiss.L2} {
			for _, kind := range []string{"clustered", "integers"} {
				t.Run(fmt.Sprintf("%s/%s/%d", m, kind, dim), func(t *testing.T) {
					rng := rand.New(rand.NewPCG(uint64(dim), 5))
					ix, flat := openPair(t, rng, kind, rows, dim, fm)
					for i := range 20 {
						q := vector.Query{Vec: randomVector(rng, kind, dim), Metric: m, K: 1 + i*3, Seq: 1, Workers: i % 3}
						var among []int64
						if i%2 == 1 {
							q.Filter, among = chosen(rng, rows, i)
						}
						compareWithFAISS(t, ix, flat, q, among)
					}
				})
			}
		}
	}
}

// openPair holds the same vectors in an index, half sealed and half in the tail, and in FAISS.
func openPair(t *testing.T, rng *rand.Rand, kind string, rows, dim int, m faiss.Metric) (*vector.Index, *faiss.Index) {
	t.Helper()
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim})
	if err != nil {
		t.Fatal(err)
	}
	flat, err := faiss.NewIndex(dim, "Flat", m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = ix.Close(), flat.Close() })
	for half := range 2 {
		var deltas []vector.Delta
		for i := range rows / 2 {
			vec := randomVector(rng, kind, dim)
			deltas = append(deltas, vector.Delta{Row: uint64(half*rows/2 + i), Vec: vec})
			if err := flat.Add(vec); err != nil {
				t.Fatal(err)
			}
		}
		if half == 1 {
			if err := ix.Seal(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
		}
		ix.Apply(uint64(half), deltas)
	}
	return ix, flat
}

// chosen picks one row in n.
func chosen(rng *rand.Rand, rows, n int) (*roaring64.Bitmap, []int64) {
	filter, ids := roaring64.New(), []int64{}
	for row := range rows {
		if rng.IntN(n) == 0 {
			filter.Add(uint64(row))
			ids = append(ids, int64(row))
		}
	}
	return filter, ids
}

func compareWithFAISS(t *testing.T, ix *vector.Index, flat *faiss.Index, q vector.Query, among []int64) {
	t.Helper()
	r, err := ix.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	search := func() ([]float32, []int64, error) { return flat.Search(q.Vec, q.K) }
	if q.Filter != nil {
		search = func() ([]float32, []int64, error) { return flat.SearchAmong(q.Vec, q.K, among) }
	}
	scores, ids, err := search()
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) != len(r.Hits) {
		t.Fatalf("%d hits, FAISS has %d", len(r.Hits), len(ids))
	}
	for i, h := range r.Hits {
		want := -float64(scores[i])
		if q.Metric == vector.L2 {
			want = math.Sqrt(float64(scores[i]))
		}
		if off := math.Abs(h.Distance - want); off > 1e-5*float64(len(q.Vec)) {
			t.Fatalf("hit %d of %d: row %d at %g, FAISS has %d at %g", i, len(ids), h.Row, h.Distance, ids[i], want)
		}
	}
}
