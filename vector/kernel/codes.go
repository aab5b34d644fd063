package kernel

import (
	"fmt"
	"slices"
)

// HasCodes says whether ScanCodes and GatherCodes are there: at every level but Portable, where it would be no faster
// than Scan.
func (s Set) HasCodes() bool { return s.level > Portable }

// ScanCodes writes to dst the dot products of q with len(dst) consecutive rows of codes. A row has
// len(q) bytes, and a byte stands for its value less 128, which is the caller's to take off: the score
// is Σ q·byte. It is exact: 16-bit products in 32-bit sums, for up to 65,000 dimensions.
//
// The bytes are unsigned because the instructions multiply an unsigned by a signed byte.
func (s Set) ScanCodes(dst []int32, q []int8, rows []uint8) {
	if len(rows) != len(dst)*len(q) || len(q) == 0 || len(q) > 65000 || !s.HasCodes() {
		panic(fmt.Sprintf("kernel: ScanCodes of %d scores over %d bytes of %d dimensions at %s",
			len(dst), len(rows), len(q), s.level))
	}
	if len(dst) > 0 {
		scanCodesC(s.level, dst, q, rows)
	}
}

// GatherCodes writes to dst[i] the dot product of q with the row at[i] of block, as ScanCodes does for
// rows that follow one another.
func (s Set) GatherCodes(dst []int32, q []int8, block []uint8, at []uint32) {
	if len(at) != len(dst) || len(q) == 0 || len(q) > 65000 || !s.HasCodes() {
		panic(fmt.Sprintf("kernel: GatherCodes of %d scores at %d rows of %d dimensions at %s",
			len(dst), len(at), len(q), s.level))
	}
	if len(at) == 0 {
		return
	}
	if last := int(slices.Max(at)); (last+1)*len(q) > len(block) {
		panic(fmt.Sprintf("kernel: GatherCodes of row %d from %d bytes of %d dimensions", last, len(block), len(q)))
	}
	gatherCodesC(s.level, dst, q, block, at)
}

// CodeCut says which rows SiftCodes lets through. With a row's step and rest, its norm and its score,
//
//	upper = Scale·step·(score - Zero) + Length·rest
//
// is an upper end of the row's product with the query, and the row is out when upper < Base + norm·(Slope + norm·Square).
// A NaN lets the row through.
type CodeCut struct{ Scale, Zero, Length, Base, Slope, Square float64 }

// CodeRows is rows of byte codes, what goes with them, and which of them to score.
type CodeRows struct {
	Block []uint8
	Norms []float64 // of every row of the block
	Steps []float32 // step and rest of each
	At    []uint32  // the rows to score; nil: N from First on
	First int
	N     int
}

// SiftCodes scores rows as ScanCodes and GatherCodes do, and writes to out and scores the rows that the cut lets
// through, and their scores, in order. It returns how many.
func (s Set) SiftCodes(out []uint32, scores []int32, q []int8, rows *CodeRows, cut *CodeCut) int {
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
	if len(q) == 0 || len(q) > 65000 || !s.HasCodes() || len(rows.Block) < last*len(q) || len(rows.Norms) < last ||
		len(rows.Steps) < 2*last || len(out) < n || len(scores) < n || rows.First < 0 || n < 0 {
		panic(fmt.Sprintf("kernel: SiftCodes of %d rows to %d in %d bytes of %d dimensions at %s", n, last, len(rows.Block),
			len(q), s.level))
	}
	return siftCodesC(s.level, out, scores, q, rows, n, cut)
}
