package relation

import (
	"slices"
	"time"

	"github.com/seguedb/segue/query/catalog"
)

// LockRow is one lock that is held or waited for, as pg_locks shows it. Rows that are locked are not listed: as in
// PostgreSQL they show as the transaction that holds them, and only while someone waits for it.
type LockRow struct {
	Kind        string // relation, advisory, transactionid, virtualxid
	Relation    catalog.OID
	Transaction uint32
	Virtual     uint32 // the holder's transaction, within its session
	Class, ID   uint32
	Sub         uint16
	PID         int32
	Mode        LockMode
	Granted     bool
	Since       time.Time // of a wait
}

// Locks lists who holds and waits for what.
func (db *Database) Locks() []LockRow {
	t := &db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []LockRow
	for _, h := range t.everyone() {
		if h.tx != 0 {
			out = append(out, LockRow{Kind: "virtualxid", PID: h.PID, Virtual: h.tx, Mode: Exclusive, Granted: true})
		}
		if h.xid != 0 {
			out = append(out, LockRow{Kind: "transactionid", Transaction: h.xid, PID: h.PID, Virtual: h.tx, Mode: Exclusive, Granted: true})
		}
		out = append(out, h.lockRows()...)
	}
	return out
}

func (h *Holder) lockRows() []LockRow {
	var out []LockRow
	for _, g := range h.grants {
		if g.lock.tag.queued() {
			out = append(out, g.lock.tag.shown(h, g.mode, true))
		}
	}
	for l := range h.advisory {
		for m := range l.of(h).session {
			if l.of(h).tx&m.set() == 0 {
				out = append(out, l.tag.shown(h, m, true))
			}
		}
	}
	w := h.wait
	if w == nil || w.done {
		return out
	}
	row := w.lock.tag.shown(h, w.mode, false)
	if !w.lock.tag.queued() {
		row.Kind, row.Relation, row.Mode = "transactionid", 0, Share
		if by := w.blockedBy(); len(by) > 0 {
			row.Transaction = by[0].xid
		}
	}
	row.Since = w.since
	return append(out, row)
}

func (g lockTag) shown(h *Holder, mode LockMode, granted bool) LockRow {
	row := LockRow{Kind: "relation", Relation: g.relation, PID: h.PID, Virtual: h.tx, Mode: mode, Granted: granted}
	if g.kind == lockAdvisory {
		row.Kind, row.Class, row.ID, row.Sub = "advisory", uint32(g.row>>32), uint32(g.row), g.sub
	}
	return row
}

// BlockedBy lists the sessions that one waits for.
func (db *Database) BlockedBy(pid int32) []int32 {
	t := &db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []int32
	for h := range t.since {
		if h.PID != pid || h.wait == nil || h.wait.done {
			continue
		}
		for _, by := range h.wait.blockedBy() {
			if !slices.Contains(out, by.PID) {
				out = append(out, by.PID)
			}
		}
	}
	return out
}

// Waits says what each session that waits for a lock waits for, as pg_stat_activity names it, and which transactions
// have a number.
func (db *Database) Waits() (kinds map[int32]string, xids map[int32]uint32) {
	t := &db.locks
	t.mu.Lock()
	defer t.mu.Unlock()
	kinds, xids = map[int32]string{}, map[int32]uint32{}
	for h := range t.since {
		xids[h.PID] = h.xid
		if w := h.wait; w != nil && !w.done {
			kinds[h.PID] = [...]string{"relation", "transactionid", "transactionid", "advisory"}[w.lock.tag.kind]
		}
	}
	return kinds, xids
}
