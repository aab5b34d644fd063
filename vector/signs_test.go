package vector

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/vector/kernel"
)

// TestSignsRuleNothingOutThatIsNear: at every size of number, every level and every limit that a row is within, its
// code of one bit lets it through, and so does its list's bound; around centroids near and far, of 0 and of another
// size.
func TestSignsRuleNothingOutThatIsNear(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 9))
	sizes := []float64{0, 1, 1, 1, 1e-3, 1e-20, 1e-38, 1e-44, 1e15, 1e37}
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		for range 4000 {
			dim := codesPay + rng.IntN(100)
			q, row := vectorOf(rng, dim, sizes[rng.IntN(len(sizes))]), vectorOf(rng, dim, sizes[rng.IntN(len(sizes))])
			centre := vectorOf(rng, dim, sizes[rng.IntN(len(sizes))])
			for i := range row {
				switch rng.IntN(3) {
				case 0: // a near neighbour in this number
					row[i] = q[i] * float32(1+1e-2*rng.NormFloat64())
				case 1:
					centre[i] = row[i]
				}
			}
			for m := Cosine; m <= L2; m++ {
				checkSigns(t, set, m, q, row, centre)
			}
		}
	}
}

func checkSigns(t *testing.T, set kernel.Set, m Metric, q, row, centre []float32) {
	t.Helper()
	r := kernel.NewRotation(len(q), signSeed)
	lists := &signLists{padded: r.Padded(), centroids: make([]float32, r.Padded()), lists: []signList{{n: 1}}}
	set.Rotate(r, lists.centroids, centre)
	finiteOrZero(lists.centroids)
	lists.signs = make([]uint64, kernel.SignBlock*r.Padded()/64)
	lists.factors = make([]float32, kernel.SignBlock*kernel.SignFactors)
	coded := codedRow(t, set, r, row)
	signCode(lists.centroids, place{coded, 0}, make([]int8, r.Padded()), lists.signs, lists.factors, 0)
	lists.measure(coded.halves.marks, coded.norms)
	var s signQuery
	b := newBound(set, m, q)
	if !s.prepare(set, r, &b, q) {
		return
	}
	l, p := &lists.lists[0], prober{signs: &s}
	piece := p.add(nil, &block{lists: lists}, 1, keptFilter{})[0]
	planes := make([]uint64, kernel.SignPlanes*r.Padded()/64)
	w := set.SignPlanesOf(planes, s.vec, l.centroid)
	d := squared(m, Distance(m, q, row))
	if math.IsNaN(d) {
		d = math.Inf(1)
	}
	for _, limit := range []float64{d, d + math.Abs(d)*1e-3, d + 1, math.Inf(1)} {
		cut := s.cut(w, l, 0, limit)
		out := make([]uint32, 1)
		if set.SiftSigns(out, planes, lists.signs, lists.factors, 1, &cut) != 1 {
			t.Fatalf("%s at %s: %v is ruled out at %v, %d dimensions, %+v", m, set.Level(), d, limit, len(q), cut)
		}
		if s.out(l, piece.probe.product, piece.probe.length, limit) {
			t.Fatalf("%s at %s: the list of %v is ruled out at %v, %d dimensions", m, set.Level(), d, limit, len(q))
		}
	}
}

// codedRow is a row as a segment is made of it.
func codedRow(t *testing.T, set kernel.Set, r *kernel.Rotation, row []float32) *block {
	b := newChunk(len(row), 1)
	b.append(1, 1, row)
	return codedBlock(t, &Index{set: set, rotation: r}, b)
}

func codedBlock(t testing.TB, ix *Index, b *block) *block {
	t.Helper()
	coded, err := ix.coded(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return coded
}

// TestSignsRuleOutWhatIsFar: the bound is of use where neighbours are near.
func TestSignsRuleOutWhatIsFar(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	set, _ := kernel.At(kernel.Best)
	const dim = 768
	r := kernel.NewRotation(dim, signSeed)
	centre, q := make([]float32, r.Padded()), vectorOf(rng, dim, 1)
	signs, factors := make([]uint64, kernel.SignBlock*r.Padded()/64), make([]float32, kernel.SignBlock*kernel.SignFactors)
	row := vectorOf(rng, dim, 1)
	signCode(centre, place{codedRow(t, set, r, row), 0}, make([]int8, r.Padded()), signs, factors, 0)
	b := newBound(set, Cosine, q)
	var s signQuery
	if !s.prepare(set, r, &b, q) {
		t.Fatal("the codes do not serve")
	}
	planes, out := make([]uint64, kernel.SignPlanes*r.Padded()/64), make([]uint32, 1)
	w := set.SignPlanesOf(planes, s.vec, centre)
	for limit, want := range map[float64]int{0.1: 0, 0.2: 0, 0.9: 1} {
		cut := s.cut(w, &signList{}, 0, limit)
		if kept := set.SiftSigns(out, planes, signs, factors, 1, &cut); kept != want {
			t.Errorf("a row at %g and a limit of %g: kept %d", Distance(Cosine, q, row), limit, kept)
		}
	}
}

// TestBoundsWhereTheyAreTight asks as the worst of queries do: along what a row's code leaves out, where Cauchy and
// Schwarz's inequality is an equation.
func TestBoundsWhereTheyAreTight(t *testing.T) {
	const dim = 128
	rng := rand.New(rand.NewPCG(29, 9))
	for _, level := range kernel.Levels() {
		set, _ := kernel.At(level)
		r := kernel.NewRotation(dim, signSeed)
		back := inverse(set, r, dim)
		for i := range 300 {
			row, centre := vectorOf(rng, dim, 1), vectorOf(rng, dim, 0.3)
			if i%2 == 0 {
				clear(centre)
			}
			rotated, middle := make([]float32, dim), make([]float32, dim)
			set.Rotate(r, rotated, row)
			set.Rotate(r, middle, centre)
			sum := 0.0
			for j, x := range rotated {
				sum += math.Abs(float64(x) - float64(middle[j]))
			}
			left := make([]float64, dim) // of the code of one bit, and then the query that goes along it
			for j, x := range rotated {
				u := float64(x) - float64(middle[j])
				left[j] = float64(middle[j]) + 3*(u-math.Copysign(sum/dim, u))
			}
			high, low := make([]uint8, dim/2), make([]uint8, dim/2)
			marks := encodeHalves(high, low, rotated)
			leftHigh := make([]float64, dim)
			for j, x := range rotated {
				h := float64(high[j/64*32+j%32] >> (j % 64 / 32 * 4) & 15)
				leftHigh[j] = float64(x) - float64(marks[0])*(16*h+halfMiddle-codeZero)
			}
			b := newChunk(dim, 1)
			b.append(1, 1, row)
			for m := Cosine; m <= L2; m++ {
				checkSigns(t, set, m, back(left), row, centre)
				if set.HasCodes() {
					checkHalfBound(t, set, m, back(leftHigh), b)
				}
			}
		}
	}
}

// inverse returns the inverse of a rotation: its transpose.
func inverse(set kernel.Set, r *kernel.Rotation, dim int) func([]float64) []float32 {
	rows := make([][]float32, dim)
	for i := range rows {
		unit := make([]float32, dim)
		unit[i], rows[i] = 1, make([]float32, dim)
		set.Rotate(r, rows[i], unit)
	}
	return func(v []float64) []float32 {
		out := make([]float32, dim)
		for i, row := range rows {
			sum := 0.0
			for j, x := range row {
				sum += float64(x) * v[j]
			}
			out[i] = float32(sum)
		}
		return out
	}
}
