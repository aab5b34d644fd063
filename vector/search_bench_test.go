package vector_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/faiss"
)

// BenchmarkSearch asks for the ten nearest of a music library's worth of clustered unit vectors, and
// FAISS Flat through our binding for the same.
func BenchmarkSearch(b *testing.B) {
	const dim = 768
	for _, n := range []int{1300, 100_000} {
		vecs, queries := benchVectors(n, dim, 1), benchVectors(64, dim, 2)
		ix := benchIndex(b, vecs)
		tenth := roaring64.New()
		for i := range n / 10 {
			tenth.Add(uint64(i * 10))
		}
		for name, q := range map[string]vector.Query{
			"cosine":          {Metric: vector.Cosine},
			"l2":              {Metric: vector.L2},
			"cosine/filter10": {Metric: vector.Cosine, Filter: tenth},
			"cosine/workers2": {Metric: vector.Cosine, Workers: 2},
		} {
			b.Run(fmt.Sprintf("rows=%d/segue/%s", n, name), func(b *testing.B) {
				q.K, q.Seq = 10, 1
				b.ReportAllocs()
				reranked := 0
				for i := 0; b.Loop(); i++ {
					q.Vec = queries[i%len(queries)]
					r, err := ix.Search(context.Background(), q)
					if err != nil || len(r.Hits) != 10 {
						b.Fatal(len(r.Hits), err)
					}
					reranked = r.Stats.Reranked
				}
				b.ReportMetric(float64(reranked), "reranked")
			})
		}
		for _, rival := range []struct {
			name string
			m    faiss.Metric
			blas int
		}{{"ip", faiss.InnerProduct, 20}, {"ip-openblas", faiss.InnerProduct, 1}, {"l2", faiss.L2, 20}} {
			b.Run(fmt.Sprintf("rows=%d/faiss/%s", n, rival.name), func(b *testing.B) {
				flat := benchFlat(b, rival.m, vecs)
				faiss.SetBLASThreshold(rival.blas)
				defer faiss.SetBLASThreshold(20)
				for i := 0; b.Loop(); i++ {
					if _, ids, err := flat.Search(queries[i%len(queries)], 10); err != nil || len(ids) != 10 {
						b.Fatal(len(ids), err)
					}
				}
			})
		}
	}
}

// benchVectors makes unit vectors around forty centres.
func benchVectors(n, dim int, seed uint64) [][]float32 {
	centres, rng := rand.New(rand.NewPCG(40, 40)), rand.New(rand.NewPCG(seed, seed))
	middle := make([][]float64, 40)
	for i := range middle {
		middle[i] = make([]float64, dim)
		for j := range middle[i] {
			middle[i][j] = centres.NormFloat64()
		}
	}
	out := make([][]float32, n)
	for i := range out {
		c := middle[rng.IntN(len(middle))]
		vec := make([]float32, dim)
		for j := range vec {
			vec[j] = float32(c[j] + 0.7*rng.NormFloat64())
		}
		norm := float32(vector.Norm(vec))
		for j := range vec {
			vec[j] /= norm
		}
		out[i] = vec
	}
	return out
}

func benchIndex(b *testing.B, vecs [][]float32) *vector.Index {
	store, err := vector.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	ix, err := vector.Open(store, vector.Options{Dim: len(vecs[0])})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ix.Close() })
	deltas := make([]vector.Delta, len(vecs))
	for i, vec := range vecs {
		deltas[i] = vector.Delta{Row: uint64(i), Vec: vec}
	}
	ix.Apply(1, deltas)
	if err := ix.Seal(context.Background(), 1); err != nil {
		b.Fatal(err)
	}
	return ix
}

func benchFlat(b *testing.B, m faiss.Metric, vecs [][]float32) *faiss.Index {
	flat, err := faiss.NewIndex(len(vecs[0]), "Flat", m)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = flat.Close() })
	for _, vec := range vecs {
		if err := flat.Add(vec); err != nil {
			b.Fatal(err)
		}
	}
	return flat
}
