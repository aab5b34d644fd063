package catalog

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"github.com/seguedb/segue/query/datum"
)

// What ANALYZE keeps of a vector column: so many of its vectors, and the neighbourhood of each vector of a column of no more
// than CalibrationKnown, which takes half a second there. CalibrationBytes bounds the sample of very long vectors.
const (
	CalibrationRows       = 1000
	CalibrationBytes      = 8 << 20
	CalibrationNeighbours = 10
	CalibrationKnown      = 10_000
	calibrationMemo       = 200_000
)

// Measure is how vectors are compared: the norm of one, and the similarity of two of known norms, which is NaN where one is
// zero. It agrees to the last bit with the functions of SQL.
type Measure struct {
	Norm       func(v []float32) float64
	Similarity func(a, b []float32, normA, normB float64) float64
}

// Calibration says what similarities mean in a vector column: a sample of its vectors, and what was found out from them. It
// is of the time of ANALYZE, and a pure function of what was sampled then: rows that came later are measured by it as well.
// Everything but the memo of Neighbourhood is never written after it was made.
type Calibration struct {
	Type      *datum.Type
	Dims      int
	ModelHash string  // of the model that filled the column, "" when that is not known
	Vectors   float64 // of the column
	Whole     bool    // the sample is all of them
	Sample    [][]float32
	// Mean and Deviation are of the similarities of two of the sample, Neighbour is the mean of the sample's neighbourhoods and
	// Floor their lower quartile.
	Mean, Deviation, Neighbour, Floor float64
	// Skew and AntiHubs tell of hubs in the sample: the skewness of how often a vector is among the nearest ten of another, and
	// the share of those that never are; once by similarity, and once corrected.
	Skew, AntiHubs [2]float64

	measure Measure
	norms   []float64
	mu      sync.Mutex
	known   map[uint64]float64 // neighbourhoods by the vectors' hash
}

// SampleSize is how many vectors of so many dimensions a sample holds.
func SampleSize(dims int) int {
	return min(CalibrationRows, max(CalibrationBytes/(4*max(dims, 1)), 32))
}

// Calibrate makes a column's Calibration from a sample, which it keeps; nil when the sample has no vector but zero ones.
// stop is asked now and then, and ends it with its error.
func Calibrate(m Measure, col *Column, sample [][]float32, vectors float64, whole bool, stop func() error) (*Calibration, error) {
	c := &Calibration{Type: col.Type, ModelHash: col.ModelHash, Vectors: vectors, Whole: whole, measure: m,
		known: map[uint64]float64{}}
	for _, v := range sample {
		if n := m.Norm(v); n > 0 {
			c.Sample, c.norms = append(c.Sample, v), append(c.norms, n)
		}
	}
	if len(c.Sample) == 0 {
		return nil, nil
	}
	c.Dims = len(c.Sample[0])
	pairs, err := c.pairs(stop)
	if err != nil {
		return nil, err
	}
	c.summarise(pairs)
	return c, nil
}

// pairs are the similarities of the sample's vectors to each other, row by row.
func (c *Calibration) pairs(stop func() error) ([]float64, error) {
	n := len(c.Sample)
	out := make([]float64, n*n)
	for i := range n {
		if err := stop(); err != nil {
			return nil, err
		}
		for j := i; j < n; j++ {
			s := c.measure.Similarity(c.Sample[i], c.Sample[j], c.norms[i], c.norms[j])
			out[i*n+j], out[j*n+i] = s, s
		}
	}
	return out, nil
}

func (c *Calibration) summarise(pairs []float64) {
	n := len(c.Sample)
	var sum, squares float64
	near := make([]float64, n)
	for i, v := range c.Sample {
		row := pairs[i*n : (i+1)*n]
		for j, s := range row {
			if j != i {
				sum, squares = sum+s, squares+s*s
			}
		}
		near[i] = c.mean(v, row)
		c.Neighbour += near[i] / float64(n)
		c.known[hashVector(v)] = near[i]
	}
	if count := float64(n * (n - 1)); count > 0 {
		c.Mean = sum / count
		c.Deviation = math.Sqrt(max(squares/count-c.Mean*c.Mean, 0))
	}
	c.Floor = slices.Sorted(slices.Values(near))[n/4]
	c.Skew[0], c.AntiHubs[0] = hubness(n, func(i, j int) float64 { return pairs[i*n+j] })
	c.Skew[1], c.AntiHubs[1] = hubness(n, func(i, j int) float64 { return pairs[i*n+j] - max(near[j], c.Floor)/2 })
}

// mean is that of the greatest similarities to members of the sample that are other vectors; 0 where there are none.
func (c *Calibration) mean(v []float32, similarities []float64) float64 {
	var top [CalibrationNeighbours]float64
	k := 0
	for i, s := range similarities {
		if k == len(top) && s <= top[k-1] || s > 1-1e-6 && slices.Equal(v, c.Sample[i]) {
			continue
		}
		if k < len(top) {
			k++
		}
		at := k - 1
		for ; at > 0 && top[at-1] < s; at-- {
			top[at] = top[at-1]
		}
		top[at] = s
	}
	sum := 0.0
	for _, s := range top[:k] {
		sum += s
	}
	return sum / float64(max(k, 1))
}

// Neighbourhood is how close others come to a vector: the mean of its similarities to the CalibrationNeighbours nearest
// vectors of the sample that are not the same as it. NaN for the zero vector.
func (c *Calibration) Neighbourhood(v []float32) float64 {
	h := hashVector(v)
	c.mu.Lock()
	r, ok := c.known[h]
	c.mu.Unlock()
	if ok {
		return r
	}
	norm := c.measure.Norm(v)
	if norm == 0 {
		return math.NaN()
	}
	similarities := make([]float64, len(c.Sample))
	for i, s := range c.Sample {
		similarities[i] = c.measure.Similarity(v, s, norm, c.norms[i])
	}
	r = c.mean(v, similarities)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) < calibrationMemo {
		c.known[h] = r
	}
	return r
}

// hashVector is of a vector's bytes as rows keep them. They are read where they lie, on machines of that order: the copy costs
// ten times the hash.
func hashVector(v []float32) uint64 {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		return xxhash.Sum64(datum.AppendElements(nil, datum.Vector, v))
	}
	return xxhash.Sum64(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v)))
}

// Similarities are those of a query to the sample, rising; none for the zero vector.
func (c *Calibration) Similarities(query []float32) []float64 {
	norm := c.measure.Norm(query)
	if norm == 0 {
		return nil
	}
	out := make([]float64, len(c.Sample))
	for i, s := range c.Sample {
		out[i] = c.measure.Similarity(query, s, norm, c.norms[i])
	}
	slices.Sort(out)
	return out
}

// Percent is similarity_pct: of all rows but one where the sample is the whole column, as percent_rank has it, and else of the
// sampled ones, how many percent are less similar to the query than s; below are a query's Similarities.
func (c *Calibration) Percent(below []float64, s float64) float64 {
	if math.IsNaN(s) || len(below) == 0 {
		return math.NaN()
	}
	less, _ := slices.BinarySearch(below, s)
	return c.percent(less)
}

func (c *Calibration) percent(less int) float64 {
	of := len(c.Sample)
	if c.Whole {
		of--
	}
	return 100 * min(float64(less)/float64(max(of, 1)), 1)
}

// DistanceBelow is the inverse: just the rows of a smaller cosine distance than it have a Percent above pct, or at it where
// that is wanted too. It is exact, since 1 - distance is, too.
func (c *Calibration) DistanceBelow(below []float64, pct float64, orEqual bool) float64 {
	for less := 0; less <= len(below); less++ {
		if p := c.percent(less); p < pct || p == pct && !orEqual || math.IsNaN(pct) {
			continue
		}
		if less == 0 {
			return math.Inf(1)
		}
		return 1 - below[less-1]
	}
	return math.Inf(-1)
}

// hubness counts how often each of n is among the nearest of the others, and returns the counts' skewness and the share of
// zeros (Radovanović, Nanopoulos and Ivanović, "Hubs in space", JMLR 2010).
func hubness(n int, similarity func(i, j int) float64) (skew, never float64) {
	counts := make([]float64, n)
	k := min(CalibrationNeighbours, n-1)
	others := make([]int, 0, n)
	row := make([]float64, n)
	for i := range n {
		others = others[:0]
		for j := range n {
			if row[j] = similarity(i, j); j != i {
				others = append(others, j)
			}
		}
		slices.SortFunc(others, func(a, b int) int {
			switch {
			case row[a] > row[b]:
				return -1
			case row[a] < row[b]:
				return 1
			}
			return a - b
		})
		for _, j := range others[:max(k, 0)] {
			counts[j]++
		}
	}
	return skewness(counts), share(counts, 0)
}

func skewness(counts []float64) float64 {
	var mean, m2, m3 float64
	for _, x := range counts {
		mean += x / float64(len(counts))
	}
	for _, x := range counts {
		m2, m3 = m2+(x-mean)*(x-mean)/float64(len(counts)), m3+math.Pow(x-mean, 3)/float64(len(counts))
	}
	if m2 == 0 {
		return 0
	}
	return m3 / math.Pow(m2, 1.5)
}

func share(counts []float64, value float64) float64 {
	n := 0.0
	for _, x := range counts {
		if x == value {
			n++
		}
	}
	return n / float64(max(len(counts), 1))
}
