package kernel

import "fmt"

// Op is what a kernel computes for a row.
type Op uint8

const (
	// Dot is Σ q·r.
	Dot Op = iota
	// SquaredL2 is Σ (q-r)².
	SquaredL2
	// L1 is Σ |q-r|.
	L1
)

// Set is the kernels of one level. It is a small value, safe to copy and to use from any goroutine;
// the zero Set is not usable, At makes them.
type Set struct{ level Level }

// At returns the kernels of a level, or false if this machine or this build does not have it. Best
// and Portable are always there.
func At(level Level) (Set, bool) {
	if level == Best {
		level = bestLevel()
	}
	return Set{level: level}, level == Portable || level <= bestLevel()
}

// Levels lists the levels that At has here, slowest first.
func Levels() []Level {
	levels := []Level{Portable}
	for l := AVX2; l <= bestLevel(); l++ {
		levels = append(levels, l)
	}
	return levels
}

// Level returns the level that the kernels run at, never Best.
func (s Set) Level() Level { return s.level }

// Scan writes the scores of len(dst) consecutive rows to dst. A row has len(q) floats, and rows holds
// len(dst) of them.
func (s Set) Scan(op Op, dst, q, rows []float32) {
	if len(rows) != len(dst)*len(q) || len(q) == 0 {
		panic(fmt.Sprintf("kernel: Scan of %d scores over %d floats of %d dimensions", len(dst), len(rows), len(q)))
	}
	if len(dst) == 0 {
		return
	}
	if s.level == Portable {
		for i := range dst {
			dst[i] = portable(op, q, rows[i*len(q):][:len(q)])
		}
		return
	}
	scanC(s.level, op, dst, q, rows)
}

// Gather writes to dst[i] the score of the row at[i] of block, for every i; at counts rows of len(q)
// floats and is as long as dst.
func (s Set) Gather(op Op, dst, q, block []float32, at []uint32) {
	if len(at) != len(dst) || len(q) == 0 {
		panic(fmt.Sprintf("kernel: Gather of %d scores at %d rows of %d dimensions", len(dst), len(at), len(q)))
	}
	if len(at) == 0 {
		return
	}
	last := uint32(0)
	for _, row := range at {
		last = max(last, row)
	}
	if (int(last)+1)*len(q) > len(block) {
		panic(fmt.Sprintf("kernel: Gather of row %d from %d floats of %d dimensions", last, len(block), len(q)))
	}
	if s.level == Portable {
		for i, row := range at {
			dst[i] = portable(op, q, block[int(row)*len(q):][:len(q)])
		}
		return
	}
	gatherC(s.level, op, dst, q, block, at)
}

// unitRoundoff is 2^-24, half the distance from 1 to the next float32.
const unitRoundoff = 1.0 / (1 << 24)

// smallestFloat is 2^-149, the spacing of denormal float32s.
const smallestFloat = 1.0 / (1 << 75) / (1 << 74)

// RelativeError returns g such that a finite score of dim dimensions is off the real value by at most
// g × Σ|f_i| + AbsoluteError, f_i being the terms summed: Higham, "Accuracy and Stability of
// Numerical Algorithms" (2002), γ_n = n·u/(1-n·u) with n the roundings on the longest path through
// the sum. Each level adds dim/lanes terms a lane, folds its lanes, and rounds up to three times
// within a term (the two of a squared difference, the product).
func (s Set) RelativeError(dim int) float64 {
	lanes, rest := 8, 7 // Portable: eight sums, their fold, the last few in one sum
	switch s.level {
	case AVX2:
		lanes, rest = 32, 3+7+5
	case AVX512:
		lanes, rest = 64, 3+1+6
	}
	n := float64(dim/lanes + rest + 8)
	return n * unitRoundoff / (1 - n*unitRoundoff)
}

// AbsoluteError bounds what RelativeError leaves out: products too small for a float32 lose up to
// half the smallest denormal each.
func AbsoluteError(dim int) float64 { return float64(dim) * smallestFloat }
