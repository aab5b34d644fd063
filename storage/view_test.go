package storage_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/storage"
)

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
	comparePoints(t, v, model)
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

// comparePoints reads every key in order, those that are not there among them.
func comparePoints(t *testing.T, v storage.View, model map[string]string) {
	t.Helper()
	p, err := v.Points(storage.RowRange(1))
	if err != nil {
		t.Fatal(err)
	}
	for row := range uint64(61) {
		key := storage.RowKey(1, row)
		want, there := model[string(key)]
		if got, ok, err := p.Get(key); err != nil || ok != there || string(got) != want {
			t.Fatalf("row %d: %q %v %v, want %q %v", row, got, ok, err, want, there)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}
