package vector

import "context"

// SearchMany answers every query as Search would, to the last bit, and returns the answers in the order of the
// queries. It is for many at once: the seeds of a join. The first error ends it.
func (ix *Index) SearchMany(ctx context.Context, queries []Query) ([]Result, error) {
	results := make([]Result, len(queries))
	for i := range queries {
		r, err := ix.Search(ctx, queries[i])
		if err != nil {
			return nil, err
		}
		results[i] = r
	}
	return results, nil
}
