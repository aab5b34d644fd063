package relation

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
)

// reindex builds indexes again, out of the rows: under new numbers, so that a rollback finds the old ones. The vector
// operator's segments are not among them: they are a cache that is checked, and made again where it does not hold.
func (s *Stmt) reindex(ctx context.Context, r *plan.Reindex) error {
	if err := s.defineUnder(ctx, Share, r.Tables...); err != nil {
		return err
	}
	for _, t := range r.Tables {
		fresh, gone := *t, dropped{}
		fresh.Indexes = slices.Clone(t.Indexes)
		for i := range fresh.Indexes {
			ix := &fresh.Indexes[i]
			if !keepsEntries(ix) && ix.Method != "faiss" || r.Index != catalog.OID(0) && ix.OID != r.Index {
				continue
			}
			gone.indexes = append(gone.indexes, ix.ID)
			s.renumberIndex(ix)
			if !keepsEntries(ix) {
				continue // the commit makes it
			}
			if err := s.fillIndex(ctx, &fresh, ix); err != nil {
				return err
			}
		}
		s.dropped = append(s.dropped, gone)
		if err := put(s, &fresh); err != nil {
			return err
		}
	}
	return nil
}
