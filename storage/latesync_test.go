package storage_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/storage"
)

// TestCrashWhileSeveralCommit crashes at any moment while one, two or three write: a commit that is alone syncs the log itself, one
// that is not leaves it to Pebble, and between the two nothing that was acknowledged may be lost, nor the log be unreadable.
func TestCrashWhileSeveralCommit(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for writers := range 3 {
		fs := vfs.NewCrashableMem()
		st := open(t, "data", fs)
		w := &ackWriters{t: t, st: st, stop: make(chan struct{})}
		for i := range writers + 1 {
			w.running.Go(func() { w.write(rand.New(rand.NewPCG(seed, uint64(i))), uint64(i)<<32) })
		}
		rng := rand.New(rand.NewPCG(seed, 99))
		for range 10 {
			time.Sleep(time.Duration(rng.IntN(3000)) * time.Microsecond)
			w.mu.Lock()
			acknowledged := slices.Clone(w.acknowledged)
			w.mu.Unlock()
			w.compare(fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng}), acknowledged)
		}
		close(w.stop)
		w.running.Wait()
		closeStore(t, st)
	}
}

// ackWriters note which rows they were told are durable.
type ackWriters struct {
	t       *testing.T
	st      *storage.Store
	stop    chan struct{}
	running sync.WaitGroup

	mu           sync.Mutex
	acknowledged []uint64
}

// write commits rows from one on, of all sizes, with pauses and unsynced writes between.
func (w *ackWriters) write(rng *rand.Rand, row uint64) {
	for range 1500 {
		select {
		case <-w.stop:
			return
		default:
		}
		row++
		size := 10 + rng.IntN(300)
		switch rng.IntN(20) {
		case 0:
			size = 40_000 // more than a block of the log
		case 1:
			time.Sleep(time.Millisecond)
		case 2:
			if err := w.st.CachePut([]byte("k"), make([]byte, 9000)); err != nil {
				w.t.Error(err)
			}
		}
		b := w.st.NewBatch()
		if err := b.Set(storage.RowKey(1, row), make([]byte, size)); err != nil {
			w.t.Error(err)
			return
		}
		durable, err := w.st.Write(b)
		if err != nil {
			w.t.Error(err)
			return
		}
		if rng.IntN(8) == 0 {
			time.Sleep(time.Duration(rng.IntN(500)) * time.Microsecond)
		}
		if err := durable(); err != nil {
			w.t.Error(err)
			return
		}
		w.mu.Lock()
		w.acknowledged = append(w.acknowledged, row)
		w.mu.Unlock()
	}
}

// compare looks for the rows that were acknowledged in what a crash left.
func (w *ackWriters) compare(crashed vfs.FS, acknowledged []uint64) {
	w.t.Helper()
	st := open(w.t, "data", crashed)
	defer closeStore(w.t, st)
	for _, row := range acknowledged {
		if _, ok, err := st.Get(storage.RowKey(1, row)); !ok || err != nil {
			w.t.Fatalf("after a crash acknowledged row %x is gone (%v)", row, err)
		}
	}
}
