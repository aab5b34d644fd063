package relation

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// referencedKey is a key that a statement has taken away from a referenced table: a row was deleted, or its key changed.
type referencedKey struct {
	fk       catalog.OID
	old, new []datum.Datum // by fk.RefColumns; new is nil for a deleted row
}

// referencedBy are the foreign keys to the table that its writes answer for.
func (t *table) referencedBy() []catalog.Reference {
	if !t.knowsIncoming {
		t.knowsIncoming = true
		t.incoming = t.stmt.now().ReferencesTo(t.t.OID)
		if t.unenforced() { // of which segments are none
			t.incoming = slices.DeleteFunc(t.incoming, func(r catalog.Reference) bool { return r.Table.SegmentsOf != t.t.OID })
		}
	}
	return t.incoming
}

// takeAway notes the keys that row i no longer has. rows are the new versions, nil when the row is deleted.
func (t *table) takeAway(old, rows *datum.Batch, i int) {
	for _, r := range t.referencedBy() {
		was, whole := t.keyOf(r.Key.RefColumns, old, i)
		if !whole {
			continue
		}
		lost := referencedKey{fk: r.Key.OID, old: was}
		if rows != nil {
			if t.sameKey(r.Key.RefColumns, old, rows, i) {
				continue
			}
			lost.new, _ = t.keyOf(r.Key.RefColumns, rows, i)
		}
		t.stmt.lost = append(t.stmt.lost, lost)
	}
}

func (t *table) keyOf(columns []int16, rows *datum.Batch, i int) (values []datum.Datum, whole bool) {
	values, whole = make([]datum.Datum, len(columns)), true
	for j, att := range columns {
		values[j] = rows.Cols[t.t.Ordinal(att)].Get(i)
		whole = whole && !values[j].IsNull()
	}
	return values, whole
}

func (t *table) sameKey(columns []int16, old, rows *datum.Batch, i int) bool {
	for _, att := range columns {
		o := t.t.Ordinal(att)
		if !sameValue(t.t.Columns[o].Type, old.Cols[o], rows.Cols[o], i) {
			return false
		}
	}
	return true
}

// step lets the statement see what it has written so far, and what others have committed: the end of a command, as far as
// foreign keys are concerned.
func (s *Stmt) step() {
	layer := s.writes.Freeze()
	s.writes = storage.Buffer{}
	s.frozen = append(s.frozen, layer)
	s.layers = storage.Push(s.layers, layer)
	s.held = append(s.held, s.snap)
	s.snap = s.tx.db.snapshot()
	s.view = storage.NewView(s.snap.Snapshot, s.layers)
}

// Referential implements exec.Relations.
func (s *Stmt) Referential(ctx context.Context) ([]exec.ReferentialAction, error) {
	if len(s.lost) == 0 {
		return nil, nil
	}
	lost := s.lost
	s.lost = nil
	for _, l := range lost {
		r, ok := s.now().ForeignKeyByOID(l.fk)
		if !ok {
			return nil, exec.ErrConflict
		}
		if err := s.tx.lockTable(ctx, r.Table.OID, RowShare); err != nil {
			return nil, err
		}
	}
	s.step()
	var out []exec.ReferentialAction
	byKey := map[[2]uint32]int{}
	for _, l := range lost {
		r, _ := s.now().ForeignKeyByOID(l.fk)
		action, kind := r.Key.OnDelete, uint32(0)
		if l.new != nil {
			action, kind = r.Key.OnUpdate, 1
		}
		if action == catalog.NoAction || action == catalog.Restrict {
			p := pendingCheck{key: l.fk, lost: l.old, restrict: action == catalog.Restrict, atOnce: action == catalog.Restrict}
			s.pending = append(s.pending, p)
			continue
		}
		if action == catalog.SetDefault { // the default may be the very key that is gone
			s.pending = append(s.pending, pendingCheck{key: l.fk, lost: l.old, atOnce: true})
		}
		at, ok := byKey[[2]uint32{uint32(l.fk), kind}]
		if !ok {
			at = len(out)
			byKey[[2]uint32{uint32(l.fk), kind}] = at
			out = append(out, exec.ReferentialAction{Table: r.Table, Key: r.Key, Action: action, Delete: l.new == nil})
		}
		fresh, err := s.newKey(r, l.new)
		if err != nil {
			return nil, err
		}
		out[at].Old, out[at].New = append(out[at].Old, l.old), append(out[at].New, fresh)
	}
	return out, nil
}

// newKey makes a key the referenced row has now one of the referencing table's types.
func (s *Stmt) newKey(r catalog.Reference, key []datum.Datum) ([]datum.Datum, error) {
	parent := s.now().TableByOID(r.Key.RefTable)
	if key == nil || parent == nil {
		return nil, nil
	}
	out := make([]datum.Datum, len(key))
	for i, v := range key {
		from := parent.Columns[parent.Ordinal(r.Key.RefColumns[i])].Type
		to := &r.Table.Columns[r.Table.Ordinal(r.Key.Columns[i])]
		if v.IsNull() || from == to.Type && to.Typmod < 0 {
			out[i] = v
			continue
		}
		var err error
		if out[i], err = datum.Cast(v, from, to.Type, to.Typmod, false, &datum.Env{}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Referencing implements exec.Relations: the child's rows that have one of the keys, a batch of all columns at a time.
func (s *Stmt) Referencing(
	ctx context.Context, a *exec.ReferentialAction, emit func(ids []int64, which []int, rows *datum.Batch) error,
) error {
	t := newTable(s, a.Table)
	search, err := s.newSearch(t, a.Key, a.Old)
	if err != nil {
		return err
	}
	return search.run(ctx, func(ids []int64, which []int) error {
		all := make([]int, len(a.Table.Columns))
		for i := range all {
			all[i] = i
		}
		rows, err := t.Fetch(ctx, ids, all)
		if err != nil {
			return err
		}
		return emit(ids, which, rows)
	})
}

// search finds the rows of a child that have one of some keys: by an index whose leading columns are the foreign key's, or
// by reading all rows once.
type search struct {
	t       *table
	columns []int // ordinals of the referencing columns
	types   []*datum.Type
	index   *catalog.Index
	order   []int // of columns, as index has them
	keys    [][]datum.Datum
	which   map[string]int // by the key's bytes
}

func (s *Stmt) newSearch(t *table, fk *catalog.ForeignKey, keys [][]datum.Datum) (*search, error) {
	parent := s.now().TableByOID(fk.RefTable)
	if parent == nil {
		return nil, exec.ErrConflict
	}
	out := &search{t: t, which: map[string]int{}}
	for _, att := range fk.Columns {
		o := t.t.Ordinal(att)
		out.columns, out.types = append(out.columns, o), append(out.types, t.t.Columns[o].Type)
	}
	for i, key := range keys {
		values := make([]datum.Datum, len(key))
		fits := true
		for j, v := range key {
			var err error
			from := parent.Columns[parent.Ordinal(fk.RefColumns[j])].Type
			var ok bool
			if values[j], ok, err = asReferenced(v, from, out.types[j]); err != nil || !ok {
				fits = false // no row of the child can hold it
			}
		}
		if !fits {
			continue
		}
		b := out.bytes(values)
		if _, twice := out.which[b]; !twice {
			out.keys = append(out.keys, values)
		}
		out.which[b] = i
	}
	out.chooseIndex(fk)
	return out, nil
}

func (q *search) bytes(values []datum.Datum) string {
	var b []byte
	for j, v := range values {
		b = datum.AppendKey(b, q.types[j], v, false, false)
	}
	return string(b)
}

func (q *search) chooseIndex(fk *catalog.ForeignKey) {
	for i := range q.t.t.Indexes {
		ix := &q.t.t.Indexes[i]
		if !ordered(ix) || ix.Where != "" || len(ix.Keys) < len(fk.Columns) {
			continue
		}
		order := make([]int, 0, len(fk.Columns))
		for _, k := range ix.Keys[:len(fk.Columns)] {
			if at := slices.Index(fk.Columns, k.AttNum); at >= 0 && k.AttNum != 0 {
				order = append(order, at)
			}
		}
		if len(order) == len(fk.Columns) {
			q.index, q.order = ix, order
			return
		}
	}
}

// run gives the identities of the rows found, and which key each has.
func (q *search) run(ctx context.Context, emit func(ids []int64, which []int) error) error {
	if len(q.keys) == 0 {
		return nil
	}
	const manyKeys = 64 // looking up more, one by one, costs as much as reading a table of some size
	if q.index == nil || len(q.keys) > manyKeys && q.t.stmt.tx.db.TableRows(q.t.t) < float64(16*len(q.keys)) {
		return q.scan(ctx, exec.ScanSpec{}, emit)
	}
	for _, key := range q.keys {
		bounds := &exec.IndexBounds{}
		for _, at := range q.order {
			bounds.Eq = append(bounds.Eq, key[at])
		}
		if err := q.scan(ctx, exec.ScanSpec{Index: q.index, Bounds: bounds}, emit); err != nil {
			return err
		}
	}
	return nil
}

func (q *search) scan(ctx context.Context, spec exec.ScanSpec, emit func(ids []int64, which []int) error) error {
	spec.Ordinals, spec.RowID = q.columns, true
	return q.t.eachBatch(ctx, spec, func(b *datum.Batch) error {
		var ids []int64
		var which []int
		values := make([]datum.Datum, len(q.columns))
		for i := range b.Rows {
			for j := range q.columns {
				values[j] = b.Cols[j].Get(i)
			}
			if at, ok := q.which[q.bytes(values)]; ok {
				ids, which = append(ids, b.Cols[len(q.columns)].I[i]), append(which, at)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		return emit(ids, which)
	})
}

// stillReferenced is the error of a key that is gone and still wanted.
func (s *Stmt) stillReferenced(r catalog.Reference, parent *catalog.Table, key []datum.Datum) error {
	values := make([]string, len(key))
	for i, v := range key {
		values[i] = datum.Format(parent.Columns[parent.Ordinal(r.Key.RefColumns[i])].Type, v, nil)
	}
	e := sqlstate.New(sqlstate.ForeignKeyViolation, "update or delete on table %q violates foreign key constraint %q on table %q",
		parent.Name, r.Key.Name, r.Table.Name).
		WithDetail("Key %s is still referenced from table %q.", keyList(parent, r.Key.RefColumns, values), r.Table.Name)
	e.Schema, e.Table, e.Constraint = s.schemaName(r.Table), r.Table.Name, r.Key.Name
	return e
}
