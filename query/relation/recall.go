package relation

import (
	"context"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/vector"
)

// MeasureRecall compares a vector index's answers at a recall with the exact ones, for the k nearest of so many of its
// rows, as they are at the last commit. An index that this transaction has made, and not committed, has none to compare.
func (db *Database) MeasureRecall(ctx context.Context, t *catalog.Table, ix *catalog.Index, metric plan.Metric,
	recall float64, queries, k int,
) (vector.RecallReport, error) {
	index := db.vectors.get(vectorColumn{t.ID, ix.Keys[0].AttNum})
	if index == nil {
		return vector.RecallReport{K: k, Recall: 1, Worst: 1}, nil
	}
	report, err := index.MeasureRecall(ctx, queries, k, metrics[metric], recall)
	if err != nil {
		return report, fmt.Errorf("measure the recall of %s: %w", ix.Name, err)
	}
	return report, nil
}
