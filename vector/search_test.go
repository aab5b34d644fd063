package vector_test

import (
	"context"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/kernel"
)

// TestDistanceIsPgvectors, by its documentation's definitions.
func TestDistanceIsPgvectors(t *testing.T) {
	for _, tc := range []struct {
		m    vector.Metric
		a, b []float32
		want float64
	}{
		{vector.L2, []float32{0, 0}, []float32{3, 4}, 5},
		{vector.InnerProduct, []float32{1, 2}, []float32{3, 4}, -11},
		{vector.Cosine, []float32{1, 2}, []float32{2, 4}, 0},
		{vector.Cosine, []float32{1, 1}, []float32{-1, -1}, 2},
		{vector.Cosine, []float32{1, 0}, []float32{0, 2}, 1},
		{vector.Cosine, []float32{1, 2}, []float32{0, 0}, math.NaN()},
		{vector.L1, []float32{0, 0}, []float32{3, -4}, 7},
		{vector.Metric(9), []float32{0}, []float32{3}, math.NaN()},
	} {
		if got := vector.Distance(tc.m, tc.a, tc.b); math.Abs(got-tc.want) > 1e-15 || math.IsNaN(got) != math.IsNaN(tc.want) {
			t.Errorf("%s of %v and %v is %v, want %v", tc.m, tc.a, tc.b, got, tc.want)
		}
	}
}

// TestDistanceIsPrecise: next to arithmetic of 400 bits.
func TestDistanceIsPrecise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	sum := func(a, b []float32, term func(x, y *big.Float) *big.Float) *big.Float {
		s := new(big.Float).SetPrec(400)
		for i := range a {
			x, y := new(big.Float).SetPrec(400).SetFloat64(float64(a[i])), new(big.Float).SetPrec(400).SetFloat64(float64(b[i]))
			s.Add(s, term(x, y))
		}
		return s
	}
	dot := func(x, y *big.Float) *big.Float { return x.Mul(x, y) }
	diff := func(x, y *big.Float) *big.Float { return x.Sub(x, y) }
	for _, kind := range kinds {
		for _, dim := range []int{1, 3, 8, 17, 768} {
			a, b := randomVector(rng, kind, dim), randomVector(rng, kind, dim)
			ab, aa, bb := sum(a, b, dot), sum(a, a, dot), sum(b, b, dot)
			lengths := new(big.Float).Sqrt(aa)
			lengths.Mul(lengths, new(big.Float).Sqrt(bb))
			length, _ := lengths.Float64()
			want := map[vector.Metric]*big.Float{
				vector.InnerProduct: ab.Neg(ab),
				vector.L2: new(big.Float).Sqrt(sum(a, b, func(x, y *big.Float) *big.Float {
					d := diff(x, y)
					return d.Mul(d, d)
				})),
				vector.L1: sum(a, b, func(x, y *big.Float) *big.Float { return new(big.Float).Abs(diff(x, y)) }),
			}
			if length > 0 {
				want[vector.Cosine] = new(big.Float).Add(big.NewFloat(1), new(big.Float).Quo(ab, lengths))
			}
			scale := map[vector.Metric]float64{vector.InnerProduct: length, vector.Cosine: 1}
			for m, w := range want {
				exact, _ := w.Float64()
				allowed := 1e-13 * (math.Abs(exact) + scale[m])
				if got := vector.Distance(m, a, b); math.Abs(got-exact) > allowed {
					t.Errorf("%s, %s, %d dimensions: %v, want %v", m, kind, dim, got, exact)
				}
			}
		}
	}
}

// openRows is an index of one-dimensional rows 0, 1, 2 …, in a segment.
func openRows(t *testing.T, values ...float32) *vector.Index {
	t.Helper()
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ix.Close() })
	var deltas []vector.Delta
	for i, v := range values {
		deltas = append(deltas, vector.Delta{Row: uint64(i), Vec: []float32{v}})
	}
	ix.Apply(1, deltas)
	if err := ix.Seal(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return ix
}

// TestSearchOrder: nearest first, equal distances by row, NaN last, and never fewer than k where there
// are as many.
func TestSearchOrder(t *testing.T) {
	ix := openRows(t, 0, -1, 2, 0, 1, 2)
	for _, tc := range []struct {
		name string
		q    vector.Query
		want []uint64
	}{
		{"ties by row", vector.Query{Vec: []float32{0}, Metric: vector.L2, K: 4}, []uint64{0, 3, 1, 4}},
		{"NaN last", vector.Query{Vec: []float32{1}, Metric: vector.Cosine, K: 6}, []uint64{2, 4, 5, 1, 0, 3}},
		{"all NaN", vector.Query{Vec: []float32{0}, Metric: vector.Cosine, K: 2}, []uint64{0, 1}},
		{"k beyond the rows", vector.Query{Vec: []float32{2}, Metric: vector.L1, K: math.MaxInt}, []uint64{2, 5, 4, 0, 3, 1}},
		{"within", vector.Query{Vec: []float32{0}, Metric: vector.L2, HasMax: true, MaxDistance: 1}, []uint64{0, 3}},
		{"up to", vector.Query{Vec: []float32{0}, Metric: vector.L2, HasMax: true, MaxDistance: 1, MaxInclusive: true},
			[]uint64{0, 3, 1, 4}},
		{"no NaN within infinity", vector.Query{Vec: []float32{1}, K: 9, HasMax: true, MaxDistance: math.Inf(1)},
			[]uint64{2, 4, 5, 1}},
		{"nothing within NaN", vector.Query{Vec: []float32{1}, K: 9, HasMax: true, MaxDistance: math.NaN()}, nil},
		{"k of 0", vector.Query{Vec: []float32{1}}, nil},
		{"before the first commit", vector.Query{Vec: []float32{1}, K: 9, Seq: 0}, nil},
		{"an infinite query", vector.Query{Vec: []float32{float32(math.Inf(1))}, Metric: vector.L2, K: 2}, []uint64{0, 1}},
	} {
		if tc.name != "before the first commit" {
			tc.q.Seq = 1
		}
		r, err := ix.Search(t.Context(), tc.q)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if len(r.Hits) != len(tc.want) {
			t.Errorf("%s: %v, want rows %v", tc.name, r.Hits, tc.want)
			continue
		}
		for i, row := range tc.want {
			if r.Hits[i].Row != row {
				t.Errorf("%s: %v, want rows %v", tc.name, r.Hits, tc.want)
				break
			}
		}
	}
}

// TestSearchErrors: a wrong length, a closed index and a context that is done.
func TestSearchErrors(t *testing.T) {
	ix := openRows(t, 1, 2, 3)
	if _, err := ix.Search(t.Context(), vector.Query{Vec: []float32{1, 2}, K: 1}); !errors.Is(err, vector.ErrDim) {
		t.Errorf("two dimensions: %v", err)
	}
	overlay := new(vector.Overlay)
	overlay.Put(7, []float32{1, 2})
	_, err := ix.Search(t.Context(), vector.Query{Vec: []float32{1}, K: 1, Seq: 1, Overlay: overlay})
	if !errors.Is(err, vector.ErrDim) {
		t.Errorf("an overlay of two dimensions: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, workers := range []int{1, 4} {
		r, err := ix.Search(ctx, vector.Query{Vec: []float32{1}, K: 1, Seq: 1, Workers: workers})
		if !errors.Is(err, context.Canceled) || r.Hits != nil {
			t.Errorf("cancelled: %v, %v", r.Hits, err)
		}
	}
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ix.Search(t.Context(), vector.Query{Vec: []float32{1}, K: 1}); !errors.Is(err, vector.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestSearchWork pins what an answer costs: a selective filter scores its rows alone, and only rows
// whose float32 score is too near to call are measured twice.
func TestSearchWork(t *testing.T) {
	const rows, dim, first = 5000, 64, 20_000
	rng := rand.New(rand.NewPCG(2, 2))
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim, SignRows: 2 * rows})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	var deltas []vector.Delta
	for i := range uint64(rows) {
		deltas = append(deltas, vector.Delta{Row: first + i, Vec: randomVector(rng, "clustered", dim)})
	}
	ix.Apply(1, deltas)
	if err := ix.Seal(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	few, none := roaring64.BitmapOf(first+5, first+77, first+4999, 123456), roaring64.New()
	few.AddRange(0, first) // rows of another segment
	for name, tc := range map[string]struct {
		filter            *roaring64.Bitmap
		scanned, filtered int
		reranked          int // at most
	}{
		"no filter":     {nil, rows, 0, 15},
		"three rows":    {few, 3, rows - 3, 3},
		"an empty one":  {none, 0, rows, 0},
		"every row":     {span(first, rows), rows, 0, 15},
		"half and more": {span(first, rows*3/4), rows, 0, 15},
	} {
		for _, m := range metrics {
			q := vector.Query{Vec: randomVector(rng, "clustered", dim), Metric: m, K: 10, Seq: 1, Filter: tc.filter}
			r, err := ix.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			s := r.Stats
			if s.Scanned != tc.scanned || s.Filtered != tc.filtered || s.Reranked > tc.reranked || s.Segments != 1 || !s.Exact {
				t.Errorf("%s, %s: %+v", name, m, s)
			}
		}
	}
}

func span(first, n uint64) *roaring64.Bitmap {
	b := roaring64.New()
	b.AddRange(first, first+n)
	return b
}

// TestManyPieces: blocks that are scored in several pieces, by several goroutines, give the answer that
// they give in one.
func TestManyPieces(t *testing.T) {
	const rows, dim = 5000, 40
	for _, kind := range []string{"clustered", "integers", "near-equal"} {
		rng := rand.New(rand.NewPCG(6, 6))
		ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim})
		if err != nil {
			t.Fatal(err)
		}
		m := new(model)
		for half := range uint64(2) {
			var deltas []vector.Delta
			for i := range uint64(rows / 2) {
				deltas = append(deltas, vector.Delta{Row: half*rows/2 + i, Vec: randomVector(rng, kind, dim)})
			}
			m.apply(ix, deltas)
			if half == 0 {
				if err := ix.Seal(t.Context(), m.seq); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, metric := range metrics {
			for _, k := range []int{1, 100, 2000} {
				for i, filter := range []*roaring64.Bitmap{nil, span(100, 2000), span(1000, 3500)} {
					q := vector.Query{Vec: randomVector(rng, kind, dim), Metric: metric, K: k, Seq: m.seq, Filter: filter}
					q.Workers = 2 * i
					m.checkSearch(t, ix, q, nil)
				}
			}
		}
		_ = ix.Close()
	}
}

// TestLevelsAgree: the answer does not depend on the machine.
func TestLevelsAgree(t *testing.T) {
	for _, kind := range kinds {
		var want []vector.Hit
		for i, level := range kernel.Levels() {
			rng := rand.New(rand.NewPCG(3, 3))
			ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: 33, Kernel: level})
			if err != nil {
				t.Fatal(err)
			}
			var deltas []vector.Delta
			for row := range uint64(400) {
				deltas = append(deltas, vector.Delta{Row: row, Vec: randomVector(rng, kind, 33)})
			}
			ix.Apply(1, deltas)
			r, err := ix.Search(t.Context(), vector.Query{Vec: deltas[7].Vec, Metric: vector.L2, K: 25, Seq: 1})
			if err != nil || len(r.Hits) != 25 {
				t.Fatalf("%s at %s: %d hits, %v", kind, level, len(r.Hits), err)
			}
			if i == 0 {
				want = r.Hits
			}
			for j, h := range r.Hits {
				if h != want[j] {
					t.Errorf("%s at %s: hit %d is %v, want %v", kind, level, j, h, want[j])
				}
			}
			_ = ix.Close()
		}
	}
}
