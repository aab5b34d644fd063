package relation

import (
	"context"
	"errors"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/faiss"
)

const (
	// faissRerank: so many times as many candidates as rows wanted are asked of FAISS, at least faissLeast; codes order them
	// roughly, and the operator's distances put them right.
	faissRerank = 4
	faissLeast  = 64
	// faissFilterShare: a filter that leaves a smaller part of the rows is answered by the operator: it measures those alone.
	faissFilterShare = 0.1
)

// candidates are the rows among which the operator finds a query's answer, nil when it must look at all of them.
func (ix *faissIndex) candidates(q vector.Query, t faiss.Tuning) *roaring64.Bitmap {
	ix.mu.RLock()
	built := ix.built
	var changed *roaring64.Bitmap
	if built != nil {
		changed = ix.changed.Clone()
	}
	ix.mu.RUnlock()
	if built == nil || q.Seq < built.seq || q.K <= 0 || len(q.Vec) != ix.dim {
		return nil
	}
	if q.Filter != nil && float64(q.Filter.GetCardinality()) < faissFilterShare*float64(len(built.rows)) {
		return nil
	}
	vec := q.Vec
	if ix.metric == "cosine" {
		if vec = slices.Clone(vec); !unit(vec) {
			return nil
		}
	}
	if q.Overlay != nil {
		changed.Or(q.Overlay.Written())
	}
	want := max(faissRerank*min(q.K, len(built.rows)), faissLeast)
	if want > len(built.rows)/2 && len(built.rows) > faissLeast {
		return nil
	}
	want = min(want, len(built.rows))
	mask := built.mask(changed, q.Filter)
	_, ids, err := built.index.SearchTuned(vec, want, mask, t)
	if err != nil && mask != nil && q.Filter == nil { // a kind that takes no selection
		_, ids, err = built.index.SearchTuned(vec, want, nil, t)
	}
	if err != nil { // or closed
		return nil
	}
	for _, id := range ids {
		changed.Add(built.rows[id])
	}
	if q.Filter != nil {
		changed.And(q.Filter)
	}
	return changed
}

// mask has a bit for each of FAISS's numbers whose row may be proposed; nil when all may.
func (b *faissBuilt) mask(changed, filter *roaring64.Bitmap) []byte {
	if filter == nil && changed.IsEmpty() {
		return nil
	}
	out := make([]byte, (len(b.rows)+7)/8)
	set := func(row uint64, on bool) {
		i, ok := slices.BinarySearch(b.rows, row)
		switch {
		case !ok:
		case on:
			out[i/8] |= 1 << (i % 8)
		default:
			out[i/8] &^= 1 << (i % 8)
		}
	}
	if filter == nil {
		for i := range out {
			out[i] = 0xff
		}
	} else {
		for it := filter.Iterator(); it.HasNext(); {
			set(it.Next(), true)
		}
	}
	for it := changed.Iterator(); it.HasNext(); {
		set(it.Next(), false)
	}
	return out
}

// What a search tries when the session says nothing (faiss.nprobe, faiss.efSearch).
const (
	faissNProbe   = 16
	faissEfSearch = 64
)

// searchEach asks many questions one by one.
func searchEach(ctx context.Context, s exec.VectorIndex, qs []exec.VectorQuery) ([]exec.VectorResult, error) {
	out := make([]exec.VectorResult, len(qs))
	for i, q := range qs {
		var err error
		if out[i], err = s.Search(ctx, q); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// approximate answers from FAISS's candidates; ok is false when the operator must answer alone.
func (s *vectorSearch) approximate(ctx context.Context, ix *vector.Index, q vector.Query, from exec.VectorQuery) (
	out exec.VectorResult, ok bool, err error,
) {
	r, ok, err := s.faiss.answer(ctx, ix, q, faiss.Tuning{NProbe: from.NProbe, EfSearch: from.EfSearch})
	if !ok || err != nil {
		return out, ok, err
	}
	out = asResult(r)
	out.Stats.Method = "faiss " + s.faiss.factory
	return out, true, nil
}

// answer is the operator's among FAISS's candidates; ok is false when it must answer alone. 0 leaves a tuning to the index.
func (ix *faissIndex) answer(ctx context.Context, op *vector.Index, q vector.Query, t faiss.Tuning) (r vector.Result, ok bool, err error) {
	if t.NProbe <= 0 {
		t.NProbe = faissNProbe
	}
	if t.EfSearch <= 0 {
		t.EfSearch = faissEfSearch
	}
	set := ix.candidates(q, t)
	if set == nil {
		return r, false, nil
	}
	q.Filter, q.Recall = set, 1
	r, err = op.Search(ctx, q)
	if errors.Is(err, vector.ErrClosed) || err == nil && len(r.Hits) < q.K && set.GetCardinality() < uint64(op.Len()) {
		return r, false, nil
	}
	r.Stats.Exact = false
	return r, err == nil, err
}
