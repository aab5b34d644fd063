package storage_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/seguedb/segue/storage"
)

// TestKeysAreOrdered: keys sort as the numbers in them do, and no key of one thing lies in another's range.
func TestKeysAreOrdered(t *testing.T) {
	var keys [][]byte
	for _, table := range []uint32{1, 2, 255, 256, 1<<32 - 1} {
		for _, row := range []uint64{1, 255, 256, 1 << 40, 1<<63 - 1} {
			keys = append(keys, storage.RowKey(table, row))
		}
	}
	if !slices.IsSortedFunc(keys, bytes.Compare) {
		t.Error("rows are out of order")
	}
	for _, table := range []uint32{1, 255, 1<<32 - 1} {
		r := storage.RowRange(table)
		for _, key := range keys {
			inside := bytes.Compare(key, r.Low) >= 0 && (r.High == nil || bytes.Compare(key, r.High) < 0)
			if own := bytes.HasPrefix(key, r.Low); own != inside {
				t.Errorf("table %d: key %x in its range: %v", table, key, inside)
			}
		}
	}
}

// TestLogRange: it starts after one commit, ends with another, and leaves the trim mark alone.
func TestLogRange(t *testing.T) {
	r := storage.LogRange(7, 3, 0, 9)
	for seq, want := range map[uint64]bool{0: false, 1: true, 9: true, 10: false} {
		key := storage.LogKey(7, 3, seq)
		if got := bytes.Compare(key, r.Low) >= 0 && bytes.Compare(key, r.High) < 0; got != want {
			t.Errorf("commit %d in the range of 1 to 9: %v", seq, got)
		}
	}
}

// TestVectorKey: parts come back, and other keys are refused.
func TestVectorKey(t *testing.T) {
	table, att, row, ok := storage.VectorKeyParts(storage.VectorKey(5, 2, 1<<50))
	if table != 5 || att != 2 || row != 1<<50 || !ok {
		t.Errorf("%d %d %d %v", table, att, row, ok)
	}
	if _, _, _, ok := storage.VectorKeyParts(storage.RowKey(5, 2)); ok {
		t.Error("a row's key passed for a vector's")
	}
}
