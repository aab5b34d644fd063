package relation

import (
	"context"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// keptSearch is an index of bit strings or sparse vectors in one statement.
type keptSearch struct {
	table    *table
	id       uint32 // of the index
	typ      *datum.Type
	counters *relationCounters
}

var _ exec.VectorIndex = (*keptSearch)(nil)

// Len implements exec.VectorIndex.
func (s *keptSearch) Len() int {
	db := s.table.stmt.tx.db
	db.kept.mu.Lock()
	x := db.kept.opened[s.id]
	db.kept.mu.Unlock()
	if x != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.built != nil && x.built.len() > 0 {
			return x.built.len()
		}
	}
	it, err := s.table.stmt.view.Iter(s.all(), false)
	if err != nil {
		return 1 // the search will say so
	}
	defer it.Close()
	if it.Next() || it.Err() != nil {
		return 1
	}
	return 0
}

// all spans the values that the index keeps.
func (s *keptSearch) all() storage.Range { return storage.VectorRange(s.id, keptValues) }

// SearchMany implements exec.VectorIndex.
func (s *keptSearch) SearchMany(ctx context.Context, qs []exec.VectorQuery) ([]exec.VectorResult, error) {
	return searchEach(ctx, s, qs)
}

// Search implements exec.VectorIndex: of the rows held in memory, and in the view of those that were written since.
func (s *keptSearch) Search(ctx context.Context, q exec.VectorQuery) (exec.VectorResult, error) {
	among, err := amongOf(q)
	if err != nil {
		return exec.VectorResult{}, err
	}
	r, err := s.search(ctx, s.question(q), among)
	out := asResult(r)
	s.counters.scans.Add(1)
	s.counters.read.Add(int64(len(out.Rows)))
	s.counters.fetched.Add(int64(len(out.Rows)))
	return out, err
}

func amongOf(q exec.VectorQuery) (vector.Among, error) {
	out := vector.Among{Metric: metrics[q.Metric], K: q.K, MaxDistance: q.Max, HasMax: q.HasMax, MaxInclusive: q.MaxInc}
	if q.Filter == nil {
		return out, nil
	}
	set, ok := q.Filter.(*roaring64.Bitmap)
	if !ok {
		return out, fmt.Errorf("vector search: a row set of type %T", q.Filter)
	}
	out.Filter = set
	return out, nil
}

// keptQuestion is a value to search for.
type keptQuestion struct {
	metric vector.Metric
	bits   []uint64
	sparse vector.Sparse
}

func (s *keptSearch) question(q exec.VectorQuery) keptQuestion {
	out := keptQuestion{metric: metrics[q.Metric]}
	if s.typ == datum.Sparsevec {
		out.sparse = sparseOf(q.Value)
	} else {
		out.bits = vector.PackBits(nil, q.Value.Str())
	}
	return out
}

// distance is that of a stored value.
func (s *keptSearch) distance(q keptQuestion, value []byte) (float64, error) {
	v, _, err := datum.DecodeValue(s.typ, value)
	switch {
	case err != nil:
		return 0, damagedKey(s.id, err)
	case s.typ == datum.Sparsevec:
		return vector.SparseDistance(q.metric, q.sparse, sparseOf(v)), nil
	}
	bits := vector.PackBits(nil, v.Str())
	if len(bits) != len(q.bits) {
		return 0, damagedKey(s.id, fmt.Errorf("%d bits", len(v.Str())))
	}
	return vector.BitDistance(q.metric, q.bits, bits), nil
}

func damagedKey(index uint32, why error) error {
	err := fmt.Errorf("%w: a key of index %d: %w", storage.ErrCorrupt, index, why)
	return sqlstate.Wrap(err, sqlstate.IndexCorrupted, "a key that a vector index keeps is damaged").WithHint("REINDEX the table.")
}

func (s *keptSearch) search(ctx context.Context, q keptQuestion, a vector.Among) (vector.Result, error) {
	db := s.table.stmt.tx.db
	rows, changed, err := db.kept.at(ctx, db.kept.get(s.id, s.typ), s.table.stmt.snap)
	if err != nil {
		return vector.Result{}, err
	}
	if rows == nil {
		return s.scan(ctx, q, a)
	}
	for _, l := range s.table.stmt.view.Layers() {
		l.Range(s.all(), func(key, _ []byte, _ bool) { changed.Add(storage.RowOf(key)) })
	}
	out := vector.Result{Stats: vector.SearchStats{Exact: true}}
	a.Skip = changed
	switch {
	case rows.bits != nil:
		out.Hits, out.Stats.Scanned, err = rows.bits.Search(ctx, q.bits, a)
	case rows.sparse != nil:
		out.Hits, out.Stats.Scanned, out.Stats.Reranked, err = rows.sparse.Search(ctx, q.sparse, a)
	}
	if err != nil || changed.IsEmpty() {
		return out, err
	}
	return s.withChanged(ctx, q, a, changed, out)
}

// withChanged adds the rows that the view must be asked for.
func (s *keptSearch) withChanged(ctx context.Context, q keptQuestion, a vector.Among, changed *roaring64.Bitmap,
	out vector.Result,
) (vector.Result, error) {
	found := vector.NewRanking(a)
	for _, h := range out.Hits {
		found.Add(h.Row, h.Distance)
	}
	if a.Filter != nil {
		changed.And(a.Filter)
	}
	for it := changed.Iterator(); it.HasNext(); {
		if out.Stats.Reranked++; out.Stats.Reranked%addRows == 0 && ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		row := it.Next()
		value, ok, err := s.table.stmt.view.Get(storage.VectorKey(s.id, keptValues, row))
		if err != nil {
			return out, err
		}
		if !ok {
			continue
		}
		d, err := s.distance(q, value)
		if err != nil {
			return out, err
		}
		found.Add(row, d)
	}
	out.Hits = found.Hits()
	return out, nil
}

// scan measures every row of the view.
func (s *keptSearch) scan(ctx context.Context, q keptQuestion, a vector.Among) (out vector.Result, err error) {
	it, err := s.table.stmt.view.Iter(s.all(), false)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	found := vector.NewRanking(a)
	for out.Stats.Exact = true; it.Next(); out.Stats.Reranked++ {
		row := storage.RowOf(it.Key())
		if out.Stats.Reranked%addRows == 0 && ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		if a.Filter != nil && !a.Filter.Contains(row) {
			continue
		}
		d, err := s.distance(q, it.Value())
		if err != nil {
			return out, err
		}
		found.Add(row, d)
	}
	out.Hits = found.Hits()
	return out, it.Err()
}
