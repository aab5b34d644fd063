package vector

import (
	"fmt"
	"math"
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
		return math.Sqrt(squaredL2of64(a, b))
	case L1:
		return l1of64(a, b)
	}
	return math.NaN()
}

// Norm returns the Euclidean length of a in float64, summed in Distance's order.
func Norm(a []float32) float64 { return math.Sqrt(dot64(a, a)) }

// cosineDistance finishes a cosine distance from its three sums.
func cosineDistance(dot, normA, normB float64) float64 {
	if normA == 0 || normB == 0 {
		return math.NaN()
	}
	similarity := dot / normA / normB
	if similarity > 1 {
		similarity = 1
	} else if similarity < -1 {
		similarity = -1
	}
	return 1 - similarity
}

// pairwise adds the eight partial sums of the functions below.
func pairwise(s *[8]float64) float64 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// dot64 returns a·b. The conversions around each product forbid fusing it with the sum (Go
// specification, "Floating-point operators"), which some architectures would do.
func dot64(a, b []float32) float64 {
	var s [8]float64
	i := 0
	for ; i+8 <= len(a); i += 8 {
		x, y := (*[8]float32)(a[i:]), (*[8]float32)(b[i:])
		s[0] += float64(float64(x[0]) * float64(y[0]))
		s[1] += float64(float64(x[1]) * float64(y[1]))
		s[2] += float64(float64(x[2]) * float64(y[2]))
		s[3] += float64(float64(x[3]) * float64(y[3]))
		s[4] += float64(float64(x[4]) * float64(y[4]))
		s[5] += float64(float64(x[5]) * float64(y[5]))
		s[6] += float64(float64(x[6]) * float64(y[6]))
		s[7] += float64(float64(x[7]) * float64(y[7]))
	}
	for ; i < len(a); i++ {
		s[i%8] += float64(float64(a[i]) * float64(b[i]))
	}
	return pairwise(&s)
}

// squaredL2of64 returns Σ(a-b)².
func squaredL2of64(a, b []float32) float64 {
	var s [8]float64
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		s[i%8] += float64(d * d)
	}
	return pairwise(&s)
}

// l1of64 returns Σ|a-b|.
func l1of64(a, b []float32) float64 {
	var s [8]float64
	for i := range a {
		s[i%8] += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return pairwise(&s)
}
