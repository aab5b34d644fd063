package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/storage"
)

// TestSpilledView is TestView for layers of which some are in files.
func TestSpilledView(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	st := open(t, "data", vfs.NewMem())
	defer st.Close()
	snap := st.Snapshot()
	defer snap.Close()
	dir := t.TempDir()
	model := map[string]string{}
	var layers []*storage.Layer
	for range 30 {
		layer := randomLayer(rng, model)
		if rng.IntN(2) == 0 {
			layer = must(storage.Spill(dir, layer))
		}
		layers = storage.Push(layers, layer)
		compareView(t, storage.NewView(snap, layers), model)
		one := must(storage.MergeTo(dir, layers))
		compareView(t, storage.NewView(snap, []*storage.Layer{one}), model)
		if files := slices.ContainsFunc(layers, (*storage.Layer).Spilled); one.Len() > 0 && files != (one.Memory() == 0) {
			t.Errorf("a layer of %d bytes of memory, of files: %v", one.Memory(), files)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files with names are left: %v %v", left, err)
	}
}

// randomLayer writes and deletes some of 60 rows, in the model too.
func randomLayer(rng *rand.Rand, model map[string]string) *storage.Layer {
	var buf storage.Buffer
	for range rng.IntN(12) {
		k := storage.RowKey(1, uint64(rng.IntN(60)))
		if rng.IntN(3) == 0 {
			buf.Delete(k)
			delete(model, string(k))
			continue
		}
		v := bytes.Repeat([]byte{byte(rng.IntN(200))}, rng.IntN(20))
		buf.Set(k, v)
		model[string(k)] = string(v)
	}
	return buf.Freeze()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestTake commits random layers in tables, with random other writes and deleted ranges beside, and compares the store with one that
// got them in a batch, also after a crash that comes right after, and after one that comes right before.
func TestTake(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	fs := vfs.NewCrashableMem()
	one, other := open(t, "data", fs), open(t, "data", vfs.NewMem())
	defer closeStore(t, one)
	defer closeStore(t, other)
	for n := range 40 {
		layer, without, rest := randomCommit(rng)
		before := dump(t, other)
		in := must(one.Prepare(t.Context(), must(storage.Spill(t.TempDir(), layer)), without))
		if rng.IntN(5) == 0 {
			in.Drop()
			compareDump(t, "dropped", dump(t, one), before)
			continue
		}
		compareCrash(t, "prepared", fs, before)
		b := one.NewBatch()
		if err := errors.Join(in.Rest(b), rest(b)); err != nil {
			t.Fatal(err)
		}
		if err := one.Take(t.Context(), in, b); err != nil {
			t.Fatal(err)
		}
		b = must(other.NewBatchOf(layer))
		if err := errors.Join(rest(b), other.Commit(b)); err != nil {
			t.Fatal(err)
		}
		compareDump(t, fmt.Sprint("after commit ", n), dump(t, one), dump(t, other))
		compareCrash(t, "taken", fs, dump(t, other))
	}
}

// randomCommit is writes of all kinds, what of them is dropped in the same commit, and what the commit adds.
func randomCommit(rng *rand.Rand) (l *storage.Layer, without []storage.Range, rest func(*storage.Batch) error) {
	var buf storage.Buffer
	object := func() uint32 { return uint32(rng.IntN(4)) }
	for range rng.IntN(60) {
		key := [][]byte{storage.RowKey(object(), rng.Uint64N(30)), storage.VectorKey(object(), int16(rng.IntN(3)), rng.Uint64N(30)),
			append(storage.IndexPrefix(object()), byte(rng.IntN(30))), storage.CatalogKey('t', object()), storage.CountKey(object())}[rng.IntN(5)]
		if rng.IntN(4) == 0 {
			buf.Delete(key)
		} else {
			buf.Set(key, []byte{byte(rng.IntN(256))})
		}
	}
	if rng.IntN(3) == 0 {
		without = append(without, storage.RowRange(object()), storage.TableVectorRange(object()))
	}
	if rng.IntN(3) == 0 {
		without = append(without, storage.VectorRange(object(), int16(rng.IntN(3))), storage.IndexRange(object()))
	}
	meta, count, log, definition := rng.Uint64(), storage.CountKey(object()), object(), object()
	return buf.Freeze(), without, func(b *storage.Batch) error {
		err := errors.Join(b.Set(storage.MetaKey("seq"), fmt.Append(nil, meta)), b.Set(count, fmt.Append(nil, meta)))
		for _, r := range without {
			err = errors.Join(err, b.DeleteRange(r))
		}
		return errors.Join(err, b.Set(storage.LogKey(log, 1, meta), nil), b.Delete(storage.CatalogKey('t', definition)))
	}
}

func dump(t *testing.T, st *storage.Store) map[string]string {
	t.Helper()
	it, err := st.Iter(storage.PrefixRange(nil), false)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for it.Next() {
		out[string(it.Key())] = string(it.Value())
	}
	if err := errors.Join(it.Err(), it.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}

func compareDump(t *testing.T, when string, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Fatalf("%s: %d keys %x, want %d %x", when, len(got), got, len(want), want)
	}
}

// compareCrash opens what a crash leaves of the store now.
func compareCrash(t *testing.T, when string, fs *vfs.MemFS, want map[string]string) {
	t.Helper()
	again := open(t, "data", fs.CrashClone(vfs.CrashCloneCfg{}))
	defer closeStore(t, again)
	compareDump(t, when+", and a crash", dump(t, again), want)
}
