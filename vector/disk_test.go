package vector_test

import (
	"errors"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/seguedb/segue/vector"
)

// smallDisk is a store of so many bytes: writing beyond them fails as a full disk does.
type smallDisk struct {
	vector.SegmentStore
	size, used int
	sizes      map[string]int
	full       int // writes that failed
}

func (d *smallDisk) Create(name string) (vector.SegmentWriter, error) {
	w, err := d.SegmentStore.Create(name)
	return &smallWriter{SegmentWriter: w, disk: d, name: name}, err
}

func (d *smallDisk) Remove(name string) error {
	d.used -= d.sizes[name]
	delete(d.sizes, name)
	return d.SegmentStore.Remove(name)
}

type smallWriter struct {
	vector.SegmentWriter
	disk *smallDisk
	name string
	n    int
}

func (w *smallWriter) Write(p []byte) (int, error) {
	if w.disk.used+len(p) > w.disk.size {
		w.disk.full++
		return 0, syscall.ENOSPC
	}
	w.disk.used += len(p)
	w.n += len(p)
	return w.SegmentWriter.Write(p)
}

func (w *smallWriter) Commit() error {
	w.disk.sizes[w.name] = w.n
	return w.SegmentWriter.Commit()
}

func (w *smallWriter) Abort() error {
	w.disk.used -= w.n
	return w.SegmentWriter.Abort()
}

// TestFullDiskInMerge: a disk that holds the segments, and not the merged one beside them. Seals and merges say so; searches
// are right throughout; nothing of what failed stays on the disk; and with room the same Seal does all that is left.
func TestFullDiskInMerge(t *testing.T) {
	disk := &smallDisk{SegmentStore: vector.NewMemStore(), size: 1 << 30, sizes: map[string]int{}}
	ix, err := openQuiet(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	m, rng := new(model), rand.New(rand.NewPCG(9, 9))
	seal := func() error {
		var deltas []vector.Delta
		for range 12 {
			deltas = append(deltas, vector.Delta{Row: rng.Uint64N(1000), Vec: randomVector(rng, "clustered", 2)})
		}
		m.apply(ix, deltas)
		err := ix.Seal(t.Context(), m.seq)
		m.checkAll(t, ix)
		return err
	}
	for range 3 {
		if err := seal(); err != nil {
			t.Fatal(err)
		}
	}
	disk.size = disk.used * 3 / 2 // one more segment, and no room to merge the four
	before := ix.Watermark()
	if err := seal(); !errors.Is(err, syscall.ENOSPC) || disk.full == 0 {
		t.Fatalf("a merge on a full disk: %v", err)
	}
	if ix.Watermark() == before || ix.Stats().Merges != 0 {
		t.Errorf("watermark %d, %d merges: the segment fits, and the merge does not", ix.Watermark(), ix.Stats().Merges)
	}
	for range 3 { // and then the segments do not fit either
		if err := seal(); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("a seal on a full disk: %v", err)
		}
	}
	disk.size = 1 << 30
	if err := seal(); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	names, err := disk.List()
	if err != nil || len(names) != ix.Stats().Segments || ix.Stats().Merges == 0 || ix.Watermark() != m.seq {
		t.Errorf("%d files for %d segments, %d merges, watermark %d of %d (%v)", len(names), ix.Stats().Segments,
			ix.Stats().Merges, ix.Watermark(), m.seq, err)
	}
}
