package relation

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// snapshot is a storage snapshot with what belongs to the same moment. It is shared by all who ask between two
// commits; Database.snapMu guards refs.
type snapshot struct {
	*storage.Snapshot
	seq     uint64 // of the last commit in it that changed vectors
	commits uint64
	catalog *catalog.Snapshot
	refs    int
}

// snapshot takes the state of the last durable commit. Release it with dropSnapshot.
func (db *Database) snapshot() *snapshot {
	db.snapMu.Lock()
	defer db.snapMu.Unlock()
	db.current.refs++
	return db.current
}

// share takes one more reference.
func (db *Database) share(s *snapshot) *snapshot {
	db.snapMu.Lock()
	defer db.snapMu.Unlock()
	s.refs++
	return s
}

// take makes a snapshot of what was written last. Nobody sees it before promote. The caller holds commitMu.
func (db *Database) take() *snapshot {
	s := &snapshot{Snapshot: db.store.Snapshot(), seq: db.seq, commits: db.commits.Load(), catalog: db.latest, refs: 1}
	db.snapMu.Lock()
	defer db.snapMu.Unlock()
	db.open[s] = struct{}{}
	return s
}

// promote makes a commit that has become durable the one that others see, unless a later one was first, which then
// contains it. The reference is the database's from now on.
func (db *Database) promote(s *snapshot) {
	db.snapMu.Lock()
	old := s
	if db.current == nil || s.commits > db.current.commits {
		old, db.current = db.current, s
		db.catalog.Store(s.catalog)
	}
	db.snapMu.Unlock()
	if old != nil {
		db.dropSnapshot(old)
	}
}

// dropSnapshot gives a reference back, and with the last one the snapshot.
func (db *Database) dropSnapshot(s *snapshot) {
	db.snapMu.Lock()
	s.refs--
	last := s.refs == 0
	if last {
		delete(db.open, s)
	}
	db.snapMu.Unlock()
	if !last {
		return
	}
	if err := s.Close(); err != nil {
		db.log.Warn("relation: close a snapshot", "error", err)
	}
}

// oldestSeq is the smallest sequence number that a search may still ask for.
func (db *Database) oldestSeq() uint64 {
	db.snapMu.Lock()
	defer db.snapMu.Unlock()
	low := db.current.seq
	for s := range db.open {
		low = min(low, s.seq)
	}
	return low
}
