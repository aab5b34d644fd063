package exec

import (
	"context"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// segmentScan is segments, segment_search or align in FROM.
type segmentScan struct {
	r     *running
	node  *plan.FunctionScan
	args  []*eval.Expr // without the table
	table Table
	rows  *datum.Batch // of the result, nil once given
	it    RowIter      // of segments, which reads as it is asked
}

func (r *running) segmentScan(x *plan.FunctionScan) (operator, error) {
	op := &segmentScan{r: r, node: x}
	var err error
	op.args, err = eval.CompileAll(x.Calls[0].Args[1:], r.exprs)
	return op, err
}

func (s *segmentScan) Open(ctx context.Context) error {
	s.Close()
	s.rows = nil
	args := make([]datum.Datum, len(s.args))
	for i, e := range s.args {
		var err error
		if args[i], err = e.Value(); err != nil {
			return err
		}
		if args[i].IsNull() && i < 2 {
			return nil // the functions are strict; an array of no tracks to look among is none at all
		}
	}
	var err error
	if s.table, err = s.r.env.Relations.Table(s.node.Segments); err != nil {
		return err
	}
	switch s.node.Calls[0].Proc.Name {
	case "segments":
		s.it, err = s.scan(ctx, args[0], []int{catalog.SegmentFrom, catalog.SegmentTo, catalog.SegmentVector}, false)
	case "segment_search":
		err = s.search(ctx, args)
	default:
		err = s.align(ctx, args[0], args[1])
	}
	return err
}

// scan reads a track's segments in order of time.
func (s *segmentScan) scan(ctx context.Context, track datum.Datum, ordinals []int, rowID bool) (RowIter, error) {
	return s.table.Scan(ctx, ScanSpec{Ordinals: ordinals, RowID: rowID, Index: s.node.Segments.PrimaryKey(),
		Bounds: &IndexBounds{Eq: []datum.Datum{track}}})
}

func (s *segmentScan) Next(ctx context.Context) (*datum.Batch, error) {
	if s.it != nil {
		return s.it.Next(ctx)
	}
	out := s.rows
	s.rows = nil
	if out == nil || out.Rows == 0 {
		return nil, nil
	}
	return out, nil
}

func (s *segmentScan) Close() {
	if s.it != nil {
		s.it.Close()
		s.it = nil
	}
}

// result begins the rows to give.
func (s *segmentScan) result() {
	s.rows = &datum.Batch{}
	for _, c := range s.node.Cols {
		s.rows.Cols = append(s.rows.Cols, datum.NewVec(c.Type, 0))
	}
}

func (s *segmentScan) emit(row ...datum.Datum) {
	for i, v := range row {
		s.rows.Cols[i].Append(v)
	}
	s.rows.Rows++
}

// apartS is how far apart, in seconds, the beginnings of two hits in one track are at least.
const apartS = 5

// search gives the k nearest segments, leaving out those that begin within apartS of a nearer one of the same track. The
// index is asked for more and more of the nearest until k are found or there are no more: what it gives is in one order, so
// that a longer answer begins with the shorter one.
func (s *segmentScan) search(ctx context.Context, args []datum.Datum) error {
	s.result()
	k := args[1].Int()
	if k < 1 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "k must be greater than 0, not %d", k)
	}
	q := VectorQuery{Vector: args[0].Vector(), Metric: plan.Cosine, Recall: 1}
	col := &s.node.Segments.Columns[catalog.SegmentVector]
	if int(col.Typmod) != len(q.Vector) {
		return sqlstate.New(sqlstate.DataException, "different %s dimensions %d and %d", col.Type, col.Typmod, len(q.Vector))
	}
	index, err := s.table.VectorIndex(s.node.Segments.VectorIndex(col.AttNum))
	if err != nil || index.Len() == 0 {
		return err
	}
	if len(args) > 2 && !args[2].IsNull() {
		if q.Filter, err = s.among(ctx, args[2].Array().Elems); err != nil || q.Filter.GetCardinality() == 0 {
			return err
		}
	}
	hits := &spacedHits{want: k, taken: map[string][]float64{}, key: s.node.Segments.Columns[catalog.SegmentTrack].Type}
	seen := 0
	for n := min(4*k+16, math.MaxInt32); ; n *= 4 {
		if q.K = int(n); n > math.MaxInt32/4 {
			q.K = -1
		}
		res, err := index.Search(ctx, q)
		if err != nil {
			return err
		}
		for ; seen < len(res.Rows) && hits.want > 0; seen += datum.BatchRows {
			hi := min(seen+datum.BatchRows, len(res.Rows))
			if err := s.take(ctx, hits, res.Rows[seen:hi], res.Distances[seen:hi]); err != nil {
				return err
			}
		}
		if seen = min(seen, len(res.Rows)); hits.want == 0 || q.K < 0 || len(res.Rows) < q.K {
			return nil
		}
	}
}

// take gives those of the next nearest segments that are far enough from the ones given.
func (s *segmentScan) take(ctx context.Context, hits *spacedHits, ids []int64, distances []float64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rows, err := s.table.Fetch(ctx, ids, []int{catalog.SegmentTrack, catalog.SegmentFrom, catalog.SegmentTo})
	if err != nil {
		return err
	}
	for i := 0; i < rows.Rows && hits.want > 0; i++ {
		track, from := rows.Cols[0].Get(i), rows.Cols[1].F[i]
		if hits.take(track, from) {
			s.emit(track, datum.NewFloat(from), rows.Cols[2].Get(i), datum.NewFloat(1-distances[i]))
		}
	}
	return nil
}

// among are the segments of some tracks.
func (s *segmentScan) among(ctx context.Context, tracks []datum.Datum) (RowSet, error) {
	set := roaring64.New()
	for _, t := range tracks {
		if t.IsNull() {
			continue
		}
		it, err := s.scan(ctx, t, nil, true)
		if err != nil {
			return nil, err
		}
		if err := eachBatch(ctx, it, func(b *datum.Batch) error {
			for _, id := range b.Cols[0].I {
				set.Add(uint64(id))
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// spacedHits remembers where hits begin in each track.
type spacedHits struct {
	want  int64
	key   *datum.Type
	taken map[string][]float64
}

// take says whether a segment is a hit, and counts it.
func (h *spacedHits) take(track datum.Datum, from float64) bool {
	key := string(datum.AppendKey(nil, h.key, track, false, false))
	if slices.ContainsFunc(h.taken[key], func(other float64) bool { return math.Abs(from-other) < apartS-1e-9 }) {
		return false
	}
	h.taken[key] = append(h.taken[key], from)
	h.want--
	return true
}
