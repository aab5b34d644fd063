package vector

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/seguedb/segue/vector/kernel"
)

// listPlan is the lists of a segment to be written: 20 bytes a version in memory, and its centroids
// and cells.
type listPlan struct {
	ix        *Index
	versions  []place   // list by list, cell by cell, and sorted in each
	lists     []int     // their lengths
	order     []uint32  // of the versions by row, then birth
	centroids []float32 // rotated, padded each
	norms     normRange // of the versions
	tuning    tuning
	cells     cellPlan
	factors   []float32 // kept from the codes' section, which is written first
}

// planLists trains and fills the cells and lists of a segment, or returns nil where it gets none: it is too small, or its vectors
// are.
func (ix *Index) planLists(ctx context.Context, versions []place) (*listPlan, error) {
	if ix.rotation == nil || len(versions) < ix.opts.SignRows {
		return nil, nil
	}
	lists := ix.listsFor(len(versions))
	c, err := ix.train(ctx, versions, ix.cellsFor(len(versions), lists))
	if err != nil {
		return nil, fmt.Errorf("train cells: %w", err)
	}
	p := &listPlan{ix: ix}
	cell, err := p.gather(ctx, versions, c, lists)
	if err != nil {
		return nil, fmt.Errorf("gather cells: %w", err)
	}
	p.arrange(versions, cell)
	for _, v := range versions {
		p.norms.add(float64(float32(v.b.norms[v.i]))) // as its factors have it
	}
	for centroid := range slices.Chunk(p.centroids, c.dim) {
		finiteOrZero(centroid)
	}
	if err := p.calibrate(ctx); err != nil {
		return nil, fmt.Errorf("calibrate lists: %w", err)
	}
	return p, nil
}

// arrange lays the sorted versions list by list and cell by cell.
func (p *listPlan) arrange(versions []place, cell []uint32) {
	next, total := make([]uint32, len(p.cells.cells)), uint32(0)
	for i, c := range p.cells.cells {
		next[i] = total
		total += c.versions
	}
	p.versions, p.order = make([]place, len(versions)), make([]uint32, len(versions))
	for i, v := range versions {
		at := next[cell[i]]
		next[cell[i]]++
		p.versions[at], p.order[i] = v, at
	}
}

// finiteOrZero clears a centroid that a trainer let overflow: around zero codes are as good as without centroids.
func finiteOrZero(centroid []float32) {
	for _, x := range centroid {
		if x-x != 0 {
			clear(centroid)
			return
		}
	}
}

// listsFor is the number of lists of n versions: one for every Options.ListRows, up to twice the root, beyond which
// finding the nearest lists would cost more than what they save.
func (ix *Index) listsFor(n int) int {
	return max(1, min(n/ix.opts.ListRows, int(2*math.Sqrt(float64(n)))))
}

// blocks is the number of blocks of all lists.
func (p *listPlan) blocks() int {
	n := 0
	for _, l := range p.lists {
		n += (l + kernel.SignBlock - 1) / kernel.SignBlock
	}
	return n
}

// bytes returns the length of a section.
func (p *listPlan) bytes(kind sectionKind) int {
	lanes := p.blocks() * kernel.SignBlock
	switch kind {
	case sectionCentroids:
		return 4 * len(p.centroids)
	case sectionLists:
		return 8 * len(p.lists)
	case sectionOrder:
		return 4 * len(p.order)
	case sectionSigns:
		return lanes * p.ix.rotation.Padded() / 8
	case sectionFactors:
		return 4 * kernel.SignFactors * lanes
	case sectionCells:
		return 4 * cellMarkWords * len(p.cells.cells)
	case sectionCellCodes:
		return len(p.cells.codes)
	default:
		return tuningBytes
	}
}

// write streams a section.
func (p *listPlan) write(ctx context.Context, w io.Writer, kind sectionKind) error {
	switch kind {
	case sectionCentroids:
		_, err := w.Write(bytesOf(p.centroids))
		return err
	case sectionLists:
		var out []byte
		for i, l := range p.lists {
			out = binary.LittleEndian.AppendUint32(out, uint32(l))
			out = binary.LittleEndian.AppendUint32(out, uint32(p.cells.lists[i]))
		}
		_, err := w.Write(out)
		return err
	case sectionCells:
		var out []byte
		for _, c := range p.cells.cells {
			out = binary.LittleEndian.AppendUint32(out, c.versions)
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(c.step))
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(c.square))
		}
		_, err := w.Write(out)
		return err
	case sectionCellCodes:
		_, err := w.Write(p.cells.codes)
		return err
	case sectionOrder:
		_, err := w.Write(bytesOf(p.order))
		return err
	case sectionSigns:
		return p.writeSigns(ctx, w)
	case sectionFactors:
		_, err := w.Write(bytesOf(p.factors))
		return err
	default:
		_, err := w.Write(p.tuning.encode())
		return err
	}
}

// writeSigns encodes the lists' versions, writes their codes and keeps their factors: 16 bytes a version.
func (p *listPlan) writeSigns(ctx context.Context, w io.Writer) error {
	padded := p.ix.rotation.Padded()
	numbers := make([]int8, padded)
	p.factors = make([]float32, 0, p.blocks()*kernel.SignBlock*kernel.SignFactors)
	block := make([]uint64, kernel.SignBlock*padded/64)
	versions := p.versions
	for i, l := range p.lists {
		centroid := p.centroids[i*padded : (i+1)*padded]
		for ; l > 0; l -= kernel.SignBlock {
			if l%breatheVersions < kernel.SignBlock {
				if err := breathe(ctx); err != nil {
					return err
				}
			}
			n := min(l, kernel.SignBlock)
			clear(block)
			from := len(p.factors)
			p.factors = p.factors[:from+kernel.SignBlock*kernel.SignFactors]
			for lane, v := range versions[:n] {
				signCode(centroid, v, numbers, block, p.factors[from:], lane)
			}
			if _, err := w.Write(bytesOf(block)); err != nil {
				return err
			}
			versions = versions[n:]
		}
	}
	return nil
}
