package storage

import (
	"errors"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// tracedFS notes what is done to its files, and fails to sync them where it is told to.
type tracedFS struct {
	vfs.FS
	events []string
	fail   error
}

func (fs *tracedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, category)
	return &tracedFile{f, fs}, err
}

type tracedFile struct {
	vfs.File
	fs *tracedFS
}

func (f *tracedFile) note(event string) { f.fs.events = append(f.fs.events, event) }

func (f *tracedFile) Write(p []byte) (int, error) {
	f.note("write")
	return f.File.Write(p)
}

func (f *tracedFile) SyncData() error {
	f.note("sync")
	return errors.Join(f.fs.fail, f.File.SyncData())
}

func (f *tracedFile) Close() error {
	f.note("close")
	return f.File.Close()
}

// aloneInLog is a log in which one commit is under way, so that its sync is owed when Pebble asks for it.
func aloneInLog(t *testing.T) (*tracedFS, vfs.File) {
	t.Helper()
	fs, late := &tracedFS{FS: vfs.NewMem()}, &lateSync{}
	late.committing.Store(1)
	f, err := logFS{fs, late}.Create("log", logCategory)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil || !slices.Equal(fs.events, []string{"write"}) {
		t.Fatalf("a sync that is owed: %v, %v", fs.events, err)
	}
	return fs, f
}

// TestOwedSyncComesBeforeTheNextWrite: the records of a log say how far it was synced, so that what is owed is done before
// another one is written, or the log is closed.
func TestOwedSyncComesBeforeTheNextWrite(t *testing.T) {
	for next, do := range map[string]func(vfs.File) error{
		"write": func(f vfs.File) error {
			_, err := f.Write([]byte("second"))
			return err
		},
		"close": func(f vfs.File) error { return f.Close() },
	} {
		fs, f := aloneInLog(t)
		if err := do(f); err != nil {
			t.Fatal(err)
		}
		if want := []string{"write", "sync", next}; !slices.Equal(fs.events, want) {
			t.Errorf("events %q, want %q", fs.events, want)
		}
	}
}

// TestNothingIsWrittenBehindAFailedSync: what could not be synced is followed by nothing, then and later.
func TestNothingIsWrittenBehindAFailedSync(t *testing.T) {
	fs, f := aloneInLog(t)
	fs.fail = errors.New("no disk")
	for range 2 {
		if _, err := f.Write([]byte("second")); !errors.Is(err, fs.fail) {
			t.Errorf("a write behind a failed sync: %v", err)
		}
	}
	if err := f.Sync(); !errors.Is(err, fs.fail) {
		t.Errorf("a sync behind a failed one: %v", err)
	}
	if want := []string{"write", "sync"}; !slices.Equal(fs.events, want) {
		t.Errorf("events %q, want %q", fs.events, want)
	}
}
