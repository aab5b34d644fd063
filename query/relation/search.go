package relation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// VectorIndex implements exec.Table: the operator's index of the column, at this statement's snapshot and with the
// transaction's own writes.
func (t *table) VectorIndex(ix *catalog.Index) (exec.VectorIndex, error) {
	if len(ix.Keys) != 1 {
		return nil, fmt.Errorf("vector index %s has %d columns", ix.Name, len(ix.Keys))
	}
	counters := t.stmt.tx.db.counters.of(ix.OID)
	col, typ := columnOf(t.t, ix), keyType(t.t, ix.Keys[0])
	if col.place == keptValues {
		return &keptSearch{table: t, id: ix.ID, typ: typ, counters: counters}, nil
	}
	s := &vectorSearch{table: t, col: col, typ: typ, counters: counters}
	if ix.Method == "faiss" {
		s.faiss = t.stmt.tx.db.faiss.get(ix.ID)
	}
	return s, nil
}

// vectorSearch is one index of vectors in one statement.
type vectorSearch struct {
	table    *table
	col      vectorColumn
	typ      *datum.Type
	counters *relationCounters
	faiss    *faissIndex // that proposes candidates; nil for none
}

// Len implements exec.VectorIndex. An index counts the rows of the last commit: where it has none, an older snapshot or the
// transaction itself may have some.
func (s *vectorSearch) Len() int {
	if ix := s.table.stmt.tx.db.vectors.get(s.col); ix != nil && ix.Len() > 0 {
		return ix.Len()
	}
	it, err := s.table.stmt.view.Iter(storage.VectorRange(s.col.table, s.col.place), false)
	if err != nil {
		return 1 // the search will say so
	}
	defer it.Close()
	if it.Next() || it.Err() != nil {
		return 1
	}
	return 0
}

// parallelRows is the size from which a scan is worth a second core: below it the goroutines cost more.
const parallelRows = 20_000

// Search implements exec.VectorIndex. Without an index (a table of this very transaction, or one that was dropped since
// the snapshot) it scans the column's rows.
func (s *vectorSearch) Search(ctx context.Context, q exec.VectorQuery) (exec.VectorResult, error) {
	r, err := s.search(ctx, q)
	s.count(r)
	return r, err
}

// count tells pg_stat_user_indexes of a search.
func (s *vectorSearch) count(r exec.VectorResult) {
	s.counters.scans.Add(1)
	s.counters.read.Add(int64(len(r.Rows)))
	s.counters.fetched.Add(int64(len(r.Rows)))
}

func (s *vectorSearch) search(ctx context.Context, q exec.VectorQuery) (exec.VectorResult, error) {
	query, err := s.question(q)
	if err != nil {
		return exec.VectorResult{}, err
	}
	if ix := s.table.stmt.tx.db.vectors.get(s.col); ix != nil {
		query.Workers = workers(ix)
		query.Overlay = s.overlay()
		if s.faiss != nil && q.K > 0 {
			if out, ok, err := s.approximate(ctx, ix, query, q); ok || err != nil {
				return out, err
			}
		}
		r, err := ix.Search(ctx, query)
		if !errors.Is(err, vector.ErrClosed) {
			return asResult(r), err
		}
	}
	return s.scan(ctx, query)
}

// SearchMany implements exec.VectorIndex.
func (s *vectorSearch) SearchMany(ctx context.Context, qs []exec.VectorQuery) ([]exec.VectorResult, error) {
	if s.faiss != nil {
		return searchEach(ctx, s, qs)
	}
	queries, out := make([]vector.Query, len(qs)), make([]exec.VectorResult, len(qs))
	var err error
	for i, q := range qs {
		if queries[i], err = s.question(q); err != nil {
			return nil, err
		}
	}
	if ix := s.table.stmt.tx.db.vectors.get(s.col); ix != nil {
		overlay := s.overlay()
		for i := range queries {
			queries[i].Workers, queries[i].Overlay = workers(ix), overlay
		}
		results, err := ix.SearchMany(ctx, queries)
		if !errors.Is(err, vector.ErrClosed) {
			for i := range results {
				out[i] = asResult(results[i])
				s.count(out[i])
			}
			return out, err
		}
	}
	for i, q := range queries {
		if out[i], err = s.scan(ctx, q); err != nil {
			return nil, err
		}
		s.count(out[i])
	}
	return out, nil
}

// workers is on how many cores to search an index.
func workers(ix *vector.Index) int {
	if ix.Len() >= parallelRows {
		return runtime.GOMAXPROCS(0)
	}
	return 1
}

// question is a query in the vector operator's words.
func (s *vectorSearch) question(q exec.VectorQuery) (vector.Query, error) {
	out := vector.Query{Vec: q.Vector, Metric: metrics[q.Metric], K: q.K, Seq: s.table.stmt.snap.seq,
		Source:      vectorSource{s.table.stmt.view, s.col},
		MaxDistance: q.Max, HasMax: q.HasMax, MaxInclusive: q.MaxInc, Recall: q.Recall}
	if q.Filter != nil {
		set, ok := q.Filter.(*roaring64.Bitmap)
		if !ok {
			return out, fmt.Errorf("vector search: a row set of type %T", q.Filter)
		}
		out.Filter = set
	}
	if q.K < 0 && !q.HasMax {
		out.K = math.MaxInt32 // all that the snapshot has, which may be more than is alive now
	}
	return out, nil
}

var metrics = map[plan.Metric]vector.Metric{
	plan.Cosine: vector.Cosine, plan.NegInner: vector.InnerProduct, plan.L2: vector.L2, plan.L1: vector.L1,
	plan.Hamming: vector.Hamming, plan.Jaccard: vector.Jaccard,
}

func asResult(r vector.Result) exec.VectorResult {
	out := exec.VectorResult{Rows: make([]int64, len(r.Hits)), Distances: make([]float64, len(r.Hits))}
	out.Stats = exec.VectorStats{Exact: r.Stats.Exact, Scanned: r.Stats.Scanned, Filtered: r.Stats.Filtered,
		Reranked: r.Stats.Reranked, Segments: r.Stats.Segments, Lists: r.Stats.Lists, Prefiltered: r.Stats.Prefiltered,
		Fetched: r.Stats.Fetched}
	for i, h := range r.Hits {
		out.Rows[i], out.Distances[i] = int64(h.Row), h.Distance
	}
	return out
}

// overlay is what the transaction's finished statements have written to the column, nil when nothing.
func (s *vectorSearch) overlay() *vector.Overlay {
	if len(s.table.stmt.view.Layers()) == 0 {
		return nil
	}
	o, any := &vector.Overlay{}, false
	for _, l := range s.table.stmt.view.Layers() {
		l.Range(storage.VectorRange(s.col.table, s.col.place), func(key, value []byte, deleted bool) {
			any = true
			if deleted {
				o.Delete(storage.RowOf(key))
			} else {
				o.Put(storage.RowOf(key), vectorView(value))
			}
		})
	}
	if !any {
		return nil
	}
	return o
}

// scan answers from the rows of the view, by an index in memory that lives as long as the question.
func (s *vectorSearch) scan(ctx context.Context, query vector.Query) (exec.VectorResult, error) {
	it, err := s.table.stmt.view.Iter(storage.VectorRange(s.col.table, s.col.place), false)
	if err != nil {
		return exec.VectorResult{}, err
	}
	defer it.Close()
	dim := len(query.Vec)
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: dim, Logger: s.table.stmt.tx.db.log})
	if err != nil {
		return exec.VectorResult{}, err
	}
	defer ix.Close()
	var deltas []vector.Delta
	for it.Next() {
		d := vector.Delta{Row: storage.RowOf(it.Key()), Vec: decodeVector(it.Value())}
		if len(d.Vec) != dim { // a column without a fixed width
			return exec.VectorResult{}, sqlstate.New(sqlstate.DataException,
				"different %s dimensions %d and %d", s.typ, len(d.Vec), dim)
		}
		deltas = append(deltas, d)
	}
	if err := it.Err(); err != nil {
		return exec.VectorResult{}, err
	}
	ix.Apply(1, deltas)
	query.Seq, query.Overlay = 1, nil
	r, err := ix.Search(ctx, query)
	return asResult(r), err
}
