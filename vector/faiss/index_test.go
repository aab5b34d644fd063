package faiss_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seguedb/segue/vector/faiss"
)

const dim = 21 // not a multiple of any register's width

// vectors makes n random vectors, one after the other.
func vectors(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 3))
	out := make([]float32, n*dim)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

func score(m faiss.Metric, a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		if m == faiss.InnerProduct {
			sum += float64(a[i]) * float64(b[i])
		} else {
			d := float64(a[i]) - float64(b[i])
			sum += d * d
		}
	}
	return sum
}

// brute returns the ids by score, best first.
func brute(m faiss.Metric, q, vecs []float32) []int64 {
	ids := make([]int64, len(vecs)/dim)
	for i := range ids {
		ids[i] = int64(i)
	}
	slices.SortFunc(ids, func(a, b int64) int {
		x, y := score(m, q, vecs[a*dim:][:dim]), score(m, q, vecs[b*dim:][:dim])
		if (x < y) == (m == faiss.L2) {
			return -1
		}
		return 1
	})
	return ids
}

func open(t *testing.T, factory string, m faiss.Metric, vecs []float32) *faiss.Index {
	t.Helper()
	ix, err := faiss.NewIndex(dim, factory, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ix.Close() })
	if !ix.Trained() {
		if err := ix.Train(t.Context(), vecs); err != nil {
			t.Fatal(err)
		}
	}
	if err := ix.Add(vecs); err != nil {
		t.Fatal(err)
	}
	if ix.Len() != len(vecs)/dim {
		t.Fatalf("Len %d, want %d", ix.Len(), len(vecs)/dim)
	}
	return ix
}

// TestFlatFindsTheNearest, and reports FAISS's kind of distance.
func TestFlatFindsTheNearest(t *testing.T) {
	vecs, q := vectors(300, 1), vectors(1, 2)
	for name, m := range map[string]faiss.Metric{"inner product": faiss.InnerProduct, "l2": faiss.L2} {
		for _, threads := range []int{1, 2} {
			ix := open(t, "Flat", m, vecs)
			ix.SetThreads(threads)
			distances, ids, err := ix.Search(q, 10)
			if err != nil {
				t.Fatal(err)
			}
			if want := brute(m, q, vecs)[:10]; !slices.Equal(ids, want) {
				t.Errorf("%s, %d threads: ids %v, want %v", name, threads, ids, want)
			}
			for i, d := range distances {
				if want := score(m, q, vecs[ids[i]*dim:][:dim]); math.Abs(float64(d)-want) > 1e-4 {
					t.Errorf("%s: distance %g, want %g", name, d, want)
				}
			}
		}
	}
}

// TestSetBLASThreshold: through OpenBLAS the answers are the same, a selection of ids included.
func TestSetBLASThreshold(t *testing.T) {
	faiss.SetBLASThreshold(1)
	defer faiss.SetBLASThreshold(20)
	vecs, q := vectors(300, 1), vectors(1, 2)
	for _, m := range []faiss.Metric{faiss.InnerProduct, faiss.L2} {
		ix, want := open(t, "Flat", m, vecs), brute(m, q, vecs)
		if _, ids, err := ix.Search(q, 10); err != nil || !slices.Equal(ids, want[:10]) {
			t.Errorf("metric %d: ids %v (%v), want %v", m, ids, err, want[:10])
		}
		if _, ids, err := ix.SearchAmong(q, 10, want[5:9]); err != nil || !slices.Equal(ids, want[5:9]) {
			t.Errorf("metric %d: among %v found %v (%v)", m, want[5:9], ids, err)
		}
	}
}

// TestApproximateKindsFindMost asks the index kinds that train and build for the true ten.
func TestApproximateKindsFindMost(t *testing.T) {
	vecs := vectors(2000, 1)
	for _, tc := range []struct{ factory, parameter string }{{"IVF16,Flat", "nprobe"}, {"HNSW16", "efSearch"}} {
		for _, m := range []faiss.Metric{faiss.InnerProduct, faiss.L2} {
			ix := open(t, tc.factory, m, vecs)
			if err := ix.SetParameter(tc.parameter, 64); err != nil {
				t.Fatal(err)
			}
			found := 0
			for i := range uint64(20) {
				q := vectors(1, 100+i)
				_, ids, err := ix.Search(q, 10)
				if err != nil {
					t.Fatal(err)
				}
				want := brute(m, q, vecs)[:10]
				for _, id := range ids {
					if slices.Contains(want, id) {
						found++
					}
				}
			}
			if found < 180 {
				t.Errorf("%s, metric %d: %d of 200 found", tc.factory, m, found)
			}
		}
	}
}

// TestSearchAmong restricts a search to chosen ids, more than are there and none included.
func TestSearchAmong(t *testing.T) {
	vecs, q := vectors(100, 1), vectors(1, 2)
	for _, factory := range []string{"Flat", "IVF1,Flat"} {
		ix := open(t, factory, faiss.L2, vecs)
		_, ids, err := ix.SearchAmong(q, 10, []int64{7, 99, 3, 1000})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(ids)
		if !slices.Equal(ids, []int64{3, 7, 99}) {
			t.Errorf("%s: ids %v", factory, ids)
		}
		if _, ids, err := ix.SearchAmong(q, 10, nil); err != nil || len(ids) != 0 {
			t.Errorf("%s: among none: %v, %v", factory, ids, err)
		}
		if _, _, err := ix.SearchAmong(q, 10, []int64{-1}); err == nil {
			t.Errorf("%s: a negative id was accepted", factory)
		}
	}
}

// TestKMeansFindsTheClusters that the vectors were made around.
func TestKMeansFindsTheClusters(t *testing.T) {
	centres, vecs := vectors(4, 9), vectors(400, 10)
	for i := range vecs {
		vecs[i] = centres[(i/dim%4)*dim+i%dim] + vecs[i]/100
	}
	got, objective, err := faiss.KMeans(dim, vecs, 4, faiss.KMeansOptions{Seed: 5, Redo: 20})
	if err != nil {
		t.Fatal(err)
	}
	if objective <= 0 || objective > 400*dim*1e-3 {
		t.Errorf("objective %g", objective)
	}
	for c := range 4 {
		centre := centres[c*dim:][:dim]
		if id := brute(faiss.L2, centre, got)[0]; score(faiss.L2, centre, got[id*dim:][:dim]) > 1e-2 {
			t.Errorf("no centroid near centre %d", c)
		}
	}
	again, _, err := faiss.KMeans(dim, vecs, 4, faiss.KMeansOptions{Seed: 5, Redo: 20, Threads: 2})
	if err != nil || !slices.Equal(got, again) {
		t.Errorf("the same seed gave other centroids (%v)", err)
	}
}

// TestErrors: what FAISS throws, and what would make it read out of bounds, comes back as an error.
func TestErrors(t *testing.T) {
	ix := open(t, "Flat", faiss.L2, vectors(3, 1))
	untrained, err := faiss.NewIndex(dim, "IVF4,Flat", faiss.L2)
	if err != nil {
		t.Fatal(err)
	}
	defer untrained.Close()
	for name, f := range map[string]func() error{
		"no factory string": func() error { _, err := faiss.NewIndex(dim, "nonsense", faiss.L2); return err },
		"no dimensions":     func() error { _, err := faiss.NewIndex(0, "Flat", faiss.L2); return err },
		"half a vector":     func() error { return ix.Add(make([]float32, dim+1)) },
		"short query":       func() error { _, _, err := ix.Search(make([]float32, 1), 1); return err },
		"k of 0":            func() error { _, _, err := ix.Search(make([]float32, dim), 0); return err },
		"unknown parameter": func() error { return ix.SetParameter("nonsense", 1) },
		"add before train":  func() error { return untrained.Add(vectors(5, 1)) },
		"too few to train":  func() error { return untrained.Train(t.Context(), vectors(3, 1)) },
		"too few clusters": func() error {
			_, _, err := faiss.KMeans(dim, vectors(3, 1), 4, faiss.KMeansOptions{})
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, ids, err := ix.Search(make([]float32, dim), 10)
	if err != nil || len(ids) != 3 {
		t.Errorf("more than there are: %v, %v", ids, err)
	}
	if err := errors.Join(ix.Close(), ix.Close()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, _, err := ix.Search(make([]float32, dim), 1); !errors.Is(err, faiss.ErrClosed) {
		t.Errorf("Search after Close: %v", err)
	}
}

func TestVersion(t *testing.T) {
	if v := faiss.Version(); !strings.HasPrefix(v, "1.") || strings.Count(v, ".") != 2 {
		t.Errorf("version %q", v)
	}
}
