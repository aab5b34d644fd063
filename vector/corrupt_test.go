package vector_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seguedb/segue/vector"
)

// files is an index's files by name; the manifest's is empty.
type files map[string][]byte

// store returns a store of the files.
func (f files) store(t *testing.T) vector.SegmentStore {
	t.Helper()
	s := vector.NewMemStore()
	for name, data := range f {
		if name == "" {
			if err := s.WriteManifest(data); err != nil {
				t.Fatal(err)
			}
			continue
		}
		w, err := s.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write(data)
		if err := errors.Join(err, w.Commit()); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestDamagedFiles flips a bit of every byte of every file, cuts each file at every length, and removes it.
// Open either says ErrCorrupt, with an index that a Rebuild makes whole, or the answers are right.
func TestDamagedFiles(t *testing.T) { damageFiles(t, damageDims{2, 1}) }

// TestDamagedListFiles is the same for segments with lists, whose files are larger: for every eleventh byte.
func TestDamagedListFiles(t *testing.T) { damageFiles(t, damageDims{40, 11}) }

// damageDims is the dimension of the vectors, and how many bytes lie between two damages.
type damageDims struct{ dim, every int }

func damageFiles(t *testing.T, d damageDims) {
	whole, m := sealedFiles(t, d.dim)
	if len(whole) != 3 {
		t.Fatalf("%d files, want a manifest and two segments", len(whole))
	}
	for name, data := range whole {
		damaged := maps.Clone(whole)
		noticed := func(now []byte) int {
			if damaged[name] = now; openDamaged(t, damaged, m, d.dim) {
				return 1
			}
			return 0
		}
		flips, cuts := 0, 0
		for i := 0; i < len(data); i += d.every {
			flipped := slices.Clone(data)
			flipped[i] ^= 1 << (i % 8)
			flips += noticed(flipped)
			cuts += noticed(data[:i])
		}
		if tries := (len(data) + d.every - 1) / d.every; flips < tries/2 { // the rest is padding
			t.Errorf("%q: %d of %d flips noticed", name, flips, tries)
		}
		if tries := (len(data) + d.every - 1) / d.every; cuts != tries {
			t.Errorf("%q: %d of %d cuts noticed", name, cuts, tries)
		}
		if delete(damaged, name); !openDamaged(t, damaged, m, d.dim) {
			t.Errorf("%q: its loss was not noticed", name)
		}
	}
}

// sealedFiles makes two segments with a few dead rows in the first.
func sealedFiles(t *testing.T, dim int) (files, *model) {
	t.Helper()
	store := vector.NewMemStore()
	ix, err := openLists(store, dim)
	if err != nil {
		t.Fatal(err)
	}
	m, rng := new(model), rand.New(rand.NewPCG(1, 1))
	for first := range uint64(2) {
		var deltas []vector.Delta
		for row := range uint64(9) {
			deltas = append(deltas, vector.Delta{Row: first*8 + row, Vec: randomVector(rng, "clustered", dim)})
		}
		m.apply(ix, append(deltas, vector.Delta{Row: 0}))
		if err := ix.Seal(t.Context(), m.seq); err != nil {
			t.Fatal(err)
		}
	}
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	out := make(files)
	if out[""], err = store.ReadManifest(); err != nil {
		t.Fatal(err)
	}
	names, err := store.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := store.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = slices.Clone(data.Bytes())
	}
	return out, m
}

// openDamaged says whether Open complained.
func openDamaged(t *testing.T, f files, m *model, dim int) bool {
	t.Helper()
	ix, err := openLists(f.store(t), dim)
	if err == nil {
		defer ix.Close()
		m.checkAll(t, ix)
		return false
	}
	if !errors.Is(err, vector.ErrCorrupt) || ix == nil {
		t.Fatalf("Open: %v", err)
	}
	defer ix.Close()
	if ix.Len() != 0 {
		t.Fatalf("a damaged index has %d rows", ix.Len())
	}
	err = ix.Rebuild(t.Context(), m.seq, func(yield func(uint64, []float32) bool) {
		for row, vec := range m.live(m.seq) {
			if !yield(row, vec) {
				return
			}
		}
	})
	if err != nil {
		t.Fatalf("Rebuild: %v", err)
	}
	m.checkAll(t, ix)
	return true
}
