package relation

import (
	"context"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/faiss"
)

const (
	// trainBytes bounds the sample that FAISS is trained on; at 768 dimensions 87,000 vectors.
	trainBytes = 256 << 20
	// addRows is how many vectors are handed over at once: FAISS cannot be stopped meanwhile, and a graph takes 2 ms for each.
	addRows = 512
)

// errUntrained says that FAISS wants more rows than there are.
var errUntrained = errors.New("FAISS could not be trained on the rows")

// hold admits one build at a time, and none while VACUUM (ERASE) waits for the snapshots that they read.
func (f *faissIndexes) hold(ctx context.Context) (release func(), err error) {
	select {
	case f.builds <- struct{}{}:
		return func() { <-f.builds }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// build makes the index of the committed rows, for a caller that holds the builds. It writes its file and puts it in place
// of the old one. With fewer rows than FAISS's training wants it notes that in the file, and the operator goes on answering
// alone; that is no error.
func (ix *faissIndex) build(ctx context.Context, db *Database) error {
	db.commitMu.Lock() // no commit falls between the snapshot and the notes of what comes after it
	snap := db.take()
	ix.mu.Lock()
	ix.pending = roaring64.New()
	ix.mu.Unlock()
	db.commitMu.Unlock()
	defer db.dropSnapshot(snap)
	if err := db.store.Sync(); err != nil { // a file must not know more than the store
		return err
	}
	built, n, err := ix.fill(ctx, snap)
	if errors.Is(err, errUntrained) {
		db.log.Info("relation: a faiss index waits for more rows", "file", ix.path, "rows", n, "error", err)
		built, err = nil, nil
	}
	if err == nil {
		err = ix.save(built)
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	pending := ix.pending
	ix.pending = nil
	if built == nil && ctx.Err() == nil {
		ix.tried = max(n, 1)
	}
	if err != nil || ix.closed {
		built.close()
		return err
	}
	old := ix.built
	if ix.built, ix.changed = built, pending; built != nil {
		ix.tried = 0
	}
	old.close()
	return nil
}

// fill trains FAISS on a sample of a snapshot's rows, and adds them all. n is how many there were.
func (ix *faissIndex) fill(ctx context.Context, snap *snapshot) (built *faissBuilt, n int, err error) {
	if n, err = ix.each(ctx, snap, nil); err != nil {
		return nil, n, err
	}
	made, err := faiss.NewIndex(ix.dim, ix.factory, faissMetrics[ix.metric])
	if err != nil {
		return nil, n, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, made.Close())
		}
	}()
	if err := ix.train(ctx, snap, made, n); err != nil {
		return nil, n, err
	}
	built = &faissBuilt{index: made, seq: snap.seq}
	var vecs []float32
	add := func() error {
		if len(vecs) == 0 {
			return nil
		}
		err := made.Add(vecs)
		vecs = vecs[:0]
		return err
	}
	if _, err = ix.each(ctx, snap, func(_ int, row uint64, vec []float32) error {
		built.rows = append(built.rows, row)
		if vecs = append(vecs, vec...); len(vecs) < addRows*ix.dim {
			return nil
		}
		return add()
	}); err == nil {
		err = add()
	}
	if err != nil {
		return nil, n, err
	}
	return built, n, nil
}

// train hands FAISS every vector of a small table, of a large one those at equal steps.
func (ix *faissIndex) train(ctx context.Context, snap *snapshot, made *faiss.Index, n int) error {
	if made.Trained() && n > 0 {
		return nil
	}
	most := max(trainBytes/4/ix.dim, 1)
	step := (n + most - 1) / most
	var sample []float32
	if _, err := ix.each(ctx, snap, func(i int, _ uint64, vec []float32) error {
		if i%max(step, 1) == 0 {
			sample = append(sample, vec...)
		}
		return nil
	}); err != nil {
		return err
	}
	if len(sample) == 0 {
		return fmt.Errorf("%w: there are none", errUntrained)
	}
	if err := made.Train(ctx, sample); ctx.Err() != nil {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUntrained, err)
	}
	return nil
}

// each gives the vectors of a snapshot that FAISS can compare: under cosine they are made unit vectors, and zero vectors,
// which are near nothing, left out. vec is valid until the next.
func (ix *faissIndex) each(ctx context.Context, snap *snapshot, f func(i int, row uint64, vec []float32) error) (int, error) {
	it, err := storage.NewView(snap.Snapshot, nil).Iter(storage.VectorRange(ix.col.table, ix.col.place), false)
	if err != nil {
		return 0, err
	}
	n := 0
	for err == nil && it.Next() {
		if n%addRows == 0 && ctx.Err() != nil {
			err = context.Cause(ctx)
			break
		}
		vec := decodeVector(it.Value())
		if ix.metric == "cosine" && !unit(vec) {
			continue
		}
		if f != nil {
			err = f(n, storage.RowOf(it.Key()), vec)
		}
		n++
	}
	return n, errors.Join(err, it.Err(), it.Close())
}

// unit scales a vector to length 1; false when it has no direction.
func unit(vec []float32) bool {
	norm := vector.Norm(vec)
	if norm == 0 {
		return false
	}
	for i, x := range vec {
		vec[i] = float32(float64(x) / norm)
	}
	return true
}
