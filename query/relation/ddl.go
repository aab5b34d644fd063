package relation

import (
	"context"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// definitionLock serialises transactions that define something, for they change one catalog: it stands for all of it
// in pg_class's name.
const definitionLock catalog.OID = 1259

// dropped is a table's storage that goes when the transaction commits.
type dropped struct {
	table    uint32
	columns  []vectorColumn // of a table that stays
	indexes  []uint32
	sequence []uint32
}

// define prepares a statement for definitions: it takes the lock, and a copy of the latest catalog to change.
func (s *Stmt) define(ctx context.Context, tables ...*catalog.Table) error {
	return s.defineUnder(ctx, AccessExclusive, tables...)
}

// defineUnder is define where those who use the tables need not all be kept away.
func (s *Stmt) defineUnder(ctx context.Context, mode LockMode, tables ...*catalog.Table) error {
	if s.tx.readOnly {
		return sqlstate.New(sqlstate.ReadOnlySQLTransaction, "cannot change definitions in a read-only transaction")
	}
	if err := s.tx.lockTable(ctx, definitionLock, ShareRowExclusive); err != nil {
		return err
	}
	for _, t := range tables {
		if err := s.tx.lockTable(ctx, t.OID, mode); err != nil {
			return err
		}
	}
	if !s.defined {
		base := s.tx.state.catalog
		switch {
		case s.parent != nil && s.parent.inDefinition():
			base = s.parent.catalog
		case base == nil:
			base = s.tx.db.Catalog()
			if s.tx.iso == RepeatableRead && base != s.snap.catalog {
				return exec.ErrConflict // the snapshot lacks what the definitions since have made, such as an index's entries
			}
		}
		s.catalog, s.defined, s.base = base.Clone(), true, base
	}
	for _, t := range tables {
		if s.catalog.TableByOID(t.OID) != t {
			return exec.ErrConflict
		}
	}
	return nil
}

// put gives the statement's catalog an object, and stores its definition with the transaction.
func put[T catalog.Table | catalog.Sequence | catalog.Schema | catalog.Type | catalog.Function | catalog.OperatorDef |
	catalog.CastDef | catalog.EventTrigger | catalog.Extension](
	s *Stmt, object *T,
) error {
	var kind byte
	var oid catalog.OID
	var value []byte
	var err error
	switch o := any(object).(type) {
	case *catalog.Table:
		if err := s.own(catalog.ObjectTable, o.OID, o.Schema); err != nil {
			return err
		}
		kind, oid = kindTable, o.OID
		value, err = catalog.EncodeTable(o)
		s.permanent = s.permanent || !o.Temp
		s.catalog.PutTable(o)
	case *catalog.Sequence:
		if err := s.own(catalog.ObjectSequence, o.OID, o.Schema); err != nil {
			return err
		}
		kind, oid = kindSequence, o.OID
		value, err = catalog.EncodeSequence(o)
		s.permanent = s.permanent || !o.Temp
		s.catalog.PutSequence(o)
	case *catalog.Type:
		if err := s.own(catalog.ObjectType, o.OID, o.Schema); err != nil {
			return err
		}
		kind, oid = kindType, o.OID
		value, err = catalog.EncodeType(o)
		s.permanent = true
		s.catalog.PutType(o)
	case *catalog.Function:
		if err := s.own(catalog.ObjectFunction, o.OID, o.Schema); err != nil {
			return err
		}
		kind, oid = kindFunction, o.OID
		value, err = catalog.EncodeFunction(o)
		s.permanent = true
		s.catalog.PutFunction(o)
	case *catalog.Extension:
		if err := s.own(catalog.ObjectExtension, o.OID, o.Schema); err != nil {
			return err
		}
		kind, oid = kindExtension, o.OID
		value, err = catalog.EncodeExtension(o)
		s.permanent = true
		s.catalog.PutExtension(o)
	case *catalog.OperatorDef:
		if err := s.own(catalog.ObjectOperator, o.OID, o.Schema); err != nil {
			return err
		}
		kind, oid = kindOperator, o.OID
		value, err = catalog.EncodeOperator(o)
		s.permanent = true
		s.catalog.PutOperator(o)
	case *catalog.EventTrigger, *catalog.CastDef:
		kind, oid, value, err = s.putGlobal(o)
	case *catalog.Schema:
		if err := s.own(catalog.ObjectSchema, o.OID, 0); err != nil {
			return err
		}
		kind, oid = kindSchema, o.OID
		value, err = catalog.EncodeSchema(o)
		s.permanent = s.permanent || !isTemp(o)
		s.catalog.PutSchema(o)
	}
	if err != nil {
		return fmt.Errorf("encode definition: %w", err)
	}
	s.writes.Set(storage.CatalogKey(kind, uint32(oid)), value)
	return nil
}

// putGlobal is put for what is in no schema and has no rights.
func (s *Stmt) putGlobal(object any) (kind byte, oid catalog.OID, value []byte, err error) {
	s.permanent = true
	if t, ok := object.(*catalog.EventTrigger); ok {
		s.catalog.PutEventTrigger(t)
		value, err = catalog.EncodeEventTrigger(t)
		return kindEvent, t.OID, value, err
	}
	c, ok := object.(*catalog.CastDef)
	if !ok {
		return 0, 0, nil, fmt.Errorf("definition %T is unknown", object)
	}
	s.catalog.PutCast(c)
	value, err = catalog.EncodeCast(c)
	return kindCast, c.OID, value, err
}

func (s *Stmt) newOID() catalog.OID { return catalog.OID(s.tx.db.nextOID.Add(1)) }
func (s *Stmt) newID() uint32       { return s.tx.db.nextID.Add(1) }

// CreateTable implements exec.Relations.
func (s *Stmt) CreateTable(ctx context.Context, c *plan.CreateTable) (*catalog.Table, error) {
	if err := s.define(ctx); err != nil {
		return nil, err
	}
	if s.catalog.Relation(c.Table.Schema, c.Table.Name) != 0 {
		return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", c.Table.Name)
	}
	t := *c.Table
	if t.Temp && t.Schema == 0 {
		var err error
		if t.Schema, err = s.tempPlace(c.TempSchema); err != nil {
			return nil, err
		}
	}
	t.OID, t.ID = s.newOID(), s.newID()
	t.Generations, t.LastPlace = nil, 0
	t.Columns = slices.Clone(t.Columns)
	t.Indexes = slices.Clone(t.Indexes)
	t.Checks = slices.Clone(t.Checks)
	for i := range t.Columns {
		t.Columns[i].TypeOID, t.Columns[i].Place = t.Columns[i].Type.OID, 0
	}
	for i := range t.Checks {
		t.Checks[i].OID = s.newOID()
	}
	for i := range t.Indexes {
		s.numberIndex(&t.Indexes[i])
	}
	if err := s.lockReferenced(ctx, t.ForeignKeys); err != nil {
		return nil, err
	}
	if err := s.numberReferences(&t); err != nil {
		return nil, err
	}
	if err := s.createSequences(&t, c.Sequences); err != nil {
		return nil, err
	}
	if err := put(s, &t); err != nil || c.Segments == nil {
		return &t, err
	}
	return s.createSegments(&t, c.Segments)
}

// numberIndex gives an index its numbers, and the constraint that it belongs to.
func (s *Stmt) numberIndex(ix *catalog.Index) {
	ix.OID = s.newOID()
	s.renumberIndex(ix)
	if ix.Constraint != 0 {
		ix.Constraint = s.newOID()
	}
}

// renumberIndex gives an index storage of its own, which is empty.
func (s *Stmt) renumberIndex(ix *catalog.Index) {
	ix.ID, ix.Packed, ix.Empties = s.newID(), 0, inverted(ix)
}

// createSequences makes the sequences behind identity and serial columns.
func (s *Stmt) createSequences(t *catalog.Table, list []*catalog.Sequence) error {
	for _, def := range list {
		q := *def
		q.OID, q.ID, q.OwnerTable = s.newOID(), s.newID(), t.OID
		q.Schema, q.Temp = t.Schema, t.Temp
		q.Name = s.freeName(q.Schema, q.Name)
		if o := t.Ordinal(q.OwnerAttNum); o >= 0 {
			t.Columns[o].Sequence = q.OID
			if t.Columns[o].Default != "" {
				t.Columns[o].Default = catalog.NextVal(q.OID)
			}
		}
		if err := s.tx.db.sequences.restart(&q); err != nil {
			return err
		}
		if err := put(s, &q); err != nil {
			return err
		}
	}
	return nil
}

// freeName appends a number to a name that is taken, as Postgres does for names that it makes up.
func (s *Stmt) freeName(schema catalog.OID, name string) string {
	free := name
	for i := 1; s.catalog.Relation(schema, free) != 0; i++ {
		free = fmt.Sprintf("%s%d", name, i)
	}
	return free
}

// CreateIndex implements exec.Relations. Writers of the table have ended when it reads the rows.
func (s *Stmt) CreateIndex(ctx context.Context, c *plan.CreateIndex) error {
	if c.Exists {
		return nil
	}
	if err := s.defineUnder(ctx, Share, c.Table); err != nil {
		return err
	}
	if s.catalog.Relation(c.Table.Schema, c.Index.Name) != 0 {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", c.Index.Name)
	}
	t, ix := *c.Table, *c.Index
	if ix.Method == "faiss" {
		if err := checkFactory(&t, &ix); err != nil {
			return err
		}
	}
	s.numberIndex(&ix)
	t.Indexes = append(slices.Clone(t.Indexes), ix)
	if keepsEntries(&ix) {
		if err := s.fillIndex(ctx, &t, &t.Indexes[len(t.Indexes)-1]); err != nil {
			return err
		}
	}
	return put(s, &t)
}

// fillIndex enters every row of the table, as the last commit and this transaction have it.
func (s *Stmt) fillIndex(ctx context.Context, t *catalog.Table, ix *catalog.Index) error {
	snap := s.tx.db.snapshot()
	defer s.tx.db.dropSnapshot(snap)
	reader := &Stmt{tx: s.tx, snap: snap, view: storage.NewView(snap.Snapshot, s.layers)}
	var all []int
	for i := range t.Columns {
		if !isApart(&t.Columns[i]) || hasExprs(ix) || slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool {
			return k.AttNum == t.Columns[i].AttNum
		}) {
			all = append(all, i)
		}
	}
	from, one := newTable(reader, t), *t
	one.Indexes = []catalog.Index{*ix}
	to := newTable(s, &one) // its expressions are this index's alone
	if inverted(ix) {
		return to.fillInverted(ctx, ix, from, all)
	}
	claims := map[string]bool{}
	return from.eachBatch(ctx, exec.ScanSpec{Ordinals: all, RowID: true}, func(b *datum.Batch) error {
		rows, err := to.extend(ctx, spread(t, b, all))
		if err != nil {
			return err
		}
		for i, row := range b.Cols[len(all)].I {
			to.remember(ix, rows, i, uint64(row))
			if ix.KeepsVectors() {
				if err := to.keep(ix, nil, rows, i, uint64(row)); err != nil {
					return err
				}
				continue
			}
			key, unique := to.entryOf(ix, rows, i, uint64(row))
			if key == nil {
				continue
			}
			if unique && s.wroteItself(key) {
				return to.cannotBuild(ix, rows, i)
			}
			claim := to.claimOf(ix, key, rows, i)
			if claim != nil && ix.Excludes() {
				if err := to.exclude(ix, key, rows, i, true); err != nil {
					return err
				}
			} else if claim != nil && !unique {
				if claims[string(claim)] {
					return to.cannotBuild(ix, rows, i)
				}
				claims[string(claim)] = true
			}
			s.writes.Set(key, entryValue(unique, uint64(row)))
		}
		return s.makeRoom()
	})
}

// spread puts a batch's columns into table order; those that were not read stay nil.
func spread(t *catalog.Table, b *datum.Batch, ordinals []int) *datum.Batch {
	out := &datum.Batch{Rows: b.Rows, Cols: make([]*datum.Vec, len(t.Columns))}
	for i, o := range ordinals {
		out.Cols[o] = b.Cols[i]
	}
	return out
}

// CreateSchema implements exec.Relations.
func (s *Stmt) CreateSchema(ctx context.Context, c *plan.CreateSchema) error {
	if c.Exists {
		return nil
	}
	if err := s.define(ctx); err != nil {
		return err
	}
	if s.catalog.Schema(c.Schema.Name) != nil {
		return sqlstate.New(sqlstate.DuplicateSchema, "schema %q already exists", c.Schema.Name)
	}
	sc := *c.Schema
	if sc.OID = s.newOID(); sc.Name == "public" && s.catalog.SchemaByOID(catalog.PublicOID) == nil {
		sc.OID = catalog.PublicOID // what the extension brings is in it again
	}
	if c.Owner != 0 {
		defer func(role catalog.OID) { s.tx.Role = role }(s.tx.Role)
		s.tx.Role = c.Owner
	}
	return put(s, &sc)
}

// Drop implements exec.Relations.
func (s *Stmt) Drop(ctx context.Context, d *plan.Drop) error {
	tables := slices.Clone(d.Tables)
	for _, c := range d.Changed {
		tables = append(tables, c.Old)
	}
	for _, ix := range d.Indexes {
		if !slices.Contains(tables, ix.Table) {
			tables = append(tables, ix.Table)
		}
	}
	if err := s.define(ctx, tables...); err != nil {
		return err
	}
	for _, t := range tables {
		if err := s.tx.refusePending(s.catalog, t, "DROP TABLE"); err != nil {
			return err
		}
	}
	for _, c := range d.Changed {
		s.dropReplaced(c.Old, c.New)
		if err := put(s, c.New); err != nil {
			return err
		}
	}
	for _, t := range d.Tables {
		if err := s.forgetSegments(t); err != nil {
			return err
		}
		s.dropTable(t)
	}
	for _, q := range d.Sequences {
		s.dropSequence(q)
	}
	for _, ix := range d.Indexes {
		if err := s.dropIndex(ix); err != nil {
			return err
		}
	}
	for _, t := range d.Domains {
		if err := put(s, t); err != nil {
			return err
		}
	}
	for _, t := range d.Types {
		s.permanent = true
		s.catalog.RemoveType(t.OID)
		s.writes.Delete(storage.CatalogKey(kindType, uint32(t.OID)))
	}
	for _, e := range d.Extensions {
		s.dropExtension(e.OID)
	}
	for _, o := range d.Operators {
		if err := s.dropOperator(o.OID); err != nil {
			return err
		}
	}
	for _, t := range d.EventTriggers {
		s.permanent = true
		s.writes.Delete(storage.CatalogKey(kindEvent, uint32(t.OID)))
		s.catalog.RemoveEventTrigger(t.OID)
	}
	for _, c := range d.Casts {
		s.dropCast(c)
	}
	for _, f := range d.Functions {
		s.dropFunction(f.OID)
	}
	for _, sc := range d.Schemas {
		if s.dropSchema(sc); sc.OID != catalog.PublicOID {
			continue
		}
		if err := s.keepDropped(sc); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stmt) dropSchema(sc *catalog.Schema) {
	s.permanent = s.permanent || !isTemp(sc)
	s.catalog.RemoveSchema(sc.OID)
	s.writes.Delete(storage.CatalogKey(kindSchema, uint32(sc.OID)))
}

// keepDropped notes that public is dropped, which would come back with the next start.
func (s *Stmt) keepDropped(sc *catalog.Schema) error {
	value, err := catalog.EncodeSchema(&catalog.Schema{OID: sc.OID, Name: sc.Name, Dropped: true})
	if err != nil {
		return fmt.Errorf("encode that a schema is dropped: %w", err)
	}
	s.writes.Set(storage.CatalogKey(kindSchema, uint32(sc.OID)), value)
	return nil
}

func (s *Stmt) dropTable(t *catalog.Table) {
	s.permanent = s.permanent || !t.Temp
	s.dropped = append(s.dropped, storageOf(t))
	for _, q := range s.catalog.Sequences() {
		if q.OwnerTable == t.OID {
			s.dropSequence(q)
		}
	}
	s.catalog.RemoveTable(t.OID)
	s.writes.Delete(storage.CatalogKey(kindTable, uint32(t.OID)))
}

func storageOf(t *catalog.Table) dropped {
	d := dropped{table: t.ID}
	for i := range t.Indexes {
		d.indexes = append(d.indexes, t.Indexes[i].ID)
	}
	return d
}

func (s *Stmt) dropSequence(q *catalog.Sequence) {
	s.permanent = s.permanent || !q.Temp
	s.dropped = append(s.dropped, dropped{sequence: []uint32{q.ID}})
	s.catalog.RemoveSequence(q.OID)
	s.writes.Delete(storage.CatalogKey(kindSequence, uint32(q.OID)))
}

func (s *Stmt) dropIndex(d plan.DroppedIndex) error {
	t := s.catalog.TableByOID(d.Table.OID)
	if t == nil {
		return nil // dropped with its table
	}
	changed := *t
	changed.Indexes = slices.Clone(t.Indexes)
	changed.Indexes = slices.DeleteFunc(changed.Indexes, func(ix catalog.Index) bool { return ix.OID == d.Index.OID })
	s.dropped = append(s.dropped, dropped{indexes: []uint32{d.Index.ID}})
	return put(s, &changed)
}

// Truncate implements exec.Relations: the table gets new, empty storage, and the old goes at the commit.
func (s *Stmt) Truncate(ctx context.Context, n *plan.Truncate) error {
	if err := s.define(ctx, n.Tables...); err != nil {
		return err
	}
	for _, t := range n.Tables {
		if err := s.tx.refusePending(s.catalog, t, "TRUNCATE"); err != nil {
			return err
		}
		if err := put(s, s.renewed(t)); err != nil {
			return err
		}
		if err := s.restartIdentity(n, t.OID); err != nil {
			return err
		}
	}
	return nil
}

// restartIdentity gives a table's sequences new state under a new ID, so that a rollback keeps the old.
func (s *Stmt) restartIdentity(n *plan.Truncate, table catalog.OID) error {
	if !n.RestartIdentity {
		return nil
	}
	for _, q := range s.catalog.Sequences() {
		if q.OwnerTable != table {
			continue
		}
		fresh := *q
		fresh.ID = s.newID()
		if err := s.tx.db.sequences.restart(&fresh); err != nil {
			return err
		}
		s.dropped = append(s.dropped, dropped{sequence: []uint32{q.ID}})
		if err := put(s, &fresh); err != nil {
			return err
		}
	}
	return nil
}
