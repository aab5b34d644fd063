package vector_test

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/faiss"
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
	r, err := ix.MeasureRecall(t.Context(), 50, vector.Query{Seq: ix.Stats().LastSeq, K: 10, Metric: vector.L2, Recall: 1})
	if err != nil || r.Queries != 50 || r.K != 10 || r.Recall != 1 || r.Worst != 1 || r.Exact != 50 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := ix.Reset(); err != nil {
		t.Fatal(err)
	}
	if r, err = ix.MeasureRecall(t.Context(), 50, vector.Query{Seq: ix.Stats().LastSeq, K: 10, Metric: vector.L2, Recall: 1}); err != nil || r.Queries != 0 || r.Recall != 1 {
		t.Errorf("without rows: %+v, %v", r, err)
	}
	_ = ix.Close()
	if _, err = ix.MeasureRecall(t.Context(), 1, vector.Query{Seq: ix.Stats().LastSeq, K: 1, Metric: vector.L2, Recall: 1}); !errors.Is(err, vector.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestRecallIsMet: on rows that calibration has seen and on queries that it has not, at every recall and metric, in a
// segment of many lists, two segments with a tail, and after deletes.
func TestRecallIsMet(t *testing.T) {
	const dim = 64
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim, SealRows: 4000, ListRows: 40, CellRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	m, vecs := new(model), spectralVectors(6000, dim, 3)
	write := func(from, to int) {
		var deltas []vector.Delta
		for i, vec := range vecs[from:to] {
			deltas = append(deltas, vector.Delta{Row: uint64(from + i), Vec: vec})
		}
		m.apply(ix, deltas)
	}
	seal := func() {
		if err := ix.Seal(t.Context(), m.seq); err != nil {
			t.Fatal(err)
		}
	}
	for _, stage := range []struct {
		name string
		run  func()
	}{
		{"one segment", func() { write(0, 4000); seal() }},
		{"two and a tail", func() { write(4000, 5500); seal(); write(5500, 6000) }},
		{"deletes", func() {
			var deltas []vector.Delta
			for i := range uint64(900) {
				deltas = append(deltas, vector.Delta{Row: i * 3})
			}
			m.apply(ix, deltas)
		}},
	} {
		stage.run()
		for _, metric := range metrics[:3] {
			for _, recall := range []float64{0.5, 0.9, 0.95, 0.99} {
				r, err := ix.MeasureRecall(t.Context(), 200, vector.Query{Seq: ix.Stats().LastSeq, K: 10, Metric: metric, Recall: recall})
				if err != nil || r.Recall < recall || r.Exact != 0 {
					t.Errorf("%s, %s, recall %g: %+v, %v", stage.name, metric, recall, r, err)
				}
			}
		}
		if r, err := ix.MeasureRecall(t.Context(), 20, vector.Query{Seq: ix.Stats().LastSeq, K: 10, Metric: vector.L1, Recall: 0.9}); err != nil || r.Recall != 1 || r.Exact != 20 {
			t.Errorf("%s, l1: %+v, %v", stage.name, r, err)
		}
		if r, err := ix.MeasureRecall(t.Context(), 20, vector.Query{Seq: ix.Stats().LastSeq, K: 300, Metric: vector.Cosine, Recall: 0.9}); err != nil || r.Recall < 0.9 {
			t.Errorf("%s, 300 rows: %+v, %v", stage.name, r, err)
		}
	}
}

// TestApproximateLooksAtLess than the exact plan: fewer lists and codes; and the exact plan at fewer rows than there are.
// At 0.999 so few rows want all versions seen, and the plan may be the exact one.
func TestApproximateLooksAtLess(t *testing.T) {
	const rows, dim = 6000, 64
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim, ListRows: 40, CellRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	var deltas []vector.Delta
	for i, vec := range spectralVectors(rows, dim, 3) {
		deltas = append(deltas, vector.Delta{Row: uint64(i), Vec: vec})
	}
	ix.Apply(1, deltas)
	if err := ix.Seal(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	q := vector.Query{Vec: deltas[77].Vec, K: 10, Seq: 1}
	last := vector.SearchStats{Lists: 1 << 30, Prefiltered: 1 << 30}
	for _, recall := range []float64{0, 0.999, 0.95, 0.8} {
		q.Recall = recall
		r, err := ix.Search(t.Context(), q)
		s := r.Stats
		if err != nil || len(r.Hits) != 10 || r.Hits[0].Row != 77 || s.Exact != (recall == 0) && recall != 0.999 || s.Lists > last.Lists ||
			recall < 0.999 && s.Prefiltered > last.Prefiltered || s.Lists == 0 || s.Prefiltered == 0 {
			t.Errorf("recall %g: %+v, after %+v, %v", recall, s, last, err)
		}
		last = s
	}
	if last.Lists > 60 || last.Scanned > rows/4 {
		t.Errorf("recall 0.8 of %d rows: %+v", rows, last)
	}
}

// TestTrainer: FAISS's k-means serves as a segment's trainer, and one that fails, or gives what was not asked for, costs
// nothing but a warning.
func TestTrainer(t *testing.T) {
	const rows, dim = 3000, 64
	vecs, asked := spectralVectors(rows, dim, 3), 0
	for name, train := range map[string]func(int, []float32, int) ([]float32, error){
		"faiss": func(dim int, vecs []float32, k int) ([]float32, error) {
			asked++
			centroids, _, err := faiss.KMeans(dim, vecs, k, faiss.KMeansOptions{Iterations: 5})
			return centroids, err
		},
		"fails": func(int, []float32, int) ([]float32, error) { asked++; return nil, errFault },
		"short": func(int, []float32, int) ([]float32, error) { asked++; return vecs[0], nil },
	} {
		ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim, ListRows: 60, Train: train,
			Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		deltas := make([]vector.Delta, rows)
		for i, vec := range vecs {
			deltas[i] = vector.Delta{Row: uint64(i), Vec: vec}
		}
		ix.Apply(1, deltas)
		if err := ix.Seal(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if r, err := ix.MeasureRecall(t.Context(), 100, vector.Query{Seq: ix.Stats().LastSeq, K: 10, Metric: vector.Cosine, Recall: 0.95}); err != nil || r.Recall < 0.95 || r.Exact != 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if err := ix.Close(); err != nil {
			t.Error(err)
		}
	}
	if asked != 3 {
		t.Errorf("trainers were asked %d times", asked)
	}
}

// TestRecallOfUnlikeSegments: where a small segment has all of a query's nearest, which its size does not make likely.
func TestRecallOfUnlikeSegments(t *testing.T) {
	const dim, many, few = 64, 4000, 900
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim, SealRows: 4000, ListRows: 20, CellRows: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	vecs := spectralVectors(many+few, dim, 3)
	for i, vec := range vecs {
		for j := range vec {
			if i < many {
				vec[j] += 1 // the two lie on different sides
			} else {
				vec[j] -= 1
			}
		}
		ix.Apply(uint64(i+1), []vector.Delta{{Row: uint64(i), Vec: vec}})
		if i == many-1 || i == many+few-1 {
			if err := ix.Seal(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := ix.Stats().Segments; n != 2 {
		t.Fatalf("%d segments", n)
	}
	for _, metric := range metrics[:3] {
		found, asked := 0, 0
		for i := many; i < many+few; i += 9 {
			q := vector.Query{Vec: vecs[i], Metric: metric, K: 10, Seq: many + few}
			truth, err := ix.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			q.Recall = 0.95
			r, err := ix.Search(t.Context(), q)
			if err != nil || r.Stats.Exact {
				t.Fatal(r.Stats, err)
			}
			for _, h := range r.Hits {
				asked++
				if h.Distance <= truth.Hits[9].Distance {
					found++
				}
			}
		}
		if recall := float64(found) / float64(asked); recall < 0.95 {
			t.Errorf("%s: a recall of %g", metric, recall)
		}
	}
}
