package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

var (
	// ErrLocked says that another process has the data directory open.
	ErrLocked = errors.New("data directory is in use by another process")
	// ErrFormat says that the data directory was written in a format that this version does not know.
	ErrFormat = errors.New("unknown data format")
	// ErrTooLarge says that a transaction's writes exceed MaxTransactionBytes.
	ErrTooLarge = errors.New("transaction is too large")
	// ErrCorrupt says that stored bytes are not what the format says.
	ErrCorrupt = errors.New("stored data is damaged")
)

// FormatVersion is the version of FORMAT.md that this package reads and writes.
const FormatVersion = 1

// MaxTransactionBytes bounds the keys and values that one transaction may write. Pebble commits a batch of up to
// 4 GiB at once; the transaction's own copy and the batch are in memory together.
const MaxTransactionBytes = 1 << 30

// Options are what a Store can be told.
type Options struct {
	// FS is the file system; the operating system's when nil. Tests inject crashes and errors by it.
	FS vfs.FS
	// CacheBytes is the block cache's size; 64 MiB when 0.
	CacheBytes int64
	Logger     *slog.Logger // slog's default when nil
}

// Store is an open data directory.
type Store struct {
	db   *pebble.DB
	lock *pebble.Lock
	log  *slog.Logger
}

// Open opens the store in dir, which is made if missing. The error wraps ErrLocked when another process
// has it open, and ErrFormat when a newer version wrote it.
func Open(dir string, o Options) (*Store, error) {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 64 << 20
	}
	path := o.FS.PathJoin(dir, "store")
	if err := makeDir(o.FS, dir, path); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	lock, err := pebble.LockDirectory(path, o.FS)
	if err != nil {
		if isLocked(err) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	s := &Store{lock: lock, log: o.Logger}
	if s.db, err = pebble.Open(path, pebbleOptions(o, lock)); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), lock.Close())
	}
	if err := s.checkFormat(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// makeDir makes the store's directory, and makes sure that a crash cannot take its name away again: Pebble
// syncs what is in its directory, not the way to it.
func makeDir(fs vfs.FS, dir, path string) error {
	if _, err := fs.Stat(path); err == nil {
		return nil
	}
	if err := fs.MkdirAll(path, 0o750); err != nil {
		return err
	}
	for _, name := range []string{path, dir, parentOf(fs, dir)} {
		d, err := fs.OpenDir(name)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
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

// isLocked tells a lock that somebody holds from one that cannot be taken at all.
func isLocked(err error) bool {
	var errno interface{ Temporary() bool }
	return errors.As(err, &errno) && errno.Temporary() || !errors.Is(err, os.ErrPermission) && !errors.Is(err, os.ErrNotExist)
}

func pebbleOptions(o Options, lock *pebble.Lock) *pebble.Options {
	opts := &pebble.Options{
		FS: o.FS, Lock: lock, Logger: pebbleLogger{o.Logger}, CacheSize: o.CacheBytes,
		MemTableSize: 32 << 20, FormatMajorVersion: pebble.FormatNewest,
	}
	return opts
}

// checkFormat reads the format version, or writes it into an empty store.
func (s *Store) checkFormat() error {
	key := MetaKey("format")
	value, ok, err := s.Get(key)
	if err != nil {
		return fmt.Errorf("read the format version: %w", err)
	}
	if !ok {
		return s.db.Set(key, binary.BigEndian.AppendUint32(nil, FormatVersion), pebble.Sync)
	}
	if len(value) != 4 {
		return fmt.Errorf("%w: format version of %d bytes", ErrCorrupt, len(value))
	}
	if v := binary.BigEndian.Uint32(value); v != FormatVersion {
		return fmt.Errorf("%w: the data directory has version %d, this program reads version %d", ErrFormat, v, FormatVersion)
	}
	return nil
}

// Close closes the store; snapshots and iterators must be closed before.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	err := errors.Join(s.db.Close(), s.lock.Close())
	s.db = nil
	return err
}

// pebbleLogger sends Pebble's log to slog: its errors are ours, its chatter is for debugging.
type pebbleLogger struct{ log *slog.Logger }

func (l pebbleLogger) Infof(format string, args ...any) {
	l.log.Debug("pebble: " + fmt.Sprintf(format, args...))
}

func (l pebbleLogger) Errorf(format string, args ...any) {
	l.log.Error("pebble: " + fmt.Sprintf(format, args...))
}

// Fatalf is Pebble's word for a write-ahead log that cannot be written: what was acknowledged is on disk,
// what comes next cannot be, so the process must not go on.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	l.log.Error("pebble: " + fmt.Sprintf(format, args...))
	panic("storage: " + fmt.Sprintf(format, args...))
}
