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
	key, distance *eval.Expr
}

// wholeScan makes it: the search's row, then the columns of the key, then the row's identity.
func (r *running) wholeScan(x *plan.VectorSearch) (*wholeScan, error) {
	node := &plan.Scan{Table: x.Table, Ordinals: slices.Clone(x.Ordinals), RowID: true}
	key := plan.Transform(x.Key, func(e plan.Expr) plan.Expr {
		col, ok := e.(*plan.Col)
		if !ok {
			return e
		}
		moved := *col
		node.Ordinals = append(node.Ordinals, col.Index)
		moved.Index = len(node.Ordinals) - 1
		return &moved
	})
	out := &wholeScan{}
	filter, err := r.condition(x.Filter)
	if err != nil {
		return nil, err
	}
	if out.key, err = eval.Compile(key, r.exprs); err != nil {
		return nil, err
	}
	out.scan = &scan{r: r, node: node, filter: filter}
	out.distance, err = eval.Compile(x.DistanceOf(key), r.exprs)
	return out, err
}

// next gives rows with their distances; without nulls, only those that have a key.
func (w *wholeScan) next(ctx context.Context, nulls bool) (*datum.Batch, []int64, *datum.Vec, error) {
	for {
		b, err := w.Next(ctx)
		if err != nil || b == nil {
			return nil, nil, nil, err
		}
		if !nulls {
			if b, err = w.known(b); err != nil {
				return nil, nil, nil, err
			}
			if b == nil {
				continue
			}
		}
		distance, err := w.distance.Eval(b)
		return b, b.Cols[len(b.Cols)-1].I, distance, err
	}
}

// known is the rows that have a key, nil when none has.
func (w *wholeScan) known(b *datum.Batch) (*datum.Batch, error) {
	keys, err := w.key.Eval(b)
	if err != nil || keys.Nulls == nil {
		return b, err
	}
	var rows []int
	for i := range b.Rows {
		if !keys.IsNull(i) {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return b.Gather(rows), nil
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
	width := int(s.node.Key.Typmod())
	if width <= 0 {
		return true, nil
	}
	found, err := index.Search(ctx, VectorQuery{Metric: plan.L2, Vector: make([]float32, width), K: 1, HasMax: true, MaxInc: true})
	return len(found.Rows) > 0, err
}
