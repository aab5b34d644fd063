package storage_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/storage"
)

// TestLogIsFilled: after some small commits the log is longer than what they wrote, so that those after them overwrite.
func TestLogIsFilled(t *testing.T) {
	fs := vfs.NewCrashableMem()
	st := open(t, "data", fs)
	var sizes []int64
	for n := range uint64(12) {
		write(t, st, func(b *storage.Batch) error { return b.Set(storage.RowKey(1, n), make([]byte, 100)) })
		sizes = append(sizes, logBytes(t, fs))
	}
	closeStore(t, st)
	if first, last := sizes[0], sizes[len(sizes)-1]; first > 10_000 || last < 1<<20 || sizes[len(sizes)-2] != last {
		t.Errorf("the log's sizes after each commit: %d", sizes)
	}
}

// logBytes is how long the logs are.
func logBytes(t *testing.T, fs vfs.FS) (bytes int64) {
	t.Helper()
	names, err := fs.List("data/store")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".log") {
			continue
		}
		info, err := fs.Stat("data/store/" + name)
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
	}
	return bytes
}

// TestCrashInFilledLog crashes after commits of all sizes: into logs with zeros behind them, logs that were used before, and
// logs that a large commit went through. What was acknowledged is there, and what was not is not there in part.
func TestCrashInFilledLog(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	fs := vfs.NewCrashableMem()
	st := open(t, "data", fs)
	acknowledged := 0
	for round := range 26 {
		size := 40 + rng.IntN(400)
		if round%12 == 11 {
			size = 18 << 20 // more than half a memtable: a new log
		}
		b := st.NewBatch()
		if err := b.Set(storage.RowKey(1, uint64(round)), make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		durable, err := st.Write(b)
		if err != nil {
			t.Fatal(err)
		}
		torn := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rng})
		if err := durable(); err != nil {
			t.Fatal(err)
		}
		acknowledged++
		if n := rows(t, torn); n != acknowledged && n != acknowledged-1 {
			t.Fatalf("round %d: after a crash before the sync there are %d rows of %d", round, n, acknowledged)
		}
		if n := rows(t, fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rng})); n != acknowledged {
			t.Fatalf("round %d: after a crash there are %d rows of %d", round, n, acknowledged)
		}
	}
	closeStore(t, st)
}
