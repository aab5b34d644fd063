package vector

import (
	"fmt"
	"math"
	"sync/atomic"

	"github.com/seguedb/segue/vector/kernel"
)

// signLists is a segment's lists: its versions lie list by list, each around a centroid, and each version has a code of
// one bit. It points into the file.
type signLists struct {
	lists     []signList
	padded    int       // numbers of a rotated vector
	centroids []float32 // rotated, padded each
	signs     []uint64  // in blocks of kernel.SignBlock, each of one list, and so the factors
	factors   []float32
	norms     normRange // of the versions
	tuning    tuning
	cells     signCells

	// The centroids' byte codes and steps, made when the file is opened: an approximate plan orders lists by them, for a
	// quarter of the memory traffic.
	codes []uint8
	steps []float32

	// shy is how many of the exact searches to come look into the first lists without asking their codes of one bit.
	shy atomic.Int32
}

// signList is one list, and what bounds all of its codes at once.
type signList struct {
	centroid []float32
	block    int // its first
	first    int // version
	n        int
	cell     int // its first
	cells    int
	length   float64 // |Pc|, rounded up
	square   float64 // |Pc|²
	radius   float64 // the largest |u|
	loose    float64 // λ of signs.go
	maxBase  float64
	minNorm  float64
	maxNorm  float64
}

// words is the number of words of a code.
func (s *signLists) words() int { return s.padded / 64 }

// entries returns the codes and the factors of n entries of a list from one on, which begins a block.
func (s *signLists) entries(l *signList, from, n int) (signs []uint64, factors []float32) {
	first := l.block + from/kernel.SignBlock
	last := first + (n+kernel.SignBlock-1)/kernel.SignBlock
	const f = kernel.SignBlock * kernel.SignFactors
	return s.signs[first*kernel.SignBlock*s.words() : last*kernel.SignBlock*s.words()], s.factors[first*f : last*f]
}

// signSections are the sections of a segment's lists: all or none are in a file.
var signSections = []sectionKind{sectionCentroids, sectionLists, sectionOrder, sectionSigns, sectionFactors, sectionTuning,
	sectionCells, sectionCellCodes}

// decodeLists checks the sections of a segment's lists and returns them and the order of its versions by row, or nil
// where the file has none.
func decodeLists(sections map[sectionKind][]byte, n, dim int) (*signLists, []uint32, error) {
	have := 0
	for _, kind := range signSections {
		if sections[kind] != nil {
			have++
		}
	}
	if have == 0 {
		return nil, nil, nil
	}
	if sections[sectionMarks] == nil {
		return nil, nil, fmt.Errorf("%w: lists without byte codes", ErrCorrupt)
	}
	counts, cells, err := decodeCounts(sections[sectionLists])
	if err != nil {
		return nil, nil, err
	}
	s := &signLists{padded: paddedDim(dim)}
	blocks, err := s.layOut(counts, n)
	if err != nil {
		return nil, nil, err
	}
	lanes := blocks * kernel.SignBlock
	for kind, want := range map[sectionKind]int{sectionCentroids: 4 * s.padded * len(counts), sectionOrder: 4 * n,
		sectionSigns: lanes * s.padded / 8, sectionFactors: lanes * kernel.SignFactors * 4, sectionTuning: tuningBytes} {
		if len(sections[kind]) != want {
			return nil, nil, fmt.Errorf("%w: section %d has %d bytes for %d lists", ErrCorrupt, kind, len(sections[kind]), len(counts))
		}
	}
	s.centroids = viewOf[float32](sections[sectionCentroids])
	s.signs, s.factors = viewOf[uint64](sections[sectionSigns]), viewOf[float32](sections[sectionFactors])
	if err := s.tuning.decode(sections[sectionTuning]); err != nil {
		return nil, nil, err
	}
	if err := s.cells.decode(s.lists, cells, viewOf[uint32](sections[sectionCells]), sections[sectionCellCodes], s.padded); err != nil {
		return nil, nil, err
	}
	order := viewOf[uint32](sections[sectionOrder])
	if err := checkOrder(order); err != nil {
		return nil, nil, err
	}
	s.measure(viewOf[float32](sections[sectionMarks]), viewOf[float64](sections[sectionNorms]))
	return s, order, nil
}

// decodeCounts reads the lists' numbers of versions and of cells.
func decodeCounts(data []byte) (versions, cells []uint32, err error) {
	counts := viewOf[uint32](data)
	if len(data)%8 != 0 {
		return nil, nil, fmt.Errorf("%w: %d bytes of lists", ErrCorrupt, len(data))
	}
	for i := 0; i < len(counts); i += 2 {
		versions, cells = append(versions, counts[i]), append(cells, counts[i+1])
	}
	return versions, cells, nil
}

// layOut makes the lists from their lengths.
func (s *signLists) layOut(counts []uint32, n int) (blocks int, err error) {
	total := 0
	for _, count := range counts {
		s.lists = append(s.lists, signList{block: blocks, first: total, n: int(count)})
		blocks += (int(count) + kernel.SignBlock - 1) / kernel.SignBlock
		if total += int(count); total > n {
			break
		}
	}
	if total != n {
		return 0, fmt.Errorf("%w: lists of %d versions in a segment of %d", ErrCorrupt, total, n)
	}
	return blocks, nil
}

// checkOrder sees that every version has a place in the order, once.
func checkOrder(order []uint32) error {
	seen := make([]uint64, (len(order)+63)/64)
	for i, v := range order {
		if int(v) >= len(order) || seen[v/64]>>(v%64)&1 != 0 {
			return fmt.Errorf("%w: version %d at %d in the order", ErrCorrupt, v, i)
		}
		seen[v/64] |= 1 << (v % 64)
	}
	return nil
}

// measure finds what bounds each list, by the versions' marks and norms too, and the norms.
func (s *signLists) measure(marks []float32, norms []float64) {
	s.codes, s.steps = make([]uint8, len(s.centroids)), make([]float32, len(s.lists))
	for i := range s.lists {
		l := &s.lists[i]
		l.centroid = s.centroids[i*s.padded : (i+1)*s.padded : (i+1)*s.padded]
		s.steps[i], _ = encode(s.codes[i*s.padded:(i+1)*s.padded], l.centroid)
		l.square = dot64(l.centroid, l.centroid)
		l.length = math.Sqrt(l.square) * (1 + 1e-9)
		_, factors := s.entries(l, 0, l.n)
		l.measure(factors, float64(s.padded), &s.norms)
		for v := l.first; v < l.first+l.n; v++ {
			if loose := looseness(marks[kernel.HalfMarks*v+1], norms[v]); loose <= maxLoose { // else its code says nothing
				l.loose = max(l.loose, loose)
			}
		}
	}
}

// normRange is what the norms of a segment's versions have in common.
type normRange struct {
	least, most, sum float64
	n                int
}

func (r *normRange) add(norm float64) {
	if r.n == 0 {
		r.least = norm
	}
	r.least, r.most = min(r.least, norm), max(r.most, norm)
	r.sum += norm
	r.n++
}

// mean is their mean, or 1 where that is no number to divide by.
func (r *normRange) mean() float64 {
	if mean := r.sum / float64(r.n); mean > 0 && !math.IsInf(mean, 0) {
		return mean
	}
	return 1
}

// even says that the versions are about as long as each other.
func (r *normRange) even() bool { return r.most <= 1.05*r.least }

// nearKey orders lists and cells for a query, nearest first, by its product with a centre and the centre's square. scale
// is the mean norm over the query's: cosine does not care for lengths, and asks as a vector of the usual one. Where
// versions are of one length the largest product is the nearest, which the centres' squares then tell better.
func (r *normRange) nearKey(m Metric, product, square, scale float64) float64 {
	switch {
	case m == Cosine || m == InnerProduct && r.even():
		return square - 2*product*scale
	case m == InnerProduct:
		return -product
	default:
		return square - 2*product
	}
}

// measure adds the list's norms to those of all. A code that says nothing has a radius without end, and so the list.
func (l *signList) measure(factors []float32, d float64, norms *normRange) {
	l.minNorm, l.maxBase = math.Inf(1), math.Inf(-1)
	for e := range l.n {
		f := factors[e/kernel.SignBlock*kernel.SignBlock*kernel.SignFactors+e%kernel.SignBlock:]
		norm, base := float64(f[0]), float64(f[kernel.SignBlock])
		along, rest := float64(f[2*kernel.SignBlock]), float64(f[3*kernel.SignBlock])
		square := along*along*d + rest*rest
		radius := math.Sqrt(square) * (1 + 1e-6)
		if along < 1e-30 { // so small that it was rounded off its mark, and αb and the rest need not be at right angles
			radius = along*math.Sqrt(d) + rest
		}
		l.radius = max(l.radius, radius)
		l.minNorm, l.maxNorm, l.maxBase = min(l.minNorm, norm), max(l.maxNorm, norm), max(l.maxBase, base)
		norms.add(norm)
	}
}

// paddedDim is the number of bits of a code.
func paddedDim(dim int) int { return (dim + 63) / 64 * 64 }
