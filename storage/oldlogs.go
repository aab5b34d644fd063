package storage

import (
	"errors"
	"os"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const logSuffix = ".log"

// oldLogs lets an erasure reach write-ahead logs that are done with. Pebble keeps some of them, contents and all, to write
// new logs over them: that makes a small commit cheaper (see logFS), so it is not turned off.
type oldLogs struct {
	vfs.FS
	mu sync.Mutex // held while a log gets another name, goes, or is emptied
	// fresh is how many erasures are under way: logs are not made of old ones meanwhile.
	fresh int
}

// Unwrap implements vfs.FS.
func (fs *oldLogs) Unwrap() vfs.FS { return fs.FS }

// ReuseForWrite implements vfs.FS.
func (fs *oldLogs) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.fresh == 0 || !strings.HasSuffix(name, logSuffix) {
		return fs.FS.ReuseForWrite(old, name, category)
	}
	if err := fs.FS.Remove(old); err != nil {
		return nil, err
	}
	return fs.FS.Create(name, category)
}

// Remove implements vfs.FS.
func (fs *oldLogs) Remove(name string) error {
	if strings.HasSuffix(name, logSuffix) {
		fs.mu.Lock()
		defer fs.mu.Unlock()
	}
	return fs.FS.Remove(name)
}

// keepFresh makes new logs new files until the function that it returns is called.
func (fs *oldLogs) keepFresh() (end func()) {
	add := func(n int) {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.fresh += n
	}
	add(1)
	return func() { add(-1) }
}

// empty takes the contents of a log that is done with, if it still exists under that name.
func (fs *oldLogs) empty(name string) error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if _, err := fs.FS.Stat(name); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	return writeFile(fs.FS, name, nil)
}
