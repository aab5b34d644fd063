package vector

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/vector/kernel"
)

// apartIndex is an index of sealed rows whose vectors are in the source that comes with it, at seq 1.
func apartIndex(t *testing.T, store SegmentStore, rows, dim int, cache *Cache) (*Index, rowSource) {
	t.Helper()
	ix, err := Open(store, Options{Dim: dim, Apart: true, Cache: cache, SignRows: 64, ListRows: 128})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ix.Close() })
	rng, source, deltas := rand.New(rand.NewPCG(8, 8)), rowSource{rows: map[uint64][]float32{}}, []Delta(nil)
	for row := range uint64(rows) {
		vec := vectorOf(rng, dim, 1)
		source.rows[row] = vec
		deltas = append(deltas, Delta{Row: row, Vec: vec})
	}
	ix.Apply(1, deltas)
	if err := ix.Seal(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return ix, source
}

// rowSource is a Source that may fail.
type rowSource struct {
	rows map[uint64][]float32
	err  error
}

func (s rowSource) Vectors(rows []uint64, yield func(i int, vec []float32)) error {
	for i, row := range rows {
		if vec := s.rows[row]; vec != nil {
			yield(i, vec)
		}
	}
	return s.err
}

// TestApartReadsFew: a segment whose vectors are the owner's takes less than 1,000 bytes a version of 768 dimensions, and
// an exact search reads few vectors, the same one not again while the cache has it; a row that the source has not, and a
// source that fails, or is none, are errors.
func TestApartReadsFew(t *testing.T) {
	const rows, dim, k = 1300, 768, 10
	cache := NewCache(2 << 20)
	ix, source := apartIndex(t, NewMemStore(), rows, dim, cache)
	if each := ix.Stats().SegmentBytes / rows; each > 1000 {
		t.Errorf("a version takes %d bytes", each)
	}
	q := Query{Vec: vectorOf(rand.New(rand.NewPCG(9, 9)), dim, 1), K: k, Seq: 1}
	if _, err := ix.Search(t.Context(), q); !errors.Is(err, ErrNoSource) {
		t.Errorf("without a source: %v", err)
	}
	q.Source = rowSource{rows: source.rows, err: errors.ErrUnsupported}
	if _, err := ix.Search(t.Context(), q); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a source that fails: %v", err)
	}
	cache.Drop()
	q.Source = rowSource{}
	if _, err := ix.Search(t.Context(), q); err == nil {
		t.Error("a source without the rows is good enough")
	}
	q.Source = source
	r, err := ix.Search(t.Context(), q)
	if s := r.Stats; err != nil || len(r.Hits) != k || s.Fetched < k || s.Fetched > 20*k {
		t.Errorf("%+v, %v", s, err)
	}
	if again, err := ix.Search(t.Context(), q); err != nil || again.Stats.Fetched != 0 || len(again.Hits) != k {
		t.Errorf("again: %+v, %v", again.Stats, err)
	}
	q.K = rows
	if r, err = ix.Search(t.Context(), q); err != nil || len(r.Hits) != rows {
		t.Errorf("all rows: %d, %v", len(r.Hits), err)
	}
	if held := cache.Bytes(); held > 2<<20 || held < 1<<20 {
		t.Errorf("the cache of 2 MiB holds %d bytes", held)
	}
	if cache.Drop(); cache.Bytes() != 0 {
		t.Errorf("%d bytes after Drop", cache.Bytes())
	}
}

// TestEraseCodes: of a row that is erased its byte codes are not left either.
func TestEraseCodes(t *testing.T) {
	const dim = 64
	store := NewMemStore()
	ix, source := apartIndex(t, store, 200, dim, nil)
	set, _ := kernel.At(kernel.Best)
	for row := uint64(0); row < 200; row += 3 {
		ix.Apply(2, []Delta{{Row: row}})
	}
	if _, err := ix.Erase(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	names, err := store.List()
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	data, err := store.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	for row, vec := range source.rows {
		rotated, high, low := make([]float32, dim), make([]uint8, dim/2), make([]uint8, dim/2)
		set.Rotate(ix.rotation, rotated, vec)
		encodeHalves(high, low, rotated)
		for _, half := range [][]uint8{high, low} {
			if got := bytes.Contains(data.Bytes(), half); got != (row%3 != 0) {
				t.Errorf("row %d: its codes are in the file: %v", row, got)
			}
		}
	}
}

// TestCodesOutliveMerges: whatever is merged with whatever, a version's byte codes are those of its vector.
func TestCodesOutliveMerges(t *testing.T) {
	ix, source := apartIndex(t, NewMemStore(), 200, 64, nil)
	for seq := uint64(2); seq < 9; seq++ {
		ix.Apply(seq, []Delta{{Row: 1000 + seq, Vec: source.rows[seq]}})
		if err := ix.Compact(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	v := ix.view.Load()
	b := v.segments[0].block
	if len(v.segments) > 2 || ix.Stats().Merges < 3 || b.len() < 200 {
		t.Fatalf("%d segments, %d merges, %d versions", len(v.segments), ix.Stats().Merges, b.len())
	}
	chunk := newChunk(64, b.len())
	for i := range b.len() {
		row := b.rows[i]
		if row >= 1000 {
			row -= 1000
		}
		chunk.append(b.rows[i], 1, source.rows[row])
	}
	want := codedBlock(t, ix, chunk).halves
	if !bytes.Equal(want.high, b.halves.high) || !bytes.Equal(want.low, b.halves.low) ||
		!bytes.Equal(bytesOf(want.marks), bytesOf(b.halves.marks)) {
		t.Error("codes have changed on their way")
	}
}
