package relation

import (
	"context"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/faiss"
)

// RecallQuestion is what to measure: the K nearest of so many rows at a recall, or with an index USING faiss at its tuning.
type RecallQuestion struct {
	Metric     plan.Metric
	Recall     float64
	Queries, K int
	Tuning     faiss.Tuning
}

// MeasureRecall compares a vector index's answers at a recall, or FAISS's, with the exact ones, of rows as they are at the
// last commit. An index that this transaction has made, and not committed, has none to compare, nor has one of bits or of
// sparse vectors.
func (db *Database) MeasureRecall(ctx context.Context, t *catalog.Table, ix *catalog.Index, q RecallQuestion) (
	vector.RecallReport, error,
) {
	col := columnOf(t, ix)
	index := db.vectors.get(col)
	if index == nil {
		return vector.RecallReport{K: q.K, Recall: 1, Worst: 1}, nil
	}
	var other func(context.Context, vector.Query) (vector.Result, error)
	if x := db.faiss.get(ix.ID); x != nil {
		other = func(ctx context.Context, query vector.Query) (vector.Result, error) {
			if r, ok, err := x.answer(ctx, index, query, q.Tuning); ok || err != nil {
				return r, err
			}
			query.Recall = 1
			return index.Search(ctx, query)
		}
	}
	snap := db.snapshot()
	defer db.dropSnapshot(snap)
	report, err := index.MeasureRecallOf(ctx, q.Queries, vector.Query{K: q.K, Metric: metrics[q.Metric], Recall: q.Recall, Seq: snap.seq,
		Source: vectorSource{storage.NewView(snap.Snapshot, nil), col}}, other)
	if err != nil {
		return report, fmt.Errorf("measure the recall of %s: %w", ix.Name, err)
	}
	return report, nil
}
