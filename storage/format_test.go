package storage_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/storage"
)

// TestFormat: a directory of another version is refused, untouched, with both versions in the message.
func TestFormat(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"newer":    {"segue 99\n", "has version 99, this program reads version 1: a newer program wrote it"},
		"older":    {"segue 0\n", "has version 0, this program reads version 1"},
		"damaged":  {"seg", "does not hold a version"},
		"empty":    {"", "does not hold a version"},
		"an other": {"pebble 1\n", "does not hold a version"},
	} {
		fs := vfs.NewMem()
		closeStore(t, open(t, "data", fs))
		setFile(t, fs, "data/FORMAT", c.content)
		before := list(t, fs, "data/store")
		_, err := storage.Open("data", storage.Options{FS: fs})
		if !errors.Is(err, storage.ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if after := list(t, fs, "data/store"); after != before {
			t.Errorf("%s: the store's files were %s and are %s", name, before, after)
		}
	}
}

// TestFormatMissing: a store without a version is refused, and an empty directory gets one.
func TestFormatMissing(t *testing.T) {
	fs := vfs.NewMem()
	closeStore(t, open(t, "data", fs))
	if got := file(t, fs, "data/FORMAT"); got != "segue 1\n" {
		t.Errorf("a new directory has version %q", got)
	}
	if err := fs.Remove("data/FORMAT"); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open("data", storage.Options{FS: fs}); !errors.Is(err, storage.ErrFormat) {
		t.Errorf("want ErrFormat, got %v", err)
	}
}

func setFile(t *testing.T, fs vfs.FS, name, content string) {
	t.Helper()
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write([]byte(content))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func file(t *testing.T, fs vfs.FS, name string) string {
	t.Helper()
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func list(t *testing.T, fs vfs.FS, dir string) string {
	t.Helper()
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
