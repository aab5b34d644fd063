package vector_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/kernel"
)

var metrics = []vector.Metric{vector.Cosine, vector.InnerProduct, vector.L2, vector.L1}

// TestSearchEqualsBruteForce walks one index through its life: rows in the tail, updates, deletes, a
// seal, seals until segments merge, a reopen with replay. After each stage it asks under every metric,
// filter, cut-off, overlay, snapshot and number of workers.
func TestSearchEqualsBruteForce(t *testing.T) {
	for _, dim := range []int{1, 3, 8, 17, 40, 768} {
		for _, kind := range kinds {
			for _, apart := range []bool{false, true} {
				if apart && dim < 32 {
					continue // such segments have the vectors in any case
				}
				t.Run(fmt.Sprintf("%s/%d/apart=%v", kind, dim, apart), func(t *testing.T) {
					l := newLife(t, kind, dim, apart)
					for _, stage := range lifeStages {
						stage.run(l)
						l.check(stage.name)
					}
				})
			}
		}
	}
}

// life is an index under test with the model it must agree with.
type life struct {
	*testing.T
	model
	rng   *rand.Rand
	kind  string
	dim   int
	store vector.SegmentStore
	ix    *vector.Index
	rows  uint64
	// oldest is the oldest snapshot that is still asked: a seal may drop what only older ones see.
	oldest uint64
	apart  bool // the vectors of sealed segments are the model's to keep
	cache  *vector.Cache
	// again are filters that come again.
	again [6]*roaring64.Bitmap
}

func newLife(t *testing.T, kind string, dim int, apart bool) *life {
	store, err := vector.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l := &life{T: t, rng: rand.New(rand.NewPCG(uint64(dim), 11)), kind: kind, dim: dim, store: store, rows: 150,
		apart: apart, cache: vector.NewCache(1 << 17)}
	l.open()
	t.Cleanup(func() {
		if err := l.ix.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *life) open() {
	levels := kernel.Levels()
	ix, err := vector.Open(l.store, vector.Options{
		Dim: l.dim, SealRows: 64, Logger: slog.New(slog.DiscardHandler), Kernel: levels[l.rng.IntN(len(levels))],
		SignRows: 30, ListRows: 1 + l.rng.IntN(30), CellRows: 1 + l.rng.IntN(12), Apart: l.apart, Cache: l.cache,
	})
	if err != nil {
		l.Fatalf("Open: %v", err)
	}
	l.ix = ix
	l.replay(ix)
}

// lifeStages are what happens to an index, in order.
var lifeStages = []struct {
	name string
	run  func(l *life)
}{
	{"empty", func(l *life) {}},
	{"tail", func(l *life) { l.write(200, 0) }},
	{"updates and deletes in the tail", func(l *life) { l.write(60, 0.5) }},
	{"sealed", func(l *life) { l.seal(l.seq) }},
	{"updates and deletes in the segment", func(l *life) { l.write(80, 0.4) }},
	{"sealed with old snapshots kept", func(l *life) { l.seal(0) }},
	{"merged", func(l *life) {
		for range 5 {
			l.write(70, 0.2)
			l.seal(0)
		}
		if l.ix.Stats().Merges == 0 {
			l.Fatal("five seals and no merge")
		}
	}},
	{"compacted", func(l *life) {
		l.write(90, 0.2)
		if err := l.ix.Compact(context.Background(), 0); err != nil {
			l.Fatalf("Compact: %v", err)
		}
		if n := l.ix.Stats().Segments; n > 2 {
			l.Fatalf("%d segments after Compact", n)
		}
	}},
	{"reopened", func(l *life) {
		l.write(20, 0.3)
		if err := l.ix.Close(); err != nil {
			l.Fatalf("Close: %v", err)
		}
		l.open()
	}},
}

// write commits n changes, a share of them deletes, in a few commits.
func (l *life) write(n int, deletes float64) {
	for n > 0 {
		deltas := make([]vector.Delta, 1+l.rng.IntN(min(n, 30)))
		for i := range deltas {
			deltas[i].Row = l.rng.Uint64N(l.rows) * 3
			if l.rng.Float64() >= deletes {
				deltas[i].Vec = randomVector(l.rng, l.kind, l.dim)
			}
		}
		l.apply(l.ix, deltas)
		n -= len(deltas)
	}
}

func (l *life) seal(oldest uint64) {
	if err := l.ix.Seal(context.Background(), oldest); err != nil {
		l.Fatalf("Seal: %v", err)
	}
	l.oldest = max(l.oldest, oldest)
}

func (l *life) check(stage string) {
	l.Helper()
	if got, want := l.ix.Len(), len(l.live(l.seq)); got != want {
		l.Fatalf("%s: Len %d, want %d", stage, got, want)
	}
	for _, m := range metrics {
		var many []vector.Query
		var want [][]vector.Hit
		shared := l.filter(2 + l.rng.IntN(4))
		for i := range 24 {
			q := vector.Query{Vec: randomVector(l.rng, l.kind, l.dim), Metric: m, K: []int{1, 10, 40, 1000}[i%4], Seq: l.seq}
			if i%3 == 1 {
				q.Seq = l.oldest + l.rng.Uint64N(l.seq-l.oldest+1)
			}
			q.Workers = []int{0, 3}[i%2]
			if q.Filter = l.filter(i % 6); i%2 == 1 { // an owner may come with the same set of rows again, whatever happens
				if l.again[i%6] == nil {
					l.again[i%6] = q.Filter
				}
				q.Filter = l.again[i%6]
			}
			if i%5 == 2 {
				l.cutOff(&q, i)
			}
			var written map[uint64][]float32
			if i%4 == 3 {
				written = l.overlay(&q)
			}
			l.checkSearch(l, l.ix, q, written)
			if i%3 == 0 && written == nil {
				q.Filter, q.Seq = shared, l.seq
			}
			q.Source = l.at(q.Seq)
			many, want = append(many, q), append(want, l.model.search(q, written))
		}
		l.checkMany(stage, many, want)
	}
}

// checkMany asks all at once: some share their filter and snapshot, some share nothing.
func (l *life) checkMany(stage string, queries []vector.Query, want [][]vector.Hit) {
	l.Helper()
	results, err := l.ix.SearchMany(l.Context(), queries)
	if err != nil {
		l.Fatalf("%s: SearchMany: %v", stage, err)
	}
	for i, r := range results {
		l.compare(l, queries[i], r, want[i])
	}
}

// filter makes row sets from none through sparse and dense to all.
func (l *life) filter(i int) *roaring64.Bitmap {
	if i == 0 {
		return nil
	}
	f := roaring64.New()
	share := []float64{0, 0, 0.01, 0.1, 0.6, 1}[i]
	for row := range 3 * l.rows {
		if l.rng.Float64() < share {
			f.Add(row)
		}
	}
	f.Add(1 << 40) // a row that nobody has
	return f
}

// cutOff puts the limit on a distance that a row has, in or out, or asks for all within it.
func (l *life) cutOff(q *vector.Query, i int) {
	q.HasMax, q.MaxInclusive = true, i%2 == 0
	q.MaxDistance = []float64{0.5, math.Inf(1), -1, math.NaN()}[l.rng.IntN(4)]
	probe := *q
	probe.HasMax, probe.K = false, 1000
	if hits := l.model.search(probe, nil); len(hits) > 0 && i%10 == 2 {
		q.MaxDistance = hits[l.rng.IntN(len(hits))].Distance
	}
	if i%4 == 2 {
		q.K = 0
	}
}

// overlay gives the query uncommitted writes, and returns them for the model.
func (l *life) overlay(q *vector.Query) map[uint64][]float32 {
	q.Overlay = new(vector.Overlay)
	written := make(map[uint64][]float32)
	for range 20 {
		row := l.rng.Uint64N(l.rows+10) * 3
		if written[row] = nil; l.rng.IntN(2) == 0 {
			written[row] = randomVector(l.rng, l.kind, l.dim)
		}
		q.Overlay.Put(row, written[row])
	}
	return written
}
