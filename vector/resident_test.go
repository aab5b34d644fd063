package vector_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seguedb/segue/vector"
)

// TestOpenHoldsLittle: an index that was verified to its last byte is not in this process's memory, and answers.
func TestOpenHoldsLittle(t *testing.T) {
	const rows, dim = 2000, 256
	dir := t.TempDir()
	open := func() *vector.Index {
		store, err := vector.OpenDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		ix, err := vector.Open(store, vector.Options{Dim: dim})
		if err != nil {
			t.Fatal(err)
		}
		return ix
	}
	ix, vecs := open(), spectralVectors(rows, dim, 3)
	deltas := make([]vector.Delta, rows)
	for i, vec := range vecs {
		deltas[i] = vector.Delta{Row: uint64(i), Vec: vec}
	}
	ix.Apply(1, deltas)
	if err := ix.Seal(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if size, held := ix.Stats().SegmentBytes, residentBytes(t, dir); held > size/4 {
			t.Errorf("%d of %d bytes are resident", held, size)
		}
		r, err := ix.Search(t.Context(), vector.Query{Vec: vecs[5], K: 1, Seq: 1})
		if err != nil || len(r.Hits) != 1 || r.Hits[0].Row != 5 {
			t.Errorf("%+v, %v", r, err)
		}
		if ix.Unload(); residentBytes(t, dir) > 0 {
			t.Errorf("%d bytes are resident after Unload", residentBytes(t, dir))
		}
		if err := ix.Close(); err != nil {
			t.Fatal(err)
		}
		ix = open()
	}
	_ = ix.Close()
}

// residentBytes is how much of the files of a directory this process's mappings hold.
func residentBytes(t *testing.T, dir string) int64 {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var total, kB int64
	within, lines := false, bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if fields := strings.Fields(line); len(fields) > 0 && !strings.HasSuffix(fields[0], ":") {
			within = strings.Contains(line, dir)
		}
		if n, _ := fmt.Sscanf(line, "Rss: %d kB", &kB); n == 1 && within {
			total += kB << 10
		}
	}
	return total
}
