package storage

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// manifestFS makes the name of Pebble's list of files durable together with its content. Pebble syncs the content, then
// creates the marker that points to the name, then syncs the directory: a file system that may keep a later name
// without an earlier one would leave a pointer to nothing, and a store that cannot be opened. The usual ones keep
// names in order; POSIX does not promise it, and the tests' file system does not do it.
type manifestFS struct{ vfs.FS }

// Unwrap implements vfs.FS.
func (fs manifestFS) Unwrap() vfs.FS { return fs.FS }

// Create implements vfs.FS.
func (fs manifestFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, category)
	if err != nil || !strings.HasPrefix(fs.PathBase(name), "MANIFEST-") {
		return f, err
	}
	return &manifestFile{File: f, fs: fs.FS, dir: fs.PathDir(name)}, nil
}

// manifestFile is a list of files that was just created.
type manifestFile struct {
	vfs.File
	fs    vfs.FS
	dir   string
	named bool // its name is durable
}

// Sync implements vfs.File.
func (f *manifestFile) Sync() error { return f.sync(f.File.Sync) }

// SyncData implements vfs.File.
func (f *manifestFile) SyncData() error { return f.sync(f.File.SyncData) }

func (f *manifestFile) sync(content func() error) error {
	err := content()
	if err == nil && !f.named {
		err = syncDir(f.fs, f.dir)
		f.named = err == nil
	}
	return err
}
