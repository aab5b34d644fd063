package exec

import (
	"context"
	"math"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Alignment finds stretches of two tracks that run alike: chains of windows, one after the other in both, whose vectors are
// similar. It is the local alignment of Smith and Waterman ("Identification of common molecular subsequences", 1981) over
// the matrix of similarities, with the moves that Serrà, Serra and Andrzejak allow for a difference in tempo ("Cross
// recurrence quantification for cover song identification", 2009): one window on in both tracks, or two in one of them.
// Where they count recurrences of chroma, a cell counts here by how far its similarity is above what the tracks have in
// common everywhere. Further stretches are found as Waterman and Eggert do ("A new algorithm for best subsequence
// alignments", 1987): the cells of a stretch, and here those beside them too, are taken out, and the matrix is gone over
// again.

const (
	maxStretches   = 10
	maxAlignCells  = 1 << 25 // 128 MiB of similarities: two tracks of six hours have 19 million at five seconds a window
	stretchPenalty = 0.25    // of a move that is two windows in one track
	worstCell      = -1.0    // no cell takes away more than a perfect one gives
	beside         = 2       // windows of either track that a stretch keeps others away
)

// alignedTrack is one track's windows, in order of time.
type alignedTrack struct {
	from, to []float64
	vectors  [][]float32 // of unit length
}

// alignment is the matrix of two tracks.
type alignment struct {
	a, b  *alignedTrack
	cells []float32 // by a's window, then by b's; NaN is taken out
	best  []float32 // of a chain that ends here
	moves []byte    // by which the best chain came here, 0 where it begins
}

// moves of a chain: windows of a, windows of b, and what it costs.
var alignMoves = [...]struct {
	a, b    int
	penalty float32
}{{1, 1, 0}, {2, 1, stretchPenalty}, {1, 2, stretchPenalty}}

// stretchPair is one result.
type stretchPair struct{ aFrom, aTo, bFrom, bTo, score float64 }

// align gives the stretches of two tracks.
func (s *segmentScan) align(ctx context.Context, a, b datum.Datum) error {
	s.result()
	first, err := s.track(ctx, a)
	if err != nil {
		return err
	}
	second, err := s.track(ctx, b)
	if err != nil {
		return err
	}
	list, err := alignTracks(ctx, first, second)
	for _, p := range list {
		s.emit(datum.NewFloat(p.aFrom), datum.NewFloat(p.aTo), datum.NewFloat(p.bFrom), datum.NewFloat(p.bTo), datum.NewFloat(p.score))
	}
	return err
}

// track reads the segments of one track.
func (s *segmentScan) track(ctx context.Context, key datum.Datum) (*alignedTrack, error) {
	it, err := s.scan(ctx, key, []int{catalog.SegmentFrom, catalog.SegmentTo, catalog.SegmentVector}, false)
	if err != nil {
		return nil, err
	}
	out := &alignedTrack{}
	return out, eachBatch(ctx, it, func(batch *datum.Batch) error {
		for i := range batch.Rows {
			out.from, out.to = append(out.from, batch.Cols[0].F[i]), append(out.to, batch.Cols[1].F[i])
			out.vectors = append(out.vectors, unit(batch.Cols[2].Get(i).Vector()))
		}
		return nil
	})
}

// unit is a copy of v at unit length; float16 has rounded it.
func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	if length := math.Sqrt(sum); length > 0 {
		for i, x := range v {
			out[i] = float32(float64(x) / length)
		}
	}
	return out
}

// alignTracks finds up to maxStretches, best first.
func alignTracks(ctx context.Context, a, b *alignedTrack) ([]stretchPair, error) {
	cells := len(a.from) * len(b.from)
	if cells == 0 {
		return nil, nil
	}
	if cells > maxAlignCells {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "tracks of %d and %d segments are too long to be aligned",
			len(a.from), len(b.from))
	}
	m := &alignment{a: a, b: b, cells: make([]float32, cells), best: make([]float32, cells), moves: make([]byte, cells)}
	if err := m.compare(ctx); err != nil {
		return nil, err
	}
	m.score(m.threshold())
	var out []stretchPair
	for len(out) < maxStretches {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		end, score := m.chain()
		if score <= 0 {
			break
		}
		pair, windows := m.takeOut(end)
		if windows > 1 || min(len(a.from), len(b.from)) == 1 {
			out = append(out, pair)
		}
		if windows == 1 && len(out) > 0 { // what follows is no better
			break
		}
	}
	return out, nil
}

// compare fills the matrix with similarities.
func (m *alignment) compare(ctx context.Context) error {
	n := len(m.b.from)
	for i, v := range m.a.vectors {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for j, w := range m.b.vectors {
			sum := float32(0)
			for d, x := range v {
				sum += x * w[d]
			}
			m.cells[i*n+j] = sum
		}
	}
	return nil
}

// threshold is the similarity from which windows count as alike: halfway between what any two windows of the tracks have in
// common (the median of the matrix) and what each has with its best match in the other. What is as good as the same counts
// however alike everything is, so that a loop is found in itself.
func (m *alignment) threshold() float32 {
	n := len(m.b.from)
	sorted := slices.Clone(m.cells)
	slices.Sort(sorted)
	common := sorted[len(sorted)/2]
	rows, cols := make([]float32, len(m.a.from)), make([]float32, n)
	for i, x := range m.cells {
		rows[i/n], cols[i%n] = max(rows[i/n], x), max(cols[i%n], x)
	}
	return min(max(common+(min(mean(rows), mean(cols))-common)/2, common+0.05), 0.97)
}

func mean(list []float32) float32 {
	sum := 0.0
	for _, x := range list {
		sum += float64(x)
	}
	return float32(sum / float64(len(list)))
}

// score makes similarities the gain of a cell: 1 is the same, 0 as alike as the threshold.
func (m *alignment) score(threshold float32) {
	for i, x := range m.cells {
		m.cells[i] = max((x-threshold)/(1-threshold), worstCell)
	}
}

// chain finds the best chain that the matrix has: its last cell, and its score; 0 when there is none.
func (m *alignment) chain() (end int, score float32) {
	n := len(m.b.from)
	for at, gain := range m.cells {
		m.best[at], m.moves[at] = 0, 0
		if gain != gain { // taken out
			continue
		}
		i, j := at/n, at%n
		before, move := float32(0), byte(0)
		for k, by := range alignMoves {
			if i < by.a || j < by.b {
				continue
			}
			if x := m.best[(i-by.a)*n+j-by.b] - by.penalty; x > before {
				before, move = x, byte(k+1)
			}
		}
		if total := before + gain; total > 0 {
			m.best[at], m.moves[at] = total, move
			if total > score {
				end, score = at, total
			}
		}
	}
	return end, score
}

// takeOut gives the chain that ends at a cell, and how many windows it has, and takes its cells and those beside them out of
// the matrix.
func (m *alignment) takeOut(end int) (stretchPair, int) {
	n := len(m.b.from)
	out := stretchPair{aTo: m.a.to[end/n], bTo: m.b.to[end%n]}
	var path []int
	for at := end; ; {
		path = append(path, at)
		out.score += max(float64(m.cells[at]), 0) * (m.a.to[at/n] - m.a.from[at/n])
		if m.moves[at] == 0 {
			break
		}
		by := alignMoves[m.moves[at]-1]
		at -= by.a*n + by.b
	}
	start := path[len(path)-1]
	out.aFrom, out.bFrom = m.a.from[start/n], m.b.from[start%n]
	taken := float32(math.NaN())
	for _, at := range path {
		i, j := at/n, at%n
		for x := max(i-beside, 0); x <= min(i+beside, len(m.a.from)-1); x++ {
			m.cells[x*n+j] = taken
		}
		for y := max(j-beside, 0); y <= min(j+beside, n-1); y++ {
			m.cells[i*n+y] = taken
		}
	}
	return out, len(path)
}
