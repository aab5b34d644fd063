package vector

import "github.com/RoaringBitmap/roaring/v2/roaring64"

// Query is one nearest-rows question. The index only reads it, and keeps nothing of it after Search
// returns.
type Query struct {
	// Vec is the point to search from; its length is the index's dimension.
	Vec    []float32
	Metric Metric
	// K bounds the answer: min(K, matching rows) hits come back. K <= 0 asks for every row within
	// MaxDistance when HasMax is set, and for nothing otherwise.
	K int
	// Seq is the snapshot: deltas with a larger sequence number are not seen, and rows deleted or
	// replaced by them still are.
	Seq uint64
	// Filter, when not nil, is the set of row ids that may be returned, Overlay rows included. It is
	// applied before scoring where it lets few rows through, and then a row outside it costs no
	// distance; where it lets most through, scoring all and dropping the good ones outside is cheaper. It must not change
	// any more: what it says of a segment's rows may be kept for the next query that brings the same bitmap.
	Filter *roaring64.Bitmap
	// Overlay, when not nil, holds the asking transaction's own uncommitted writes.
	Overlay *Overlay
	// Source reads the vectors that the index leaves to its owner, as of Seq. Only an index with Options.Apart asks it.
	Source Source
	// MaxDistance cuts the answer off when HasMax is set: only rows nearer than it are returned, or
	// as near when MaxInclusive is set. A NaN distance is never within a cut-off.
	MaxDistance  float64
	HasMax       bool
	MaxInclusive bool
	// Recall allows an approximate answer: at least this share of the true K nearest, on the average of
	// queries like the index's own rows. 0, and 1 or more, ask for the exact answer, which is always a right
	// one, and is what a cut-off gets. The number of rows is never less than an exact answer's, and their
	// distances are exact.
	Recall float64
	// Workers is the number of goroutines that may scan; less than 2 scans on the caller's. It does
	// not change the answer.
	Workers int
}

// approximate says whether the query allows an answer that is not exact.
func (q *Query) approximate() bool { return q.Recall > 0 && q.Recall < 1 && q.K > 0 && !q.HasMax }

// Hit is one row of an answer.
type Hit struct {
	Row uint64
	// Distance is Distance(Metric, Vec, the row's vector), in float64.
	Distance float64
}

// Result is an answer: hits by distance ascending, NaN last, ties by row id ascending.
type Result struct {
	Hits  []Hit
	Stats SearchStats
}

// SearchStats says what an answer cost, for EXPLAIN (ANALYZE) and metrics.
type SearchStats struct {
	// Scanned is the number of row versions that were scored, by codes or in float32, and Refined the
	// number of those that codes did not rule out and float32 scored again.
	Scanned, Refined int
	// Filtered is the number of row versions the filter or the overlay kept from being scored.
	Filtered int
	// Reranked is the number of distances computed in float64: the candidates' and the overlay's.
	Reranked int
	// Fetched is the number of vectors that were read from the Source.
	Fetched int
	// Prefiltered is the number of row versions whose codes of one bit were scored: those these ruled out are
	// not in Scanned.
	Prefiltered int
	// Lists is the number of a segment's lists that were probed, over all segments.
	Lists int
	// Segments and Chunks are the sealed files and the pieces of the mutable tail visited.
	Segments, Chunks int
	// Exact says that the hits are the true nearest rows. It is false only where Query.Recall allowed an
	// approximate plan and one was used.
	Exact bool
}
