package relation

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// xidState is which numbered transactions have ended, at one moment. It never changes: another takes its place.
type xidState struct {
	completed uint32   // the highest number of one that has ended
	running   []uint32 // in order
}

// xidHistory is what became of the transactions since Open that had a number. The lock table guards aborted.
//
// A statement takes the state before its snapshot. A transaction ends here after its commit can be seen, so one that has
// ended is in the snapshot; one that has not may be in it, too, if it was just committing, and counts as running.
type xidHistory struct {
	aborted roaring.Bitmap
}

// begun notes a transaction's number. The caller holds the lock table.
func (db *Database) begun(xid uint32) {
	was := db.xidState.Load()
	is := *was
	is.running = append(slices.Clone(was.running), xid)
	db.xidState.Store(&is)
}

// settled notes that a numbered transaction has ended. The caller holds the lock table.
func (db *Database) settled(xid uint32, committed bool) {
	if !committed {
		db.xidHistory.aborted.Add(xid)
	}
	was := db.xidState.Load()
	is := xidState{completed: max(was.completed, xid)}
	for _, x := range was.running {
		if x != xid {
			is.running = append(is.running, x)
		}
	}
	db.xidState.Store(&is)
}

// XidSnapshot implements builtin.Snapshots. As in GetSnapshotData the transaction's own number bounds the minimum, and is not
// listed.
func (s *Stmt) XidSnapshot() datum.XidSnapshot {
	db, own := s.tx.db, uint32(s.tx.holder.TransactionID(false))
	epoch := uint64(db.epoch) << 32
	out := datum.XidSnapshot{Max: epoch | uint64(s.xids.completed+1)}
	out.Min = out.Max
	for _, x := range s.xids.running {
		full := epoch | uint64(x)
		if full >= out.Max {
			continue
		}
		if out.Min = min(out.Min, full); x != own {
			out.Running = append(out.Running, full)
		}
	}
	return out
}

// XidStatus implements builtin.Snapshots.
func (s *Stmt) XidStatus(xid uint64) (string, error) {
	db := s.tx.db
	db.locks.mu.Lock()
	defer db.locks.mu.Unlock()
	epoch, number := uint32(xid>>32), uint32(xid)
	switch {
	case epoch > db.epoch, epoch == db.epoch && number > db.xids.Load() && number >= firstXid:
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "transaction ID %d is in the future", xid)
	case epoch < db.epoch || number == 0:
		return "", nil
	case slices.Contains(db.xidState.Load().running, number):
		return "in progress", nil
	case db.xidHistory.aborted.Contains(number):
		return "aborted", nil
	}
	return "committed", nil
}
