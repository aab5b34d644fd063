package relation

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// blockOf is the value of a block with rows.
func blockOf(rows ...uint64) []byte {
	var w blockWriter
	for _, row := range rows {
		w.add(row)
	}
	var out []byte
	w.put(nil, func(_, value []byte) { out = value })
	return out
}

// TestBlock writes rows and reads them again.
func TestBlock(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, rows := range [][]uint64{{1}, {1, 2}, {7, 7, 9}, {0, 1 << 63, 1<<64 - 1}} {
		got, err := appendBlock(nil, blockOf(rows...))
		if want := slices.Compact(slices.Clone(rows)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v became %v: %v", rows, got, err)
		}
	}
	for range 200 {
		var rows []uint64
		for row := uint64(1); len(rows) < 300; row += 1 + rng.Uint64N(1<<rng.IntN(40)) {
			rows = append(rows, row)
		}
		got, err := appendBlock([]uint64{5}, blockOf(rows...))
		if err != nil || !slices.Equal(got[1:], rows) {
			t.Fatalf("%v became %v: %v", rows, got, err)
		}
	}
}

// FuzzBlock: any bytes are a block of rows that ascend, or ErrCorrupt; and the rows are the same when they are written again.
func FuzzBlock(f *testing.F) {
	whole := blockOf(1, 2, 300, 1<<40)
	for n := range len(whole) + 1 {
		f.Add(whole[:n])
	}
	f.Add([]byte{postingBlock, 1, 0})
	f.Add(append([]byte{postingBlock, 1}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := appendBlock(nil, b)
		if err != nil {
			if !errors.Is(err, storage.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again, err := appendBlock(nil, blockOf(rows...))
		if err != nil || !slices.Equal(rows, again) || !slices.IsSorted(rows) || len(slices.Compact(rows)) != len(again) {
			t.Fatalf("%v, again %v: %v", rows, again, err)
		}
	})
}

// FuzzPostingKind: any key and value of an inverted index are a posting, or ErrCorrupt.
func FuzzPostingKind(f *testing.F) {
	prefix := partKey(&catalog.Index{ID: 1}, 0, []byte("abc"))
	f.Add(postingKey(prefix, 5), []byte{})
	f.Add(postingKey(prefix, 5), []byte{lostPosting})
	f.Add(blockKey(prefix, 9), blockOf(5, 9))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if len(key) < storage.IndexPrefixBytes {
			return
		}
		kind, err := postingKind(key, value)
		switch {
		case err != nil && !errors.Is(err, storage.ErrCorrupt):
			t.Fatal(err)
		case err == nil && len(partOf(kind, key)) < storage.IndexPrefixBytes+1:
			t.Fatalf("no part in %x", key)
		}
	})
}
