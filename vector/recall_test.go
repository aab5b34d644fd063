package vector_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/vector"
)

// TestSearchManyIsSearch for queries that share everything and queries that share nothing, and passes their errors on.
func TestSearchManyIsSearch(t *testing.T) {
	ix, m := sealedAndTail(t, 24)
	rng := rand.New(rand.NewPCG(3, 3))
	for _, mixed := range []bool{false, true} {
		var queries []vector.Query
		for i := range 70 {
			q := vector.Query{Vec: randomVector(rng, "clustered", 24), Metric: vector.Cosine, K: 10, Seq: m.seq}
			if mixed {
				q.Metric, q.K, q.Seq = metrics[i%4], 1+i%30, uint64(i)%(m.seq+1)
			}
			queries = append(queries, q)
		}
		results, err := ix.SearchMany(t.Context(), queries)
		if err != nil || len(results) != len(queries) {
			t.Fatalf("%d results, %v", len(results), err)
		}
		for i, q := range queries {
			m.compare(t, q, results[i], m.search(q, nil))
		}
		queries[len(queries)-1].Vec = nil
		if _, err := ix.SearchMany(t.Context(), queries); !errors.Is(err, vector.ErrDim) {
			t.Errorf("a query without a vector: %v", err)
		}
	}
	if r, err := ix.SearchMany(t.Context(), nil); err != nil || len(r) != 0 {
		t.Errorf("no queries: %v, %v", r, err)
	}
}

// sealedAndTail is an index of 600 rows in a segment and 100 in the tail.
func sealedAndTail(t *testing.T, dim int) (*vector.Index, *model) {
	t.Helper()
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ix.Close() })
	m, rng := new(model), rand.New(rand.NewPCG(1, 1))
	for c, n := range []int{600, 100} {
		var deltas []vector.Delta
		for i := range n {
			deltas = append(deltas, vector.Delta{Row: uint64(1000*c + i), Vec: randomVector(rng, "clustered", dim)})
		}
		m.apply(ix, deltas)
		if c == 0 {
			if err := ix.Seal(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	return ix, m
}

// TestMeasureRecall of an exact answer is 1, of no rows too; a closed index has none.
func TestMeasureRecall(t *testing.T) {
	ix, _ := sealedAndTail(t, 24)
	r, err := ix.MeasureRecall(t.Context(), 50, 10, vector.L2, 1)
	if err != nil || r.Queries != 50 || r.K != 10 || r.Recall != 1 || r.Worst != 1 || r.Exact != 50 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := ix.Reset(); err != nil {
		t.Fatal(err)
	}
	if r, err = ix.MeasureRecall(t.Context(), 50, 10, vector.L2, 1); err != nil || r.Queries != 0 || r.Recall != 1 {
		t.Errorf("without rows: %+v, %v", r, err)
	}
	_ = ix.Close()
	if _, err = ix.MeasureRecall(t.Context(), 1, 1, vector.L2, 1); !errors.Is(err, vector.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
