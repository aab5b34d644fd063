package storage

import (
	"errors"
	"fmt"
)

// ErrFailed says that the write-ahead log, or the list of files, could not be written. Whether the commit that met
// the failure is on disk is known only when the directory is opened again, so nothing is written any more until then.
var ErrFailed = errors.New("storage has failed and must be opened again")

// failure is what made the store fail.
type failure struct{ err error }

// Failed returns what made the store fail, wrapping ErrFailed, or nil while it is well. A failed store can still be
// read; everything acknowledged is safe.
func (s *Store) Failed() error {
	if f := s.failed.Load(); f != nil {
		return f.err
	}
	return nil
}

// fail notes the first failure, and returns it.
func (s *Store) fail(cause error) error {
	f := &failure{fmt.Errorf("%w: %w", ErrFailed, cause)}
	if s.failed.CompareAndSwap(nil, f) {
		s.log.Error("storage: writing has failed, and stops until the data directory is opened again", "error", cause)
	}
	return s.Failed()
}

// pebbleLogger sends Pebble's log to slog: its errors are ours, its chatter is for debugging.
type pebbleLogger struct{ store *Store }

func (l pebbleLogger) Infof(format string, args ...any) {
	l.store.log.Debug("pebble: " + fmt.Sprintf(format, args...))
}

func (l pebbleLogger) Errorf(format string, args ...any) {
	l.store.log.Error("pebble: " + fmt.Sprintf(format, args...))
}

// Fatalf is Pebble's word for files that cannot be written any more; it relies on not being returned to. On a
// goroutine that commits, Write turns the panic into ErrFailed. On one of Pebble's own, and where Pebble fails while it
// changes to a new log, the process ends, as a database must that cannot tell what is on its disk.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	panic(l.store.fail(fmt.Errorf(format, args...)))
}
