package vector

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/vector/kernel"
)

// vectorsOf makes a vector whose numbers are of one size, or of all sizes.
func vectorOf(rng *rand.Rand, dim int, size float64) []float32 {
	vec := make([]float32, dim)
	for i := range vec {
		x := rng.NormFloat64() * size
		if size == 0 {
			x = rng.NormFloat64() * math.Pow(10, float64(rng.IntN(70)-40))
		}
		vec[i] = float32(max(-math.MaxFloat32, min(x, math.MaxFloat32)))
	}
	return vec
}

// TestIntervalsHoldTheDistance, of float32 scores and of codes, at every size of number and every
// level; and what a cut rejects has an interval beyond the limit.
func TestIntervalsHoldTheDistance(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		for range 6000 {
			dim := 1 + rng.IntN(100)
			sizes := []float64{0, 1, 1e-3, 1e-20, 1e-38, 1e-44, 1e15, 1e37}
			q, b := vectorOf(rng, dim, sizes[rng.IntN(len(sizes))]), newChunk(dim, 1)
			row := vectorOf(rng, dim, sizes[rng.IntN(len(sizes))])
			if rng.IntN(3) == 0 { // a near neighbour
				for i := range row {
					row[i] = q[i] * float32(1+1e-5*rng.NormFloat64())
				}
			}
			b.append(1, 1, row)
			for m := Cosine; m <= L1; m++ {
				checkFloat32(t, set, m, q, b)
				if set.HasCodes() {
					checkCodes(t, set, m, q, b)
					checkHalfBound(t, set, m, q, b)
				}
			}
		}
	}
}

// squared is a distance as intervals have it.
func squared(m Metric, d float64) float64 {
	if m == L2 {
		return d * d
	}
	return d
}

func inside(lo, d, hi float64) bool { return lo <= d && d <= hi || math.IsNaN(d) && math.IsInf(hi, 1) }

func checkFloat32(t *testing.T, set kernel.Set, m Metric, q []float32, b *block) {
	t.Helper()
	bound := newBound(set, m, q)
	score := make([]float32, 1)
	set.Scan(bound.op, score, q, b.vecs)
	lo, hi := bound.interval(score[0], b.norms[0])
	d := squared(m, Distance(m, q, b.vec(0)))
	if !inside(lo, d, hi) {
		t.Fatalf("%s at %s: %v is not in [%v, %v], %d dimensions", m, set.Level(), d, lo, hi, len(q))
	}
	limit := lo + (hi-lo)*0.01 // just not rejected
	cut, s := bound.cutAt(limit), float64(score[0])
	out := s > cut.base
	if bound.op == kernel.Dot {
		out = s < cut.base+cut.slope*b.norms[0]
	}
	if out && hi-lo < math.Abs(d) { // not where rounding the limit moves it past lo
		t.Fatalf("%s at %s: the cut at %v rejects [%v, %v]", m, set.Level(), limit, lo, hi)
	}
}

func checkCodes(t *testing.T, set kernel.Set, m Metric, q []float32, b *block) {
	t.Helper()
	bound, codes := newBound(set, m, q), codeBound{}
	if !codes.set(&bound, q) {
		return
	}
	score := make([]int32, 1)
	set.ScanCodes(score, codes.query, b.codes)
	lo, hi := codes.interval(score[0], b.steps[0], b.steps[1], b.norms[0])
	d := squared(m, Distance(m, q, b.vec(0)))
	if !inside(lo, d, hi) {
		t.Fatalf("%s by codes: %v is not in [%v, %v], %d dimensions", m, d, lo, hi, len(q))
	}
	for _, share := range []float64{0.01, 0.5, 1} {
		limit := lo + (hi-lo)*share
		cut := codes.cutAt(limit)
		estimate, off := codes.product(score[0], b.steps[0], b.steps[1])
		if norm := b.norms[0]; estimate+off < cut.base+norm*(cut.slope+norm*cut.square) {
			t.Fatalf("%s by codes: the cut at %v rejects [%v, %v]", m, limit, lo, hi)
		}
	}
}

// checkHalfBound: the whole byte's interval holds the distance, and neither half nor byte rules out what is within.
func checkHalfBound(t *testing.T, set kernel.Set, m Metric, q []float32, b *block) {
	t.Helper()
	r := kernel.NewRotation(len(q), signSeed)
	var s signQuery
	var c codeBound
	bound := newBound(set, m, q)
	if len(q) < codesPay || !s.prepare(set, r, &bound, q) || !c.prepareHalves(&bound, s.vec, r) {
		return
	}
	high, low, marks := codedBlock(t, &Index{set: set, rotation: r}, b).halves.of(0, r.Padded())
	rows := kernel.HalfRows{Block: high, Norms: b.norms, Marks: marks, N: 1}
	out, upper, lower := make([]uint32, 1), make([]int32, 1), make([]int32, 1)
	d := squared(m, Distance(m, q, b.vec(0)))
	limits := []float64{d, d + math.Abs(d)*1e-3, math.Inf(1)}
	if math.IsNaN(d) {
		limits = limits[2:]
	}
	for _, limit := range limits {
		cut := c.halfCut(limit)
		if set.SiftHalves(out, upper, c.arranged, &rows, &cut) != 1 {
			t.Fatalf("%s by halves: %v is ruled out at %v, %d dimensions, %v", m, d, limit, len(q), marks)
		}
		set.GatherHalves(lower, c.arranged, low, []uint32{0})
		whole := c.cutAt(limit)
		if c.below(&whole, 16*upper[0]+lower[0], marks[0], marks[1], b.norms[0]) {
			t.Fatalf("%s by bytes: %v is ruled out at %v, %d dimensions, %v", m, d, limit, len(q), marks)
		}
	}
	lo, hi := c.interval(16*upper[0]+lower[0], marks[0], marks[1], b.norms[0])
	if !inside(lo, d, hi) {
		t.Fatalf("%s by bytes: %v is not in [%v, %v], %d dimensions", m, d, lo, hi, len(q))
	}
}

// TestHalves: both halves are the byte, and each rest is the length of what its codes leave out.
func TestHalves(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 10))
	for _, size := range []float64{1, 1e-30, 1e30} {
		vec, high, low := vectorOf(rng, 768, size), make([]uint8, 384), make([]uint8, 384)
		marks := encodeHalves(high, low, vec)
		bytes, left, leftHigh := 0.0, 0.0, 0.0
		for i, x := range vec {
			at, shift := i/64*32+i%32, i%64/32*4
			h, l := float64(high[at]>>shift&15), float64(low[at]>>shift&15)
			bytes += h
			d := float64(x) - float64(marks[0])*(16*h+l-codeZero)
			left += d * d
			d = float64(x) - float64(marks[0])*(16*h+halfMiddle-codeZero)
			leftHigh += d * d
		}
		for i, want := range []float64{math.Sqrt(left), math.Sqrt(leftHigh)} {
			if got := float64(marks[1+i]); got < want || got > want*(1+1e-6) {
				t.Errorf("size %g: rest %d is %g, stored as %g", size, i, want, got)
			}
		}
		if bytes == 0 || math.Sqrt(leftHigh) > 0.2*Norm(vec) {
			t.Errorf("size %g: a rest of %g of %g", size, math.Sqrt(leftHigh), Norm(vec))
		}
	}
}

// TestEncode: the rest is the length of what the codes leave out, and small next to the vector.
func TestEncode(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 10))
	for _, size := range []float64{1, 1e-30, 1e30} {
		vec, codes := vectorOf(rng, 768, size), make([]uint8, 768)
		step, rest := encode(codes, vec)
		sum := 0.0
		for i, c := range codes {
			left := float64(vec[i]) - float64(step)*(float64(c)-codeZero)
			sum += left * left
		}
		if left := math.Sqrt(sum); float64(rest) < left || float64(rest) > left*(1+1e-6) || left > 0.02*Norm(vec) {
			t.Errorf("size %g: rest %g of a vector of %g, stored as %g", size, left, Norm(vec), rest)
		}
	}
	codes := []uint8{7, 7}
	if step, rest := encode(codes, []float32{0, 0}); step != 0 || rest != 0 || codes[0] != codeZero {
		t.Errorf("zero is %v × %g, rest %g", codes, step, rest)
	}
}
