package vector

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seguedb/segue/vector/kernel"
)

// TestCells: the cells of a segment's lists hold each of its versions once, list by list, and a version is in the cell
// whose centre is about the nearest.
func TestCells(t *testing.T) {
	const dim, rows = 64, 3000
	ix, err := Open(NewMemStore(), Options{Dim: dim, SignRows: 1, ListRows: 100, CellRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	rng := rand.New(rand.NewPCG(11, 12))
	var centres [200][dim]float64
	for i := range centres {
		for j := range centres[i] {
			centres[i][j] = rng.NormFloat64()
		}
	}
	for i := range rows {
		vec := make([]float32, dim)
		for j := range vec {
			vec[j] = float32(centres[i%len(centres)][j] + 0.4*rng.NormFloat64())
		}
		ix.Apply(1, []Delta{{Row: uint64(i), Vec: vec}})
	}
	if err := ix.Seal(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	b := ix.view.Load().segments[0].block
	cells, next, nearest := &b.lists.cells, 0, 0
	if len(cells.list) != 300 || len(b.lists.lists) != 30 {
		t.Fatalf("%d cells in %d lists", len(cells.list), len(b.lists.lists))
	}
	numbers, dots := make([]int8, paddedDim(dim)), make([]int32, len(cells.list))
	for i := range b.lists.lists {
		l := &b.lists.lists[i]
		for c := uint32(l.cell); c < uint32(l.cell+l.cells); c++ {
			from, to := cells.span(c, l)
			if int(cells.first[c]) != next || cells.list[c] != uint32(i) || from%kernel.SignBlock != 0 ||
				l.first+from > next || l.first+to < next+cells.versions(c) || to > l.n {
				t.Fatalf("cell %d of list %d begins at %d, not %d, and is asked at %d to %d", c, i, cells.first[c], next, from, to)
			}
			for v := next; v < next+cells.versions(c); v++ {
				if centreOf(b, v, numbers, dots) == c {
					nearest++
				}
			}
			next += cells.versions(c)
		}
	}
	if next != rows || nearest < rows*9/10 {
		t.Errorf("%d of %d versions are in cells, %d in the nearest", next, rows, nearest)
	}
}

// centreOf returns the cell whose centre is nearest to a version.
func centreOf(b *block, v int, numbers []int8, dots []int32) (at uint32) {
	cells, step, sum := &b.lists.cells, b.halves.numbers(numbers, v), int32(0)
	for _, x := range numbers {
		sum += int32(x)
	}
	set, _ := kernel.At(kernel.Portable)
	scan(set, dots, numbers, cells.codes)
	var order listOrder
	for c, dot := range dots {
		order.put(c, float64(cells.squares[c])-2*float64(step)*float64(cells.steps[c])*float64(dot-sum*codeZero))
	}
	return uint32(order.sorted()[0])
}

// TestListOrder: a heap gives what sorting gives, whatever was put, and to the end.
func TestListOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range 200 {
		var heap, list listOrder
		for i := range n {
			key := float64(rng.IntN(40) - 20)
			heap.put(i, key)
			list.put(i, key)
		}
		heap.heap()
		var popped []uint64
		for len(heap) > 0 {
			popped = append(popped, heap.pop())
		}
		if want := list.sorted(); !slices.Equal(popped, want) {
			t.Fatalf("of %d: %x, want %x", n, popped, want)
		}
	}
}
