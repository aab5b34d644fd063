package relation

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/vector/faiss"
)

func madeFaiss(tb testing.TB) (*faissIndex, *faissBuilt) {
	tb.Helper()
	ix := &faissIndex{dim: 4, factory: "HNSW8", metric: "l2", path: filepath.Join(tb.TempDir(), "faiss-1"), changed: roaring64.New()}
	made, err := faiss.NewIndex(4, ix.factory, faiss.L2)
	if err != nil {
		tb.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	vecs := make([]float32, 4*50)
	b := &faissBuilt{index: made, seq: 7}
	for i := range vecs {
		vecs[i] = rng.Float32()
	}
	for i := range 50 {
		b.rows = append(b.rows, uint64(3*i))
	}
	if err := made.Add(vecs); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.close)
	return ix, b
}

// TestFaissFile damages every byte of an index's file: it is refused, and never read by FAISS.
func TestFaissFile(t *testing.T) {
	ix, b := madeFaiss(t)
	if err := ix.save(b); err != nil {
		t.Fatal(err)
	}
	got, err := ix.load(7)
	if err != nil || len(got.rows) != 50 || got.seq != 7 || got.index.Len() != 50 {
		t.Fatal(got, err)
	}
	got.close()
	if _, err := ix.load(6); err == nil {
		t.Error("a file of a later commit was taken")
	}
	data := readAll(t, ix.path)
	for i := range data {
		data[i] ^= 0x40
		if got, err := ix.decode(data, 7); err == nil {
			got.close()
			t.Fatalf("damage to byte %d was not noticed", i)
		}
		data[i] ^= 0x40
	}
	other := &faissIndex{dim: ix.dim, factory: "HNSW9", metric: ix.metric, path: ix.path}
	if _, err := other.load(7); err == nil {
		t.Error("a file of another factory was taken")
	}
	if err := ix.save(nil); err != nil {
		t.Fatal(err)
	}
	if got, err := ix.load(7); got != nil || err != nil {
		t.Error(got, err)
	}
}

// FuzzFaissFile reads any bytes: an error, or nothing.
func FuzzFaissFile(f *testing.F) {
	ix, b := madeFaiss(f)
	if err := ix.save(b); err != nil {
		f.Fatal(err)
	}
	f.Add(readAll(f, ix.path))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if got, err := ix.decode(data, 7); err == nil {
			got.close()
		}
	})
}
func readAll(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
