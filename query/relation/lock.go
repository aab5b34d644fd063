package relation

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/seguedb/segue/query/sqlstate"
)

// lockTable is who holds what: rows and unique keys exclusively, tables shared by writers and exclusively by
// definitions. Locks last until their transaction ends.
type lockTable struct {
	mu   sync.Mutex
	held map[string]*lock
}

// lock is one locked thing. owners has one transaction when exclusive.
type lock struct {
	owners    []*Tx
	exclusive bool
	// claims are the transactions that wait to hold it exclusively: new sharers wait behind them, or a busy table could
	// never be changed.
	claims []*Tx
	freed  chan struct{} // closed when something changes
}

// wait is what a transaction waits for.
type wait struct {
	lock      *lock
	exclusive bool
}

func (t *lockTable) init() { t.held = map[string]*lock{} }

// acquire locks a key, waiting for whoever holds it. waited says that it had to. The error is ctx's, or 40P01 when
// waiting would never end: the transaction that closes the circle is the one that fails.
func (t *lockTable) acquire(ctx context.Context, tx *Tx, key string, exclusive bool) (waited bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var patience <-chan time.Time
	for {
		l := t.held[key]
		if l == nil {
			t.held[key] = &lock{owners: []*Tx{tx}, exclusive: exclusive}
			tx.locks = append(tx.locks, key)
			return waited, nil
		}
		if t.grant(l, tx, key, exclusive) {
			return waited, nil
		}
		tx.waits = wait{l, exclusive}
		if circular(tx, tx, map[*Tx]bool{}) {
			tx.waits = wait{}
			return waited, sqlstate.New(sqlstate.DeadlockDetected, "deadlock detected").
				WithHint("Another transaction waits for this one; run this one again.")
		}
		if !waited && tx.LockTimeout > 0 {
			patience = time.After(tx.LockTimeout)
		}
		waited = true
		if err := t.wait(ctx, l, tx, exclusive, patience); err != nil {
			return waited, err
		}
	}
}

// wait lets go of the table until the lock changes.
func (t *lockTable) wait(ctx context.Context, l *lock, tx *Tx, exclusive bool, patience <-chan time.Time) error {
	if l.freed == nil {
		l.freed = make(chan struct{})
	}
	freed := l.freed
	if exclusive {
		l.claims = append(l.claims, tx)
	}
	t.mu.Unlock()
	var err error
	select {
	case <-freed:
	case <-patience:
		err = sqlstate.New(sqlstate.LockNotAvailable, "canceling statement due to lock timeout")
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	t.mu.Lock()
	tx.waits = wait{}
	if exclusive {
		l.claims = slices.DeleteFunc(l.claims, func(o *Tx) bool { return o == tx })
		if err != nil {
			l.changed()
		}
	}
	return err
}

// changed wakes those who wait.
func (l *lock) changed() {
	if l.freed != nil {
		close(l.freed)
		l.freed = nil
	}
}

// grant gives a held lock to tx as well, if it may be.
func (t *lockTable) grant(l *lock, tx *Tx, key string, exclusive bool) bool {
	mine := slices.Contains(l.owners, tx)
	switch {
	case mine && (l.exclusive || !exclusive):
		return true
	case mine && len(l.owners) == 1:
		l.exclusive = true
		return true
	case !mine && !exclusive && !l.exclusive && len(l.claims) == 0:
		l.owners = append(l.owners, tx)
		tx.locks = append(tx.locks, key)
		return true
	}
	return false
}

// circular says whether o waits, directly or through others, for tx. Who wants to share a lock waits for those who
// claim it, too.
func circular(o, tx *Tx, seen map[*Tx]bool) bool {
	if seen[o] || o.waits.lock == nil {
		return false
	}
	seen[o] = true
	before := o.waits.lock.owners
	if !o.waits.exclusive {
		before = append(slices.Clone(before), o.waits.lock.claims...)
	}
	for _, next := range before {
		if next != o && (next == tx || circular(next, tx, seen)) {
			return true
		}
	}
	return false
}

// release frees everything that a transaction holds.
func (t *lockTable) release(tx *Tx) {
	if len(tx.locks) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range tx.locks {
		l := t.held[key]
		l.owners = slices.DeleteFunc(l.owners, func(o *Tx) bool { return o == tx })
		l.changed()
		if len(l.owners) == 0 {
			delete(t.held, key)
		}
	}
	tx.locks = nil
}
