package exec

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// filterScan scans only the columns that the filter reads: the embeddings are stored apart, and a
// scan of the rest is fast. Where an index's bounds are all of the filter, its entries are enough.
func (r *running) filterScan(x *plan.VectorSearch) (*scan, error) {
	narrow := &plan.Scan{Table: x.Table, RowID: true}
	op := &scan{r: r, node: narrow}
	if !x.FilterCovered || x.FilterAfter {
		var err error
		if op.filter, err = r.condition(narrowed(x, narrow)); err != nil {
			return op, err
		}
	}
	if x.FilterIndex == nil {
		return op, nil
	}
	narrow.Index, op.bounds = x.FilterIndex, &op.ranged
	return op, r.indexRange(op.bounds, x.FilterIndex)
}

// narrowed is the filter over a row of the columns that it reads, which it adds to the scan.
func narrowed(x *plan.VectorSearch, scan *plan.Scan) plan.Expr {
	return plan.Transform(x.Filter, func(e plan.Expr) plan.Expr {
		col, ok := e.(*plan.Col)
		if !ok || col.Index >= len(x.Ordinals) {
			return e
		}
		moved := *col
		if moved.Index = slices.Index(scan.Ordinals, x.Ordinals[col.Index]); moved.Index < 0 {
			moved.Index = len(scan.Ordinals)
			scan.Ordinals = append(scan.Ordinals, x.Ordinals[col.Index])
		}
		return &moved
	})
}

// entries is the row set where the bounds of an index are all of the filter, which the table may have at hand.
func (s *vectorSearch) entries(ctx context.Context) (RowSet, error) {
	bounds, empty, err := s.filter.bounds.eval()
	if err != nil || empty {
		return roaring64.New(), err
	}
	return s.table.RowSet(ctx, ScanSpec{RowID: true, Index: s.filter.node.Index.Index, Bounds: bounds})
}

// byEntries says whether entries will do.
func (s *vectorSearch) byEntries() bool {
	f := s.filter
	return f.filter == nil && f.bounds != nil && f.bounds.any == nil && f.node.Table.View == nil
}

// rowSet runs the filter over the table's other columns.
func (s *vectorSearch) rowSet(ctx context.Context) (RowSet, error) {
	if s.byEntries() {
		return s.entries(ctx)
	}
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

// candidates searches for more rows than wanted and keeps those that pass the filter. It is enough when as many as wanted
// do, or when there are no more rows to look at.
func (s *vectorSearch) candidates(ctx context.Context, index VectorIndex, q VectorQuery) (enough bool, err error) {
	if q.K < 0 || s.asked(q.K, index) < 0 {
		return false, nil
	}
	q.K = int(s.node.Candidates(float64(q.K)))
	found, err := s.ask(ctx, index, q)
	if err != nil {
		return false, err
	}
	kept := VectorResult{}
	for lo := 0; lo < len(found.Rows); lo += datum.BatchRows {
		ids := found.Rows[lo:min(lo+datum.BatchRows, len(found.Rows))]
		rows, err := s.table.Fetch(ctx, ids, s.filter.node.Ordinals)
		if err != nil {
			return false, err
		}
		rows.Rows = len(ids)
		sel, all, err := s.filter.filter.Select(rows)
		if err != nil {
			return false, err
		}
		if all {
			sel = upTo(len(ids))
		}
		for _, i := range sel {
			kept.Rows = append(kept.Rows, ids[i])
			kept.Distances = append(kept.Distances, found.Distances[lo+i])
		}
	}
	if len(kept.Rows) < s.wanted && len(found.Rows) >= q.K {
		return false, nil
	}
	s.r.profile.passed(s.node, len(kept.Rows), len(found.Rows))
	if !s.node.Ties && len(kept.Rows) > s.wanted {
		kept.Rows, kept.Distances = kept.Rows[:s.wanted], kept.Distances[:s.wanted]
	}
	s.result = kept
	return true, nil
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
