package vector

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/vector/kernel"
)

// signCells are the cells of a segment's lists: a list's versions lie cell by cell, each around a centre of its own. An
// approximate plan looks into the cells that are nearest to the query, and not into whole lists, whose number is held down
// by what a list costs an exact plan. A cell has no codes of one bit of its own: those of its versions are its list's.
type signCells struct {
	first   []uint32  // each cell's first version, and the end
	list    []uint32  // the list that it is of
	codes   []uint8   // its centre's byte codes, padded each; it is in the file so
	steps   []float32 // and their step
	squares []float32 // of the centre's length
}

// cellMark is a cell in the file: 12 bytes.
type cellMark struct {
	versions     uint32
	step, square float32
}

const cellMarkWords = 3

// decode checks the cells of lists, whose numbers of cells are counts, and takes them over.
func (c *signCells) decode(lists []signList, counts []uint32, marks []uint32, codes []uint8, padded int) error {
	total := 0
	for _, n := range counts {
		if total += int(n); total > len(marks)/cellMarkWords {
			break
		}
	}
	if len(marks) != total*cellMarkWords || len(codes) != total*padded {
		return fmt.Errorf("%w: %d bytes of marks and %d of codes for %d cells", ErrCorrupt, 4*len(marks), len(codes), total)
	}
	c.codes, c.first = codes, make([]uint32, 0, total+1)
	c.list, c.steps, c.squares = make([]uint32, 0, total), make([]float32, 0, total), make([]float32, 0, total)
	for i := range lists {
		l := &lists[i]
		l.cell, l.cells = len(c.list), int(counts[i])
		n := l.first
		for range l.cells {
			c.first, c.list = append(c.first, uint32(n)), append(c.list, uint32(i))
			c.steps = append(c.steps, math.Float32frombits(marks[1]))
			c.squares = append(c.squares, math.Float32frombits(marks[2]))
			if n += int(marks[0]); n > l.first+l.n {
				break
			}
			marks = marks[cellMarkWords:]
		}
		if n != l.first+l.n {
			return fmt.Errorf("%w: the cells of list %d have %d of its %d versions", ErrCorrupt, i, n-l.first, l.n)
		}
	}
	last := 0
	if len(lists) > 0 {
		last = lists[len(lists)-1].first + lists[len(lists)-1].n
	}
	c.first = append(c.first, uint32(last))
	return nil
}

// span returns the versions of a cell, counted from the first of its list, widened to whole blocks of codes.
func (c *signCells) span(cell uint32, l *signList) (from, to int) {
	from, to = int(c.first[cell])-l.first, int(c.first[cell+1])-l.first
	return from &^ (kernel.SignBlock - 1), min((to+kernel.SignBlock-1)&^(kernel.SignBlock-1), l.n)
}

// versions is the number of a cell's versions.
func (c *signCells) versions(cell uint32) int { return int(c.first[cell+1] - c.first[cell]) }
