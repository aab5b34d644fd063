package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// wholeScan gives a vector search's rows where all of them are wanted and no order: the table is read once, and each
// distance computed, which costs less than finding every row by its identity.
type wholeScan struct {
	*scan
	distance *eval.Expr
}

// wholeScan makes it: the search's row, then the vector, then the row's identity.
func (r *running) wholeScan(x *plan.VectorSearch) (*wholeScan, error) {
	ord := x.Table.Ordinal(x.AttNum)
	node := &plan.Scan{Table: x.Table, Ordinals: append(slices.Clone(x.Ordinals), ord), RowID: true}
	vector := &plan.Col{Typed: plan.Typed{T: x.Table.Columns[ord].Type, Mod: -1}, Index: len(x.Ordinals)}
	filter, err := r.condition(x.Filter)
	if err != nil {
		return nil, err
	}
	distance, err := eval.Compile(x.DistanceOf(vector), r.exprs)
	return &wholeScan{scan: &scan{r: r, node: node, filter: filter}, distance: distance}, err
}

// next gives rows with their distances; without nulls, only those that have a vector.
func (w *wholeScan) next(ctx context.Context, nulls bool) (*datum.Batch, []int64, *datum.Vec, error) {
	for {
		b, err := w.Next(ctx)
		if err != nil || b == nil {
			return nil, nil, nil, err
		}
		if vectors := b.Cols[len(b.Cols)-2]; !nulls && vectors.Nulls != nil {
			var rows []int
			for i := range b.Rows {
				if !vectors.IsNull(i) {
					rows = append(rows, i)
				}
			}
			if len(rows) == 0 {
				continue
			}
			b = b.Gather(rows)
		}
		distance, err := w.distance.Eval(b)
		return b, b.Cols[len(b.Cols)-1].I, distance, err
	}
}

// scanAll reads the table instead of searching.
func (s *vectorSearch) scanAll(ctx context.Context) (err error) {
	if s.whole == nil {
		if s.whole, err = s.r.wholeScan(s.node); err != nil {
			return err
		}
	}
	s.scanning = true
	return s.whole.Open(ctx)
}

// unknown is a search for what is near NULL: all rows are equally far, and as many as wanted come. None is within a cut-off;
// where rows without a vector are wanted too, they come as such rows do.
func (s *vectorSearch) unknown(ctx context.Context, err error) error {
	if err != nil || s.max != nil || s.rest != nil {
		return err
	}
	return s.scanAll(ctx)
}

// exhausted says whether the search has given all rows that there are.
func (s *vectorSearch) exhausted() bool {
	return s.scanning || s.wanted < 0 || len(s.result.Rows) < s.wanted
}

// last is the distance of the last row that the search gave, NULL where it gave none.
func (s *vectorSearch) last() datum.Datum {
	if n := len(s.result.Distances); n > 0 {
		return datum.NewFloat(s.result.Distances[n-1])
	}
	return datum.Null
}

// index opens the vector index.
func (s *vectorSearch) index() (VectorIndex, error) {
	table, err := s.r.env.Relations.Table(s.node.Table)
	if err != nil {
		return nil, err
	}
	return table.VectorIndex(s.node.Index)
}

// indexed is how many vectors the index has.
func (s *vectorSearch) indexed() (int, error) {
	index, err := s.index()
	if err != nil {
		return 0, err
	}
	return index.Len(), nil
}

// hasZeroVectors says whether there are vectors without a direction: they are those at a distance of 0 from one.
func (s *vectorSearch) hasZeroVectors(ctx context.Context) (bool, error) {
	index, err := s.index()
	if err != nil || index.Len() == 0 {
		return false, err
	}
	width := int(s.node.Table.Columns[s.node.Table.Ordinal(s.node.AttNum)].Typmod)
	if width <= 0 {
		return true, nil
	}
	found, err := index.Search(ctx, VectorQuery{Metric: plan.L2, Vector: make([]float32, width), K: 1, HasMax: true, MaxInc: true})
	return len(found.Rows) > 0, err
}
