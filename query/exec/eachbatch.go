package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
)

// eachBatch calls fn with every batch that it has left, each valid until fn returns, and closes it.
func eachBatch(ctx context.Context, it RowIter, fn func(*datum.Batch) error) error {
	defer it.Close()
	for {
		b, err := it.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		if err := fn(b); err != nil {
			return err
		}
	}
}
