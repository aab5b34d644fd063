package vector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// RecallReport compares approximate answers with exact ones.
type RecallReport struct {
	// Queries is how many live rows were sampled, each asked for its own K nearest.
	Queries, K int
	// Recall is the mean share of the true nearest that the approximate answers had, by distance: a row as near
	// as the farthest true one counts. Worst is the smallest share of any one query.
	Recall, Worst float64
	// Exact is the number of approximate answers that came from an exact plan.
	Exact int
	// ExactTime and ApproximateTime are the time spent on each kind, on one goroutine.
	ExactTime, ApproximateTime time.Duration
}

// MeasureRecall asks n rows of the index, sampled with a fixed seed, for their nearest as q does, exactly and at its
// Recall, and compares. q has no Vec, for those are the rows'. An index without rows has a recall of 1.
func (ix *Index) MeasureRecall(ctx context.Context, n int, q Query) (RecallReport, error) {
	return ix.MeasureRecallOf(ctx, n, q, nil)
}

// MeasureRecallOf is MeasureRecall of another's answers; nil for the index's own.
func (ix *Index) MeasureRecallOf(ctx context.Context, n int, q Query, other func(context.Context, Query) (Result, error)) (
	RecallReport, error,
) {
	v := ix.acquireView()
	if v == nil {
		return RecallReport{}, ErrClosed
	}
	defer ix.releaseView(v)
	report := RecallReport{K: q.K, Recall: 1, Worst: 1}
	vecs, err := ix.vectorsOf(v.sample(n, q.Seq), q.Source)
	if err != nil {
		return RecallReport{}, fmt.Errorf("measure recall: %w", err)
	}
	sum := 0.0
	for _, vec := range vecs {
		q.Vec = vec
		share, err := ix.compare(ctx, v, q, other, &report)
		if err != nil {
			return RecallReport{}, fmt.Errorf("measure recall: %w", err)
		}
		report.Queries++
		sum += share
		report.Worst = min(report.Worst, share)
		report.Recall = sum / float64(report.Queries)
	}
	return report, nil
}

// vectorsOf returns the vectors of versions, each of its own row.
func (ix *Index) vectorsOf(versions []place, source Source) ([][]float32, error) {
	out, rows := make([][]float32, 0, len(versions)), make([]uint64, 0, len(versions))
	for _, p := range versions {
		if p.b.vecs != nil {
			out = append(out, p.b.vec(p.i))
		} else {
			rows = append(rows, p.b.rows[p.i])
		}
	}
	if len(rows) == 0 {
		return out, nil
	}
	if source == nil {
		return nil, ErrNoSource
	}
	slices.Sort(rows)
	err := source.Vectors(rows, func(_ int, vec []float32) {
		if len(vec) == ix.opts.Dim {
			out = append(out, vec)
		}
	})
	return out, err
}

// compare answers q exactly and at its recall, or by other, over one view, and returns the share of the true nearest found.
func (ix *Index) compare(ctx context.Context, v *view, q Query, other func(context.Context, Query) (Result, error),
	report *RecallReport,
) (float64, error) {
	if other == nil {
		other = func(ctx context.Context, q Query) (Result, error) { return ix.searchView(ctx, v, &q) }
	}
	start, recall := time.Now(), q.Recall
	q.Recall = 0
	exact, err := ix.searchView(ctx, v, &q)
	if err != nil {
		return 0, err
	}
	middle := time.Now()
	q.Recall = recall
	approximate, err := other(ctx, q)
	if err != nil {
		return 0, err
	}
	report.ExactTime += middle.Sub(start)
	report.ApproximateTime += time.Since(middle)
	if approximate.Stats.Exact {
		report.Exact++
	}
	return shareFound(exact.Hits, approximate.Hits), nil
}

// shareFound is the part of the true hits that an answer has: those no farther than the last true one.
func shareFound(truth, found []Hit) float64 {
	if len(truth) == 0 {
		return 1
	}
	last, n := truth[len(truth)-1], 0
	for _, h := range found {
		if compareHits(Hit{Distance: h.Distance}, Hit{Distance: last.Distance}) <= 0 {
			n++
		}
	}
	return float64(min(n, len(truth))) / float64(len(truth))
}

// sampleSeed makes every measurement of the same rows the same.
const sampleSeed = 0x5e67e

// sample draws up to n versions that a snapshot sees, spread over the view's blocks by their size.
func (v *view) sample(n int, seq uint64) []place {
	total := 0
	var blocks []*block
	for _, s := range v.segments {
		blocks = append(blocks, s.block)
	}
	blocks = append(blocks, v.chunks...)
	for _, b := range blocks {
		total += b.len()
	}
	if total == 0 {
		return nil
	}
	rng := rand.New(rand.NewPCG(sampleSeed, uint64(total)))
	seen := make(map[place]bool)
	var out []place
	for tries := 0; len(out) < n && tries < 8*n; tries++ {
		p := placeAt(blocks, rng.IntN(total))
		if !seen[p] && p.b.visible(p.i, seq) {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// placeAt is the i-th version of blocks, which have more.
func placeAt(blocks []*block, i int) place {
	for _, b := range blocks {
		if i < b.len() {
			return place{b, i}
		}
		i -= b.len()
	}
	return place{}
}
