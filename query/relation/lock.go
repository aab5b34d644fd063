package relation

import (
	"context"
	"sync"

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
	freed     chan struct{} // closed when an owner leaves
}

func (t *lockTable) init() { t.held = map[string]*lock{} }

// acquire locks a key, waiting for whoever holds it. waited says that it had to. The error is ctx's, or 40P01 when
// waiting would never end: the transaction that closes the circle is the one that fails.
func (t *lockTable) acquire(ctx context.Context, tx *Tx, key string, exclusive bool) (waited bool, err error) {
	for {
		t.mu.Lock()
		l := t.held[key]
		if l == nil {
			t.held[key] = &lock{owners: []*Tx{tx}, exclusive: exclusive}
			tx.locks = append(tx.locks, key)
			t.mu.Unlock()
			return waited, nil
		}
		if t.grant(l, tx, key, exclusive) {
			t.mu.Unlock()
			return waited, nil
		}
		if t.closesCircle(l, tx) {
			t.mu.Unlock()
			return waited, sqlstate.New(sqlstate.DeadlockDetected, "deadlock detected").
				WithHint("Another transaction waits for this one; run this one again.")
		}
		if l.freed == nil {
			l.freed = make(chan struct{})
		}
		freed := l.freed
		tx.waitsFor = l
		t.mu.Unlock()
		waited = true
		select {
		case <-freed:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		t.mu.Lock()
		tx.waitsFor = nil
		t.mu.Unlock()
		if err != nil {
			return waited, err
		}
	}
}

// grant gives a held lock to tx as well, if it may be.
func (t *lockTable) grant(l *lock, tx *Tx, key string, exclusive bool) bool {
	mine := false
	for _, o := range l.owners {
		mine = mine || o == tx
	}
	switch {
	case mine && (l.exclusive || !exclusive):
		return true
	case mine && len(l.owners) == 1:
		l.exclusive = true
		return true
	case !mine && !exclusive && !l.exclusive:
		l.owners = append(l.owners, tx)
		tx.locks = append(tx.locks, key)
		return true
	}
	return false
}

// closesCircle says whether some owner of l waits, through others, for tx.
func (t *lockTable) closesCircle(l *lock, tx *Tx) bool {
	seen := map[*Tx]bool{tx: true} // tx itself may share l, which is no circle
	for _, o := range l.owners {
		if o != tx && waitsFor(o, tx, seen) {
			return true
		}
	}
	return false
}

// waitsFor says whether a transaction waits for tx, directly or through others.
func waitsFor(o, tx *Tx, seen map[*Tx]bool) bool {
	if seen[o] || o.waitsFor == nil {
		return false
	}
	seen[o] = true
	for _, next := range o.waitsFor.owners {
		if next == tx || waitsFor(next, tx, seen) {
			return true
		}
	}
	return false
}

// release frees everything a transaction holds from its n-th lock on.
func (t *lockTable) release(tx *Tx, n int) {
	if len(tx.locks) <= n {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range tx.locks[n:] {
		l := t.held[key]
		for i, o := range l.owners {
			if o == tx {
				l.owners = append(l.owners[:i], l.owners[i+1:]...)
				break
			}
		}
		if l.freed != nil {
			close(l.freed)
			l.freed = nil
		}
		if len(l.owners) == 0 {
			delete(t.held, key)
		}
	}
	tx.locks = tx.locks[:n]
}
