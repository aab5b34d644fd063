package relation

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// pendingCheck is a check that waits for the end of its statement, or of the transaction: of a foreign key, that a row has
// what it references, or that nothing references a key that is gone; that a key of a deferrable UNIQUE or PRIMARY KEY
// constraint is there once; or that a row conflicts with none by a deferrable EXCLUDE constraint.
type pendingCheck struct {
	index    catalog.OID // of a unique key or an exclusion, 0 for a foreign key's check; the fields up to building are its own
	claim    string      // see claimOf; of an exclusion the entry of the row
	building bool        // the index is being built

	key      catalog.OID // the foreign key
	table    catalog.OID
	row      uint64
	lost     []datum.Datum // the key that is gone, nil for the check of a row
	restrict bool          // gone is gone, even if another row has the key now
	atOnce   bool          // never deferred
}

// isDeferred says whether a foreign key is checked at the end of the transaction.
func (tx *Tx) isDeferred(fk *catalog.ForeignKey) bool {
	return tx.waits(fk.OID, fk.Deferrable, fk.Deferred)
}

// waits says the same of any constraint.
func (tx *Tx) waits(constraint catalog.OID, deferrable, initially bool) bool {
	if !deferrable {
		return false
	}
	if mode, ok := tx.state.modes[constraint]; ok {
		return mode
	}
	if mode, ok := tx.state.modes[0]; ok {
		return mode
	}
	return initially
}

// postponed says whether a check waits for the end of the transaction; known is false when its constraint is gone.
func (s *Stmt) postponed(p pendingCheck) (yes, known bool) {
	if p.index != 0 {
		_, ix := s.now().IndexByOID(p.index)
		if ix == nil {
			return false, p.building // which nobody sees yet
		}
		return !p.atOnce && s.tx.waits(ix.Constraint, ix.Deferrable, ix.Deferred), true
	}
	r, ok := s.now().ForeignKeyByOID(p.key)
	return ok && !p.atOnce && s.tx.isDeferred(r.Key), ok
}

// CheckReferences implements exec.Relations.
func (s *Stmt) CheckReferences(ctx context.Context) error {
	if len(s.pending) == 0 {
		return nil
	}
	due := s.pending
	s.pending = nil
	var now []pendingCheck
	for _, p := range due {
		later, ok := s.postponed(p)
		if !ok {
			return exec.ErrConflict
		}
		if later {
			s.deferred = append(s.deferred, p)
		} else {
			now = append(now, p)
		}
	}
	return s.checkAll(ctx, now)
}

// checkAll makes checks: first of the keys that are gone, those of one foreign key together, then of rows.
func (s *Stmt) checkAll(ctx context.Context, list []pendingCheck) error {
	if len(list) == 0 {
		return nil
	}
	s.step()
	if err := s.checkUnique(ctx, list); err != nil {
		return err
	}
	lost := map[catalog.OID][][]datum.Datum{}
	var order []catalog.OID
	for _, p := range list {
		r, ok := s.now().ForeignKeyByOID(p.key)
		if !ok || p.lost == nil {
			continue // dropped since, or a row's
		}
		gone, err := s.isGone(r, p)
		if err != nil {
			return err
		}
		if gone {
			if lost[p.key] == nil {
				order = append(order, p.key)
			}
			lost[p.key] = append(lost[p.key], p.lost)
		}
	}
	for _, key := range order {
		if err := s.checkLost(ctx, key, lost[key]); err != nil {
			return err
		}
	}
	return s.checkRows(ctx, list)
}

func (s *Stmt) checkRows(ctx context.Context, list []pendingCheck) error {
	tables := map[catalog.OID]*table{}
	for _, p := range list {
		r, ok := s.now().ForeignKeyByOID(p.key)
		if !ok || p.lost != nil {
			continue
		}
		if tables[r.Table.OID] == nil {
			tables[r.Table.OID] = newTable(s, r.Table)
		}
		if err := tables[r.Table.OID].checkRow(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// checkRow looks again for what a row references, as the row is now.
func (t *table) checkRow(ctx context.Context, p pendingCheck) error {
	refs, err := t.references(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(refs, func(r *reference) bool { return r.fk.OID == p.key })
	if at < 0 {
		return nil
	}
	r := refs[at]
	if _, ok, err := t.stmt.view.Get(storage.RowKey(t.t.ID, p.row)); err != nil || !ok {
		return err
	}
	b, err := t.Fetch(ctx, []int64{int64(p.row)}, r.from)
	if err != nil {
		return err
	}
	rows := spread(t.t, b, r.from)
	met, err := r.met(ctx, t.stmt, rows, 0)
	if err != nil || met {
		return err
	}
	return r.violation(t.stmt, rows, 0)
}

// isGone says whether no row of the referenced table has the key by now.
func (s *Stmt) isGone(r catalog.Reference, p pendingCheck) (bool, error) {
	if p.restrict {
		return true, nil
	}
	parent := s.now().TableByOID(r.Key.RefTable)
	if parent == nil {
		return false, nil
	}
	for i := range parent.Indexes {
		ix := &parent.Indexes[i]
		if ix.OID != r.Key.RefIndex {
			continue
		}
		key := storage.IndexPrefix(ix.ID)
		for _, k := range ix.Keys {
			v := p.lost[slices.Index(r.Key.RefColumns, k.AttNum)]
			key = datum.AppendKey(key, parent.Columns[parent.Ordinal(k.AttNum)].Type, v, k.Desc, k.NullsFirst)
		}
		_, ok, err := s.latest(key)
		return !ok, err
	}
	return true, nil
}

// errFound ends a search at the first row.
var errFound = errors.New("a row was found")

// checkLost fails when a row references one of the keys.
func (s *Stmt) checkLost(ctx context.Context, fk catalog.OID, keys [][]datum.Datum) error {
	r, _ := s.now().ForeignKeyByOID(fk)
	parent := s.now().TableByOID(r.Key.RefTable)
	if parent == nil {
		return nil
	}
	q, err := s.newSearch(newTable(s, r.Table), r.Key, keys)
	if err != nil {
		return err
	}
	first := len(keys)
	err = q.run(ctx, func(_ []int64, which []int) error {
		first = slices.Min(which)
		return errFound
	})
	if errors.Is(err, errFound) {
		return s.stillReferenced(r, parent, keys[first])
	}
	return err
}

// SetConstraints is SET CONSTRAINTS: the constraints, all deferrable ones when there are none, are checked at the end of
// the transaction from now on, or at once, and then those that wait are.
func (tx *Tx) SetConstraints(ctx context.Context, constraints []catalog.OID, deferred bool) error {
	st := tx.state
	st.modes = maps.Clone(st.modes)
	if st.modes == nil || len(constraints) == 0 {
		st.modes = map[catalog.OID]bool{}
	}
	for _, oid := range constraints {
		st.modes[oid] = deferred
	}
	if len(constraints) == 0 {
		st.modes[0] = deferred
	}
	tx.state = st
	if deferred {
		return nil
	}
	return tx.checkDeferred(ctx, false)
}

// checkDeferred makes the checks that wait: all of them at the commit, else those that wait no longer.
func (tx *Tx) checkDeferred(ctx context.Context, all bool) error {
	if len(tx.state.deferred) == 0 {
		return nil
	}
	s, err := tx.Statement(ctx)
	if err != nil {
		return err
	}
	defer s.Abort()
	var due, left []pendingCheck
	for _, p := range tx.state.deferred {
		later, ok := s.postponed(p)
		switch {
		case !ok: // dropped since
		case all || !later:
			due = append(due, p)
		default:
			left = append(left, p)
		}
	}
	if err := s.checkAll(ctx, due); err != nil {
		return err
	}
	st := tx.state
	st.deferred = left
	tx.state = st
	return nil
}

// refusePending refuses to change a table that checks still wait for.
func (tx *Tx) refusePending(snap *catalog.Snapshot, t *catalog.Table, what string) error {
	if err := tx.refuseTriggered(t, what); err != nil {
		return err
	}
	for _, p := range tx.state.deferred {
		owner, _ := snap.IndexByOID(p.index)
		r, ok := snap.ForeignKeyByOID(p.key)
		if owner != nil && owner.OID == t.OID || ok && (r.Table.OID == t.OID && p.lost == nil || r.Key.RefTable == t.OID && p.lost != nil) {
			return sqlstate.New(sqlstate.ObjectInUse, "cannot %s %q because it has pending trigger events", what, t.Name)
		}
	}
	return nil
}
