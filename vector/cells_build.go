package vector

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/seguedb/segue/vector/kernel"
)

// defaultCellRows: to rank a cell costs some rankedCodes, and 16 bytes of each of its versions.
const defaultCellRows = 48

// cellsFor is the number of cells of n versions in so many lists: one for every Options.CellRows, up to sixteen times the
// root, beyond which training them would take too long.
func (ix *Index) cellsFor(n, lists int) int {
	return max(lists, min(n/ix.opts.CellRows, int(16*math.Sqrt(float64(n)))))
}

// cellPlan is the cells of a segment to be written, list by list.
type cellPlan struct {
	cells []cellMark
	codes []uint8
	lists []int // the lists' numbers of cells
}

// gather makes lists of trained cells that lie near each other, so that what is near each other in one cell is in one list,
// and lays the cells list by list. It returns each version's cell, and the lists' lengths. A list's centroid is the mean
// of its versions, as far as the cells say.
func (p *listPlan) gather(ctx context.Context, versions []place, c *centroids, lists int) ([]uint32, error) {
	of, counts := make([]uint32, len(versions)), make([]uint32, c.len())
	for i := range versions {
		if i%breatheVersions == 0 {
			if err := breathe(ctx); err != nil {
				return nil, err
			}
		}
		of[i] = uint32(c.nearest(versionPoints(versions), i))
		counts[of[i]]++
	}
	coarse := newCentroids(c.set, c.dim, lists)
	if err := coarse.lloyd(ctx, rand.New(rand.NewPCG(trainSeed, uint64(c.len()))), c, trainIterations); err != nil {
		return nil, err
	}
	members := make([][]int, lists)
	for i := range c.len() {
		l := coarse.nearest(c, i)
		members[l] = append(members[l], i)
	}
	p.lists, p.cells.lists, p.centroids = make([]int, lists), make([]int, lists), make([]float32, lists*c.dim)
	place := make([]uint32, c.len())
	for l, cells := range members {
		p.cells.lists[l] = len(cells)
		for _, i := range cells {
			place[i] = uint32(len(p.cells.cells))
			p.cells.add(c, i, counts[i])
			p.lists[l] += int(counts[i])
		}
		mean(p.centroids[l*c.dim:(l+1)*c.dim], c, cells, counts)
	}
	for i, cell := range of {
		of[i] = place[cell]
	}
	return of, nil
}

// add appends a cell. Queries are held against its codes, and so those are its centre from here on.
func (p *cellPlan) add(c *centroids, i int, versions uint32) {
	codes, sum := c.codes[i*c.dim:(i+1)*c.dim], 0
	for _, code := range codes {
		x := int(code) - codeZero
		sum += x * x
	}
	step := float64(c.steps[i])
	p.cells = append(p.cells, cellMark{versions: versions, step: c.steps[i], square: clamp32(step * step * float64(sum))})
	p.codes = append(p.codes, codes...)
}

// mean sets dst, which is zero, to the mean of some centroids, each of which counts so often; it stays where none does.
func mean(dst []float32, c *centroids, of []int, counts []uint32) {
	sums, total := make([]float64, len(dst)), 0.0
	for _, i := range of {
		weight := float64(counts[i])
		total += weight
		for j, x := range c.vec(i) {
			sums[j] += weight * float64(x)
		}
	}
	for j, sum := range sums {
		if total > 0 {
			dst[j] = clamp32(sum / total)
		}
	}
}

// scan writes the products of numbers with rows of codes to dots; there may be none.
func scan(set kernel.Set, dots []int32, numbers []int8, codes []uint8) {
	if len(dots) == 0 {
		return
	}
	if set.HasCodes() {
		set.ScanCodes(dots, numbers, codes)
		return
	}
	for i := range dots {
		dots[i] = 0
		for j, x := range codes[i*len(numbers) : (i+1)*len(numbers)] {
			dots[i] += int32(numbers[j]) * int32(x)
		}
	}
}
