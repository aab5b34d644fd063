package kernel

import (
	"fmt"
	"math/bits"
)

const (
	// SignBlock rows of codes of one bit lie together, word by word, so that a register holds one word of each.
	SignBlock = 8
	// SignPlanes is the number of binary digits of a query's numbers, the last of which counts negative: -8 to 7.
	SignPlanes = 4
	// SignFactors is the number of float32s that go with a row of codes.
	SignFactors = 4
)

// SignCut says which rows SiftSigns lets through. With the factors norm, base, along and rest of a row, and S the sum
// of the query's numbers where the row's bits are set,
//
//	upper = Offset + base + along·(Scale·S + Shift) + rest·Spread
//
// is an upper end of the row's product with the query, and the row is out when upper < Base + norm·(Slope + norm·Square).
// A NaN lets the row through. Everything is computed in float64, in this order, at every level.
type SignCut struct{ Offset, Scale, Shift, Spread, Base, Slope, Square float64 }

// SiftSigns writes to out the indexes of the rows, of the first n, that the cut lets through, and returns how many.
// planes has SignPlanes words for every word of a row: planes[SignPlanes*w+p] is word w of digit p. Rows come in blocks
// of SignBlock: word w of row i of a block is signs[SignBlock*w+i], and factor f is factors[SignBlock*f+i]; the last
// block is whole even if n is not. out has room for n.
func (s Set) SiftSigns(out []uint32, planes, signs []uint64, factors []float32, n int, cut *SignCut) int {
	words, blocks := len(planes)/SignPlanes, (n+SignBlock-1)/SignBlock
	if words == 0 || len(planes)%SignPlanes != 0 || n < 0 || len(out) < n || len(signs) != blocks*SignBlock*words ||
		len(factors) != blocks*SignBlock*SignFactors {
		panic(fmt.Sprintf("kernel: SiftSigns of %d rows in %d words, with %d words of planes, %d factors, room for %d",
			n, len(signs), len(planes), len(factors), len(out)))
	}
	if n == 0 {
		return 0
	}
	if s.level != Portable {
		return siftSignsC(s.level, out, planes, signs, factors, n, cut)
	}
	kept := 0
	for i := range n {
		block, lane := i/SignBlock, i%SignBlock
		sum := signSum(planes, signs[block*SignBlock*words+lane:])
		if !cut.rules(float64(sum), factors[block*SignBlock*SignFactors+lane:]) {
			out[kept] = uint32(i)
			kept++
		}
	}
	return kept
}

// signSum is S of SignCut for the row whose words begin row, SignBlock apart.
func signSum(planes, row []uint64) int {
	sum := [SignPlanes]int{}
	for w := 0; w < len(planes)/SignPlanes; w++ {
		v, p := row[SignBlock*w], (*[SignPlanes]uint64)(planes[SignPlanes*w:])
		sum[0] += bits.OnesCount64(v & p[0])
		sum[1] += bits.OnesCount64(v & p[1])
		sum[2] += bits.OnesCount64(v & p[2])
		sum[3] += bits.OnesCount64(v & p[3])
	}
	return sum[0] + 2*sum[1] + 4*sum[2] - 8*sum[3]
}

// rules says that the cut rules a row out. The conversions forbid fusing.
func (c *SignCut) rules(sum float64, factors []float32) bool {
	norm, base := float64(factors[0]), float64(factors[SignBlock])
	along, rest := float64(factors[2*SignBlock]), float64(factors[3*SignBlock])
	t := float64(c.Scale*sum) + c.Shift
	upper := c.Offset + base
	upper += float64(along * t)
	upper += float64(rest * c.Spread)
	limit := c.Slope + float64(norm*c.Square)
	limit = c.Base + float64(norm*limit)
	return upper < limit
}
