package vector_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"golang.org/x/sys/unix"

	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/faiss"
)

var benchRows = flag.Int("vector.rows", 100_000, "the size of BenchmarkPlans' index")

// cpuTime is the processor time that this process has used: the machine may be shared.
func cpuTime() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// spectralVectors makes unit vectors around 2,000 centres, both of power-law spectra: number i of a centre has the
// deviation i^-0.5, and number i of what surrounds it 0.6·i^-0.4.
func spectralVectors(n, dim int, seed uint64) [][]float32 {
	centres, rng := rand.New(rand.NewPCG(2000, 2000)), rand.New(rand.NewPCG(seed, seed))
	wide, near := make([]float64, dim), make([]float64, dim)
	for i := range wide {
		wide[i], near[i] = math.Pow(float64(i+1), -0.5), 0.6*math.Pow(float64(i+1), -0.4)
	}
	middle := make([][]float64, 2000)
	for i := range middle {
		middle[i] = make([]float64, dim)
		for j := range middle[i] {
			middle[i][j] = wide[j] * centres.NormFloat64()
		}
	}
	out, flat := make([][]float32, n), make([]float32, n*dim)
	for i := range out {
		c, vec := middle[rng.IntN(len(middle))], flat[i*dim:(i+1)*dim:(i+1)*dim]
		sum := 0.0
		for j := range vec {
			x := c[j] + near[j]*rng.NormFloat64()
			vec[j] = float32(x)
			sum += x * x
		}
		for j := range vec {
			vec[j] /= float32(math.Sqrt(sum))
		}
		out[i] = vec
	}
	return out
}

// BenchmarkPlans asks an index of -vector.rows rows for ten, exactly, at a recall, and under filters; FAISS's flat scan
// beside it. cpu-us/op is what to compare.
func BenchmarkPlans(b *testing.B) {
	const dim = 768
	queries := spectralVectors(200, dim, 2)
	ix, vecs := streamedIndex(b, dim)
	truth := make([]vector.Result, len(queries))
	for i, vec := range queries {
		truth[i], _ = ix.Search(context.Background(), vector.Query{Vec: vec, K: 10, Seq: 1, Source: keptRows(vecs)})
	}
	share := func(s float64) *roaring64.Bitmap {
		f, rng := roaring64.New(), rand.New(rand.NewPCG(5, 5))
		for i := range *benchRows {
			if rng.Float64() < s {
				f.Add(uint64(i))
			}
		}
		return f
	}
	for _, c := range []struct {
		name string
		q    vector.Query
	}{
		{"exact", vector.Query{}},
		{"exact/l2", vector.Query{Metric: vector.L2}},
		{"recall=0.8", vector.Query{Recall: 0.8}},
		{"recall=0.95", vector.Query{Recall: 0.95}},
		{"recall=0.99", vector.Query{Recall: 0.99}},
		{"recall=0.999", vector.Query{Recall: 0.999}},
		{"filter=0.5", vector.Query{Filter: share(0.5)}},
		{"filter=0.05", vector.Query{Filter: share(0.05)}},
		{"filter=0.001", vector.Query{Filter: share(0.001)}},
		{"filter=0.5/recall=0.95", vector.Query{Filter: share(0.5), Recall: 0.95}},
		{"filter=0.05/recall=0.95", vector.Query{Filter: share(0.05), Recall: 0.95}},
	} {
		c.q.Source = keptRows(vecs)
		b.Run(c.name, func(b *testing.B) { benchPlan(b, ix, c.q, queries, truth) })
	}
	for _, recall := range []float64{0, 0.95} {
		b.Run(fmt.Sprintf("many/recall=%g", recall), func(b *testing.B) {
			many := make([]vector.Query, len(queries))
			for i, vec := range queries {
				many[i] = vector.Query{Vec: vec, K: 10, Seq: 1, Recall: recall, Source: keptRows(vecs)}
			}
			start, n := cpuTime(), 0
			for b.Loop() {
				if _, err := ix.SearchMany(context.Background(), many); err != nil {
					b.Fatal(err)
				}
				n += len(many)
			}
			b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(n), "cpu-us/query")
		})
	}
	if vecs == nil {
		return
	}
	b.Run("faiss/flat-ip", func(b *testing.B) {
		flat := benchFlat(b, faiss.InnerProduct, vecs)
		b.ResetTimer()
		start := cpuTime()
		for i := 0; b.Loop(); i++ {
			if _, ids, err := flat.Search(queries[i%len(queries)], 10); err != nil || len(ids) != 10 {
				b.Fatal(len(ids), err)
			}
		}
		b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(b.N), "cpu-us/op")
	})
}

// streamedIndex makes the index as rows come, sealing when the tail is full. The vectors come back while they are few
// enough to keep for a rival.
func streamedIndex(b *testing.B, dim int) (*vector.Index, [][]float32) {
	store, err := vector.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	few := *benchRows <= 200_000
	ix, err := vector.Open(store, vector.Options{Dim: dim, Apart: few})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ix.Close() })
	var kept [][]float32
	spent, longest := time.Duration(0), time.Duration(0)
	for from := 0; from < *benchRows; from += 16384 {
		vecs := spectralVectors(min(16384, *benchRows-from), dim, uint64(100+from))
		if few {
			kept = append(kept, vecs...)
		}
		deltas := make([]vector.Delta, len(vecs))
		for i, vec := range vecs {
			deltas[i] = vector.Delta{Row: uint64(from + i), Vec: vec}
		}
		start := cpuTime()
		ix.Apply(1, deltas)
		if err := ix.Seal(context.Background(), 1); err != nil {
			b.Fatal(err)
		}
		spent += cpuTime() - start
		longest = max(longest, cpuTime()-start)
	}
	start := cpuTime()
	if err := ix.Compact(context.Background(), 1); err != nil {
		b.Fatal(err)
	}
	compacted, s := cpuTime()-start, ix.Stats()
	b.Logf("built %d rows in %s of processor time, the longest seal with its merges %s, Compact %s: %d segments, %d bytes a row",
		*benchRows, spent, longest, compacted, s.Segments, s.SegmentBytes/int64(*benchRows))
	return ix, kept
}

// keptRows is a source of rows that are numbered from 0.
type keptRows [][]float32

func (r keptRows) Vectors(rows []uint64, yield func(i int, vec []float32)) error {
	for i, row := range rows {
		yield(i, r[row])
	}
	return nil
}

func benchPlan(b *testing.B, ix *vector.Index, q vector.Query, queries [][]float32, truth []vector.Result) {
	q.K, q.Seq = 10, 1
	var stats vector.SearchStats
	found, n := 0.0, 0
	start := cpuTime()
	for i := 0; b.Loop(); i++ {
		at := i % len(queries)
		q.Vec = queries[at]
		r, err := ix.Search(context.Background(), q)
		if err != nil || len(r.Hits) != 10 {
			b.Fatal(len(r.Hits), err)
		}
		for _, h := range r.Hits {
			if q.Filter == nil && h.Distance <= truth[at].Hits[9].Distance {
				found++
			}
		}
		n++
		stats.Scanned += r.Stats.Scanned
		stats.Prefiltered += r.Stats.Prefiltered
		stats.Lists += r.Stats.Lists
		stats.Refined += r.Stats.Refined
		stats.Fetched += r.Stats.Fetched
	}
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(n), "cpu-us/op")
	if q.Recall > 0 && q.Filter == nil {
		b.ReportMetric(found/float64(10*n), "recall")
	}
	for unit, v := range map[string]int{"bits": stats.Prefiltered, "bytes": stats.Scanned, "floats": stats.Refined, "lists": stats.Lists,
		"fetched": stats.Fetched} {
		b.ReportMetric(float64(v)/float64(n), unit)
	}
}
