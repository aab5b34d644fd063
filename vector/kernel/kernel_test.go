package kernel_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seguedb/segue/vector/kernel"
)

var ops = map[string]kernel.Op{"dot": kernel.Dot, "l2": kernel.SquaredL2, "l1": kernel.L1}

// oddDims has every remainder of every register width, and what databases hold.
var oddDims = func() []int {
	dims := []int{127, 128, 129, 255, 384, 767, 768, 769, 1000, 1024, 1536}
	for d := 1; d <= 80; d++ {
		dims = append(dims, d)
	}
	return dims
}()

// values makes numbers by what they do to a float32 sum.
var values = map[string]func(rng *rand.Rand) float32{
	"normal": func(rng *rand.Rand) float32 { return float32(rng.NormFloat64()) },
	"wide": func(rng *rand.Rand) float32 {
		return float32(rng.NormFloat64() * math.Pow(10, float64(rng.IntN(30)-15)))
	},
	"cancelling": func(rng *rand.Rand) float32 { return float32(1+rng.Float64()*1e-6) * float32(1-2*rng.IntN(2)) },
	"denormal": func(rng *rand.Rand) float32 {
		return math.Float32frombits(uint32(rng.IntN(1<<23)) | uint32(rng.IntN(2))<<31)
	},
	"small": func(rng *rand.Rand) float32 { return float32(rng.NormFloat64() * 1e-22) },
	"zero":  func(rng *rand.Rand) float32 { return float32(math.Copysign(0, float64(rng.IntN(2)-1))) },
	"huge":  func(rng *rand.Rand) float32 { return float32(rng.NormFloat64() * 1e37) },
	"squares near the largest float": func(rng *rand.Rand) float32 {
		return float32(rng.NormFloat64() * 1e18)
	},
}

// fill makes n numbers that start off the alignment of any register.
func fill(rng *rand.Rand, n int, value func(*rand.Rand) float32) []float32 {
	s := make([]float32, n+3)[1+rng.IntN(3):][:n:n]
	for i := range s {
		s[i] = value(rng)
	}
	return s
}

// terms returns a score in float64 and the sum of its terms' sizes: products of two float32 are exact
// there, and the sums are good to sixteen digits.
func terms(op kernel.Op, q, r []float32) (sum, size float64) {
	for i := range q {
		x, y := float64(q[i]), float64(r[i])
		f := x * y
		switch op {
		case kernel.SquaredL2:
			f = (x - y) * (x - y)
		case kernel.L1:
			f = math.Abs(x - y)
		}
		sum, size = sum+f, size+math.Abs(f)
	}
	return sum, size
}

// TestScoresAreWithinTheirBound: every level, on every kind of number and every remainder of
// dimensions, is as near to the real score as RelativeError and AbsoluteError say, or has overflowed
// where the terms are large enough for that.
func TestScoresAreWithinTheirBound(t *testing.T) {
	const rows = 5
	for kind, value := range values {
		for _, level := range kernel.Levels() {
			set, _ := kernel.At(level)
			rng := rand.New(rand.NewPCG(1, 2))
			for _, dim := range oddDims {
				q, block := fill(rng, dim, value), fill(rng, rows*dim, value)
				for name, op := range ops {
					dst := fill(rng, rows, values["normal"])
					set.Scan(op, dst, q, block)
					for i, got := range dst {
						want, size := terms(op, q, block[i*dim:][:dim])
						if math.IsInf(float64(got), 0) || got != got {
							if size < math.MaxFloat32/2 {
								t.Fatalf("%s %s %s, %d dimensions: %v for terms of %g", kind, level, name, dim, got, size)
							}
							continue
						}
						allowed := set.RelativeError(dim)*size + kernel.AbsoluteError(dim)
						if off := math.Abs(float64(got) - want); off > allowed {
							t.Fatalf("%s %s %s, %d dimensions: %g is off %g by %g, over %g", kind, level, name, dim, got, want, off, allowed)
						}
					}
				}
			}
		}
	}
}

// TestBoundIsOfUse: the bound of a usual dimension is small enough to tell neighbours apart.
func TestBoundIsOfUse(t *testing.T) {
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		if e := set.RelativeError(768); e < 1e-7 || e > 1e-5 {
			t.Errorf("%s: relative error %g at 768 dimensions", level, e)
		}
	}
}

// TestGatherEqualsScan bit for bit, in any order and with repeats.
func TestGatherEqualsScan(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		for _, dim := range oddDims {
			const rows = 9
			q, block := fill(rng, dim, values["normal"]), fill(rng, rows*dim, values["normal"])
			at := []uint32{8, 0, 3, 3, 7}
			for name, op := range ops {
				scanned, gathered := make([]float32, rows), make([]float32, len(at))
				set.Scan(op, scanned, q, block)
				set.Gather(op, gathered, q, block, at)
				for i, row := range at {
					if got, want := gathered[i], scanned[row]; math.Float32bits(got) != math.Float32bits(want) {
						t.Fatalf("%s %s, %d dimensions: row %d is %g gathered, %g scanned", level, name, dim, row, got, want)
					}
				}
			}
		}
	}
}

// TestNotANumberStays: an infinity or a NaN in the input is one in the score.
func TestNotANumberStays(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, bad := range []float32{inf, -inf, float32(math.NaN())} {
		for _, level := range kernel.Levels() {
			set, _ := kernel.At(level)
			for _, dim := range oddDims {
				q, row := make([]float32, dim), make([]float32, dim)
				for i := range q {
					q[i], row[i] = 1, 2
				}
				row[dim-1] = bad
				for name, op := range ops {
					dst := []float32{0}
					set.Scan(op, dst, q, row)
					if x := float64(dst[0]); !math.IsNaN(x) && !math.IsInf(x, 0) {
						t.Fatalf("%s %s, %d dimensions: %g from %g", level, name, dim, x, bad)
					}
				}
			}
		}
	}
}

// TestNoReadPastTheEnd lays rows and query against the end of a page that is followed by none: one
// byte too many is a fault.
func TestNoReadPastTheEnd(t *testing.T) {
	q, rows := againstTheEdge(t, 1<<14), againstTheEdge(t, 1<<14)
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		for _, dim := range oddDims {
			for _, op := range ops {
				dst := []float32{-1, 0, 0, -1}
				set.Scan(op, dst[1:3], q[len(q)-dim:], rows[len(rows)-2*dim:])
				set.Gather(op, dst[1:3], q[len(q)-dim:], rows[len(rows)-2*dim:], []uint32{1, 0})
				if set.HasCodes() {
					edgeQ, edgeRows := bytesAtTheEdge[int8](q, dim), bytesAtTheEdge[uint8](rows, 2*dim)
					set.ScanCodes(make([]int32, 2), edgeQ, edgeRows)
					set.GatherCodes(make([]int32, 2), edgeQ, edgeRows, []uint32{1, 0})
				}
				if dst[0] != -1 || dst[3] != -1 {
					t.Fatalf("%s, %d dimensions: wrote past dst", level, dim)
				}
			}
		}
	}
}

// bytesAtTheEdge returns the last n bytes of s.
func bytesAtTheEdge[T int8 | uint8](s []float32, n int) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(&s[0])), 4*len(s))[4*len(s)-n:]
}

// againstTheEdge returns n zeros whose next byte cannot be read.
func againstTheEdge(t *testing.T, n int) []float32 {
	t.Helper()
	page, bytes := unix.Getpagesize(), 4*n
	bytes = (bytes + page - 1) / page * page
	mem, err := unix.Mmap(-1, 0, bytes+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(mem) })
	if err := unix.Mprotect(mem[bytes:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&mem[bytes-4*n])), n)
}

// TestCodesAreExact, at the ends of the bytes' ranges and for every remainder of dimensions.
func TestCodesAreExact(t *testing.T) {
	const rows = 7
	rng := rand.New(rand.NewPCG(5, 6))
	for _, level := range kernel.Levels()[1:] {
		set, _ := kernel.At(level)
		for _, dim := range append([]int{16000}, oddDims...) {
			for _, extreme := range []bool{false, true} {
				q, block := make([]int8, dim), make([]uint8, rows*dim)
				for i := range q {
					if q[i] = int8(rng.IntN(256) - 128); extreme {
						q[i] = -128
					}
				}
				for i := range block {
					if block[i] = uint8(rng.IntN(256)); extreme {
						block[i] = 255
					}
				}
				dst, gathered := make([]int32, rows), make([]int32, 4)
				set.ScanCodes(dst, q, block)
				set.GatherCodes(gathered, q, block, []uint32{6, 0, 3, 3})
				if want := []int32{dst[6], dst[0], dst[3], dst[3]}; !slices.Equal(gathered, want) {
					t.Fatalf("%s, %d dimensions: gathered %v, want %v", level, dim, gathered, want)
				}
				for i, got := range dst {
					want := int32(0)
					for j, x := range q {
						want += int32(x) * int32(block[i*dim+j])
					}
					if got != want {
						t.Fatalf("%s, %d dimensions: row %d is %d, want %d", level, dim, i, got, want)
					}
				}
			}
		}
	}
}

// TestLengthsAreChecked before C could read what is not there.
func TestLengthsAreChecked(t *testing.T) {
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		for name, f := range map[string]func(){
			"no dimensions":  func() { set.Scan(kernel.Dot, nil, nil, nil) },
			"rows too short": func() { set.Scan(kernel.Dot, make([]float32, 2), make([]float32, 3), make([]float32, 5)) },
			"rows too long":  func() { set.Scan(kernel.Dot, make([]float32, 1), make([]float32, 3), make([]float32, 6)) },
			"gather past the end": func() {
				set.Gather(kernel.Dot, make([]float32, 1), make([]float32, 3), make([]float32, 5), []uint32{1})
			},
			"codes gathered past the end": func() {
				set.GatherCodes(make([]int32, 1), make([]int8, 3), make([]uint8, 5), []uint32{1})
			},
			"codes too short": func() { set.ScanCodes(make([]int32, 2), make([]int8, 3), make([]uint8, 5)) },
			"gather of other size": func() {
				set.Gather(kernel.Dot, make([]float32, 2), make([]float32, 3), make([]float32, 6), []uint32{1})
			},
		} {
			if !panics(f) {
				t.Errorf("%s: %s was accepted", level, name)
			}
		}
		set.Scan(kernel.Dot, nil, make([]float32, 3), nil)
		set.Gather(kernel.Dot, nil, make([]float32, 3), nil, nil)
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return
}

// TestAt: a level that is listed can be had, one that is not cannot, and Best is the last listed.
func TestAt(t *testing.T) {
	levels := kernel.Levels()
	for _, level := range levels {
		if set, ok := kernel.At(level); !ok || set.Level() != level {
			t.Errorf("At(%s) is %s, %v", level, set.Level(), ok)
		}
	}
	if set, ok := kernel.At(kernel.Best); !ok || set.Level() != levels[len(levels)-1] {
		t.Errorf("Best is %s of %v", set.Level(), levels)
	}
	if _, ok := kernel.At(kernel.AVX512 + 1); ok {
		t.Error("a level that does not exist was given")
	}
	for level, want := range map[kernel.Level]string{kernel.Best: "best", kernel.Portable: "portable", kernel.AVX2: "avx2",
		kernel.AVX512: "avx512", 77: "Level(77)"} {
		if got := fmt.Sprint(level); got != want {
			t.Errorf("%d prints as %q, want %q", uint8(level), got, want)
		}
	}
}
