package relation

import (
	"context"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// Stmt is one statement: what it reads, and what it writes, which it does not read. It implements exec.Relations.
type Stmt struct {
	tx      *Tx
	number  int // among the transaction's statements
	snap    *snapshot
	view    storage.View
	layers  []*storage.Layer
	xids    *xidState // of the moment before the snapshot
	catalog *catalog.Snapshot
	defined bool              // catalog is a copy of its own
	base    *catalog.Snapshot // what it is a copy of

	writes storage.Buffer
	// rechecked are the rows that were read as they are now, after they were locked.
	rechecked map[string]bool
	counts    map[uint32]int64
	dropped   []dropped
	ended     bool
	// permanent says that it writes more than temporary objects.
	permanent bool

	// frozen are writes that the statement sees by now, held the snapshots that it saw before.
	frozen []*storage.Layer
	held   []*snapshot
	// mine are those of the frozen writes that no function's statement made; parent is the statement that called the
	// function whose statement this is, nil for others.
	mine     []*storage.Layer
	parent   *Stmt
	rejected int // rows, by COPY
	// routines run the functions of users that index expressions call.
	routines eval.Subplans
	// lost are keys that it took from referenced tables, pending and deferred checks of foreign keys.
	lost              []referencedKey
	pending, deferred []pendingCheck
	triggered         []exec.DeferredRows
	// exclusions are the entries that it made in indexes of exclusion constraints, by the index and in order.
	exclusions map[uint32][]string
}

var _ exec.Relations = (*Stmt)(nil)

// Finish ends the statement; its writes become the transaction's.
func (s *Stmt) Finish() error {
	if s.ended {
		return nil
	}
	var err error
	switch {
	case !s.changed():
	case s.parent != nil:
		err = s.parent.join(s)
	default:
		err = s.tx.absorb(s)
	}
	s.Abort()
	return err
}

// changed says that the transaction must learn of something that the statement did.
func (s *Stmt) changed() bool {
	return !s.writes.Empty() || len(s.frozen) > 0 || len(s.counts) > 0 || s.defined || s.permanent || len(s.deferred) > 0 ||
		len(s.dropped) > 0 || len(s.triggered) > 0
}

// Abort ends the statement; its writes are dropped. Aborting twice, or after Finish, does nothing.
func (s *Stmt) Abort() {
	if s.ended {
		return
	}
	s.ended = true
	s.tx.open = slices.DeleteFunc(s.tx.open, func(o *Stmt) bool { return o == s })
	s.tx.db.dropSnapshot(s.snap)
	for _, old := range s.held {
		s.tx.db.dropSnapshot(old)
	}
	s.writes, s.counts, s.frozen, s.mine, s.held = storage.Buffer{}, nil, nil, nil, nil
}

// Catalog is the catalog at the statement's snapshot, with the transaction's own definitions. A plan that was bound
// against another one may meet exec.ErrConflict.
func (s *Stmt) Catalog() *catalog.Snapshot { return s.catalog }

// Table opens a stored table. It fails with exec.ErrConflict when the definition at hand is not the one at the
// snapshot: the rows or the entries of an index that the plan counts on may be gone.
func (s *Stmt) Table(t *catalog.Table) (exec.Table, error) {
	if t.Virtual != nil {
		return nil, fmt.Errorf("open table %s: it is not stored", t.Name)
	}
	if s.catalog.TableByOID(t.OID) != t {
		return nil, exec.ErrConflict
	}
	return newTable(s, t), nil
}

// RunBy implements exec.Relations.
func (s *Stmt) RunBy(routines eval.Subplans) {
	if s.routines == nil {
		s.routines = routines
	}
}

// count notes a change of a table's rows.
func (s *Stmt) count(table uint32, n int64) {
	if s.counts == nil {
		s.counts = map[uint32]int64{}
	}
	s.counts[table] += n
}

// beginWrite is called before a statement writes to a table: it takes the table's shared lock, and makes sure that no
// definition has changed the table since the statement was planned.
func (s *Stmt) beginWrite(ctx context.Context, t *catalog.Table) error {
	if s.tx.readOnly {
		return sqlstate.New(sqlstate.ReadOnlySQLTransaction, "cannot write in a read-only transaction")
	}
	if err := s.tx.lockTable(ctx, t.OID, RowExclusive); err != nil {
		return err
	}
	s.permanent = s.permanent || !t.Temp
	if !s.inDefinition() && s.tx.db.Catalog().TableByOID(t.OID) != t {
		return exec.ErrConflict
	}
	return nil
}

// LockTable locks a table until the transaction ends. With noWait it fails with 55P03 rather than wait.
func (tx *Tx) LockTable(ctx context.Context, oid catalog.OID, mode LockMode, noWait bool) error {
	_, err := tx.holder.acquire(ctx, request{tag: tableTag(oid), mode: mode, noWait: noWait})
	return err
}

// lockTable locks a table until the transaction ends.
func (tx *Tx) lockTable(ctx context.Context, oid catalog.OID, mode LockMode) error {
	_, err := tx.holder.acquire(ctx, request{tag: tableTag(oid), mode: mode})
	return err
}

// lockKey locks a key of a unique index, so that who wants it next waits to see what becomes of it; nil is no key.
func (t *table) lockKey(ctx context.Context, key []byte) error {
	if key == nil {
		return nil
	}
	tag := lockTag{kind: lockKey, relation: t.t.OID, key: string(key)}
	_, err := t.stmt.tx.holder.acquire(ctx, request{tag: tag, mode: RowUpdate})
	return err
}

// latest reads a key as the transaction would find it now: its own writes, then the last commit.
func (s *Stmt) latest(key []byte) (value []byte, ok bool, err error) {
	if value, deleted, found := s.writes.Get(key); found {
		return value, !deleted, nil
	}
	if value, ok, found := storage.Lookup(s.layers, key); found {
		return value, ok, nil
	}
	return s.tx.db.store.Get(key)
}

// wrote says whether the transaction itself has written a key.
func (s *Stmt) wrote(key []byte) bool {
	if _, _, found := s.writes.Get(key); found {
		return true
	}
	_, _, found := storage.Lookup(s.layers, key)
	return found
}

// schemaName is a table's schema, for error fields.
func (s *Stmt) schemaName(t *catalog.Table) string {
	if sc := s.catalog.SchemaByOID(t.Schema); sc != nil {
		return sc.Name
	}
	return ""
}

// Written is what the statement has to put into the log so far, when its transaction commits.
func (s *Stmt) Written() (records, bytes int64) {
	records, bytes = int64(s.writes.Len()), s.writes.Bytes()
	for _, l := range s.frozen {
		records, bytes = records+int64(l.Len()), bytes+l.Bytes()
	}
	return records, bytes
}
