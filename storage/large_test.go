package storage_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/seguedb/segue/storage"
)

// TestLargeBatchIsLetGo: what a large commit wrote is not kept in memory once it is in a file.
func TestLargeBatchIsLetGo(t *testing.T) {
	st, err := storage.Open(t.TempDir(), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	commit := func() {
		b := st.NewBatch()
		for i := range 24_000 {
			if err := b.Set(fmt.Appendf(nil, "key%08d", i), make([]byte, 4096)); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.Commit(b); err != nil {
			t.Fatal(err)
		}
	}
	commit()
	const most = 40 << 20 // of 94 MiB
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		runtime.GC()
		var m runtime.MemStats
		if runtime.ReadMemStats(&m); m.HeapAlloc < most {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d MiB of heap are in use", m.HeapAlloc>>20)
		}
	}
	commit() // and Close right after it
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}
