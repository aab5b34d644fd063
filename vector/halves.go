package vector

import (
	"context"
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/seguedb/segue/vector/kernel"
)

// halves are a segment's byte codes. They are those of codes.go, of the rotated vectors, whose numbers are all of one
// size: a byte then says more. Each byte is kept as two halves of four bits in two places: a scan reads the upper
// halves, which bound the score as codes of 16 times the step, and the lower ones of the few versions that those leave.
// Together they give the score of the whole byte, 16·high + low.
type halves struct {
	high, low []uint8   // paddedDim/2 bytes a version, laid as kernel.HalfRows says
	marks     []float32 // kernel.HalfMarks a version: step, rest, rest of the upper half
}

// halfMiddle is what an upper half h stands for, 16h + halfMiddle: the middle of the bytes that have it.
const halfMiddle = 7.5

// encodeHalves writes a rotated vector's halves and returns its marks.
func encodeHalves(high, low []uint8, rotated []float32) (marks [kernel.HalfMarks]float32) {
	step, inverse := kernel.CodeStep(rotated)
	wide, sum, sumHigh := float64(step), 0.0, 0.0
	for at := 0; at < len(high); at += 32 {
		in, up, down := (*[64]float32)(rotated[2*at:]), (*[32]uint8)(high[at:]), (*[32]uint8)(low[at:])
		for j := range up {
			a, left, leftHigh := halfCode(float64(in[j]), inverse, wide)
			sum, sumHigh = sum+left*left, sumHigh+leftHigh*leftHigh
			b, left, leftHigh := halfCode(float64(in[32+j]), inverse, wide)
			sum, sumHigh = sum+left*left, sumHigh+leftHigh*leftHigh
			up[j], down[j] = a>>4|b&0xF0, a&15|b<<4
		}
	}
	return [...]float32{step, roundUp(math.Sqrt(sum)), roundUp(math.Sqrt(sumHigh))}
}

// halfCode is a number's byte, and what that and its upper half leave out.
func halfCode(x, inverse, wide float64) (code uint8, left, leftHigh float64) {
	c := int32(math.Float64bits(x*inverse + kernel.RoundToEven))
	c = max(-codeMax, min(c, codeMax))
	return uint8(c + codeZero), x - wide*float64(c), x - wide*(float64((c+codeZero)&^15)+(halfMiddle-codeZero))
}

// newHalves returns room for the halves of n versions.
func newHalves(padded, n int) *halves {
	return &halves{high: make([]uint8, n*padded/2), low: make([]uint8, n*padded/2), marks: make([]float32, n*kernel.HalfMarks)}
}

// of returns the halves and marks of version i.
func (h *halves) of(i, padded int) (high, low []uint8, marks []float32) {
	n := padded / 2
	return h.high[i*n : (i+1)*n], h.low[i*n : (i+1)*n], h.marks[i*kernel.HalfMarks : (i+1)*kernel.HalfMarks]
}

// numbers sets dst to the numbers of version i: its rotated vector is step × number, but for marks[1] at most.
func (h *halves) numbers(dst []int8, i int) (step float32) {
	high, low, marks := h.of(i, len(dst))
	const ones = 0x0101010101010101 // eight bytes at a time
	out := unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(dst))), len(dst))
	for at := 0; at < len(high); at += 8 {
		u, d := binary.LittleEndian.Uint64(high[at:]), binary.LittleEndian.Uint64(low[at:])
		first := out[at/32*64+at%32:]
		binary.LittleEndian.PutUint64(first, u&(15*ones)<<4|d&(15*ones)^codeZero*ones)
		binary.LittleEndian.PutUint64(first[32:], u&(240*ones)|d>>4&(15*ones)^codeZero*ones)
	}
	return marks[0]
}

// vector sets dst to version i's rotated vector, about.
func (h *halves) vector(dst []float32, numbers []int8, i int) {
	step := h.numbers(numbers, i)
	for j, x := range numbers {
		dst[j] = step * float32(x)
	}
}

// coded returns a full block of the tail as a segment would have it, with halves: what a segment is made of. It shares
// all else with the block, which must not grow any more.
func (ix *Index) coded(ctx context.Context, b *block) (*block, error) {
	n := b.len()
	out := &block{dim: b.dim, vecs: b.vecs, rows: b.rows[:n], born: b.born[:n], norms: b.norms[:n], died: b.died[:n]}
	out.n.Store(int64(n))
	if ix.rotation == nil {
		return out, nil
	}
	padded := ix.rotation.Padded()
	rotated := make([]float32, padded)
	out.halves = newHalves(padded, n)
	for i := range n {
		if i%breatheVersions == 0 {
			if err := breathe(ctx); err != nil {
				return nil, err
			}
		}
		ix.set.Rotate(ix.rotation, rotated, b.vec(i))
		high, low, marks := out.halves.of(i, padded)
		m := encodeHalves(high, low, rotated)
		copy(marks, m[:])
	}
	return out, nil
}

// prepareHalves encodes the rotated query for halves, and says whether they can serve it. What rotating rounds off in
// the query and in a version is at most a share of |q||r|, and of each what is too small for a float32.
func (c *codeBound) prepareHalves(b *bound, rotated []float32, r *kernel.Rotation) bool {
	if !c.set(b, rotated) {
		return false
	}
	c.rest += 2.2*r.RelativeError()*b.norm + 2*r.AbsoluteError()
	c.constant = 2 * r.AbsoluteError() * (b.norm + r.AbsoluteError())
	c.arranged = resized(c.arranged, len(rotated))
	kernel.ArrangeHalves(c.arranged, c.query)
	return true
}

// expected is how many standard deviations of its error an approximate plan allows a score of byte codes. What rounding
// leaves out of a rotated vector points anywhere: the error is the bound's D^-½ part in the mean square.
const expected = 6

// expect replaces the proven bound, which an error in the worst direction would reach, by what is to be expected in so many
// dimensions.
func (c *codeBound) expect(dim int) {
	share := min(1, expected/math.Sqrt(float64(dim)))
	c.length, c.rest = c.length*share, c.rest*share
}

// halfCut is cutAt for upper halves: 16·score and the middle stand for the byte.
func (c *codeBound) halfCut(limit float64) kernel.HalfCut {
	cut := c.cutAt(limit)
	return kernel.HalfCut{Scale: c.step, Zero: c.offset * (codeZero - halfMiddle) / codeZero, Length: c.length,
		Constant: c.constant, Base: cut.base, Slope: cut.slope, Square: cut.square}
}

// siftHalves scores a piece by its halves and does sift's work on the result.
func (w *scanner) siftHalves(s *search, p *piece) {
	b, h := p.b, p.b.halves
	cut := s.halves.halfCut(w.nearest.limit)
	rows := kernel.HalfRows{Block: h.high, Norms: b.norms, Marks: h.marks, At: p.at, First: p.from, N: p.to - p.from}
	n := s.set.SiftHalves(w.within[:p.len()], w.dots[:p.len()], s.halves.arranged, &rows, &cut)
	s.set.GatherHalves(w.lows[:n], s.halves.arranged, h.low, w.within[:n])
	c := s.halves.cutAt(w.nearest.limit)
	for i, at := range w.within[:n] {
		score, marks := 16*w.dots[i]+w.lows[i], h.marks[kernel.HalfMarks*at:]
		if s.halves.below(&c, score, marks[0], marks[1], b.norms[at]) {
			continue
		}
		lo, hi := s.halves.interval(score, marks[0], marks[1], b.norms[at])
		if w.offerInterval(s, place{b, int(at)}, lo, hi) {
			c = s.halves.cutAt(w.nearest.limit)
		}
	}
}
