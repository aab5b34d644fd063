package storage_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/storage"
)

// TestDamagedFile flips bytes in the middle of a table file: reading what they hold is ErrCorrupt, never another
// value and never the end of the process, and the store goes on otherwise.
func TestDamagedFile(t *testing.T) {
	fs := vfs.NewMem()
	st := open(t, "data", fs)
	value := func(row uint64) string { return strings.Repeat(fmt.Sprint("row ", row, " "), 100) }
	const rows = 500
	for row := range uint64(rows) {
		write(t, st, func(b *storage.Batch) error { return b.Set(storage.RowKey(1, row), []byte(value(row))) })
	}
	closeStore(t, st)
	closeStore(t, open(t, "data", fs)) // the log becomes a table file
	for name := range strings.FieldsSeq(list(t, fs, "data/store")) {
		if strings.HasSuffix(name, ".sst") {
			content := []byte(file(t, fs, "data/store/"+name))
			for i := len(content) / 3; i < len(content)/3+64; i++ {
				content[i] ^= 0xff
			}
			setFile(t, fs, "data/store/"+name, string(content))
		}
	}
	st, err := storage.Open("data", storage.Options{FS: fs, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for row := range uint64(rows) {
		switch got, ok, err := st.Get(storage.RowKey(1, row)); {
		case errors.Is(err, storage.ErrCorrupt):
			damaged++
		case err != nil || !ok || string(got) != value(row):
			t.Fatalf("row %d: %q %v %v", row, got, ok, err)
		}
	}
	if damaged == 0 || damaged > rows/2 {
		t.Errorf("%d of %d rows are damaged", damaged, rows)
	}
	it, err := st.Iter(storage.RowRange(1), false)
	if err != nil {
		t.Fatal(err)
	}
	for it.Next() {
		continue
	}
	if !errors.Is(it.Err(), storage.ErrCorrupt) {
		t.Errorf("a walk over the damage: %v", it.Err())
	}
	if err := it.Close(); err == nil {
		t.Error("closing that walk said nothing")
	}
	if err := st.Failed(); err != nil {
		t.Errorf("the store has failed: %v", err)
	}
	write(t, st, func(b *storage.Batch) error { return b.Set(storage.RowKey(2, 1), nil) })
	closeStore(t, st)
}
