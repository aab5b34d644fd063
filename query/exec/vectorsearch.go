package exec

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

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
// With NullsLast, rows that have no distance follow when fewer than k have one.
type vectorSearch struct {
	r             *running
	node          *plan.VectorSearch
	query, k, max *eval.Expr
	filter        *scan // yields the identities of the rows that pass; nil without a filter
	table         Table
	wanted        int // k, or -1 for all
	result        VectorResult
	next          int
	rest          *restScan // nil without NullsLast
}

// restScan is the rows without a distance, once the others have been given.
type restScan struct {
	*scan
	given *roaring64.Bitmap
	left  int // rows still wanted, -1 for all
}

func (r *running) vectorSearch(x *plan.VectorSearch) (operator, error) {
	op := &vectorSearch{r: r, node: x}
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
	return op, nil
}

// filterScan scans only the columns that the filter reads: the embeddings are stored apart, and a
// scan of the rest is fast.
func (r *running) filterScan(x *plan.VectorSearch) (*scan, error) {
	narrow := &plan.Scan{Table: x.Table, RowID: true}
	cond, err := r.condition(plan.Transform(x.Filter, func(e plan.Expr) plan.Expr {
		col, ok := e.(*plan.Col)
		if !ok || col.Index >= len(x.Ordinals) {
			return e
		}
		moved := *col
		if moved.Index = slices.Index(narrow.Ordinals, x.Ordinals[col.Index]); moved.Index < 0 {
			moved.Index = len(narrow.Ordinals)
			narrow.Ordinals = append(narrow.Ordinals, x.Ordinals[col.Index])
		}
		return &moved
	}))
	op := &scan{r: r, node: narrow, filter: cond}
	if err != nil || x.FilterIndex == nil {
		return op, err
	}
	narrow.Index, op.bounds = x.FilterIndex, &op.ranged
	return op, r.indexRange(op.bounds, x.FilterIndex)
}

func (s *vectorSearch) Open(ctx context.Context) error {
	s.next, s.result, s.wanted = 0, VectorResult{}, -1
	if s.rest != nil {
		s.rest.Close()
		s.rest.given = nil
	}
	if s.k != nil {
		k, err := s.k.Value()
		if err != nil {
			return err
		}
		if !k.IsNull() {
			s.wanted = int(k.Int())
		}
	}
	if s.wanted == 0 {
		return nil
	}
	var err error
	if s.table, err = s.r.env.Relations.Table(s.node.Table); err != nil {
		return err
	}
	return s.search(ctx)
}

// search asks the index. The query vector comes last, and only when there is a row to compare it
// with: it may be an audio file to embed.
func (s *vectorSearch) search(ctx context.Context) error {
	index, err := s.table.VectorIndex(s.node.Index)
	if err != nil || index.Len() == 0 {
		return err
	}
	q := VectorQuery{Metric: s.node.Metric, K: s.wanted}
	if s.filter != nil {
		rows, err := s.rowSet(ctx)
		if err != nil || rows.GetCardinality() == 0 {
			return err
		}
		q.Filter = rows
	}
	if known, err := s.target(&q); err != nil || !known {
		return err
	}
	if s.result, err = index.Search(ctx, q); err != nil {
		return err
	}
	s.r.profile.vector(s.node, s.result.Stats)
	return nil
}

// target evaluates the query vector and the cut-off; false when one is NULL: nothing is near NULL.
func (s *vectorSearch) target(q *VectorQuery) (known bool, err error) {
	v, err := s.query.Value()
	if err != nil || v.IsNull() {
		return false, err
	}
	if err := s.checkDimensions(v.Vector()); err != nil {
		return false, err
	}
	q.Vector = v.Vector()
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

func (s *vectorSearch) checkDimensions(v []float32) error {
	ord := s.node.Table.Ordinal(s.node.AttNum)
	if ord < 0 {
		return nil
	}
	if want := s.node.Table.Columns[ord].Typmod; want > 0 && int(want) != len(v) {
		return sqlstate.New(sqlstate.DataException, "different %s dimensions %d and %d", s.node.Table.Columns[ord].Type, want, len(v))
	}
	return nil
}

// rowSet runs the filter over the table's other columns.
func (s *vectorSearch) rowSet(ctx context.Context) (RowSet, error) {
	set := roaring64.New()
	if err := s.filter.Open(ctx); err != nil {
		return nil, err
	}
	defer s.filter.Close()
	for {
		b, err := s.filter.Next(ctx)
		if err != nil || b == nil {
			return set, err
		}
		for _, id := range b.Cols[len(b.Cols)-1].I {
			set.Add(uint64(id))
		}
	}
}

func (s *vectorSearch) Next(ctx context.Context) (*datum.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
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

// withoutDistance gives the rows that NullsLast adds: those of the filter that the search did not find.
func (s *vectorSearch) withoutDistance(ctx context.Context) (*datum.Batch, error) {
	if s.rest == nil {
		return nil, nil
	}
	if s.rest.given == nil {
		if err := s.startRest(ctx); err != nil {
			return nil, err
		}
	}
	for s.rest.left != 0 {
		b, err := s.rest.Next(ctx)
		if err != nil || b == nil {
			return nil, err
		}
		ids := b.Cols[len(b.Cols)-1].I
		var rows []int
		for i, id := range ids {
			if s.rest.left >= 0 && len(rows) == s.rest.left {
				break
			}
			if !s.rest.given.Contains(uint64(id)) {
				rows = append(rows, i)
			}
		}
		if len(rows) == 0 {
			continue
		}
		if s.rest.left > 0 {
			s.rest.left -= len(rows)
		}
		b = b.Gather(rows)
		return s.output(b, b.Cols[len(b.Cols)-1].I, nulls(datum.Float8, b.Rows)), nil
	}
	return nil, nil
}

func (s *vectorSearch) startRest(ctx context.Context) error {
	s.rest.given, s.rest.left = roaring64.New(), s.wanted
	for _, id := range s.result.Rows {
		s.rest.given.Add(uint64(id))
	}
	if s.wanted >= 0 {
		s.rest.left = max(0, s.wanted-len(s.result.Rows))
	}
	if s.rest.left == 0 {
		return nil
	}
	return s.rest.Open(ctx)
}

func (s *vectorSearch) Close() {
	if s.filter != nil {
		s.filter.Close()
	}
	if s.rest != nil {
		s.rest.Close()
	}
}
