package storage

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrLocked says that another process has the data directory open.
var ErrLocked = errors.New("data directory is in use by another process")

// lockDir takes the lock that keeps every other process out until this one closes the store or ends, however it ends.
func lockDir(fs vfs.FS, dir string) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(dir, fs)
	switch {
	case err == nil:
		return lock, nil
	case isHeld(err):
		return nil, fmt.Errorf("%w: %s is locked", ErrLocked, dir)
	}
	return nil, fmt.Errorf("lock %s: %w", dir, err)
}

// isHeld tells a lock that somebody holds from a file that cannot be locked at all. The kernel answers EAGAIN or
// EACCES for another process's lock; a lock of this very process is known to the file system without asking it.
func isHeld(err error) bool {
	var path *os.PathError
	var errno syscall.Errno
	switch {
	case errors.As(err, &path):
		return false // the lock's file could not be made
	case errors.As(err, &errno):
		return errno == syscall.EAGAIN || errno == syscall.EACCES
	}
	return true
}
