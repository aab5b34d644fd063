package kernel_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seguedb/segue/vector/kernel"
)

// halfRows makes n rows of dim halves with norms and marks of a kind.
func halfRows(rng *rand.Rand, n, dim int, value func(*rand.Rand) float32, extreme bool) (q, arranged []int8, rows *kernel.HalfRows) {
	q, arranged = make([]int8, dim), make([]int8, dim)
	for i := range q {
		if q[i] = int8(rng.IntN(256) - 128); extreme {
			q[i] = -128
		}
	}
	kernel.ArrangeHalves(arranged, q)
	rows = &kernel.HalfRows{Block: make([]uint8, n*dim/2), Norms: make([]float64, n), Marks: fill(rng, 3*n, value), N: n}
	for i := range rows.Block {
		if rows.Block[i] = uint8(rng.IntN(256)); extreme {
			rows.Block[i] = 255
		}
	}
	for i := range rows.Norms {
		rows.Norms[i] = float64(value(rng))
	}
	return q, arranged, rows
}

// halfScore is a row's score by its definition.
func halfScore(q []int8, rows *kernel.HalfRows, row int) int32 {
	sum := int32(0)
	for i, x := range q {
		b := rows.Block[row*len(q)/2+i/64*32+i%32]
		if i%64 >= 32 {
			b >>= 4
		}
		sum += int32(x) * int32(b&15)
	}
	return sum
}

// TestHalvesAgree: scores are exact at the ends of their ranges and for every number of words, and the cut lets through
// what its definition does, for marks of every kind.
func TestHalvesAgree(t *testing.T) {
	for kind, value := range values {
		rng := rand.New(rand.NewPCG(5, 6))
		for i := range 300 {
			n, dim := 1+rng.IntN(30), 64*(1+rng.IntN(20))
			if i == 0 {
				dim = 16000
			}
			q, arranged, rows := halfRows(rng, n, dim, value, i%7 == 0)
			cut := kernel.HalfCut{Scale: rng.NormFloat64() / 1e3, Zero: rng.NormFloat64() * 1e3, Length: rng.Float64(),
				Constant: rng.Float64(), Base: rng.NormFloat64(), Slope: rng.NormFloat64(), Square: float64(rng.IntN(2)) / 2}
			if rng.IntN(2) == 0 {
				for range n {
					rows.At = append(rows.At, uint32(rng.IntN(n)))
				}
			} else {
				rows.First = rng.IntN(n)
				rows.N = n - rows.First
			}
			checkHalves(t, fmt.Sprintf("%s, %d dimensions", kind, dim), q, arranged, rows, &cut)
		}
	}
}

func checkHalves(t *testing.T, name string, q, arranged []int8, rows *kernel.HalfRows, cut *kernel.HalfCut) {
	t.Helper()
	at := rows.At
	for i := 0; rows.At == nil && i < rows.N; i++ {
		at = append(at, uint32(rows.First+i))
	}
	var want []uint32
	var scores, all []int32
	for _, v := range at {
		s, norm := halfScore(q, rows, int(v)), rows.Norms[v]
		all = append(all, s)
		upper := float64(cut.Scale*float64(rows.Marks[3*v])) * (float64(16*float64(s)) - cut.Zero)
		upper += float64(cut.Length*float64(rows.Marks[3*v+2])) + cut.Constant
		if !(upper < cut.Base+float64(norm*(cut.Slope+float64(norm*cut.Square)))) {
			want, scores = append(want, v), append(scores, s)
		}
	}
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		out, got := make([]uint32, len(at)), make([]int32, len(at))
		n := set.SiftHalves(out, got, arranged, rows, cut)
		if !slices.Equal(out[:n], want) || !slices.Equal(got[:n], scores) {
			t.Fatalf("%s, %s: %v with %v, want %v with %v", name, level, out[:n], got[:n], want, scores)
		}
		set.GatherHalves(got, arranged, rows.Block, at)
		if !slices.Equal(got, all) {
			t.Fatalf("%s, %s: gathered %v, want %v", name, level, got, all)
		}
	}
}

// TestSiftCodesAgrees with ScanCodes and the cut's definition.
func TestSiftCodesAgrees(t *testing.T) {
	for kind, value := range values {
		rng := rand.New(rand.NewPCG(7, 6))
		for range 300 {
			n, dim := 1+rng.IntN(30), 1+rng.IntN(200)
			q, rows := make([]int8, dim), &kernel.CodeRows{Block: make([]uint8, n*dim), Norms: make([]float64, n),
				Steps: fill(rng, 2*n, value), N: n}
			for i := range q {
				q[i] = int8(rng.IntN(256) - 128)
			}
			for i := range rows.Block {
				rows.Block[i] = uint8(rng.IntN(256))
			}
			for i := range rows.Norms {
				rows.Norms[i] = float64(value(rng))
			}
			if rng.IntN(2) == 0 {
				for range n {
					rows.At = append(rows.At, uint32(rng.IntN(n)))
				}
			}
			cut := kernel.CodeCut{Scale: rng.NormFloat64() / 1e3, Zero: rng.NormFloat64() * 1e3, Length: rng.Float64(),
				Base: rng.NormFloat64(), Slope: rng.NormFloat64(), Square: float64(rng.IntN(2)) / 2}
			checkSiftCodes(t, kind, q, rows, &cut)
		}
	}
}

func checkSiftCodes(t *testing.T, kind string, q []int8, rows *kernel.CodeRows, cut *kernel.CodeCut) {
	t.Helper()
	n := rows.N
	for _, level := range kernel.Levels()[1:] {
		set, _ := kernel.At(level)
		all, out, scores := make([]int32, n), make([]uint32, n), make([]int32, n)
		set.ScanCodes(all, q, rows.Block)
		var want []uint32
		for i := range n {
			v := uint32(i)
			if rows.At != nil {
				v = rows.At[i]
			}
			upper := float64(cut.Scale*float64(rows.Steps[2*v])) * (float64(all[v]) - cut.Zero)
			upper += float64(cut.Length * float64(rows.Steps[2*v+1]))
			if !(upper < cut.Base+float64(rows.Norms[v]*(cut.Slope+float64(rows.Norms[v]*cut.Square)))) {
				want = append(want, v)
			}
		}
		kept := set.SiftCodes(out, scores, q, rows, cut)
		if !slices.Equal(out[:kept], want) {
			t.Fatalf("%s, %s, %d dimensions: %v, want %v", kind, level, len(q), out[:kept], want)
		}
		for i, v := range want {
			if scores[i] != all[v] {
				t.Fatalf("%s, %s, %d dimensions: row %d scores %d, want %d", kind, level, len(q), v, scores[i], all[v])
			}
		}
		if !panics(func() { set.SiftCodes(out, scores[:0], q, rows, cut) }) {
			t.Fatalf("%s: no room was accepted", level)
		}
	}
}

// TestHalvesAtTheEdge: nothing is read behind the rows or the query; and lengths are checked.
func TestHalvesAtTheEdge(t *testing.T) {
	a, b := againstTheEdge(t, 1<<14), againstTheEdge(t, 1<<14)
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		for dim := 64; dim < 1000; dim += 64 {
			q, block := bytesAtTheEdge[int8](a, dim), bytesAtTheEdge[uint8](b, dim)
			rows := &kernel.HalfRows{Block: block, Norms: make([]float64, 2), Marks: make([]float32, 6), N: 2}
			out, scores := make([]uint32, 2), make([]int32, 2)
			if set.SiftHalves(out, scores, q, rows, &kernel.HalfCut{}) != 2 {
				t.Fatalf("%s, %d dimensions: rows at the limit are out", level, dim)
			}
			set.GatherHalves(scores, q, block, []uint32{1, 0})
		}
		rows := func(n int) *kernel.HalfRows {
			return &kernel.HalfRows{Block: make([]uint8, 64), Norms: make([]float64, 2), Marks: make([]float32, 6), N: n}
		}
		out, scores, q := make([]uint32, 3), make([]int32, 3), make([]int8, 64)
		for name, f := range map[string]func(){
			"too many rows": func() { set.SiftHalves(out, scores, q, rows(3), &kernel.HalfCut{}) },
			"no room":       func() { set.SiftHalves(out[:1], scores, q, rows(2), &kernel.HalfCut{}) },
			"half a word":   func() { set.SiftHalves(out, scores, q[:32], rows(2), &kernel.HalfCut{}) },
			"past the end":  func() { set.GatherHalves(scores[:1], q, make([]uint8, 64), []uint32{2}) },
			"other size":    func() { set.GatherHalves(scores, q, make([]uint8, 64), []uint32{1}) },
		} {
			if !panics(f) {
				t.Errorf("%s: %s was accepted", level, name)
			}
		}
	}
}

func BenchmarkHalves(b *testing.B) {
	for _, n := range []int{1300, 100_000} {
		b.Run(fmt.Sprint("rows=", n), func(b *testing.B) { benchmarkHalves(b, n) })
	}
}

func benchmarkHalves(b *testing.B, n int) {
	const dim = 768
	rng := rand.New(rand.NewPCG(1, 1))
	_, q, rows := halfRows(rng, n, dim, values["normal"], false)
	out, scores := make([]uint32, n), make([]int32, n)
	codes, dots := make([]uint8, n*dim), make([]int32, n)
	for i := range codes {
		codes[i] = uint8(i)
	}
	for _, level := range kernel.Levels()[1:] {
		set, _ := kernel.At(level)
		b.Run(fmt.Sprintf("sift/%s", level), func(b *testing.B) {
			b.SetBytes(int64(n) * dim / 2)
			for b.Loop() {
				set.SiftHalves(out, scores, q, rows, &kernel.HalfCut{Base: math.Inf(1)})
			}
		})
		for _, percent := range []int{5, 50} {
			b.Run(fmt.Sprintf("sift-%d%%/%s", percent, level), func(b *testing.B) {
				some := *rows
				for i := range n {
					if rng.IntN(100) < percent {
						some.At = append(some.At, uint32(i))
					}
				}
				b.SetBytes(int64(len(some.At)) * dim / 2)
				for b.Loop() {
					set.SiftHalves(out, scores, q, &some, &kernel.HalfCut{Base: math.Inf(1)})
				}
			})
		}
		b.Run(fmt.Sprintf("bytes/%s", level), func(b *testing.B) {
			b.SetBytes(int64(n) * dim)
			for b.Loop() {
				set.ScanCodes(dots, q, codes)
			}
		})
	}
}
