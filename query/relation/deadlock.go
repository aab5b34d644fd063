package relation

import (
	"fmt"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
)

// blockedBy are those that a waiter waits for: who holds the lock, and who stands before it in the queue.
func (w *waiter) blockedBy() []*Holder {
	var out []*Holder
	for i := range w.lock.held {
		if o := &w.lock.held[i]; o.holder != w.holder && o.modes()&conflicts[w.mode] != 0 {
			out = append(out, o.holder)
		}
	}
	if !w.lock.tag.queued() {
		return out
	}
	for _, o := range w.lock.queue {
		if o == w {
			break
		}
		if o.holder != w.holder && conflicts[w.mode]&o.mode.set() != 0 {
			out = append(out, o.holder)
		}
	}
	return out
}

// deadlock returns 40P01 when w waits, directly or through others, for itself.
func deadlock(w *waiter) error {
	circle := circleOf(w, w.holder, map[*Holder]bool{})
	if circle == nil {
		return nil
	}
	lines := make([]string, len(circle))
	for i, w := range circle {
		next := circle[(i+1)%len(circle)].holder
		lines[i] = fmt.Sprintf("Process %d waits for %s; blocked by process %d.", w.holder.PID, w.what(next), next.PID)
	}
	w.holder.db.counters.deadlocks.Add(1)
	e := sqlstate.New(sqlstate.DeadlockDetected, "deadlock detected").WithHint("See server log for query details.")
	e.Detail = strings.Join(lines, "\n")
	return e
}

// circleOf finds the waits that lead from w back to h.
func circleOf(w *waiter, h *Holder, seen map[*Holder]bool) []*waiter {
	for _, next := range w.blockedBy() {
		if next == h {
			return []*waiter{w}
		}
		if seen[next] || next.wait == nil || next.wait.done {
			continue
		}
		seen[next] = true
		if rest := circleOf(next.wait, h, seen); rest != nil {
			return append([]*waiter{w}, rest...)
		}
	}
	return nil
}

// what is what a waiter waits for. A row is waited for through the transaction that has changed it, as in PostgreSQL.
func (w *waiter) what(blocker *Holder) string {
	g := w.lock.tag
	switch g.kind {
	case lockRelation:
		return fmt.Sprintf("%s on relation %d of database %d", w.mode, g.relation, catalog.DatabaseOID)
	case lockAdvisory:
		return fmt.Sprintf("%s on advisory lock [%d,%d,%d,%d]", w.mode, catalog.DatabaseOID, uint32(g.row>>32), uint32(g.row), g.sub)
	}
	return fmt.Sprintf("%s on transaction %d", Share, blocker.xid)
}
