package storage_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/seguedb/segue/storage"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// failing is a file system on which the write-ahead log cannot be written once left has run out.
func failing(fs vfs.FS, left *atomic.Int32) vfs.FS {
	return errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		writes := op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData
		if writes && strings.HasSuffix(op.Path, ".log") && left.Add(-1) < 0 {
			return errorfs.ErrInjected
		}
		return nil
	}))
}

// TestFailure makes the write-ahead log's n-th write or sync fail. The commit that meets it fails, so do all after it,
// what was acknowledged can still be read, and after a reopening all of that is there and every batch whole.
func TestFailure(t *testing.T) {
	for n := range int32(24) {
		var left atomic.Int32
		left.Store(1 << 30)
		mem := vfs.NewCrashableMem()
		st, err := storage.Open("data", storage.Options{FS: failing(mem, &left), Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		left.Store(n)
		acknowledged := uint64(0)
		for commit(st, acknowledged+1) == nil {
			if acknowledged++; acknowledged > 100 {
				t.Fatalf("error %d never came", n)
			}
		}
		for range 3 {
			if err := commit(st, acknowledged+1); !errors.Is(err, storage.ErrFailed) {
				t.Errorf("error %d: a commit after the failure: %v", n, err)
			}
			if err := st.Failed(); !errors.Is(err, storage.ErrFailed) {
				t.Errorf("error %d: Failed says %v", n, err)
			}
		}
		if err := st.CachePut([]byte("k"), nil); !errors.Is(err, storage.ErrFailed) {
			t.Errorf("error %d: the cache after the failure: %v", n, err)
		}
		crashed := mem.CrashClone(vfs.CrashCloneCfg{})
		if err := st.Close(); err == nil {
			t.Errorf("error %d: closing a failed store said nothing", n)
		}
		for name, fs := range map[string]vfs.FS{"closed": mem, "crashed": crashed} {
			if got := rows(t, fs); got != int(2*acknowledged) && got != int(2*acknowledged+2) {
				t.Errorf("error %d, %s: %d acknowledged commits of two rows, %d rows", n, name, acknowledged, got)
			}
		}
	}
}

// commit writes a batch of two rows.
func commit(st *storage.Store, n uint64) error {
	b := st.NewBatch()
	value := fmt.Append(nil, n)
	err := errors.Join(b.Set(storage.RowKey(1, 2*n), value), b.Set(storage.RowKey(1, 2*n+1), value))
	if err != nil {
		return err
	}
	return st.Commit(b)
}

// TestFailureOfLargeCommits is TestFailure with commits that make Pebble start new logs, where a failure ends the
// process: in a process of its own, which says what was acknowledged.
func TestFailureOfLargeCommits(t *testing.T) {
	for _, n := range []int{0, 1, 7, 30} {
		dir := filepath.Join(t.TempDir(), "data")
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", failEnv, n, dir))
		out, err := cmd.Output()
		if err == nil {
			t.Fatalf("error %d never came", n)
		}
		acknowledged := len(out)
		st := open(t, dir, nil)
		if got := countRows(t, st); got != 2*acknowledged && got != 2*acknowledged+2 {
			t.Errorf("error %d: %d acknowledged commits of two rows, %d rows", n, acknowledged, got)
		}
		closeStore(t, st)
	}
}

// failEnv makes the test binary commit until the log's n-th write fails, printing a dot for each commit: the process of
// TestFailureOfLargeCommits.
const failEnv = "SEGUE_TEST_FAIL"

func commitUntilFailure(spec string) {
	left, dir := atomic.Int32{}, ""
	var n int32
	if _, err := fmt.Sscan(spec, &n, &dir); err != nil {
		os.Exit(2)
	}
	left.Store(1 << 30)
	st, err := storage.Open(dir, storage.Options{FS: failing(vfs.Default, &left), Logger: quiet})
	if err != nil {
		os.Exit(2)
	}
	left.Store(n)
	for n := uint64(1); n < 200; n++ {
		b := st.NewBatch()
		value := make([]byte, 300<<10)
		if errors.Join(b.Set(storage.RowKey(1, 2*n), value), b.Set(storage.RowKey(1, 2*n+1), value), st.Commit(b)) != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString(".")
	}
}
