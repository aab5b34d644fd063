package vector

import (
	"math"

	"github.com/seguedb/segue/vector/kernel"
)

// A vector's codes are its numbers rounded to a byte each: x ≈ step·(byte-128), where step is the
// largest number over 127. The code keeps its step and the length of what the rounding left out, and
// so bounds every score it gives; see codeBound.
const (
	codeZero = 128
	codeMax  = kernel.CodeMax
)

// encode writes vec's codes and returns their step and an upper bound of |vec - step·codes|. Vectors
// too small for a step are all remainder.
func encode(codes []uint8, vec []float32) (step, rest float32) {
	step, inverse := kernel.CodeStep(vec)
	codes = codes[:len(vec)]
	wide, sum := float64(step), 0.0
	for i, x := range vec {
		// Adding and taking away RoundToEven rounds, and leaves the integer in the low bits on the way.
		c := int32(math.Float64bits(float64(x)*inverse + kernel.RoundToEven))
		c = max(-codeMax, min(c, codeMax))
		left := float64(x) - wide*float64(c)
		sum += left * left
		codes[i] = uint8(c + codeZero)
	}
	return step, roundUp(math.Sqrt(sum))
}

// roundUp returns a float32 that is not below x, nor below what x was before its own few roundings.
func roundUp(x float64) float32 {
	f := float32(x * (1 + 1e-9))
	if float64(f) < x*(1+1e-9) {
		f = math.Nextafter32(f, float32(math.Inf(1)))
	}
	return f
}

// codeBound is bound for the scores of codes. With q = step·d + q', r = step_r·c + r',
//
//	q·r = step·step_r·(d·c) + step·d·r' + q'·r
//
// where the integers' product is exact, |r'| is stored, and the last two terms are at most
// |step·d||r'| and |q'||r|. Cosines, inner products and squared distances (|q|² + |r|² - 2q·r) follow.
type codeBound struct {
	*bound
	query  []int8
	step   float64
	offset float64 // what the bytes' zero adds to every score
	length float64 // |step·d|
	rest   float64 // |q'|, and what Distance and this arithmetic round off, a unit of |r|
	slack  float64 // the latter alone
	// Of halves, whose vectors are rotated: what no |r| scales, and the query as their kernels want it.
	constant float64
	arranged []int8
}

// codesPay is the fewest dimensions at which codes are worth their second look.
const codesPay = 32

// set encodes the query, and says whether codes can serve it.
func (c *codeBound) set(b *bound, vec []float32) bool {
	if b.metric == L1 || len(vec) < codesPay || math.IsInf(b.norm, 0) || math.IsNaN(b.norm) {
		return false
	}
	c.bound, c.query = b, resized(c.query, len(vec))
	e := kernel.Encode(c.query, vec)
	c.step, c.offset = e.Step, float64(e.Sum*codeZero)
	c.slack = 8 * float64(len(vec)+16) / (1 << 53)
	c.length = c.step * math.Sqrt(float64(e.Squares)) * (1 + 1e-9)
	c.rest = math.Sqrt(e.Rest)*(1+1e-9) + c.slack*b.norm
	c.constant = 0
	return true
}

// product returns an estimate of q·r without its error, and the part of the error that is r's.
func (c *codeBound) product(score int32, step, rest float32) (estimate, off float64) {
	return c.step * float64(step) * (float64(score) - c.offset), c.length*float64(rest) + c.constant
}

// below says that a cut rules out a row of a score.
func (c *codeBound) below(cut *codeCut, score int32, step, rest float32, norm float64) bool {
	estimate, off := c.product(score, step, rest)
	return estimate+off < cut.base+norm*(cut.slope+norm*cut.square)
}

// interval returns bounds of the distance, as bound's interval does.
func (c *codeBound) interval(score int32, step, rest float32, norm float64) (lo, hi float64) {
	if c.metric == Cosine && (norm == 0 || c.norm == 0) {
		return math.Inf(1), math.Inf(1)
	}
	dot, off := c.product(score, step, rest)
	off += c.rest * norm
	switch c.metric {
	case Cosine:
		lo, hi = 1-(dot+off)/(c.norm*norm), 1-(dot-off)/(c.norm*norm)
	case InnerProduct:
		lo, hi = -(dot + off), -(dot - off)
	default:
		squares := c.norm*c.norm + norm*norm
		lo, hi = squares*(1-c.slack)-2*(dot+off), squares*(1+c.slack)-2*(dot-off)
	}
	if math.IsNaN(lo) || math.IsNaN(hi) {
		return math.Inf(-1), math.Inf(1)
	}
	return lo, hi
}

// codeCut is cut for codes: a row is out when its estimate and its own error together are below
// base + slope·norm + square·norm².
type codeCut struct{ base, slope, square float64 }

// cutAt solves interval's lo > limit.
func (c *codeBound) cutAt(limit float64) codeCut {
	switch c.metric {
	case Cosine:
		return codeCut{slope: (1-limit)*c.norm - c.rest}
	case InnerProduct:
		return codeCut{base: -limit, slope: -c.rest}
	default:
		half := (1 - c.slack) / 2
		return codeCut{base: half*c.norm*c.norm - limit/2, slope: -c.rest, square: half}
	}
}
