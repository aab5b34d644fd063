package vector_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/vector"
)

var errFault = errors.New("the disk is on fire")

// faulty fails a store's calls: the n-th alone, or with it all later ones, as in a crash.
type faulty struct {
	vector.SegmentStore
	calls, failAt int
	crash         bool
	late          bool // the failing call does its work first: a rename that happened, an answer that was lost
}

func (f *faulty) call(do func() error) error {
	f.calls++
	switch {
	case f.calls == f.failAt && f.late:
		return errors.Join(do(), errFault)
	case f.calls == f.failAt || f.crash && f.failAt > 0 && f.calls > f.failAt:
		return errFault
	}
	return do()
}

func (f *faulty) ReadManifest() (data []byte, err error) {
	err = f.call(func() (err error) { data, err = f.SegmentStore.ReadManifest(); return })
	return
}

func (f *faulty) WriteManifest(data []byte) error {
	return f.call(func() error { return f.SegmentStore.WriteManifest(data) })
}

func (f *faulty) Create(name string) (w vector.SegmentWriter, err error) {
	err = f.call(func() (err error) { w, err = f.SegmentStore.Create(name); return })
	return &faultyWriter{f, w}, err
}

func (f *faulty) Open(name string) (data vector.SegmentData, err error) {
	err = f.call(func() (err error) { data, err = f.SegmentStore.Open(name); return })
	return
}

func (f *faulty) Remove(name string) error {
	return f.call(func() error { return f.SegmentStore.Remove(name) })
}

func (f *faulty) List() (names []string, err error) {
	err = f.call(func() (err error) { names, err = f.SegmentStore.List(); return })
	return
}

type faultyWriter struct {
	store *faulty
	vector.SegmentWriter
}

func (w *faultyWriter) Write(p []byte) (n int, err error) {
	err = w.store.call(func() (err error) { n, err = w.SegmentWriter.Write(p); return })
	return
}

func (w *faultyWriter) Commit() error { return w.store.call(w.SegmentWriter.Commit) }

// story is a small life with seals and a merge. It stops at the first error, which it returns.
func story(t *testing.T, m *model, ix *vector.Index) error {
	rng := rand.New(rand.NewPCG(8, 8))
	for range 6 {
		var deltas []vector.Delta
		for range 12 {
			d := vector.Delta{Row: rng.Uint64N(30)}
			if rng.IntN(4) > 0 {
				d.Vec = randomVector(rng, "clustered", 2)
			}
			deltas = append(deltas, d)
		}
		m.apply(ix, deltas)
		err := ix.Seal(t.Context(), m.seq)
		m.checkAll(t, ix)
		if err != nil {
			return err
		}
	}
	return nil
}

// checkAll asks for all rows, in order, and for the two nearest.
func (m *model) checkAll(t *testing.T, ix *vector.Index) {
	t.Helper()
	if got, want := ix.Len(), len(m.live(m.seq)); got != want {
		t.Fatalf("Len %d, want %d", got, want)
	}
	q := make([]float32, ix.Dim())
	q[0], q[1] = 1, -2
	for _, metric := range metrics {
		for _, k := range []int{2, 1000} {
			m.checkSearch(t, ix, vector.Query{Vec: q, Metric: metric, K: k, Seq: m.seq}, nil)
		}
	}
}

func openQuiet(store vector.SegmentStore) (*vector.Index, error) { return openLists(store, 2) }

// openLists opens an index of segments that have lists, where vectors are long enough for those.
func openLists(store vector.SegmentStore, dim int) (*vector.Index, error) {
	return vector.Open(store, vector.Options{Dim: dim, SealRows: 12, SignRows: 1, ListRows: 4, CellRows: 2, Apart: true,
		Logger: slog.New(slog.DiscardHandler)})
}

// TestFaultAtEveryCall fails every call of the story in turn, before or after its work, once or for
// good. Searches stay right throughout; a seal that failed once succeeds when tried again; and what a
// crash leaves opens to the truth, with the log's help.
func TestFaultAtEveryCall(t *testing.T) {
	for _, crash := range []bool{false, true} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("crash=%v/late=%v", crash, late), func(t *testing.T) {
				failed := 0
				for n := 1; ; n++ {
					f := &faulty{SegmentStore: vector.NewMemStore(), failAt: n, crash: crash, late: late}
					if faultAt(t, f) {
						failed++
					}
					if f.calls < n {
						break
					}
				}
				if failed < 50 {
					t.Errorf("only %d faults showed", failed)
				}
			})
		}
	}
}

// faultAt runs the story over f, and what follows it, and says whether a fault came out.
func faultAt(t *testing.T, f *faulty) bool {
	t.Helper()
	disk, m := f.SegmentStore, new(model)
	ix, err := openQuiet(f)
	if err == nil {
		err = story(t, m, ix)
	}
	if err != nil && !errors.Is(err, errFault) {
		t.Fatalf("call %d: %v", f.failAt, err)
	}
	if ix != nil && !f.crash {
		if err := ix.Seal(t.Context(), m.seq); err != nil {
			t.Fatalf("call %d: Seal after the fault: %v", f.failAt, err)
		}
		if ix.Watermark() != m.seq {
			t.Fatalf("call %d: watermark %d, want %d", f.failAt, ix.Watermark(), m.seq)
		}
		m.checkAll(t, ix)
	}
	if ix != nil {
		_ = ix.Close()
	}
	again, err := openQuiet(disk)
	if err != nil {
		t.Fatalf("call %d: reopen: %v", f.failAt, err)
	}
	defer again.Close()
	m.replay(again)
	m.checkAll(t, again)
	if err := again.Seal(t.Context(), m.seq); err != nil {
		t.Fatalf("call %d: Seal after the reopen: %v", f.failAt, err)
	}
	m.checkAll(t, again)
	names, err := disk.List()
	if err != nil || len(names) != again.Stats().Segments {
		t.Fatalf("call %d: %d segment files for %d segments (%v)", f.failAt, len(names), again.Stats().Segments, err)
	}
	return f.calls >= f.failAt
}

// TestRebuildInterruptedIsCorrupt: half a rebuild never passes for a whole one, wherever it stops.
func TestRebuildInterruptedIsCorrupt(t *testing.T) {
	rows := func(yield func(uint64, []float32) bool) {
		for row := range uint64(40) {
			if !yield(row, []float32{float32(row), 1}) {
				return
			}
		}
	}
	for n := 1; ; n++ {
		disk := vector.NewMemStore()
		f := &faulty{SegmentStore: disk}
		ix, err := openQuiet(f)
		if err != nil {
			t.Fatal(err)
		}
		ix.Apply(1, []vector.Delta{{Row: 99, Vec: []float32{1, 1}}})
		if err := ix.Seal(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		f.calls, f.failAt, f.crash = 0, n, true
		err = ix.Rebuild(t.Context(), 7, rows)
		_ = ix.Close()
		again, openErr := openQuiet(disk)
		switch {
		case openErr != nil && !errors.Is(openErr, vector.ErrCorrupt):
			t.Fatalf("call %d: %v", n, openErr)
		case openErr == nil && again.Watermark() == 7 && again.Len() != 40,
			openErr == nil && again.Watermark() == 1 && again.Len() != 1:
			t.Fatalf("call %d: watermark %d with %d rows", n, again.Watermark(), again.Len())
		case err == nil && (openErr != nil || again.Watermark() != 7):
			t.Fatalf("call %d: Rebuild succeeded, then Open: %v", n, openErr)
		}
		if err := again.Rebuild(t.Context(), 8, rows); err != nil || again.Len() != 40 || again.Watermark() != 8 {
			t.Fatalf("call %d: Rebuild after it: %v, %d rows", n, err, again.Len())
		}
		_ = again.Close()
		if f.calls < n {
			return
		}
	}
}
