package vector_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/kernel"
)

// askMany asks a batch at once.
func (w *walk) askMany() {
	var queries []vector.Query
	var want [][]vector.Hit
	for i := range []int{1, 2, 9, 70}[w.rng.IntN(4)] {
		q, written := w.question(i)
		queries, want = append(queries, q), append(want, w.search(q, written))
	}
	results, err := w.ix.SearchMany(w.Context(), queries)
	if err != nil || len(results) != len(queries) {
		w.Fatalf("SearchMany: %d results of %d, %v", len(results), len(queries), err)
	}
	for i, q := range queries {
		w.compare(w.T, q, results[i], want[i])
	}
}

// askWhileSealing writes and asks while a seal, and the merges after it, go on.
func (w *walk) askWhileSealing() {
	w.oldest = w.someSeq()
	sealed := make(chan error, 1)
	go func(oldest uint64) { sealed <- w.ix.Seal(context.WithoutCancel(w.Context()), oldest) }(w.oldest)
	defer func() {
		if err := <-sealed; err != nil {
			w.Errorf("Seal: %v", err)
		}
	}()
	for range 3 {
		w.ask()
		w.write(1+w.rng.IntN(20), 0.4)
	}
}

// crash stops the disk in the middle of a seal, for good: what is on it then opens, and the log brings it up.
func (w *walk) crash() {
	w.oldest = w.someSeq()
	w.faults.calls, w.faults.failAt, w.faults.crash = 0, 1+w.rng.IntN(20), true
	_ = w.ix.Seal(w.Context(), w.oldest) // it failed, or came to its end before
	_ = w.ix.Close()
	w.faults.failAt, w.faults.crash = 0, false
	w.reopen()
}

// damage changes a byte of a file. Open notices it, and a Rebuild makes the index whole; or nobody reads that byte.
func (w *walk) damage() {
	if err := w.ix.Close(); err != nil {
		w.Fatalf("Close: %v", err)
	}
	w.damageFile()
	ix, err := w.openIndex()
	if err != nil && !errors.Is(err, vector.ErrCorrupt) {
		w.Fatalf("Open of damaged files: %v", err)
	}
	w.ix = ix
	if err != nil {
		w.rebuild()
		return
	}
	w.replay(ix)
}

func (w *walk) damageFile() {
	names, err := w.faults.List()
	if err != nil {
		w.Fatalf("List: %v", err)
	}
	manifest, err := w.faults.ReadManifest()
	if i := w.rng.IntN(len(names) + 1); i < len(names) {
		w.damageSegment(names[i])
	} else if err == nil {
		manifest[w.rng.IntN(len(manifest))] ^= 1 << w.rng.IntN(8)
		if err := w.faults.WriteManifest(manifest); err != nil {
			w.Fatalf("WriteManifest: %v", err)
		}
	}
}

func (w *walk) damageSegment(name string) {
	data, err := w.faults.Open(name)
	if err != nil {
		w.Fatalf("Open %s: %v", name, err)
	}
	bytes := slices.Clone(data.Bytes())
	bytes[w.rng.IntN(len(bytes))] ^= 1 << w.rng.IntN(8)
	f, err := w.faults.Create(name)
	if err := errors.Join(err, data.Close()); err != nil {
		w.Fatalf("Create %s: %v", name, err)
	}
	_, err = f.Write(bytes)
	if err := errors.Join(err, f.Commit()); err != nil {
		w.Fatalf("write %s: %v", name, err)
	}
}

func (w *walk) openIndex() (*vector.Index, error) {
	w.oldest = max(w.oldest, w.staged)
	levels := kernel.Levels()
	return vector.Open(w.faults, vector.Options{
		Dim: w.dim, SealRows: 1 + w.rng.IntN(60), Logger: slog.New(slog.DiscardHandler),
		Kernel: levels[w.rng.IntN(len(levels))], SignRows: 1 + w.rng.IntN(60), ListRows: 1 + w.rng.IntN(20), CellRows: 1 + w.rng.IntN(8),
		Apart: w.apart, Cache: w.cache,
	})
}
