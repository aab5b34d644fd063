package relation

import "context"

// Held counts what transactions hold: locks, and snapshots beyond the database's own. It is 0 when none is open.
func (db *Database) Held() (locks, snapshots int) {
	db.locks.mu.Lock()
	locks = len(db.locks.held)
	for _, l := range db.locks.tables {
		locks += len(l.held) + len(l.queue)
	}
	db.locks.mu.Unlock()
	db.snapMu.Lock()
	defer db.snapMu.Unlock()
	return locks, len(db.open) - 1 + db.current.refs - 1
}

// CachedBytes is what the column cache holds.
func (db *Database) CachedBytes() int64 {
	db.columns.mu.Lock()
	defer db.columns.mu.Unlock()
	return db.columns.bytes
}

// RefreshStatistics is one round of the background's.
func (db *Database) RefreshStatistics(ctx context.Context) error { return db.statistics.refresh(ctx) }
