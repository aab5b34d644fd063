package vector_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seguedb/segue/vector"
)

// snapshots hands out the writer's commits to readers, and knows the oldest one that is being read.
type snapshots struct {
	mu      sync.Mutex
	seq     uint64
	rows    map[uint64][]float32
	readers []uint64
}

func (s *snapshots) take() (uint64, map[uint64][]float32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers = append(s.readers, s.seq)
	return s.seq, s.rows
}

func (s *snapshots) drop(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers = slices.Delete(s.readers, slices.Index(s.readers, seq), slices.Index(s.readers, seq)+1)
}

func (s *snapshots) oldest() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.readers) > 0 {
		return slices.Min(s.readers)
	}
	return s.seq
}

// TestSearchWhileWriting: readers that hold snapshots see exactly those, while commits, seals and
// merges go on; and segments that they still read stay mapped.
func TestSearchWhileWriting(t *testing.T) {
	store, err := vector.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ix, err := openQuiet(store)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	snaps := &snapshots{rows: map[uint64][]float32{}}
	var running sync.WaitGroup
	for r := range uint64(3) {
		running.Go(func() { readSnapshots(ctx, t, ix, snaps, r) })
	}
	running.Go(func() {
		for ctx.Err() == nil {
			if err := ix.Seal(ctx, snaps.oldest()); err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("Seal: %v", err)
			}
		}
	})
	rng := rand.New(rand.NewPCG(4, 4))
	// On a busy machine half a second may not see a merge.
	enough := func(d time.Duration) bool {
		return d > 30*time.Second || d > 500*time.Millisecond && ix.Stats().Merges > 0
	}
	for start := time.Now(); !enough(time.Since(start)); {
		writeSnapshot(ix, snaps, rng)
	}
	stop()
	running.Wait()
	if s := ix.Stats(); s.Merges == 0 || s.Seals == 0 {
		t.Errorf("%d seals and %d merges went on", s.Seals, s.Merges)
	}
	if err := ix.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// writeSnapshot commits a few changes, and then lets readers know.
func writeSnapshot(ix *vector.Index, snaps *snapshots, rng *rand.Rand) {
	next := make(map[uint64][]float32, len(snaps.rows))
	for row, vec := range snaps.rows {
		next[row] = vec
	}
	var deltas []vector.Delta
	for range 4 {
		d := vector.Delta{Row: rng.Uint64N(60)}
		if delete(next, d.Row); rng.IntN(3) > 0 {
			d.Vec = randomVector(rng, "clustered", 2)
			next[d.Row] = d.Vec
		}
		deltas = append(deltas, d)
	}
	ix.Apply(snaps.seq+1, deltas)
	snaps.mu.Lock()
	defer snaps.mu.Unlock()
	snaps.seq, snaps.rows = snaps.seq+1, next
}

func readSnapshots(ctx context.Context, t *testing.T, ix *vector.Index, snaps *snapshots, reader uint64) {
	rng := rand.New(rand.NewPCG(reader, 6))
	for ctx.Err() == nil {
		seq, rows := snaps.take()
		for range 3 {
			q := vector.Query{Vec: randomVector(rng, "clustered", 2), Metric: vector.L2, K: 1000, Seq: seq, Workers: int(reader)}
			r, err := ix.Search(context.Background(), q)
			if err != nil {
				t.Errorf("Search: %v", err)
			}
			if len(r.Hits) != len(rows) {
				t.Errorf("%d hits at %d, want %d", len(r.Hits), seq, len(rows))
			}
			for _, h := range r.Hits {
				if vec := rows[h.Row]; vec == nil || vector.Distance(vector.L2, q.Vec, vec) != h.Distance {
					t.Errorf("row %d at %g does not belong to snapshot %d", h.Row, h.Distance, seq)
				}
			}
		}
		snaps.drop(seq)
		if t.Failed() {
			return
		}
	}
}

// TestCloseWhileSearching: searches that run finish, later ones get ErrClosed, and none reads what was
// unmapped.
func TestCloseWhileSearching(t *testing.T) {
	store, err := vector.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ix, err := openQuiet(store)
	if err != nil {
		t.Fatal(err)
	}
	m := new(model)
	if err := story(t, m, ix); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			for {
				_, err := ix.Search(context.Background(), vector.Query{Vec: []float32{1, 2}, K: 5, Seq: m.seq})
				if errors.Is(err, vector.ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("Search: %v", err)
					return
				}
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	if err := ix.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	running.Wait()
	if err := ix.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	if err := ix.Seal(t.Context(), 0); !errors.Is(err, vector.ErrClosed) {
		t.Errorf("Seal after Close: %v", err)
	}
	ix.Apply(m.seq+1, []vector.Delta{{Row: 1, Vec: []float32{1, 2}}}) // nobody is there to take it
}
