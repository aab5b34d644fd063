package relation

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
)

// lockTable is who holds what, and who waits for it: tables, rows, unique keys and advisory locks.
type lockTable struct {
	mu   sync.Mutex
	held map[lockTag]*lock
	// tables are the locks of tables. Every statement takes some, so that they stay while nobody has them.
	tables map[catalog.OID]*lock
	// since is those who hold or wait, for pg_locks, and sessions between their transactions.
	since map[*Holder]bool
}

// keepTables is how many tables' locks stay.
const keepTables = 4096

// lockKind is what is locked.
type lockKind uint8

const (
	lockRelation lockKind = iota
	lockRow               // of a table, by identity
	lockKey               // of a unique index, by its bytes
	lockAdvisory
)

// lockTag names one locked thing.
type lockTag struct {
	kind     lockKind
	sub      uint16 // of an advisory lock: PostgreSQL's field 4, 1 for one number and 2 for two
	relation catalog.OID
	row      uint64 // or an advisory lock's number
	key      string
}

func tableTag(oid catalog.OID) lockTag { return lockTag{kind: lockRelation, relation: oid} }

// queued says whether those who come later wait behind those who wait already. Row locks go past them, as in
// PostgreSQL: a reference's key share lock never waits for one who only wants to update.
func (g lockTag) queued() bool { return g.kind == lockRelation || g.kind == lockAdvisory }

// lock is one locked thing.
type lock struct {
	tag   lockTag
	held  []holding
	queue []*waiter
	one   [1]holding // held's memory while it has no more
}

// holding is what one holder has of a lock.
type holding struct {
	holder  *Holder
	tx      modeSet          // until its transaction ends
	session map[LockMode]int // until it is given back as often as it was taken; nil mostly
}

func (o *holding) modes() modeSet {
	out := o.tx
	for m := range o.session {
		out |= m.set()
	}
	return out
}

// waiter is one who waits for a lock.
type waiter struct {
	holder  *Holder
	lock    *lock
	mode    LockMode
	session bool
	since   time.Time
	granted chan struct{} // closed, under the table's mutex, when it has the lock
	done    bool
}

// request is what is wanted of a lock.
type request struct {
	tag     lockTag
	mode    LockMode
	session bool // beyond the transaction
	noWait  bool
}

// errWouldWait says that a request with noWait would have had to wait.
var errWouldWait = sqlstate.New(sqlstate.LockNotAvailable, "could not obtain lock")

func (t *lockTable) init() {
	t.held, t.tables, t.since = map[lockTag]*lock{}, map[catalog.OID]*lock{}, map[*Holder]bool{}
}

// of is the lock of what a tag names.
func (t *lockTable) of(tag lockTag) *lock {
	table := tag.kind == lockRelation
	l := t.tables[tag.relation]
	if !table {
		l = t.held[tag]
	}
	if l != nil {
		return l
	}
	l = &lock{tag: tag}
	l.held = l.one[:0]
	if table {
		t.tables[tag.relation] = l
	} else {
		t.held[tag] = l
	}
	return l
}

// list notes that h holds or waits.
func (t *lockTable) list(h *Holder) {
	if !h.listed {
		t.since[h], h.listed = true, true
	}
}

// acquire gives h a lock, waiting for whoever has it. waited says that it had to. The error is ctx's, errWouldWait,
// 55P03 after lock_timeout, or 40P01 when waiting would never end.
func (t *lockTable) acquire(ctx context.Context, h *Holder, r request) (waited bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.of(r.tag)
	if !r.tag.queued() && h.xid == 0 { // those who wait for this transaction are shown its number
		h.number()
	}
	if l.has(h, r) {
		return false, nil
	}
	if l.free(h, r.mode, len(l.queue)) {
		t.grant(l, h, r.mode, r.session)
		return false, nil
	}
	if r.noWait {
		return false, errWouldWait
	}
	return true, t.wait(ctx, l, h, r)
}

// has says whether the transaction holds the lock already. A stronger row lock contains the weaker.
func (l *lock) has(h *Holder, r request) bool {
	mine := l.of(h)
	if mine == nil || r.session {
		return false
	}
	if r.tag.kind == lockRow || r.tag.kind == lockKey {
		return mine.tx >= r.mode.set()
	}
	return mine.tx&r.mode.set() != 0
}

func (l *lock) of(h *Holder) *holding {
	for i := range l.held {
		if l.held[i].holder == h {
			return &l.held[i]
		}
	}
	return nil
}

// free says whether h may have the lock in a mode: nobody else holds it in a way that conflicts, and no one of the
// first ahead waiters wants it so, but for those who wait for h itself.
func (l *lock) free(h *Holder, mode LockMode, ahead int) bool {
	var mine modeSet
	for i := range l.held {
		switch o := &l.held[i]; {
		case o.holder == h:
			mine = o.modes()
		case o.modes()&conflicts[mode] != 0:
			return false
		}
	}
	if !l.tag.queued() {
		return true
	}
	for _, w := range l.queue[:ahead] {
		if w.holder != h && conflicts[mode]&w.mode.set() != 0 && conflicts[w.mode]&mine == 0 {
			return false
		}
	}
	return true
}

func (t *lockTable) grant(l *lock, h *Holder, mode LockMode, session bool) {
	mine := l.of(h)
	if mine == nil {
		l.held = append(l.held, holding{holder: h})
		mine = &l.held[len(l.held)-1]
	}
	t.list(h)
	if session {
		if mine.session == nil {
			mine.session = map[LockMode]int{}
		}
		mine.session[mode]++
		return
	}
	mine.tx |= mode.set()
	h.grants = append(h.grants, grant{l, mode})
}

// wait stands in the queue, before those who wait for what h itself holds: they could not go on anyway.
func (t *lockTable) wait(ctx context.Context, l *lock, h *Holder, r request) error {
	w := &waiter{holder: h, lock: l, mode: r.mode, session: r.session, since: time.Now(), granted: make(chan struct{})}
	at := len(l.queue)
	if mine := l.of(h); mine != nil {
		if i := slices.IndexFunc(l.queue, func(o *waiter) bool { return conflicts[o.mode]&mine.modes() != 0 }); i >= 0 {
			at = i
		}
	}
	l.queue = slices.Insert(l.queue, at, w)
	h.wait = w
	t.list(h)
	err := t.sleep(ctx, w)
	h.wait = nil
	if w.done {
		return nil
	}
	l.queue = slices.DeleteFunc(l.queue, func(o *waiter) bool { return o == w })
	t.settle(l)
	t.forget(h)
	return err
}

// sleep lets go of the table until the lock is given, and looks for a deadlock once deadlock_timeout has passed: in
// PostgreSQL, too, most waits are over before that.
func (t *lockTable) sleep(ctx context.Context, w *waiter) error {
	h := w.holder
	if h.DeadlockTimeout <= 0 {
		if err := deadlock(w); err != nil {
			return err
		}
	}
	var patience, check <-chan time.Time
	if h.LockTimeout > 0 {
		patience = time.After(h.LockTimeout)
	}
	if h.DeadlockTimeout > 0 {
		check = time.After(h.DeadlockTimeout)
	}
	for {
		t.mu.Unlock()
		var err error
		looked := false
		select {
		case <-w.granted:
		case <-check:
			looked = true
		case <-patience:
			err = sqlstate.New(sqlstate.LockNotAvailable, "canceling statement due to lock timeout")
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		t.mu.Lock()
		if !looked || w.done {
			return err
		}
		check = nil
		if err := deadlock(w); err != nil {
			return err
		}
	}
}

// settle gives a lock that has changed to those at the front of the queue who can have it now, and forgets it when
// nobody wants it.
func (t *lockTable) settle(l *lock) {
	for i := 0; i < len(l.queue); {
		w := l.queue[i]
		if !l.free(w.holder, w.mode, i) {
			i++
			continue
		}
		l.queue = slices.Delete(l.queue, i, i+1)
		t.grant(l, w.holder, w.mode, w.session)
		w.done = true
		close(w.granted)
	}
	switch {
	case len(l.held) > 0 || len(l.queue) > 0:
	case l.tag.kind != lockRelation:
		delete(t.held, l.tag)
	case len(t.tables) > keepTables:
		delete(t.tables, l.tag.relation)
	}
}

// release takes back what a transaction was granted since mark.
func (t *lockTable) release(h *Holder, mark int) {
	if len(h.grants) <= mark {
		return
	}
	for _, g := range h.grants[mark:] {
		if mine := g.lock.of(h); mine != nil {
			mine.tx &^= g.mode.set()
			t.drop(g.lock, mine)
		}
	}
	clear(h.grants[mark:])
	h.grants = h.grants[:mark]
}

// drop takes an empty holding out of its lock.
func (t *lockTable) drop(l *lock, mine *holding) {
	if mine.tx == 0 && len(mine.session) == 0 {
		h := mine.holder
		l.held = slices.DeleteFunc(l.held, func(o holding) bool { return o.holder == h })
	}
	t.settle(l)
}

// forget takes a holder that has and wants nothing off the list, unless it is a session's, which comes again.
func (t *lockTable) forget(h *Holder) {
	if h.PID == 0 && len(h.grants) == 0 && h.wait == nil && len(h.advisory) == 0 && h.tx == 0 {
		t.unlist(h)
	}
}

func (t *lockTable) unlist(h *Holder) {
	delete(t.since, h)
	h.listed = false
}

// everyone lists the holders in the order of their numbers.
func (t *lockTable) everyone() []*Holder {
	out := make([]*Holder, 0, len(t.since))
	for h := range t.since {
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b *Holder) int { return cmp.Compare(a.PID, b.PID) })
	return out
}
