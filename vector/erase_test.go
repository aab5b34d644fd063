package vector_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seguedb/segue/vector"
)

// TestErase applies, seals, deletes and replaces, and erases: the files have the vectors that are left and no other, and
// what a snapshot still sees stays until it is gone.
func TestErase(t *testing.T) {
	ctx := context.Background()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	store, err := vector.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	ix, err := vector.Open(store, vector.Options{Dim: 8, SealRows: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	live := map[uint64][]float32{}
	var gone [][]float32
	for seq := uint64(1); seq <= 800; seq++ {
		for range 20 {
			row := rng.Uint64N(400) + 1
			d := vector.Delta{Row: row}
			if old := live[row]; old != nil {
				gone = append(gone, old)
			}
			delete(live, row)
			if rng.IntN(3) > 0 {
				d.Vec = make([]float32, 8)
				for i := range d.Vec {
					d.Vec[i] = rng.Float32()
				}
				live[row] = d.Vec
			}
			ix.Apply(seq, []vector.Delta{d})
			seq++
		}
		if _, err := ix.SealIfNeeded(ctx, seq-uint64(rng.IntN(30))); err != nil {
			t.Fatal(err)
		}
	}
	last := ix.Stats().LastSeq
	if _, err := ix.Erase(ctx, 0); err != nil { // for a snapshot that sees everything
		t.Fatal(err)
	}
	if n := count(t, dir, gone); n == 0 {
		t.Error("nothing that the snapshot sees is in the files")
	}
	if err := os.WriteFile(filepath.Join(dir, "00000000ffffffff.seg"), bytesOf(gone[0]), 0o600); err != nil { // a crash's
		t.Fatal(err)
	}
	rewritten, err := ix.Erase(ctx, last)
	if err != nil || rewritten == 0 {
		t.Fatal(rewritten, err)
	}
	if n := count(t, dir, gone); n != 0 {
		t.Errorf("%d of %d vectors that are no more are in the files", n, len(gone))
	}
	var vecs [][]float32
	for _, v := range live {
		vecs = append(vecs, v)
	}
	if n := count(t, dir, vecs); n != len(live) || ix.Len() != len(live) {
		t.Errorf("%d of %d vectors are in the files, %d in the index", n, len(live), ix.Len())
	}
	if n, err := ix.Erase(ctx, last); n != 0 || err != nil {
		t.Errorf("a second time: %d, %v", n, err)
	}
}

func bytesOf(v []float32) []byte {
	var out []byte
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// count says how many of the vectors are in a directory's files.
func count(t *testing.T, dir string, vecs [][]float32) int {
	t.Helper()
	var all []byte
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	n := 0
	for _, v := range vecs {
		if bytes.Contains(all, bytesOf(v)) {
			n++
		}
	}
	return n
}
