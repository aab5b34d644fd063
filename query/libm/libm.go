// Package libm computes elementary functions as closely as the C library does that PostgreSQL computes with: that rounds them
// to the nearest float but for one in some thousand, where Go's are often a digit off in the last place. So these are
// computed to twice the precision and rounded once, which gives the digits that PostgreSQL shows.
package libm

import "math"

// double is a number as an unevaluated sum, |lo| at most half a unit in hi's last place.
type double struct{ hi, lo float64 }

func twoSum(a, b float64) double {
	s := a + b
	t := s - a
	return double{s, (a - (s - t)) + (b - t)}
}

func twoProduct(a, b float64) double {
	p := a * b
	return double{p, math.FMA(a, b, -p)}
}

func (a double) add(b double) double {
	s, t := twoSum(a.hi, b.hi), twoSum(a.lo, b.lo)
	s = twoSum(s.hi, s.lo+t.hi)
	return twoSum(s.hi, s.lo+t.lo)
}

func (a double) negate() double { return double{-a.hi, -a.lo} }

func (a double) times(b double) double {
	p := twoProduct(a.hi, b.hi)
	return twoSum(p.hi, p.lo+(a.hi*b.lo+a.lo*b.hi))
}

func (a double) over(b double) double {
	q := a.hi / b.hi
	r := a.add(b.times(double{hi: q}).negate())
	return twoSum(q, (r.hi+r.lo)/b.hi)
}

func (a double) root() double {
	if a.hi <= 0 {
		return double{}
	}
	s := math.Sqrt(a.hi)
	r := a.add(twoProduct(s, s).negate())
	return twoSum(s, (r.hi+r.lo)/(2*s))
}

func (a double) float() float64 { return a.hi + a.lo }

// minusMultiple is x - k·c for a constant in three parts.
func (a double) minusMultiple(k float64, c [3]float64) double {
	for _, part := range c {
		a = a.add(twoProduct(-k, part))
	}
	return a
}

var (
	halfPi = [3]float64{1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33}
	ln2    = [3]float64{0.6931471805599453, 2.3190468138462996e-17, 5.707708438416212e-34}
)

// maxReduced bounds the angles that are reduced here; beyond it Go's own reduction is as good.
const maxReduced = 1 << 20

// sineCosine is of an angle of at most maxReduced.
func sineCosine(x float64) (sin, cos double) {
	k := math.Round(x / halfPi[0])
	r := double{hi: x}.minusMultiple(k, halfPi)
	sin, cos = taylor(r, r, 2), taylor(double{hi: 1}, r, 1)
	switch int64(k) & 3 {
	case 1:
		return cos, sin.negate()
	case 2:
		return sin.negate(), cos.negate()
	case 3:
		return cos.negate(), sin
	}
	return sin, cos
}

// taylor sums first·(1 - r²/n(n+1) + …): the sine with n from 2, the cosine with n from 1.
func taylor(first, r double, n float64) double {
	square, term, sum := r.times(r), first, first
	for ; n < 28; n += 2 {
		term = term.times(square).over(double{hi: -n * (n + 1)})
		sum = sum.add(term)
	}
	return sum
}

// Sin is the sine of an angle.
func Sin(x float64) float64 {
	if !(math.Abs(x) < maxReduced) || x == 0 {
		return math.Sin(x)
	}
	sin, _ := sineCosine(x)
	return sin.float()
}

// Cos is the cosine of an angle.
func Cos(x float64) float64 {
	if !(math.Abs(x) < maxReduced) {
		return math.Cos(x)
	}
	_, cos := sineCosine(x)
	return cos.float()
}

// Tan is the tangent of an angle.
func Tan(x float64) float64 {
	if !(math.Abs(x) < maxReduced) || x == 0 {
		return math.Tan(x)
	}
	sin, cos := sineCosine(x)
	return sin.over(cos).float()
}

// angleOf is atan2: Go's answer, put right by the angle that is left between it and (x, y).
func angleOf(y, x double) float64 {
	guess := math.Atan2(y.hi, x.hi)
	if guess == 0 || math.IsNaN(guess) || math.IsInf(y.hi, 0) || math.IsInf(x.hi, 0) || tiny(y.hi) || tiny(x.hi) {
		return guess
	}
	sin, cos := sineCosine(guess)
	left := y.times(cos).add(x.times(sin).negate())
	along := x.times(cos).add(y.times(sin))
	return double{hi: guess}.add(left.over(along)).float()
}

// tiny numbers, and huge ones, would lose their low parts.
func tiny(x float64) bool { return x != 0 && (math.Abs(x) < 1e-140 || math.Abs(x) > 1e140) }

// Atan is the angle of a tangent.
func Atan(x float64) float64 { return angleOf(double{hi: x}, double{hi: 1}) }

// Atan2 is the angle of the point (x, y).
func Atan2(y, x float64) float64 { return angleOf(double{hi: y}, double{hi: x}) }

// across is the other side of the triangle with hypotenuse 1.
func across(x float64) double { return twoSum(1, -x).times(twoSum(1, x)).root() }

// Asin is the angle of a sine.
func Asin(x float64) float64 {
	if math.Abs(x) >= 1 {
		return math.Asin(x)
	}
	return angleOf(double{hi: x}, across(x))
}

// Acos is the angle of a cosine.
func Acos(x float64) float64 {
	if math.Abs(x) >= 1 {
		return math.Acos(x)
	}
	return angleOf(across(x), double{hi: x})
}

// exponential is e^a as a number near 1 and a power of two.
func exponential(a double) (m double, exponent int) {
	k := math.Round(a.hi / ln2[0])
	r := a.minusMultiple(k, ln2)
	const halvings = 10
	r = double{r.hi / (1 << halvings), r.lo / (1 << halvings)}
	term, less1 := r, r
	for n := 2.0; n < 10; n++ {
		term = term.times(r).over(double{hi: n})
		less1 = less1.add(term)
	}
	for range halvings {
		less1 = double{2 * less1.hi, 2 * less1.lo}.add(less1.times(less1))
	}
	return less1.add(double{hi: 1}), int(k)
}

// Exp is e to the power of x.
func Exp(x float64) float64 {
	if !(x > -700 && x < 709) {
		return math.Exp(x)
	}
	m, k := exponential(double{hi: x})
	return math.Ldexp(m.float(), k)
}

// naturalLog is the logarithm of a positive number that is not infinite.
func naturalLog(x float64) double {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, k = 2*m, k-1
	}
	guess := math.Log(m)
	e, n := exponential(double{hi: -guess})
	t := e.times(double{hi: math.Ldexp(m, n)}).add(double{hi: -1})
	correction := t.add(double{hi: -t.hi * t.hi / 2})
	return double{hi: guess}.add(correction).minusMultiple(float64(-k), ln2)
}

func logarithmable(x float64) bool { return x > 0 && !math.IsInf(x, 0) }

// Log is the natural logarithm.
func Log(x float64) float64 {
	if !logarithmable(x) {
		return math.Log(x)
	}
	return naturalLog(x).float()
}

// Log10 follows the C library: the exponent apart, its logarithm in two parts.
func Log10(x float64) float64 {
	if !logarithmable(x) {
		return math.Log10(x)
	}
	const high, low, perE = 3.01029995663611771306e-01, 3.69423907715893078616e-13, 4.34294481903251816668e-01
	m, e := math.Frexp(x)
	m, k := 2*m, e-1
	if k < 0 {
		m, k = m/2, k+1
	}
	return float64(float64(k)*low) + float64(perE*Log(m)) + float64(float64(k)*high)
}

// Pow is x to the power of y.
func Pow(x, y float64) float64 {
	rough := math.Pow(x, y)
	size := math.Abs(rough)
	if !logarithmable(math.Abs(x)) || !(size > 1e-300 && size < 1e300) || !(math.Abs(y) > 1e-140) || math.IsInf(y, 0) || x == 1 {
		return rough
	}
	if y == math.Trunc(y) && y > 0 && y <= 64 {
		return wholePower(x, int(y)) // where a tie between two floats must be seen to be one
	}
	m, k := exponential(naturalLog(math.Abs(x)).times(double{hi: y}))
	return math.Copysign(math.Ldexp(m.float(), k), rough)
}

func wholePower(x float64, n int) float64 {
	out, square := double{hi: 1}, double{hi: x}
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			out = out.times(square)
		}
		square = square.times(square)
	}
	return out.float()
}

// Expm1 is e^x - 1.
func Expm1(x float64) float64 {
	if !(math.Abs(x) < 700) || x == 0 {
		return math.Expm1(x)
	}
	m, k := exponential(double{hi: x})
	m = double{math.Ldexp(m.hi, k), math.Ldexp(m.lo, k)}
	return m.add(double{hi: -1}).float()
}

// The C library computes the hyperbolic functions by these formulas, and rounds at each step.

// Sinh is the hyperbolic sine.
func Sinh(x float64) float64 {
	a, h := math.Abs(x), math.Copysign(0.5, x)
	switch t := Expm1(a); {
	case !(a < 700) || a < 0x1p-28:
		return math.Sinh(x)
	case a >= 22:
		return h * Exp(a)
	case a < 1:
		return h * (2*t - t*t/(t+1))
	default:
		return h * (t + t/(t+1))
	}
}

// Cosh is the hyperbolic cosine.
func Cosh(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a < 700):
		return math.Cosh(x)
	case a >= 22:
		return 0.5 * Exp(a)
	case a < 0.5*ln2[0]:
		t := Expm1(a)
		return 1 + t*t/(2*(1+t))
	}
	t := Exp(a)
	return 0.5*t + 0.5/t
}

// Tanh is the hyperbolic tangent.
func Tanh(x float64) float64 {
	a := math.Abs(x)
	z := 0.0
	switch {
	case !(a < 22) || a < 0x1p-28:
		return math.Tanh(x)
	case a >= 1:
		z = 1 - 2/(Expm1(2*a)+2)
	default:
		t := Expm1(-2 * a)
		z = -t / (t + 2)
	}
	return math.Copysign(z, x)
}

// Cbrt is the nearest float to the root; the C library's is sometimes its neighbour.
func Cbrt(x float64) float64 {
	y := math.Cbrt(x)
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) || tiny(x) {
		return y
	}
	left := double{hi: x}.add(twoProduct(y, y).times(double{hi: y}).negate())
	return y + left.float()/(3*y*y)
}
