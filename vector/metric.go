package vector

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/vector/kernel"
)

// Metric names a distance between two vectors; smaller is nearer for all of them. The definitions
// are pgvector's, so that an answer does not depend on whether an index served it.
type Metric uint8

const (
	// Cosine is 1 - a·b/(|a||b|), the quotient clamped to [-1, 1]: pgvector's <=>. It is NaN when
	// either vector is zero, and NaN sorts after every number, as it does in Postgres.
	Cosine Metric = iota
	// InnerProduct is -(a·b): pgvector's <#>.
	InnerProduct
	// L2 is sqrt(Σ(a-b)²): pgvector's <->.
	L2
	// L1 is Σ|a-b|: pgvector's <+>.
	L1
	// Hamming is the number of bits that differ: pgvector's <~>. It is of BitRows alone, as Jaccard is.
	Hamming
	// Jaccard is 1 less the share of the bits set in both among those set in either, 1 where none is in both: pgvector's <%>.
	Jaccard
)

// String returns the metric's name as it appears in EXPLAIN and in pgvector's operator classes.
func (m Metric) String() string {
	switch m {
	case Cosine:
		return "cosine"
	case InnerProduct:
		return "ip"
	case L2:
		return "l2"
	case L1:
		return "l1"
	case Hamming:
		return "hamming"
	case Jaccard:
		return "jaccard"
	}
	return fmt.Sprintf("Metric(%d)", uint8(m))
}

// Distance returns the distance of a and b, which have the same length. It accumulates in float64,
// eight interleaved partial sums added pairwise at the end, so that the answer is the same on every
// machine; pgvector accumulates in float32 and differs from it after the sixth digit. Search reports
// exactly these values.
func Distance(m Metric, a, b []float32) float64 {
	switch m {
	case Cosine:
		return cosineDistance(dot64(a, b), Norm(a), Norm(b))
	case InnerProduct:
		return -dot64(a, b)
	case L2:
		return math.Sqrt(kernel.Sum(kernel.SquaredL2, a, b))
	case L1:
		return kernel.Sum(kernel.L1, a, b)
	}
	return math.NaN()
}

// Norm returns the Euclidean length of a in float64, summed in Distance's order.
func Norm(a []float32) float64 { return math.Sqrt(dot64(a, a)) }

// CosineDistance is Distance(Cosine, a, b) of vectors whose norms are known.
func CosineDistance(a, b []float32, normA, normB float64) float64 {
	return cosineDistance(dot64(a, b), normA, normB)
}

// cosineDistance finishes a cosine distance from its three sums.
func cosineDistance(dot, normA, normB float64) float64 {
	if normA == 0 || normB == 0 {
		return math.NaN()
	}
	similarity := dot / max(normA, normB) / min(normA, normB) // the same number with a and b exchanged
	if similarity > 1 {
		similarity = 1
	} else if similarity < -1 {
		similarity = -1
	}
	return 1 - similarity
}

// dot64 returns a·b.
func dot64(a, b []float32) float64 { return kernel.Sum(kernel.Dot, a, b) }
