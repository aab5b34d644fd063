package vector

import (
	"context"
	"math"
)

// Sparse is a vector of which only the elements that are not zero are there, by rising index.
type Sparse struct {
	Indices []int32
	Values  []float32
}

// SparseRows is sparse vectors as they were at one moment, and for each dimension the rows that have it. A question reads
// what the rows have in its own dimensions, and looks in full at those whose distance may be among the nearest: its answers
// are exact. It does not change once it is filled, and may then be asked from any goroutine.
type SparseRows struct {
	rows    []uint64
	ends    []int // of each row's elements
	all     Sparse
	norms   []float64 // Euclidean lengths
	sums    []float64 // of absolute values
	entries map[int32]*postings
}

// postings are the rows, by place, that have a dimension, and its values.
type postings struct {
	at     []uint32
	values []float32
}

// NewSparseRows returns an empty one.
func NewSparseRows() *SparseRows { return &SparseRows{entries: map[int32]*postings{}} }

// Len is the number of rows.
func (s *SparseRows) Len() int { return len(s.rows) }

// SizeBytes is the memory that it takes.
func (s *SparseRows) SizeBytes() int64 {
	return 16*int64(len(s.all.Indices)) + 32*int64(len(s.rows)) + 96*int64(len(s.entries))
}

// Add appends a row. Rows ascend.
func (s *SparseRows) Add(row uint64, v Sparse) {
	at, sum := uint32(len(s.rows)), 0.0
	for i, index := range v.Indices {
		p := s.entries[index]
		if p == nil {
			p = &postings{}
			s.entries[index] = p
		}
		p.at, p.values = append(p.at, at), append(p.values, v.Values[i])
		sum += math.Abs(float64(v.Values[i]))
	}
	s.rows = append(s.rows, row)
	s.all.Indices, s.all.Values = append(s.all.Indices, v.Indices...), append(s.all.Values, v.Values...)
	s.ends = append(s.ends, len(s.all.Indices))
	s.norms, s.sums = append(s.norms, Norm(v.Values)), append(s.sums, sum)
}

// vec is the vector at a place.
func (s *SparseRows) vec(i int) Sparse {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return Sparse{s.all.Indices[from:s.ends[i]], s.all.Values[from:s.ends[i]]}
}

// Search finds the rows nearest to q: (1) the products, or for L1 the differences, of what both have are summed a row, (2)
// of each row that gives an interval of its distance, and of these the limit that K rows surely keep, (3) rows whose
// interval begins within it are measured. scanned is how many rows it had intervals of, measured how many distances.
func (s *SparseRows) Search(ctx context.Context, q Sparse, a Among) (hits []Hit, scanned, measured int, err error) {
	common := s.overlaps(q, a.Metric)
	norm, sum := Norm(q.Values), 0.0
	for _, x := range q.Values {
		sum += math.Abs(float64(x))
	}
	lows, ends := make([]Hit, 0, len(s.rows)), NewRanking(Among{K: a.K})
	err = a.each(ctx, s.rows, func(i int) {
		lo, hi := sparseInterval(a.Metric, common[i], norm, s.norms[i], sum, s.sums[i])
		lows = append(lows, Hit{uint64(i), lo})
		ends.Add(uint64(i), hi)
	})
	if err != nil {
		return nil, 0, 0, err
	}
	limit := math.Inf(1)
	if most := ends.Hits(); a.K > 0 && len(most) == a.K {
		limit = most[a.K-1].Distance
	}
	if a.HasMax {
		limit = min(limit, sparseLimit(a.Metric, a.MaxDistance))
	}
	found := NewRanking(a)
	for n, low := range lows {
		if n%pieceRows == 0 && ctx.Err() != nil {
			return nil, 0, 0, context.Cause(ctx)
		}
		if low.Distance <= limit {
			measured++
			found.Add(s.rows[low.Row], SparseDistance(a.Metric, q, s.vec(int(low.Row))))
		}
	}
	return found.Hits(), len(lows), measured, nil
}

// overlaps are, a row, the sum over the dimensions that it and q have: of products, or for L1 of what |x - y| is less than
// |x| + |y|.
func (s *SparseRows) overlaps(q Sparse, m Metric) []float64 {
	out := make([]float64, len(s.rows))
	for i, index := range q.Indices {
		p := s.entries[index]
		if p == nil {
			continue
		}
		x := float64(q.Values[i])
		for j, at := range p.at {
			y := float64(p.values[j])
			if m == L1 {
				out[at] += math.Abs(x) + math.Abs(y) - math.Abs(x-y)
			} else {
				out[at] += x * y
			}
		}
	}
	return out
}

// sparseSlack is more than what the roundings of a sum of 16,000 products of float32s in float64, of the norms and of the
// few steps after them come to, as a share of the sum of the terms' sizes: 16,000 · 2^-53 is 1.8e-12.
const sparseSlack = 1e-10

// sparseInterval is what a distance (of L2 its square) surely lies in. By Cauchy and Schwarz the products' sizes sum up to
// no more than the norms' product, and the differences' to no more than twice the sums.
func sparseInterval(m Metric, common, normQ, normR, sumQ, sumR float64) (lo, hi float64) {
	switch m {
	case Cosine:
		if normQ == 0 || normR == 0 {
			return math.Inf(1), math.Inf(1) // NaN, which comes last
		}
		mid := 1 - common/(normQ*normR)
		return mid - sparseSlack, mid + sparseSlack
	case InnerProduct:
		off := normQ * normR * sparseSlack
		return -common - off, -common + off
	case L1:
		off := (sumQ + sumR) * sparseSlack
		return sumQ + sumR - common - off, sumQ + sumR - common + off
	}
	squares := normQ*normQ + normR*normR
	off := squares * sparseSlack
	return squares - 2*common - off, squares - 2*common + off
}

// sparseLimit is a cut-off in the words of sparseInterval.
func sparseLimit(m Metric, distance float64) float64 {
	if m == L2 && distance > 0 {
		return distance * distance * (1 + sparseSlack)
	}
	return distance
}

// SparseDistance is the distance of two sparse vectors. Sums are float64, by rising index; zeros add nothing.
func SparseDistance(m Metric, a, b Sparse) float64 {
	switch m {
	case Cosine:
		return cosineDistance(sparseDot(a, b), Norm(a.Values), Norm(b.Values))
	case InnerProduct:
		return -sparseDot(a, b)
	}
	sum, i, j := 0.0, 0, 0
	for i < len(a.Indices) || j < len(b.Indices) {
		d := 0.0
		switch {
		case j == len(b.Indices) || i < len(a.Indices) && a.Indices[i] < b.Indices[j]:
			d = float64(a.Values[i])
			i++
		case i == len(a.Indices) || a.Indices[i] > b.Indices[j]:
			d = float64(b.Values[j])
			j++
		default:
			d = float64(a.Values[i]) - float64(b.Values[j])
			i, j = i+1, j+1
		}
		if m == L1 {
			sum += math.Abs(d)
		} else {
			sum += float64(d * d)
		}
	}
	if m == L2 {
		return math.Sqrt(sum)
	}
	return sum
}

func sparseDot(a, b Sparse) (sum float64) {
	for i, j := 0, 0; i < len(a.Indices) && j < len(b.Indices); {
		switch x, y := a.Indices[i], b.Indices[j]; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			sum += float64(a.Values[i]) * float64(b.Values[j])
			i, j = i+1, j+1
		}
	}
	return sum
}
