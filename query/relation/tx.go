package relation

import (
	"context"
	"maps"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// Isolation is a transaction's isolation level.
type Isolation uint8

const (
	// ReadCommitted gives every statement a snapshot of its own.
	ReadCommitted Isolation = iota
	// RepeatableRead reads one snapshot throughout, and fails with exec.ErrConflict on rows changed since.
	RepeatableRead
)

// Tx is one transaction. It belongs to one goroutine at a time. End it with Commit or Rollback.
type Tx struct {
	// Role owns what the statements to come create; 0 is the bootstrap superuser.
	Role catalog.OID

	db       *Database
	holder   *Holder // of its locks
	iso      Isolation
	readOnly bool
	snap     *snapshot // RepeatableRead's, from the first statement on

	state txState
	open  []*Stmt
	one   [1]*Stmt // open's memory while there is one
	// statements is how many have begun.
	statements int
	use        *SequenceUse
	temp       string        // the schema of its session's temporary objects
	xids       *xidState     // of the moment before the last snapshot
	exported   []string      // names of its snapshots that others may import
	queues     []*exec.Spool // of triggered rows
	ended      bool
}

// txState is what a savepoint remembers. Its parts are replaced, never changed.
type txState struct {
	layers  []*storage.Layer
	bytes   int64
	catalog *catalog.Snapshot // nil until the transaction defines something
	counts  map[uint32]int64  // change of rows, by table ID
	dropped []dropped
	// permanent says that more than temporary objects changed: such a commit is waited for.
	permanent bool
	// deferred are checks for the commit; modes are SET CONSTRAINTS', 0 for ALL, true for deferred.
	deferred []pendingCheck
	modes    map[catalog.OID]bool
	// triggered are constraint triggers for the commit.
	triggered []exec.DeferredRows
}

// Begin starts a transaction. A read-only one refuses to write.
func (db *Database) Begin(iso Isolation, readOnly bool) *Tx {
	return db.NewHolder(0).Begin(iso, readOnly)
}

// Begin starts a transaction whose locks are the holder's. One must end before the next begins.
func (h *Holder) Begin(iso Isolation, readOnly bool) *Tx {
	h.begin()
	tx := &Tx{db: h.db, holder: h, iso: iso, readOnly: readOnly}
	tx.open = tx.one[:0]
	return tx
}

// Holder is who holds the transaction's locks.
func (tx *Tx) Holder() *Holder { return tx.holder }

// Catalog is the catalog as the transaction sees it, with its own definitions.
func (tx *Tx) Catalog() *catalog.Snapshot {
	switch {
	case tx.state.catalog != nil:
		return tx.state.catalog
	case tx.snap != nil:
		return tx.snap.catalog
	}
	return tx.db.Catalog()
}

// Statement begins a statement: a view of the transaction's snapshot, or a fresh one, under its own writes so far. End
// it with Finish or Abort. Several may be open for reading.
func (tx *Tx) Statement(context.Context) (*Stmt, error) {
	if tx.ended {
		return nil, sqlstate.New(sqlstate.InvalidTransactionState, "the transaction has ended")
	}
	var snap *snapshot
	switch {
	case tx.iso == ReadCommitted:
		tx.xids = tx.db.xidState.Load()
		snap = tx.db.snapshot()
	case tx.snap == nil:
		tx.xids = tx.db.xidState.Load()
		tx.snap = tx.db.snapshot()
		fallthrough
	default:
		snap = tx.db.share(tx.snap)
	}
	s := &Stmt{tx: tx, snap: snap, xids: tx.xids, view: storage.NewView(snap.Snapshot, tx.state.layers), layers: tx.state.layers}
	if s.catalog = tx.state.catalog; s.catalog == nil {
		s.catalog = snap.catalog
	}
	tx.open = append(tx.open, s)
	tx.statements++
	s.number = tx.statements
	return s, nil
}

// Savepoint is a moment inside a transaction.
type Savepoint struct {
	state      txState
	locks      int
	statements int // that had begun
}

// Savepoint notes the moment. It costs nothing and needs no release.
func (tx *Tx) Savepoint() Savepoint { return Savepoint{tx.state, tx.holder.mark(), tx.statements} }

// RollbackTo undoes the statements since a savepoint, and gives their locks back. Those that were open before stay so.
func (tx *Tx) RollbackTo(sp Savepoint) error {
	for _, s := range slices.Clone(tx.open) {
		if s.number > sp.statements {
			s.Abort()
		}
	}
	tx.state = sp.state
	tx.holder.giveBack(sp.locks)
	return nil
}

// Rollback ends the transaction; nothing of it remains. After the end it does nothing.
func (tx *Tx) Rollback() { tx.end() }

// abortOpen ends the statements that are still open.
func (tx *Tx) abortOpen() {
	for len(tx.open) > 0 {
		tx.open[len(tx.open)-1].Abort()
	}
}

// end lets go of everything.
func (tx *Tx) end() {
	if tx.ended {
		return
	}
	tx.ended = true
	tx.abortOpen()
	tx.withdraw()
	if tx.snap != nil {
		tx.db.dropSnapshot(tx.snap)
		tx.snap = nil
	}
	tx.holder.endTx()
	tx.closeQueues()
	tx.state = txState{}
}

// absorb makes a finished statement's writes the transaction's.
func (tx *Tx) absorb(s *Stmt) error {
	st := tx.state
	s.sweepRights()
	for _, layer := range append(s.frozen, s.writes.Freeze()) {
		st.bytes += layer.Bytes()
		st.layers = storage.Push(st.layers, layer)
	}
	if err := tx.db.checkSize(st.bytes); err != nil {
		return err
	}
	var err error
	if st.layers, err = tx.db.spillTop(st.layers); err != nil {
		return err
	}
	if len(s.counts) > 0 {
		st.counts = maps.Clone(st.counts)
		if st.counts == nil {
			st.counts = map[uint32]int64{}
		}
		for table, n := range s.counts {
			st.counts[table] += n
		}
	}
	if s.defined {
		st.catalog = s.catalog
	}
	st.permanent = st.permanent || s.permanent
	st.triggered = append(st.triggered[:len(st.triggered):len(st.triggered)], s.triggered...)
	st.deferred = append(st.deferred[:len(st.deferred):len(st.deferred)], s.deferred...)
	st.dropped = append(st.dropped[:len(st.dropped):len(st.dropped)], s.dropped...)
	tx.state = st
	return nil
}
