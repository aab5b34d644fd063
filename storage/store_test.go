package storage_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/seguedb/segue/storage"
)

func open(t *testing.T, dir string, fs vfs.FS) *storage.Store {
	t.Helper()
	st, err := storage.Open(dir, storage.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func closeStore(t *testing.T, st *storage.Store) {
	t.Helper()
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, st *storage.Store, f func(b *storage.Batch) error) {
	t.Helper()
	b := st.NewBatch()
	if err := f(b); err != nil {
		t.Fatal(err)
	}
	if err := st.Commit(b); err != nil {
		t.Fatal(err)
	}
}

// TestCrash: what a commit has returned for survives any crash after it, the very first one included.
func TestCrash(t *testing.T) {
	fs := vfs.NewCrashableMem()
	st := open(t, "a/b/data", fs)
	for n := range 20 {
		write(t, st, func(b *storage.Batch) error { return b.Set(storage.RowKey(1, uint64(n)), []byte{byte(n)}) })
		again := open(t, "a/b/data", fs.CrashClone(vfs.CrashCloneCfg{}))
		for k := range n + 1 {
			if _, ok, err := again.Get(storage.RowKey(1, uint64(k))); !ok || err != nil {
				t.Errorf("after commit %d and a crash, row %d is gone (%v)", n, k, err)
			}
		}
		closeStore(t, again)
	}
	closeStore(t, st)
}

// TestCrashWhileCreated stops the machine at every write of the very first start: the next one finds nothing it
// cannot open.
func TestCrashWhileCreated(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	mem := vfs.NewCrashableMem()
	var crashed []*vfs.MemFS
	var mu sync.Mutex
	st := open(t, "data", errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			mu.Lock()
			defer mu.Unlock()
			for _, percent := range []int{0, 30, 70, 100} {
				crashed = append(crashed, mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng}))
			}
		}
		return nil
	})))
	closeStore(t, st)
	for i, fs := range crashed {
		st, err := storage.Open("data", storage.Options{FS: fs, Logger: quiet})
		if err != nil {
			t.Errorf("crash %d of %d: %v", i, len(crashed), err)
			continue
		}
		write(t, st, func(b *storage.Batch) error { return b.Set(storage.RowKey(1, 1), nil) })
		closeStore(t, st)
	}
}

// TestBatchIsAtomic: of a batch that was not synced a crash leaves all or nothing, large ones included, which Pebble
// keeps apart from its memtable.
func TestBatchIsAtomic(t *testing.T) {
	for _, size := range []int{1 << 10, 24 << 20} {
		fs := vfs.NewCrashableMem()
		st := open(t, "data", fs)
		value := make([]byte, size/8)
		b := st.NewBatch()
		for row := range uint64(8) {
			if err := b.Set(storage.RowKey(1, row), value); err != nil {
				t.Fatal(err)
			}
		}
		durable, err := st.Write(b)
		if err != nil {
			t.Fatal(err)
		}
		torn := fs.CrashClone(vfs.CrashCloneCfg{})
		if err := durable(); err != nil {
			t.Fatal(err)
		}
		whole := fs.CrashClone(vfs.CrashCloneCfg{})
		closeStore(t, st)
		if n := rows(t, torn); n != 0 && n != 8 {
			t.Errorf("batch of %d bytes: after a crash before the sync %d of 8 rows are there", size, n)
		}
		if n := rows(t, whole); n != 8 {
			t.Errorf("batch of %d bytes: after a crash after the sync %d of 8 rows are there", size, n)
		}
	}
}

// rows counts table 1's rows in a data directory.
func rows(t *testing.T, fs vfs.FS) int {
	t.Helper()
	st := open(t, "data", fs)
	defer closeStore(t, st)
	return countRows(t, st)
}

func countRows(t *testing.T, st *storage.Store) int {
	t.Helper()
	it, err := st.Iter(storage.RowRange(1), false)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for it.Next() {
		n++
	}
	if err := errors.Join(it.Err(), it.Close()); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCache keeps entries over an orderly restart.
func TestCache(t *testing.T) {
	fs := vfs.NewMem()
	st := open(t, "data", fs)
	if err := st.CachePut([]byte("k"), []byte("v")); err != nil {
		t.Fatal(err)
	}
	closeStore(t, st)
	st = open(t, "data", fs)
	defer closeStore(t, st)
	if v, ok, err := st.CacheGet([]byte("k")); err != nil || !ok || string(v) != "v" {
		t.Errorf("got %q %v %v", v, ok, err)
	}
	if _, ok, err := st.CacheGet([]byte("other")); ok || err != nil {
		t.Errorf("an entry that was never put: %v %v", ok, err)
	}
}

// TestMetrics: commits show.
func TestMetrics(t *testing.T) {
	st := open(t, "data", vfs.NewMem())
	defer closeStore(t, st)
	before := st.Metrics()
	write(t, st, func(b *storage.Batch) error { return b.Set(storage.RowKey(1, 1), make([]byte, 1000)) })
	snap := st.Snapshot()
	after := st.Metrics()
	if after.BytesIn < before.BytesIn+1000 || after.OpenSnapshots != 1 || after.DiskBytes == 0 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if err := snap.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestTrim: what was written last goes to files once it is more than may stay, and is still there.
func TestTrim(t *testing.T) {
	st := open(t, "data", vfs.NewMem())
	defer closeStore(t, st)
	key := storage.RowKey(1, 1)
	write(t, st, func(b *storage.Batch) error { return b.Set(key, make([]byte, 100_000)) })
	flushes := st.Metrics().Flushes
	if err := st.Trim(t.Context(), 64<<20); err != nil {
		t.Fatal(err)
	}
	if n := st.Metrics().Flushes; n != flushes {
		t.Errorf("%d flushes of what may stay", n-flushes)
	}
	if err := st.Trim(t.Context(), 50_000); err != nil {
		t.Fatal(err)
	}
	if st.Metrics().Flushes == flushes {
		t.Error("it was not flushed when Trim returned")
	}
	if v, ok, err := st.Get(key); err != nil || !ok || len(v) != 100_000 {
		t.Errorf("got %d bytes, %v, %v", len(v), ok, err)
	}
}
