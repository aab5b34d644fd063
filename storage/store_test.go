package storage_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/seguedb/segue/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string, fs vfs.FS) *storage.Store {
	t.Helper()
	st, err := storage.Open(dir, storage.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func write(t *testing.T, st *storage.Store, f func(b *storage.Batch) error) {
	t.Helper()
	b := st.NewBatch()
	if err := f(b); err != nil {
		t.Fatal(err)
	}
	durable, err := st.Write(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := durable(); err != nil {
		t.Fatal(err)
	}
}

// TestLock: a directory is open once.
func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	st := open(t, dir, nil)
	if _, err := storage.Open(dir, storage.Options{}); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("want ErrLocked, got %v", err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir, nil).Close(); err != nil {
		t.Error(err)
	}
}

// TestFormat: a directory of a newer version is refused.
func TestFormat(t *testing.T) {
	fs := vfs.NewMem()
	st := open(t, "data", fs)
	write(t, st, func(b *storage.Batch) error { return b.Set(storage.MetaKey("format"), []byte{0, 0, 0, 99}) })
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open("data", storage.Options{FS: fs}); !errors.Is(err, storage.ErrFormat) {
		t.Errorf("want ErrFormat, got %v", err)
	}
}

// TestView compares a snapshot under layers with a map, for random writes, forwards and backwards.
func TestView(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	st := open(t, "data", vfs.NewMem())
	defer st.Close()
	model := map[string]string{}
	key := func() []byte { return storage.RowKey(1, uint64(rng.IntN(60))) }
	write(t, st, func(b *storage.Batch) error {
		for range 40 {
			k := key()
			model[string(k)] = "base"
			if err := b.Set(k, []byte("base")); err != nil {
				return err
			}
		}
		return nil
	})
	snap := st.Snapshot()
	defer snap.Close()
	write(t, st, func(b *storage.Batch) error { return b.DeleteRange(storage.RowRange(1)) }) // after the snapshot
	var layers []*storage.Layer
	for n := range 30 {
		var buf storage.Buffer
		for range rng.IntN(12) {
			k := key()
			if rng.IntN(3) == 0 {
				buf.Delete(k)
				delete(model, string(k))
			} else {
				v := fmt.Sprint(n)
				buf.Set(k, []byte(v))
				model[string(k)] = v
			}
		}
		layers = storage.Push(layers, buf.Freeze())
		compareView(t, storage.NewView(snap, layers), model)
		compareView(t, storage.NewView(snap, []*storage.Layer{storage.Merge(layers)}), model)
	}
	if len(layers) > 10 {
		t.Errorf("%d layers: they are not merged", len(layers))
	}
}

func compareView(t *testing.T, v storage.View, model map[string]string) {
	t.Helper()
	var want []string
	for k, value := range model {
		want = append(want, k+value)
		if got, ok, err := v.Get([]byte(k)); err != nil || !ok || string(got) != value {
			t.Fatalf("get %x: %q %v %v, want %q", k, got, ok, err, value)
		}
	}
	slices.Sort(want)
	for _, reverse := range []bool{false, true} {
		it, err := v.Iter(storage.RowRange(1), reverse)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for it.Next() {
			got = append(got, string(it.Key())+string(it.Value()))
		}
		if err := errors.Join(it.Err(), it.Close()); err != nil {
			t.Fatal(err)
		}
		if reverse {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("reverse %v: got %q, want %q", reverse, got, want)
		}
	}
}

// TestCrash: what a commit's second step has returned for survives any crash after it.
func TestCrash(t *testing.T) {
	fs := vfs.NewCrashableMem()
	st := open(t, "data", fs)
	for n := range 20 {
		write(t, st, func(b *storage.Batch) error { return b.Set(storage.RowKey(1, uint64(n)), []byte{byte(n)}) })
		clone := fs.CrashClone(vfs.CrashCloneCfg{})
		again := open(t, "data", clone)
		for k := range n + 1 {
			if _, ok, err := again.Get(storage.RowKey(1, uint64(k))); !ok || err != nil {
				t.Errorf("after commit %d and a crash, row %d is gone (%v)", n, k, err)
			}
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCache keeps entries over an orderly restart.
func TestCache(t *testing.T) {
	fs := vfs.NewMem()
	st := open(t, "data", fs)
	if err := st.CachePut([]byte("k"), []byte("v")); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open(t, "data", fs)
	defer st.Close()
	if v, ok, err := st.CacheGet([]byte("k")); err != nil || !ok || string(v) != "v" {
		t.Errorf("got %q %v %v", v, ok, err)
	}
	if _, ok, err := st.CacheGet([]byte("other")); ok || err != nil {
		t.Errorf("an entry that was never put: %v %v", ok, err)
	}
}
