package relation

import (
	"context"
	"time"
)

// Holder is who holds locks and waits for them: a session, through one transaction after the other. Its fields and
// methods are its goroutine's; what is behind them is the lock table's.
type Holder struct {
	// PID is the number that others know it by.
	PID int32
	// LockTimeout is how long it waits for one lock before it fails with 55P03; 0 is for ever.
	LockTimeout time.Duration
	// Replica is session_replication_role = replica: foreign keys are not enforced.
	Replica bool
	// DeadlockTimeout is how long it waits before it looks whether that would be for ever; 0 looks at once.
	DeadlockTimeout time.Duration

	db           *Database
	grants       []grant        // of the transaction, in the order taken
	advisory     map[*lock]bool // those held beyond it
	wait         *waiter        // guarded by the lock table
	xid          uint32         // of the transaction, once it has changed or locked a row; guarded by the lock table
	committed    bool           // what becomes of the transaction
	tx           uint32         // the transaction's number within the session, 0 between transactions
	transactions uint32
	listed       bool // in the lock table's since, and guarded as that is
}

// grant is one lock that a transaction was given.
type grant struct {
	lock *lock
	mode LockMode
}

// NewHolder makes a holder of locks for a session. Close it.
func (db *Database) NewHolder(pid int32) *Holder { return &Holder{PID: pid, db: db} }

// Close gives back what the session still holds.
func (h *Holder) Close() {
	h.endTx()
	h.UnlockAdvisory()
	t := &h.db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unlist(h)
}

// begin notes that a transaction begins.
func (h *Holder) begin() {
	t := &h.db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	h.transactions++
	h.tx, h.committed = h.transactions, false
	t.list(h)
}

// endTx gives back what the transaction holds.
func (h *Holder) endTx() {
	t := &h.db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	t.release(h, 0)
	if h.xid != 0 {
		h.db.settled(h.xid, h.committed)
	}
	h.xid, h.tx, h.committed = 0, 0, false
	if h.grants = h.grants[:0]; cap(h.grants) > keepGrants {
		h.grants = nil
	}
	t.forget(h)
}

// keepGrants bounds the memory for grants that a session keeps from one transaction to the next.
const keepGrants = 64

// mark is a moment that giveBack returns to.
func (h *Holder) mark() int { return len(h.grants) }

// giveBack releases what the transaction was granted since a moment.
func (h *Holder) giveBack(mark int) {
	t := &h.db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	t.release(h, mark)
}

func (h *Holder) acquire(ctx context.Context, r request) (waited bool, err error) {
	return h.db.locks.acquire(ctx, h, r)
}
