package exec

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/datum"
)

// restScan is the rows without a distance, once the others have been given.
type restScan struct {
	*scan
	given *roaring64.Bitmap
	left  int // rows still wanted, -1 for all
}

// withoutDistance gives the rows that NullsLast adds: those of the filter that the search did not find.
func (s *vectorSearch) withoutDistance(ctx context.Context) (*datum.Batch, error) {
	if s.rest == nil {
		return nil, nil
	}
	if s.rest.given == nil {
		if err := s.startRest(ctx); err != nil {
			return nil, err
		}
	}
	for s.rest.left != 0 {
		b, err := s.rest.Next(ctx)
		if err != nil || b == nil {
			return nil, err
		}
		ids := b.Cols[len(b.Cols)-1].I
		var rows []int
		for i, id := range ids {
			if s.rest.left >= 0 && len(rows) == s.rest.left {
				break
			}
			if !s.rest.given.Contains(uint64(id)) {
				rows = append(rows, i)
			}
		}
		if len(rows) == 0 {
			continue
		}
		if s.rest.left > 0 {
			s.rest.left -= len(rows)
		}
		b = b.Gather(rows)
		return s.output(b, b.Cols[len(b.Cols)-1].I, nulls(datum.Float8, b.Rows)), nil
	}
	return nil, nil
}

func (s *vectorSearch) startRest(ctx context.Context) error {
	s.rest.given, s.rest.left = roaring64.New(), s.wanted
	for _, id := range s.result.Rows {
		s.rest.given.Add(uint64(id))
	}
	if s.wanted >= 0 {
		s.rest.left = max(0, s.wanted-len(s.result.Rows))
	}
	if s.rest.left == 0 {
		return nil
	}
	if s.node.Ties { // all of them are as far
		s.rest.left = -1
	}
	return s.rest.Open(ctx)
}
