package vector

import "errors"

// Source reads vectors from where the owner keeps them, as one snapshot has them: a Query's as of its Seq, without its
// Overlay. It is asked from any goroutine, from several at once by SearchMany.
type Source interface {
	// Vectors calls yield once for each row, with its index in rows, which ascend. The vector is the index's to keep: it
	// must not change afterwards. A row that is not there is an error, and so is whatever keeps it from being read; what
	// yield was not called for is not used.
	Vectors(rows []uint64, yield func(i int, vec []float32)) error
}

// ErrNoSource says that a query must look at vectors that are the owner's to keep (Options.Apart), and names no Source.
var ErrNoSource = errors.New("vector: the query has no source of the vectors that the index leaves to its owner")
