package vector_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/vector"
)

// TestKeptFilter asks with one filter again and again, whose versions are kept after the second time, and with a copy each
// time, whose are not: the answers are the same, whatever was deleted or written meanwhile. Few are visited nearest lists
// first; of many, each list's, when its turn comes.
func TestKeptFilter(t *testing.T) {
	for _, oneOf := range []int{12, 2} {
		t.Run(fmt.Sprint("one of ", oneOf), func(t *testing.T) { testKeptFilter(t, oneOf) })
	}
}

func testKeptFilter(t *testing.T, oneOf int) {
	const dim, rows = 32, 30_000
	rng := rand.New(rand.NewPCG(3, 3))
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	deltas, filter := make([]vector.Delta, rows), roaring64.New()
	for i := range deltas {
		deltas[i] = vector.Delta{Row: uint64(i), Vec: randomVector(rng, "clustered", dim)}
		if rng.IntN(oneOf) == 0 {
			filter.Add(uint64(i))
		}
	}
	ix.Apply(1, deltas)
	if err := ix.Compact(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	var overlay *vector.Overlay
	for seq := uint64(1); seq < 12; seq++ {
		q := vector.Query{Vec: randomVector(rng, "clustered", dim), Metric: vector.Metric(seq % 3), K: 10, Seq: seq, Overlay: overlay}
		for round := range 2 {
			q.Filter = filter
			kept, err := ix.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			q.Filter = filter.Clone()
			fresh, err := ix.Search(t.Context(), q)
			if err != nil || len(fresh.Hits) != q.K || !reflect.DeepEqual(fresh.Hits, kept.Hits) {
				t.Fatalf("query %d, round %d: %v\nwith a copy of the filter %v %v", seq, round, kept.Hits, fresh.Hits, err)
			}
		}
		gone := make([]vector.Delta, 0, 200)
		for it := filter.Iterator(); it.HasNext(); {
			if row := it.Next(); rng.IntN(12) == 0 {
				gone = append(gone, vector.Delta{Row: row})
			}
		}
		ix.Apply(seq+1, gone)
		if seq%3 == 2 {
			overlay = new(vector.Overlay)
			overlay.Put(filter.Minimum(), q.Vec)
			overlay.Put(filter.Maximum(), nil)
		}
	}
	if got := fmt.Sprint(ix.Stats().Segments); got != "1" {
		t.Fatalf("%s segments", got)
	}
}
