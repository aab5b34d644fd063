package storage_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seguedb/segue/storage"
)

// openEnv makes the test binary try to open a data directory, and nothing else: the second process of TestLock.
const openEnv = "SEGUE_TEST_OPEN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(openEnv); dir != "" {
		tryOpen(dir)
		return
	}
	if spec := os.Getenv(failEnv); spec != "" {
		commitUntilFailure(spec)
		return
	}
	goleak.VerifyTestMain(m)
}

func tryOpen(dir string) {
	st, err := storage.Open(dir, storage.Options{})
	if err == nil {
		err = errors.Join(errors.New("opened"), st.Close())
	}
	os.Stdout.WriteString(err.Error())
}

// otherProcess says how opening a directory went in another process.
func otherProcess(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), openEnv+"="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestLock: a directory is open once, in this process and in all others, and closing frees it.
func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	st := open(t, dir, nil)
	if _, err := storage.Open(dir, storage.Options{}); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("in the same process: want ErrLocked, got %v", err)
	}
	if got := otherProcess(t, dir); !strings.HasPrefix(got, "data directory is in use by another process") {
		t.Errorf("in another process: %s", got)
	}
	write(t, st, func(b *storage.Batch) error { return b.Set(storage.RowKey(1, 1), nil) })
	closeStore(t, st)
	if got := otherProcess(t, dir); got != "opened" {
		t.Errorf("after Close: %s", got)
	}
	closeStore(t, open(t, dir, nil))
}

// TestLockImpossible: a directory that cannot be locked for another reason is not said to be in use.
func TestLockImpossible(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "LOCK"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open(dir, storage.Options{}); err == nil || errors.Is(err, storage.ErrLocked) {
		t.Errorf("a LOCK that is a directory: %v", err)
	}
}
