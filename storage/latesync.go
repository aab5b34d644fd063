package storage

import (
	"sync"
	"sync/atomic"
)

// lateSync lets a commit that is alone sync the log itself. Pebble syncs it on a goroutine of its own: while that waits for the
// disk both cores fall asleep, and the disk's answer must wake that goroutine's thread, and it the session's. So Pebble is told
// that the log is synced as soon as it is written, and who waits for a commit does what is owed, in settle, on the thread that
// goes on with the answer. Where several commit Pebble syncs as it always does, once for all that have gathered.
//
// Nothing weaker is promised: a commit's waiting ends with settle, and Pebble writes nothing more to any log, and closes none,
// before what is owed is done. The log's records say how far it was synced when they were written, so that must be true of those
// that reach the disk.
type lateSync struct {
	// committing counts the commits that have begun and are not durable yet; barred those who need Pebble's word about the log.
	committing, barred atomic.Int32

	mu    sync.Mutex
	owing *logFile // that Pebble takes for synced
	err   error    // why it could not be: nothing is written any more
}

// owe notes that a log is to be synced. It says no when others wait for that, too, who had better be woken when it is done.
func (l *lateSync) owe(f *logFile) bool {
	if l.committing.Load() != 1 || l.barred.Load() != 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owing = f
	return true
}

// settle does what is owed.
func (l *lateSync) settle() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owing != nil && l.err == nil {
		l.err = l.owing.File.SyncData()
		l.owing = nil
	}
	return l.err
}

// bar makes Pebble sync the log itself until the function that it returns is called.
func (l *lateSync) bar() (end func()) {
	l.barred.Add(1)
	return func() { l.barred.Add(-1) }
}
