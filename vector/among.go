package vector

import (
	"context"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
)

// Among says which rows of a BitRows or a SparseRows a question is about, and how many of them it wants.
type Among struct {
	Metric Metric
	// K bounds the answer; a negative one asks for all rows, within MaxDistance when HasMax is set, as of a Query.
	K                    int
	MaxDistance          float64
	HasMax, MaxInclusive bool
	// Filter, when not nil, are the rows that may be returned; Skip, when not nil, are rows that may not.
	Filter, Skip *roaring64.Bitmap
}

// few: a filter of less than one row in so many is walked instead of the rows.
const few = 16

// each visits the places of the rows that may be returned, in order, until ctx is done. rows ascend.
func (a *Among) each(ctx context.Context, rows []uint64, visit func(i int)) error {
	if a.Filter != nil && a.Filter.GetCardinality() < uint64(len(rows)/few) {
		n := 0
		for it := a.Filter.Iterator(); it.HasNext(); n++ {
			if n%pieceRows == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			row := it.Next()
			if i, ok := slices.BinarySearch(rows, row); ok && !(a.Skip != nil && a.Skip.Contains(row)) {
				visit(i)
			}
		}
		return nil
	}
	for i, row := range rows {
		if i%pieceRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if a.Filter != nil && !a.Filter.Contains(row) || a.Skip != nil && a.Skip.Contains(row) {
			continue
		}
		visit(i)
	}
	return nil
}

// Ranking gathers hits, of which it keeps those that a question wants. Make it with NewRanking.
type Ranking struct {
	a    Among
	hits []Hit
	// limit is a distance beyond which no hit is among the wanted.
	limit float64
}

// NewRanking returns a Ranking without hits.
func NewRanking(a Among) *Ranking {
	n := &Ranking{a: a, limit: math.Inf(1)}
	if a.HasMax {
		n.limit = a.MaxDistance
	}
	return n
}

// Add offers a row.
func (n *Ranking) Add(row uint64, distance float64) {
	if distance > n.limit || n.a.K == 0 ||
		n.a.HasMax && !(distance < n.a.MaxDistance || n.a.MaxInclusive && distance == n.a.MaxDistance) {
		return
	}
	n.hits = append(n.hits, Hit{row, distance})
	if n.a.K > 0 && len(n.hits) >= 2*n.a.K+pieceRows {
		n.tidy()
	}
}

// tidy drops what is beyond the K nearest.
func (n *Ranking) tidy() {
	slices.SortFunc(n.hits, compareHits)
	if n.a.K >= 0 && len(n.hits) >= n.a.K && n.a.K > 0 {
		n.hits = n.hits[:n.a.K]
		if last := n.hits[n.a.K-1].Distance; last < n.limit {
			n.limit = last
		}
	}
}

// Hits are the wanted, in the order of answers.
func (n *Ranking) Hits() []Hit {
	n.tidy()
	return n.hits
}
