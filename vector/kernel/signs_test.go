package kernel_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/seguedb/segue/vector/kernel"
)

// signRows makes n rows of random codes, with factors of a kind of number.
func signRows(rng *rand.Rand, n, words int, value func(*rand.Rand) float32) (planes, signs []uint64, factors []float32) {
	blocks := (n + kernel.SignBlock - 1) / kernel.SignBlock
	planes, signs = make([]uint64, words*kernel.SignPlanes), make([]uint64, blocks*kernel.SignBlock*words)
	for _, s := range [][]uint64{planes, signs} {
		for i := range s {
			s[i] = rng.Uint64() & (rng.Uint64() | uint64(rng.IntN(2))*math.MaxUint64)
		}
	}
	return planes, signs, fill(rng, blocks*kernel.SignBlock*kernel.SignFactors, value)
}

// siftSlowly is SiftSigns by its definition, a bit at a time.
func siftSlowly(planes, signs []uint64, factors []float32, n int, c kernel.SignCut) []uint32 {
	words, out := len(planes)/kernel.SignPlanes, []uint32{}
	for i := range n {
		block, lane, sum := i/8, i%8, 0
		for bit := range 64 * words {
			w, at := bit/64, bit%64
			if signs[(block*words+w)*8+lane]>>at&1 == 0 {
				continue
			}
			for p, weight := range []int{1, 2, 4, -8} {
				sum += weight * int(planes[4*w+p]>>at&1)
			}
		}
		f := func(k int) float64 { return float64(factors[block*32+8*k+lane]) }
		upper := c.Offset + f(1)
		upper += float64(f(2) * (float64(c.Scale*float64(sum)) + c.Shift))
		upper += float64(f(3) * c.Spread)
		if !(upper < c.Base+float64(f(0)*(c.Slope+float64(f(0)*c.Square)))) {
			out = append(out, uint32(i))
		}
	}
	return out
}

// TestSiftSignsAgrees: every level lets through what the definition does, for factors of every kind, cuts that decide
// either way, and any number of rows and words.
func TestSiftSignsAgrees(t *testing.T) {
	notNumbers := values["not numbers"]
	for kind, value := range map[string]func(*rand.Rand) float32{"normal": values["normal"], "wide": values["wide"],
		"denormal": values["denormal"], "zero": values["zero"], "huge": values["huge"], "not numbers": notNumbers} {
		rng := rand.New(rand.NewPCG(7, 8))
		for range 400 {
			n, words := rng.IntN(40), 1+rng.IntN(30)
			if value == nil {
				value = func(rng *rand.Rand) float32 {
					return []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1}[rng.IntN(4)]
				}
			}
			planes, signs, factors := signRows(rng, n, words, value)
			cut := kernel.SignCut{Offset: rng.NormFloat64(), Scale: rng.NormFloat64() / 30, Shift: rng.NormFloat64(),
				Spread: rng.Float64(), Base: rng.NormFloat64(), Slope: rng.NormFloat64(), Square: float64(rng.IntN(2)) / 2}
			want := siftSlowly(planes, signs, factors, n, cut)
			for _, level := range kernel.Levels() {
				set, _ := kernel.At(level)
				out := make([]uint32, n+1)
				if got := out[:set.SiftSigns(out, planes, signs, factors, n, &cut)]; !slices.Equal(got, want) {
					t.Fatalf("%s %s: %d rows of %d words: %v, want %v", kind, level, n, words, got, want)
				}
			}
		}
	}
}

// TestSiftSignsAtTheEdge: nothing is read behind the codes, the planes or the factors.
func TestSiftSignsAtTheEdge(t *testing.T) {
	a, b, c := againstTheEdge(t, 1<<14), againstTheEdge(t, 1<<14), againstTheEdge(t, 1<<14)
	words := func(s []float32, n int) []uint64 {
		return unsafe.Slice((*uint64)(unsafe.Pointer(&s[len(s)-2*n])), n)
	}
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		for w := 1; w < 20; w++ {
			for n := 1; n <= 24; n++ {
				blocks := (n + 7) / 8
				out := make([]uint32, n)
				if kept := set.SiftSigns(out, words(a, 4*w), words(b, 8*w*blocks), c[len(c)-32*blocks:], n, &kernel.SignCut{}); kept != n {
					t.Fatalf("%s: %d of %d rows", level, kept, n)
				}
			}
		}
	}
}

// TestSiftSignsChecksLengths before C reads what is not there.
func TestSiftSignsChecksLengths(t *testing.T) {
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		for name, f := range map[string]func(){
			"no planes": func() { set.SiftSigns(make([]uint32, 1), nil, nil, make([]float32, 32), 1, &kernel.SignCut{}) },
			"half a block": func() {
				set.SiftSigns(make([]uint32, 1), make([]uint64, 4), make([]uint64, 4), make([]float32, 32), 1, &kernel.SignCut{})
			},
			"no factors": func() {
				set.SiftSigns(make([]uint32, 1), make([]uint64, 4), make([]uint64, 8), nil, 1, &kernel.SignCut{})
			},
			"no room": func() {
				set.SiftSigns(nil, make([]uint64, 4), make([]uint64, 8), make([]float32, 32), 1, &kernel.SignCut{})
			},
			"short rotated": func() { set.Rotate(kernel.NewRotation(65, 1), make([]float32, 65), make([]float32, 65)) },
		} {
			if !panics(f) {
				t.Errorf("%s: %s was accepted", level, name)
			}
		}
		set.SiftSigns(nil, make([]uint64, 4), nil, nil, 0, &kernel.SignCut{})
	}
}

// TestRotateKeepsProducts: lengths and products stay, within the errors it states, on every kind of number; and every
// level gives the same bits.
func TestRotateKeepsProducts(t *testing.T) {
	for _, dim := range oddDims {
		r := kernel.NewRotation(dim, 9)
		for kind, value := range values {
			rng := rand.New(rand.NewPCG(1, uint64(dim)))
			x, y := fill(rng, dim, value), fill(rng, dim, value)
			var first [2][]float32
			for _, level := range kernel.Levels() {
				set, _ := kernel.At(level)
				a, b := fill(rng, r.Padded(), value), fill(rng, r.Padded(), value)
				set.Rotate(r, a, x)
				set.Rotate(r, b, y)
				if first[0] == nil {
					first = [2][]float32{a, b}
				}
				if !sameBits(a, first[0]) || !sameBits(b, first[1]) {
					t.Fatalf("%s %s, %d dimensions: other bits than portable", kind, level, dim)
				}
			}
			checkProducts(t, fmt.Sprintf("%s, %d dimensions", kind, dim), r, x, y, first)
		}
	}
}

func checkProducts(t *testing.T, name string, r *kernel.Rotation, x, y []float32, rotated [2][]float32) {
	t.Helper()
	want, _ := terms(kernel.Dot, x, y)
	got, _ := terms(kernel.Dot, rotated[0], rotated[1])
	xx, _ := terms(kernel.Dot, x, x)
	yy, _ := terms(kernel.Dot, y, y)
	if math.IsInf(got, 0) || math.IsNaN(got) {
		if xx < 1e60 && yy < 1e60 {
			t.Fatalf("%s: the rotated overflow", name)
		}
		return
	}
	x1, y1 := math.Sqrt(xx), math.Sqrt(yy)
	ex, ey := r.RelativeError()*x1+r.AbsoluteError(), r.RelativeError()*y1+r.AbsoluteError()
	if off := math.Abs(got - want); off > (ex*y1+ey*x1+ex*ey)*(1+1e-9) {
		t.Fatalf("%s: the product is %g, was %g, off by %g", name, got, want, off)
	}
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	})
}

// TestUnrotate turns back what was rotated, within the errors stated, at every level.
func TestUnrotate(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, dim := range []int{64, 65, 100, 768, 1000} {
		r := kernel.NewRotation(dim, 9)
		for _, scale := range []float64{1, 1e-42, 1e30} {
			x, turned := make([]float32, dim), make([]float32, r.Padded())
			norm := 0.0
			for i := range x {
				x[i] = float32(scale * rng.NormFloat64())
				norm += float64(x[i]) * float64(x[i])
			}
			for _, level := range kernel.Levels() {
				set, _ := kernel.At(level)
				set.Rotate(r, turned, x)
				set.Unrotate(r, turned)
				off := 0.0
				for i, y := range turned {
					want := 0.0
					if i < dim {
						want = float64(x[i])
					}
					off += (float64(y) - want) * (float64(y) - want)
				}
				if most := 2.1*r.RelativeError()*math.Sqrt(norm) + 2.1*r.AbsoluteError(); math.Sqrt(off) > most {
					t.Errorf("%s: %d numbers of %g: %g off, more than %g", level, dim, scale, math.Sqrt(off), most)
				}
			}
		}
	}
}

// TestRotateSpreads what lies in one number over all of them.
func TestRotateSpreads(t *testing.T) {
	for _, dim := range []int{64, 100, 384, 768, 1024, 1536} {
		r := kernel.NewRotation(dim, 9)
		for at := 0; at < dim; at += 37 {
			x, y := make([]float32, dim), make([]float32, r.Padded())
			x[at] = 1
			set, _ := kernel.At(kernel.Best)
			set.Rotate(r, y, x)
			largest := slices.MaxFunc(y, func(a, b float32) int {
				return int(math.Copysign(1, math.Abs(float64(a))-math.Abs(float64(b))))
			})
			if l := math.Abs(float64(largest)) * math.Sqrt(float64(len(y))); l > 8 {
				t.Errorf("%d dimensions: one number of %g times the mean", dim, l)
			}
		}
	}
}

// TestPlanesHoldTheQuery: the digits times the step, and the rest, are the query less the centre, at every level and for
// every kind of number that does not overflow.
func TestPlanesHoldTheQuery(t *testing.T) {
	for kind, value := range values {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, level := range kernel.Levels() {
			set, _ := kernel.At(level)
			for dim := 64; dim <= 1024; dim += 64 {
				q, c := fill(rng, dim, value), fill(rng, dim, value)
				planes := make([]uint64, kernel.SignPlanes*dim/64)
				got := set.SignPlanesOf(planes, q, c)
				sum, rest, square, product, size := 0, 0.0, 0.0, 0.0, 0.0
				for i := range q {
					digit := 0
					for p, weight := range []int{1, 2, 4, -8} {
						digit += weight * int(planes[4*(i/64)+p]>>(i%64)&1)
					}
					w := float64(q[i]) - float64(c[i])
					sum, square, product = sum+digit, square+w*w, product+float64(q[i])*float64(c[i])
					rest, size = rest+math.Abs(w-got.Step*float64(digit)), size+math.Abs(w)
				}
				if square > 1e70 {
					continue // where float32 differences may overflow
				}
				if float64(sum) != got.Sum || math.Abs(rest-got.Rest) > size/(1<<22) ||
					math.Abs(got.Square-square) > square*1e-6 || math.Abs(got.Product-product) > 1e-9*(square+math.Abs(product)+1) {
					t.Fatalf("%s %s, %d dimensions: %+v, want sum %d, rest %g, square %g, product %g", kind, level, dim, got,
						sum, rest, square, product)
				}
				if kind == "normal" && rest > size/5 {
					t.Fatalf("%s, %d dimensions: a rest of %g of %g", level, dim, rest, size)
				}
			}
		}
	}
}

func BenchmarkSigns(b *testing.B) {
	const n, words = 100_000, 12
	rng := rand.New(rand.NewPCG(1, 1))
	planes, signs, factors := signRows(rng, n, words, values["normal"])
	cut, out := kernel.SignCut{Base: 1e9, Scale: 1}, make([]uint32, n)
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		b.Run(fmt.Sprintf("sift/%s", level), func(b *testing.B) {
			b.SetBytes(int64(len(signs)) * 8)
			for b.Loop() {
				set.SiftSigns(out, planes, signs, factors, n, &cut)
			}
		})
		b.Run(fmt.Sprintf("planes/%s", level), func(b *testing.B) {
			q, c := fill(rng, 768, values["normal"]), fill(rng, 768, values["normal"])
			for b.Loop() {
				set.SignPlanesOf(planes, q, c)
			}
		})
		r, x := kernel.NewRotation(768, 1), fill(rng, 768, values["normal"])
		y := make([]float32, 768)
		b.Run(fmt.Sprintf("rotate/%s", level), func(b *testing.B) {
			for b.Loop() {
				set.Rotate(r, y, x)
			}
		})
	}
}
