package kernel

import (
	"fmt"
	"slices"
)

// HalfMarks is the number of float32s that go with a row of halves.
const HalfMarks = 3

// HalfCut says which rows SiftHalves lets through. With a row's marks step and rest (the first and the third), its norm
// and its score,
//
//	upper = Scale·step·(16·score - Zero) + (Length·rest + Constant)
//
// is an upper end of the row's product with the query, and the row is out when upper < Base + norm·(Slope + norm·Square).
// A NaN lets the row through.
type HalfCut struct{ Scale, Zero, Length, Constant, Base, Slope, Square float64 }

// HalfRows is rows of halves of byte codes, what goes with them, and which of them to score. A row has len(q)/2 bytes,
// in which 32 bytes hold 64 numbers of four bits: byte j number j in its lower half and number 32+j in its upper one.
type HalfRows struct {
	Block []uint8
	Norms []float64 // of every row of the block
	Marks []float32 // HalfMarks each
	At    []uint32  // the rows to score; nil: N from First on
	First int
	N     int
}

// ArrangeHalves lays a query's numbers, a multiple of 64, as the halves' kernels want them: first those that go with the
// lower halves of all bytes, then those of the upper ones.
func ArrangeHalves(dst, q []int8) {
	low, high := dst[:len(q)/2], dst[len(q)/2:]
	for i := 0; i < len(q); i += 64 {
		copy(low[i/2:i/2+32], q[i:])
		copy(high[i/2:i/2+32], q[i+32:])
	}
}

// SiftHalves scores rows by the sum of q's numbers times the row's, and writes to out and scores the rows that the cut
// lets through, and their scores, in order. It returns how many. q is arranged. Scores are exact.
func (s Set) SiftHalves(out []uint32, scores []int32, q []int8, rows *HalfRows, cut *HalfCut) int {
	n, last := rows.N, rows.First+rows.N
	if rows.At != nil {
		n, last = len(rows.At), 0
		if n > 0 {
			last = int(slices.Max(rows.At)) + 1
		}
	}
	if n == 0 {
		return 0
	}
	if !halvesFit(q, rows.Block, last) || len(rows.Norms) < last || len(rows.Marks) < HalfMarks*last || len(out) < n ||
		len(scores) < n || rows.First < 0 || n < 0 {
		panic(fmt.Sprintf("kernel: SiftHalves of %d rows to %d in %d bytes of %d dimensions at %s", n, last, len(rows.Block),
			len(q), s.level))
	}
	if s.level != Portable {
		return siftHalvesC(s.level, out, scores, q, rows, n, cut)
	}
	kept := 0
	for i := range n {
		v := rows.First + i
		if rows.At != nil {
			v = int(rows.At[i])
		}
		score := portableHalves(q, rows.Block[v*len(q)/2:])
		if !cut.rules(score, rows.Norms[v], rows.Marks[HalfMarks*v:]) {
			out[kept], scores[kept] = uint32(v), score
			kept++
		}
	}
	return kept
}

// rules says that the cut rules a row out. The conversions forbid fusing.
func (c *HalfCut) rules(score int32, norm float64, marks []float32) bool {
	upper := float64(c.Scale*float64(marks[0])) * (16*float64(score) - c.Zero)
	upper += float64(c.Length*float64(marks[2])) + c.Constant
	return upper < c.Base+float64(norm*(c.Slope+float64(norm*c.Square)))
}

// portableHalves scores one row in plain Go.
func portableHalves(q []int8, row []uint8) int32 {
	bytes := len(q) / 2
	row, low, high := row[:bytes], q[:bytes], q[bytes:]
	sum := int32(0)
	for i, b := range row {
		sum += int32(low[i])*int32(b&15) + int32(high[i])*int32(b>>4)
	}
	return sum
}

// GatherHalves writes to dst[i] the score of the row at[i] of block.
func (s Set) GatherHalves(dst []int32, q []int8, block []uint8, at []uint32) {
	if len(at) == 0 && len(dst) == 0 {
		return
	}
	if len(at) != len(dst) || !halvesFit(q, block, int(slices.Max(at))+1) {
		panic(fmt.Sprintf("kernel: GatherHalves of %d scores at %d rows of %d dimensions in %d bytes at %s",
			len(dst), len(at), len(q), len(block), s.level))
	}
	if s.level != Portable {
		gatherHalvesC(s.level, dst, q, block, at)
		return
	}
	for i, v := range at {
		dst[i] = portableHalves(q, block[int(v)*len(q)/2:])
	}
}

func halvesFit(q []int8, block []uint8, rows int) bool {
	return len(q) > 0 && len(q)%64 == 0 && len(q) <= 65000 && len(block) >= rows*len(q)/2
}
