package exectest

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
)

// vectorIndex searches by computing every distance.
type vectorIndex struct {
	t   *table
	ord int
}

// VectorIndex opens a column's index.
func (t *table) VectorIndex(ix *catalog.Index) (exec.VectorIndex, error) {
	return &vectorIndex{t, t.t.Ordinal(ix.Keys[0].AttNum)}, nil
}

// Len counts the vectors.
func (v *vectorIndex) Len() int {
	n := 0
	for _, row := range v.t.read().byID {
		if !row[v.ord].IsNull() {
			n++
		}
	}
	return n
}

// Search ranks all rows of the filter.
func (v *vectorIndex) Search(ctx context.Context, q exec.VectorQuery) (exec.VectorResult, error) {
	type hit struct {
		id int64
		d  float64
	}
	var hits []hit
	res := exec.VectorResult{Stats: exec.VectorStats{Exact: true, Segments: 1}}
	r := v.t.read()
	for _, id := range r.ids {
		if r.byID[id][v.ord].IsNull() {
			continue
		}
		res.Stats.Scanned++
		if q.Filter != nil && !q.Filter.Contains(uint64(id)) {
			res.Stats.Filtered++
			continue
		}
		d := Distance(q.Metric, r.byID[id][v.ord].Vector(), q.Vector)
		if q.HasMax && !(d < q.Max || q.MaxInc && d == q.Max) {
			continue
		}
		hits = append(hits, hit{id, d})
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(nanLast(a.d, b.d), cmp.Compare(a.id, b.id)) })
	if q.K >= 0 && len(hits) > q.K {
		hits = hits[:q.K]
	}
	for _, h := range hits {
		res.Rows, res.Distances = append(res.Rows, h.id), append(res.Distances, h.d)
	}
	return res, ctx.Err()
}

// SearchMany is Search, one after the other.
func (v *vectorIndex) SearchMany(ctx context.Context, qs []exec.VectorQuery) ([]exec.VectorResult, error) {
	var out []exec.VectorResult
	for _, q := range qs {
		res, err := v.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		out = append(out, res)
	}
	return out, nil
}

func nanLast(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	}
	return cmp.Compare(a, b)
}

// Distance is a metric, computed plainly.
func Distance(m plan.Metric, a, b []float32) float64 {
	var dot, aa, bb, l1, l2 float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
		l1, l2 = l1+math.Abs(x-y), l2+(x-y)*(x-y)
	}
	switch m {
	case plan.Cosine:
		return 1 - dot/math.Sqrt(aa*bb)
	case plan.NegInner:
		return -dot
	case plan.L1:
		return l1
	default:
		return math.Sqrt(l2)
	}
}
