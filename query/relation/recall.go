package relation

import (
	"context"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// MeasureRecall compares a vector index's answers at a recall with the exact ones, for the k nearest of so many of its
// rows, as they are at the last commit. An index that this transaction has made, and not committed, has none to compare,
// nor has one of bits or of sparse vectors.
func (db *Database) MeasureRecall(ctx context.Context, t *catalog.Table, ix *catalog.Index, metric plan.Metric,
	recall float64, queries, k int,
) (vector.RecallReport, error) {
	col := columnOf(t, ix)
	index := db.vectors.get(col)
	if index == nil {
		return vector.RecallReport{K: k, Recall: 1, Worst: 1}, nil
	}
	snap := db.snapshot()
	defer db.dropSnapshot(snap)
	report, err := index.MeasureRecall(ctx, queries, vector.Query{K: k, Metric: metrics[metric], Recall: recall, Seq: snap.seq,
		Source: vectorSource{storage.NewView(snap.Snapshot, nil), col}})
	if err != nil {
		return report, fmt.Errorf("measure the recall of %s: %w", ix.Name, err)
	}
	return report, nil
}
