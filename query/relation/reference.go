package relation

import (
	"context"
	"math"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// Foreign keys. A row that references finds the key in the referenced table's unique index, locks the row under it FOR KEY
// SHARE, and looks again: who deletes the row, or changes its key, waits for that lock or is waited for, and then looks
// for rows that reference it, among those committed by then. So one of the two always sees the other.
//
// A reference that is found at once stays good: whoever takes its key away has to answer for it. One that is not found is
// noted, and looked up again at the end of the statement, or of the transaction where the constraint is deferred.

// reference is a foreign key of one table, ready to be looked up.
type reference struct {
	child, parent *catalog.Table
	fk            *catalog.ForeignKey
	ix            *catalog.Index
	from          []int // ordinals of child, in the order of ix's keys
	found         map[string]bool
}

// mostFound bounds how many keys a statement remembers to have found: a COPY references few rows many times.
const mostFound = 1 << 16

// now is the catalog as of the last commit, with the transaction's definitions: what it says of a locked table holds.
func (s *Stmt) now() *catalog.Snapshot {
	if s.inDefinition() {
		return s.catalog
	}
	return s.tx.db.Catalog()
}

func (s *Stmt) newReference(child *catalog.Table, fk *catalog.ForeignKey) (*reference, error) {
	snap := s.now()
	r := &reference{child: child, fk: fk, parent: snap.TableByOID(fk.RefTable), found: map[string]bool{}}
	if fk.RefTable == child.OID {
		r.parent = child
	}
	if r.parent == nil {
		return nil, exec.ErrConflict
	}
	for i := range r.parent.Indexes {
		if r.parent.Indexes[i].OID == fk.RefIndex {
			r.ix = &r.parent.Indexes[i]
		}
	}
	if r.ix == nil {
		return nil, exec.ErrConflict
	}
	for _, k := range r.ix.Keys {
		at := slices.Index(fk.RefColumns, k.AttNum)
		r.from = append(r.from, child.Ordinal(fk.Columns[at]))
	}
	return r, nil
}

// unenforced says that no foreign key from or to the table is.
func (t *table) unenforced() bool { return t.t.TriggersOff || t.stmt.tx.holder.Replica }

// references are the foreign keys that rows written to the table must meet.
func (t *table) references(ctx context.Context) ([]*reference, error) {
	if t.outgoing != nil || len(t.t.ForeignKeys) == 0 || t.unenforced() || t.building {
		return t.outgoing, nil
	}
	for i := range t.t.ForeignKeys {
		fk := &t.t.ForeignKeys[i]
		if err := t.stmt.tx.lockTable(ctx, fk.RefTable, RowShare); err != nil {
			return nil, err
		}
		r, err := t.stmt.newReference(t.t, fk)
		if err != nil {
			return nil, err
		}
		t.outgoing = append(t.outgoing, r)
	}
	return t.outgoing, nil
}

// refer looks up what row i references. old is the row's version before, nil for a new row.
func (t *table) refer(ctx context.Context, row uint64, old, rows *datum.Batch, i int) error {
	refs, err := t.references(ctx)
	if err != nil {
		return err
	}
	for _, r := range refs {
		if old != nil && r.same(old, rows, i) {
			continue
		}
		met, err := r.met(ctx, t.stmt, rows, i)
		if err != nil {
			return err
		}
		if !met {
			t.stmt.pending = append(t.stmt.pending, pendingCheck{key: r.fk.OID, table: t.t.OID, row: row})
		}
	}
	return nil
}

// same says whether two versions of a row reference the same.
func (r *reference) same(old, rows *datum.Batch, i int) bool {
	for _, o := range r.from {
		if !sameValue(r.child.Columns[o].Type, old.Cols[o], rows.Cols[o], i) {
			return false
		}
	}
	return true
}

func sameValue(t *datum.Type, a, b *datum.Vec, i int) bool {
	if a.IsNull(i) || b.IsNull(i) {
		return a.IsNull(i) == b.IsNull(i)
	}
	return datum.Compare(t, a.Get(i), b.Get(i)) == 0
}

// nulls counts the NULLs among a row's referencing columns.
func (r *reference) nulls(rows *datum.Batch, i int) int {
	n := 0
	for _, o := range r.from {
		if rows.Cols[o].IsNull(i) {
			n++
		}
	}
	return n
}

// met says whether a row has what it references. By MATCH SIMPLE a NULL references nothing; by MATCH FULL all must be NULL.
func (r *reference) met(ctx context.Context, s *Stmt, rows *datum.Batch, i int) (bool, error) {
	if n := r.nulls(rows, i); n > 0 {
		return !r.fk.MatchFull || n == len(r.from), nil
	}
	values := make([]datum.Datum, len(r.from))
	for j, o := range r.from {
		values[j] = rows.Cols[o].Get(i)
	}
	key, ok, err := r.key(values)
	if err != nil || !ok {
		return false, err
	}
	if r.found[string(key)] {
		return true, nil
	}
	met, err := r.lookup(ctx, s, key)
	if met && len(r.found) < mostFound {
		r.found[string(key)] = true
	}
	return met, err
}

// key is the entry in the referenced index of values that the child has; ok is false for values that the referenced type
// cannot hold.
func (r *reference) key(values []datum.Datum) (key []byte, ok bool, err error) {
	key = storage.IndexPrefix(r.ix.ID)
	for j, k := range r.ix.Keys {
		from, to := r.child.Columns[r.from[j]].Type, &r.parent.Columns[r.parent.Ordinal(k.AttNum)]
		v, ok, err := asReferenced(values[j], from, to.Type)
		if err != nil || !ok {
			return nil, false, err
		}
		key = datum.AppendKey(key, to.Type, v, k.Desc, k.NullsFirst)
	}
	return key, true, nil
}

// asReferenced makes a value one of the referenced column's type, where there is an equal one.
func asReferenced(v datum.Datum, from, to *datum.Type) (datum.Datum, bool, error) {
	if from == to || from.Kind == datum.KindString && to.Kind == datum.KindString {
		return v, true, nil
	}
	if from.Kind == datum.KindInt && to.Kind == datum.KindInt {
		bits := 8 * to.Len
		return v, bits >= 64 || v.Int() >= math.MinInt64>>(64-bits) && v.Int() <= math.MaxInt64>>(64-bits), nil
	}
	out, err := datum.Cast(v, from, to, -1, false, &datum.Env{})
	return out, err == nil, err
}

// lookup finds the referenced row and locks it, so that it stays. At REPEATABLE READ it must have been there when the
// transaction began.
func (r *reference) lookup(ctx context.Context, s *Stmt, key []byte) (bool, error) {
	for {
		value, ok, err := s.latest(key)
		if err != nil || !ok {
			return false, err
		}
		if s.tx.iso == RepeatableRead && !s.wrote(key) {
			if _, seen, err := s.tx.snap.Get(key); err != nil || !seen {
				return false, err
			}
		}
		row, err := entryRow(key, value)
		if err != nil {
			return false, err
		}
		tag := lockTag{kind: lockRow, relation: r.parent.OID, row: row}
		if _, err := s.tx.holder.acquire(ctx, request{tag: tag, mode: RowKeyShare}); err != nil {
			return false, err
		}
		again, ok, err := s.latest(key)
		if err != nil || ok && string(again) == string(value) {
			return ok, err
		}
	}
}

// violation is the error of a row that references nothing.
func (r *reference) violation(s *Stmt, rows *datum.Batch, i int) error {
	e := sqlstate.New(sqlstate.ForeignKeyViolation, "insert or update on table %q violates foreign key constraint %q",
		r.child.Name, r.fk.Name)
	if r.nulls(rows, i) > 0 {
		e = e.WithDetail("MATCH FULL does not allow mixing of null and nonnull key values.")
	} else {
		e = e.WithDetail("Key %s is not present in table %q.", r.keyText(rows, i), r.parent.Name)
	}
	e.Schema, e.Table, e.Constraint = s.schemaName(r.child), r.child.Name, r.fk.Name
	return e
}

// keyText prints the referencing columns of a row in the constraint's order.
func (r *reference) keyText(rows *datum.Batch, i int) string {
	values := make([]string, len(r.fk.Columns))
	for j, att := range r.fk.Columns {
		values[j] = valueText(rows.Cols[r.child.Ordinal(att)], i)
	}
	return keyList(r.child, r.fk.Columns, values)
}
