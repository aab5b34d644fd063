package storage

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrTooLarge says that a transaction's writes exceed what its owner allows.
var ErrTooLarge = errors.New("transaction is too large")

// storeDir is Pebble's part of the data directory.
const storeDir = "store"

// Store is an open data directory. It may be used from any goroutine.
type Store struct {
	db   *pebble.DB
	path string   // of Pebble's directory
	logs *oldLogs // what Pebble sees the disk through
	late *lateSync
	lock *pebble.Lock
	log  *slog.Logger
	// options are Pebble's, for the tables of large commits, which lie in incoming and are numbered by tables.
	options  *pebble.Options
	incoming string
	tables   atomic.Uint64

	writeMu sync.Mutex
	eraseMu sync.Mutex
	failed  atomic.Pointer[failure]
	stuck   atomic.Bool // Pebble's commit pipeline died with its lock held

	closing    chan struct{}
	background sync.WaitGroup // what Close ends and waits for
}

// Open opens the store in dir, which is made if missing. The error wraps ErrLocked when another process
// has it open, and ErrFormat when another version wrote it.
func Open(dir string, o Options) (*Store, error) {
	o = o.withDefaults()
	if err := makeDirs(o.FS, dir); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	lock, err := lockDir(o.FS, dir)
	if err != nil {
		return nil, err
	}
	late := &lateSync{}
	s := &Store{closing: make(chan struct{}), lock: lock, log: o.Logger, logs: &oldLogs{FS: logFS{manifestFS{o.FS}, late}}, late: late,
		path: o.FS.PathJoin(dir, storeDir), incoming: o.FS.PathJoin(dir, incomingDir)}
	if err := s.open(dir, o); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func (s *Store) open(dir string, o Options) error {
	_, err := o.FS.Stat(s.path)
	isNew := errors.Is(err, os.ErrNotExist)
	if err != nil && !isNew {
		return fmt.Errorf("look for %s: %w", s.path, err)
	}
	if err := checkFormat(o.FS, dir, isNew); err != nil {
		return err
	}
	if err := o.FS.RemoveAll(s.incoming); err != nil {
		return fmt.Errorf("remove what a crash left: %w", err)
	}
	s.options = s.pebbleOptions(o)
	s.db, err = pebble.Open(s.path, s.options)
	return reading("open "+s.path, err)
}

// makeDirs makes a directory and those above it, and makes sure that a crash cannot take their names away again:
// Pebble syncs what is in its directory, not the way to it.
func makeDirs(fs vfs.FS, path string) error {
	var above []string // the directories that get a new entry
	for at := path; ; {
		parent := parentOf(fs, at)
		above = append(above, parent)
		if _, err := fs.Stat(parent); err == nil || parent == at {
			break
		}
		at = parent
	}
	if err := fs.MkdirAll(path, 0o750); err != nil {
		return err
	}
	for _, name := range append(above, path) {
		if err := syncDir(fs, name); err != nil {
			return err
		}
	}
	return nil
}

func parentOf(fs vfs.FS, dir string) string {
	if parent := fs.PathDir(dir); parent != "" {
		return parent
	}
	return "."
}

// Close closes the store; snapshots and iterators must be closed before. A store whose commits got stuck in a failure
// stays locked until the process ends, and says so.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	if s.stuck.Load() {
		return s.Failed()
	}
	close(s.closing)
	s.background.Wait()
	err := errors.Join(s.db.Close(), s.lock.Close())
	s.db = nil
	return err
}
