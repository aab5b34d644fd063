package exec

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// vectorSearch finds the nearest rows: the WHERE clause becomes a set of row identities first, the
// vector operator ranks among them, and the table at the snapshot gives the rows.
//
//	filter ──scan──▶ row set ──┐
//	query, k, cut-off ─────────┴▶ VectorIndex.Search ──▶ identities, distances ──▶ Table.Fetch
//
// Where nearly all rows pass, the filter is held against the nearest ones instead, and the row set is made only if too
// few of them pass (vectorfilter.go). With NullsLast, rows that have no distance follow when fewer than k have one
// (vectorrest.go). The right side of a lateral join may have been asked for already, with those of other rows
// (vectorbatch.go).
type vectorSearch struct {
	r             *running
	node          *plan.VectorSearch
	query, k, max *eval.Expr
	filter        *scan // yields the identities of the rows that pass; nil without a filter
	table         Table
	wanted        int // k, or -1 for all
	result        VectorResult
	next          int
	rest          *restScan     // nil without NullsLast
	whole         *wholeScan    // nil until it is needed
	scanning      bool          // whole gives the rows
	batch         *searchBatch  // nil outside of lateral joins
	ready         *VectorResult // of this Open's search, from the batch
}

func (r *running) vectorSearch(x *plan.VectorSearch) (operator, error) {
	op := &vectorSearch{r: r, node: x}
	if r.searches == nil {
		r.searches = map[*plan.VectorSearch]*vectorSearch{}
	}
	r.searches[x] = op
	var err error
	if op.query, err = eval.Compile(x.Query, r.exprs); err != nil {
		return nil, err
	}
	if op.k, err = r.condition(x.K); err != nil {
		return nil, err
	}
	if op.max, err = r.condition(x.Max); err != nil {
		return nil, err
	}
	if x.Filter != nil {
		if op.filter, err = r.filterScan(x); err != nil {
			return nil, err
		}
	}
	if x.NullsLast {
		cond, err := r.condition(x.Filter)
		if err != nil {
			return nil, err
		}
		node := &plan.Scan{Table: x.Table, Ordinals: x.Ordinals, RowID: true}
		op.rest = &restScan{scan: &scan{r: r, node: node, filter: cond}}
	}
	if x.Unordered {
		op.whole, err = r.wholeScan(x)
	}
	return op, err
}

func (s *vectorSearch) Open(ctx context.Context) error {
	s.next, s.result, s.wanted, s.scanning = 0, VectorResult{}, -1, false
	if s.rest != nil {
		s.rest.Close()
		s.rest.given = nil
	}
	var err error
	if s.wanted, err = s.limit(); err != nil || s.wanted == 0 {
		return err
	}
	if s.table, err = s.r.env.Relations.Table(s.node.Table); err != nil {
		return err
	}
	if s.node.Unordered && s.wanted < 0 && s.max == nil {
		return s.scanAll(ctx)
	}
	return s.search(ctx)
}

// limit is K's value, -1 for all.
func (s *vectorSearch) limit() (int, error) {
	if s.k == nil {
		return -1, nil
	}
	k, err := s.k.Value()
	if err != nil || k.IsNull() {
		return -1, err
	}
	return int(k.Int()), nil
}

// asked is how many rows the first question is for, where k are wanted.
func (s *vectorSearch) asked(k int, index VectorIndex) int {
	if s.node.FilterAfter && k >= 0 {
		most := s.node.Candidates(float64(k))
		if most > math.Max(64, float64(index.Len()/4)) {
			return -1 // rather find out which rows pass
		}
		k = int(most)
	}
	if s.node.Ties && k >= 0 {
		k++
	}
	return k
}

// search asks the index. The query vector comes last, and only when there is a row to compare it
// with: it may be an audio file to embed.
func (s *vectorSearch) search(ctx context.Context) error {
	index, err := s.table.VectorIndex(s.node.Index)
	if err != nil || index.Len() == 0 {
		return err
	}
	q, asked := s.question(s.wanted), false
	if s.node.FilterAfter {
		asked = true
		if known, err := s.target(&q); err != nil || !known {
			return s.unknown(ctx, err)
		}
		if enough, err := s.candidates(ctx, index, q); err != nil || enough {
			return err
		}
	}
	if s.filter != nil {
		rows, err := s.rowSet(ctx)
		if err != nil || rows.GetCardinality() == 0 {
			return err
		}
		s.r.profile.passed(s.node, int(rows.GetCardinality()), index.Len())
		q.Filter = rows
	}
	if !asked {
		if known, err := s.target(&q); err != nil || !known {
			return s.unknown(ctx, err)
		}
	}
	s.result, err = s.ask(ctx, index, q)
	return err
}

// ask searches, for the ties of the last row too where those are wanted: one row more tells whether there are any.
func (s *vectorSearch) ask(ctx context.Context, index VectorIndex, q VectorQuery) (VectorResult, error) {
	want := q.K
	if s.node.Ties && want >= 0 {
		q.K++
	}
	res, err := s.answer(ctx, index, q)
	if err != nil || q.K == want || len(res.Rows) <= want {
		return res, err
	}
	if last := res.Distances[want-1]; math.IsNaN(res.Distances[want]) && math.IsNaN(last) {
		q.K = -1
	} else if res.Distances[want] == last {
		q.K, q.Max, q.HasMax, q.MaxInc = -1, last, true, true
	} else {
		res.Rows, res.Distances = res.Rows[:want], res.Distances[:want]
		return res, nil
	}
	return s.answer(ctx, index, q)
}

// answer is the batch's where it has this question's, else the index's.
func (s *vectorSearch) answer(ctx context.Context, index VectorIndex, q VectorQuery) (res VectorResult, err error) {
	if s.ready != nil {
		res, s.ready = *s.ready, nil
	} else if res, err = index.Search(ctx, q); err != nil {
		return res, err
	}
	s.r.profile.vector(s.node, res.Stats)
	return res, nil
}

// question is the search for k rows without its vector. It has the session's settings for an index USING faiss.
func (s *vectorSearch) question(k int) VectorQuery {
	q := VectorQuery{Metric: s.node.Metric, K: k, Recall: s.node.Recall}
	if s.node.Index.Method != "faiss" || s.r.env.Session == nil {
		return q
	}
	for name, to := range map[string]*int{"faiss.nprobe": &q.NProbe, "faiss.efSearch": &q.EfSearch} {
		if v, ok := s.r.env.Session.Setting(name); ok {
			*to, _ = strconv.Atoi(v) // checked when it was set
		}
	}
	return q
}

// target evaluates the query vector and the cut-off; false when one is NULL: nothing is near NULL.
func (s *vectorSearch) target(q *VectorQuery) (known bool, err error) {
	v, err := s.query.Value()
	if err != nil || v.IsNull() {
		return false, err
	}
	if err := s.checkDimensions(v); err != nil {
		return false, err
	}
	if s.node.Key.Type().Kind == datum.KindVector {
		q.Vector = v.Vector()
	} else {
		q.Value = v
	}
	if s.max == nil {
		return true, nil
	}
	m, err := s.max.Value()
	if err != nil || m.IsNull() {
		return false, err
	}
	q.Max, q.HasMax, q.MaxInc = m.Float(), true, s.node.MaxInc
	return true, nil
}

// checkDimensions says of a value of another width than the key's what its distance from one of those would say.
func (s *vectorSearch) checkDimensions(v datum.Datum) error {
	t, want, got := s.node.Key.Type(), int(s.node.Key.Typmod()), 0
	switch {
	case t == datum.Bit:
		if got = len(v.Str()); want > 0 && got != want {
			return sqlstate.New(sqlstate.DataException, "different bit lengths %d and %d", want, got)
		}
		return nil
	case t == datum.Sparsevec:
		got = v.Sparse().Dims
	default:
		got = len(v.Vector())
	}
	if want > 0 && got != want {
		return sqlstate.New(sqlstate.DataException, "different %s dimensions %d and %d", t, want, got)
	}
	return nil
}

func (s *vectorSearch) Next(ctx context.Context) (*datum.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.scanning {
		rows, ids, distances, err := s.whole.next(ctx, s.node.NullsLast)
		if err != nil || rows == nil {
			return nil, err
		}
		return s.output(rows, ids, distances), nil
	}
	if s.next >= len(s.result.Rows) {
		return s.withoutDistance(ctx)
	}
	hi := min(s.next+datum.BatchRows, len(s.result.Rows))
	ids, distances := s.result.Rows[s.next:hi], s.result.Distances[s.next:hi]
	s.next = hi
	rows, err := s.table.Fetch(ctx, ids, s.node.Ordinals)
	if err != nil {
		return nil, err
	}
	return s.output(rows, ids, &datum.Vec{Type: datum.Float8, F: distances}), nil
}

// output is the scan's row, with its identity when that is asked for, and the distance.
func (s *vectorSearch) output(rows *datum.Batch, ids []int64, distance *datum.Vec) *datum.Batch {
	out := &datum.Batch{Rows: len(ids), Cols: slices.Clone(rows.Cols[:len(s.node.Ordinals)])}
	if s.node.RowID {
		out.Cols = append(out.Cols, &datum.Vec{Type: datum.Int8, I: ids})
	}
	out.Cols = append(out.Cols, distance)
	return out
}

func (s *vectorSearch) Close() {
	if s.filter != nil {
		s.filter.Close()
	}
	if s.rest != nil {
		s.rest.Close()
	}
	if s.whole != nil {
		s.whole.Close()
	}
}
