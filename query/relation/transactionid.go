package relation

import (
	"errors"
	"strconv"

	"github.com/seguedb/segue/storage"
)

// A transaction that has a number is known by it to those who wait for it, and to whom pg_current_xact_id() told it. The
// number's lower half counts from firstXid in each epoch, and each Open begins one: no number comes again.

// firstXid is FirstNormalTransactionId.
const firstXid = 3

var epochKey = storage.MetaKey("epoch")

// beginEpoch begins the next epoch of transactions' numbers.
func (db *Database) beginEpoch() error {
	value, ok, err := db.store.Get(epochKey)
	if err != nil {
		return err
	}
	if ok {
		last, err := strconv.ParseUint(string(value), 10, 32)
		if err != nil {
			return err
		}
		db.epoch = uint32(last) + 1
	}
	db.xids.Store(firstXid - 1)
	db.xidState.Store(&xidState{completed: firstXid - 1})
	batch := db.store.NewBatch()
	if err := batch.Set(epochKey, strconv.AppendUint(nil, uint64(db.epoch), 10)); err != nil {
		return errors.Join(err, batch.Close())
	}
	return db.store.Commit(batch)
}

// TransactionID is the number of the holder's transaction; 0 where it has none, unless assign asks for one.
func (h *Holder) TransactionID(assign bool) uint64 {
	t := &h.db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	if h.xid == 0 && assign {
		h.number()
	}
	if h.xid == 0 {
		return 0
	}
	return uint64(h.db.epoch)<<32 | uint64(h.xid)
}

// number gives the transaction a number. The caller holds the lock table.
func (h *Holder) number() {
	h.xid = h.db.xids.Add(1)
	h.db.begun(h.xid)
	h.db.locks.list(h)
}
