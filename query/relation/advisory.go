package relation

import (
	"context"
	"errors"
)

// AdvisoryKey is an advisory lock's number: one of 64 bits, or two of 32. The two kinds never meet.
type AdvisoryKey struct {
	Number uint64
	Pair   bool
}

func (k AdvisoryKey) tag() lockTag {
	g := lockTag{kind: lockAdvisory, sub: 1, row: k.Number}
	if k.Pair {
		g.sub = 2
	}
	return g
}

// Advisory locks a number, until the session ends or gives it back, or until the transaction ends. With try it does not
// wait, and got says whether it has it.
func (h *Holder) Advisory(ctx context.Context, key AdvisoryKey, mode LockMode, session, try bool) (got bool, err error) {
	_, err = h.acquire(ctx, request{tag: key.tag(), mode: mode, session: session, noWait: try})
	if try && errors.Is(err, errWouldWait) {
		return false, nil
	}
	if err == nil && session {
		h.db.locks.noteAdvisory(h, key.tag())
	}
	return err == nil, err
}

func (t *lockTable) noteAdvisory(h *Holder, tag lockTag) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h.advisory == nil {
		h.advisory = map[*lock]bool{}
	}
	h.advisory[t.held[tag]] = true
}

// GiveBack unlocks a number that the session has locked, once; false when it has not.
func (h *Holder) GiveBack(key AdvisoryKey, mode LockMode) bool {
	t := &h.db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.held[key.tag()]
	if l == nil {
		return false
	}
	mine := l.of(h)
	if mine == nil || mine.session[mode] == 0 {
		return false
	}
	if mine.session[mode]--; mine.session[mode] == 0 {
		delete(mine.session, mode)
	}
	if len(mine.session) == 0 {
		delete(h.advisory, l)
	}
	t.drop(l, mine)
	t.forget(h)
	return true
}

// UnlockAdvisory gives back every advisory lock that the session holds beyond its transaction.
func (h *Holder) UnlockAdvisory() {
	t := &h.db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	for l := range h.advisory {
		if mine := l.of(h); mine != nil {
			mine.session = nil
			t.drop(l, mine)
		}
	}
	h.advisory = nil
	t.forget(h)
}
