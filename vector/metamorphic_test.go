package vector_test

import (
	"cmp"
	"flag"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/vector"
)

var seedFlag = flag.Uint64("vector.seed", 0, "run TestMetamorphic with this seed alone")

// TestMetamorphic does random things in a random order, and asks random questions in between. A
// failure prints the operations and the seed that repeats them. SEGUE_CONFORMANCE=30m goes on for so long.
func TestMetamorphic(t *testing.T) {
	long, err := time.ParseDuration(cmp.Or(os.Getenv("SEGUE_CONFORMANCE"), "0s"))
	if err != nil {
		t.Fatal(err)
	}
	least := 40
	if *seedFlag != 0 {
		least, long = 1, 0
	}
	for start, n := time.Now(), 0; n < least || time.Since(start) < long && !t.Failed(); n++ {
		seed := cmp.Or(*seedFlag, rand.Uint64())
		t.Run("", func(t *testing.T) {
			w := newWalk(t, seed)
			defer func() {
				_ = w.ix.Close()
				if t.Failed() {
					t.Logf("after %s\nrepeat with: go test -run TestMetamorphic -vector.seed=%d", strings.Join(w.done, ", "), seed)
				}
			}()
			for range 60 {
				w.step()
			}
		})
	}
}

// walk is one random life. It is a life whose stages are drawn.
type walk struct {
	life
	faults *faulty
	done   []string
	staged uint64 // the last large commit: no snapshot before it outlives a restart
}

func newWalk(t *testing.T, seed uint64) *walk {
	rng := rand.New(rand.NewPCG(seed, 0))
	w := &walk{faults: &faulty{SegmentStore: vector.NewMemStore()}}
	if rng.IntN(4) == 0 {
		dir, err := vector.OpenDir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		w.faults.SegmentStore = dir
	}
	w.life = life{T: t, rng: rng, kind: kinds[rng.IntN(len(kinds))], store: w.faults}
	w.apart, w.cache = rng.IntN(3) > 0, vector.NewCache(rng.Int64N(1<<16))
	w.dim, w.rows = 1+rng.IntN(20)*(1+rng.IntN(5)), 1+rng.Uint64N(200)
	w.reopen()
	return w
}

func (w *walk) reopen() {
	ix, err := w.openIndex()
	if err != nil {
		w.Fatalf("Open: %v", err)
	}
	w.ix = ix
	w.replay(ix)
}

// step does one thing.
func (w *walk) step() {
	steps := []struct {
		name string
		run  func()
	}{
		{"write", func() { w.write(1+w.rng.IntN(60), w.rng.Float64()*0.6) }},
		{"write", func() { w.write(1+w.rng.IntN(10), w.rng.Float64()) }},
		{"write large", w.writeLarge},
		{"ask", w.ask},
		{"ask", w.ask},
		{"ask many", w.askMany},
		{"ask while sealing", w.askWhileSealing},
		{"crash", w.crash},
		{"damage", w.damage},
		{"seal", func() { w.seal(w.someSeq()) }},
		{"compact", func() {
			oldest := w.someSeq()
			if err := w.ix.Compact(w.Context(), oldest); err != nil {
				w.Fatalf("Compact: %v", err)
			}
			w.oldest = oldest
		}},
		{"fault", w.faultySeal},
		{"reopen", func() {
			if err := w.ix.Close(); err != nil {
				w.Fatalf("Close: %v", err)
			}
			w.reopen()
		}},
		{"rebuild", w.rebuild},
	}
	s := steps[w.rng.IntN(len(steps))]
	w.done = append(w.done, s.name)
	s.run()
}

// writeLarge stages a commit, does something else meanwhile, and commits it or not.
func (w *walk) writeLarge() {
	var deltas []vector.Delta
	for row := w.rng.Uint64N(3); row < 3*w.rows; row += 1 + w.rng.Uint64N(20) {
		d := vector.Delta{Row: row}
		if w.rng.IntN(4) > 0 {
			d.Vec = randomVector(w.rng, w.kind, w.dim)
		}
		deltas = append(deltas, d)
	}
	w.seq++
	st, half := w.ix.Stage(w.seq), w.rng.IntN(len(deltas)+1)
	for _, part := range [][]vector.Delta{deltas[:half], deltas[half:]} {
		if err := st.Add(w.Context(), part); err != nil {
			w.Fatalf("Add: %v", err)
		}
	}
	if err := st.Finish(w.Context()); err != nil {
		w.Fatalf("Finish: %v", err)
	}
	switch w.rng.IntN(5) {
	case 0:
		w.seal(w.someSeq())
	case 1:
		w.oldest = w.someSeq()
		if _, err := w.ix.Erase(w.Context(), w.oldest); err != nil {
			w.Fatalf("Erase: %v", err)
		}
	case 2:
		w.ask()
	case 3:
		if err := st.Drop(); err != nil {
			w.Fatalf("Drop: %v", err)
		}
		return
	}
	w.commit(deltas, func(seq uint64) { w.ix.ApplyStaged(seq, st) })
	w.staged = w.seq
}

// someSeq is a snapshot that may still be asked.
func (w *walk) someSeq() uint64 { return w.oldest + w.rng.Uint64N(w.seq-w.oldest+1) }

func (w *walk) ask() {
	for i := range 4 {
		q, written := w.question(i)
		w.checkSearch(w.T, w.ix, q, written)
	}
}

// question is a random query, with what its overlay has.
func (w *walk) question(i int) (vector.Query, map[uint64][]float32) {
	q := vector.Query{
		Vec: randomVector(w.rng, w.kind, w.dim), Metric: metrics[w.rng.IntN(4)], K: w.rng.IntN(30), Seq: w.someSeq(),
		Workers: w.rng.IntN(4), Filter: w.filter(w.rng.IntN(6)),
	}
	q.Source = w.at(q.Seq)
	if w.rng.IntN(4) == 0 {
		w.cutOff(&q, 2+5*i)
	}
	var written map[uint64][]float32
	if w.rng.IntN(4) == 0 {
		written = w.overlay(&q)
	}
	return q, written
}

// faultySeal seals over a store that fails sometime soon.
func (w *walk) faultySeal() {
	w.faults.calls, w.faults.failAt, w.faults.late = 0, 1+w.rng.IntN(20), w.rng.IntN(2) == 0
	oldest := w.someSeq()
	_ = w.ix.Seal(w.Context(), oldest) // whether it failed shows in nothing that is asked later
	w.faults.failAt = 0
	w.oldest = oldest
}

// rebuild starts over from the rows, as an owner does whose files are lost. Older snapshots go.
func (w *walk) rebuild() {
	err := w.ix.Rebuild(w.Context(), w.seq, func(yield func(uint64, []float32) bool) {
		for row, vec := range w.live(w.seq) {
			if !yield(row, vec) {
				return
			}
		}
	})
	if err != nil {
		w.Fatalf("Rebuild: %v", err)
	}
	w.oldest = w.seq
}
