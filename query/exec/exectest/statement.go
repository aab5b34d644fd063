package exectest

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// statement is the database as one statement sees it: base is read, work is written.
type statement struct {
	db         *DB
	snap       *catalog.Snapshot
	base, work map[catalog.OID]*rows
	owned      map[*rows]bool // of work: copied already
}

func (s *statement) commit() { s.db.snap, s.db.tables = s.snap, s.work }

func (s *statement) oid() catalog.OID {
	s.db.nextOID++
	return s.db.nextOID
}

// Catalog is the definitions as the statement has them.
func (s *statement) Catalog() *catalog.Snapshot { return s.snap }

// Table opens a table.
func (s *statement) Table(t *catalog.Table) (exec.Table, error) { return &table{s, t}, nil }

// sequence is a sequence's state.
type sequence struct {
	def    *catalog.Sequence
	value  int64
	called bool // value has been given out
	asked  bool // by this session
}

// NextVal advances a sequence.
func (s *statement) NextVal(_ context.Context, oid catalog.OID) (int64, error) {
	q, err := s.sequence(oid)
	if err != nil {
		return 0, err
	}
	if q.called {
		q.value += q.def.Increment
	}
	if q.value > q.def.Max {
		return 0, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState,
			"nextval: reached maximum value of sequence %q (%d)", q.def.Name, q.def.Max)
	}
	q.called, q.asked, s.db.lastSeq = true, true, oid
	return q.value, nil
}

func (s *statement) sequence(oid catalog.OID) (*sequence, error) {
	if q := s.db.sequences[oid]; q != nil {
		return q, nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedTable, "relation with OID %d does not exist", oid)
}

// CurrVal is the value NextVal gave last.
func (s *statement) CurrVal(oid catalog.OID) (int64, error) {
	q, err := s.sequence(oid)
	if err == nil && !q.asked {
		err = sqlstate.New(sqlstate.ObjectNotInPrerequisiteState,
			"currval of sequence %q is not yet defined in this session", q.def.Name)
	}
	if err != nil {
		return 0, err
	}
	return q.value, nil
}

// LastVal is CurrVal of the sequence used last.
func (s *statement) LastVal() (int64, error) {
	if s.db.lastSeq == 0 {
		return 0, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
	}
	return s.CurrVal(s.db.lastSeq)
}

// SetVal sets a sequence.
func (s *statement) SetVal(_ context.Context, oid catalog.OID, value int64, isCalled bool) error {
	q, err := s.sequence(oid)
	if err == nil {
		q.value, q.called = value, isCalled
	}
	return err
}

// CreateTable numbers everything the definition makes.
func (s *statement) CreateTable(_ context.Context, c *plan.CreateTable) (*catalog.Table, error) {
	t := *c.Table
	t.Columns, t.Indexes, t.Checks = slices.Clone(t.Columns), slices.Clone(t.Indexes), slices.Clone(t.Checks)
	t.OID = s.oid()
	t.ID = uint32(t.OID)
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		ix.OID = s.oid()
		ix.ID = uint32(ix.OID)
	}
	for i := range t.Checks {
		t.Checks[i].OID = s.oid()
	}
	s.snap = s.snap.Clone()
	s.snap.Version++
	for _, def := range c.Sequences {
		q := *def
		q.OID, q.OwnerTable = s.oid(), t.OID
		t.Columns[t.Ordinal(q.OwnerAttNum)].Sequence = q.OID
		s.snap.PutSequence(&q)
		s.db.sequences[q.OID] = &sequence{def: &q, value: q.Start}
	}
	s.snap.PutTable(&t)
	s.work[t.OID] = &rows{}
	return &t, nil
}

// Define makes views.
func (s *statement) Define(_ context.Context, n plan.Node) error {
	c, ok := n.(*plan.CreateView)
	if !ok {
		return sqlstate.New(sqlstate.FeatureNotSupported, "%T", n)
	}
	t := *c.Table
	if c.Old == nil {
		t.OID = s.oid()
	}
	s.replace(&t)
	return nil
}

// Refresh empties a materialized view.
func (s *statement) Refresh(_ context.Context, r *plan.Refresh) (*catalog.Table, error) {
	t := *r.Table
	s.replace(&t)
	s.work[t.OID] = &rows{}
	return &t, nil
}

// CreateIndex only notes the index, and checks uniqueness.
func (s *statement) CreateIndex(_ context.Context, c *plan.CreateIndex) error {
	t := *s.snap.TableByOID(c.Table.OID)
	ix := *c.Index
	ix.OID = s.oid()
	ix.ID = uint32(ix.OID)
	t.Indexes = append(slices.Clone(t.Indexes), ix)
	if ix.Unique {
		if err := (&table{s, &t}).verify(&ix); err != nil {
			return err
		}
	}
	s.replace(&t)
	return nil
}

func (s *statement) replace(t *catalog.Table) {
	s.snap = s.snap.Clone()
	s.snap.Version++
	s.snap.PutTable(t)
}

// CreateSchema adds a schema.
func (s *statement) CreateSchema(_ context.Context, c *plan.CreateSchema) error {
	sc := *c.Schema
	sc.OID = s.oid()
	s.snap = s.snap.Clone()
	s.snap.PutSchema(&sc)
	return nil
}

// Drop drops.
func (s *statement) Drop(_ context.Context, d *plan.Drop) error {
	s.snap = s.snap.Clone()
	s.snap.Version++
	for _, t := range d.Tables {
		s.snap.RemoveTable(t.OID)
		delete(s.work, t.OID)
	}
	for _, x := range d.Indexes {
		t := *s.snap.TableByOID(x.Table.OID)
		t.Indexes = slices.DeleteFunc(slices.Clone(t.Indexes), func(ix catalog.Index) bool { return ix.OID == x.Index.OID })
		s.snap.PutTable(&t)
	}
	for _, q := range d.Sequences {
		s.snap.RemoveSequence(q.OID)
	}
	for _, sc := range d.Schemas {
		s.snap.RemoveSchema(sc.OID)
	}
	return nil
}

// Truncate empties tables.
func (s *statement) Truncate(_ context.Context, t *plan.Truncate) error {
	for _, x := range t.Tables {
		s.work[x.OID] = &rows{}
		for _, q := range s.db.sequences {
			if t.RestartIdentity && q.def.OwnerTable == x.OID {
				q.value, q.called = q.def.Start, false
			}
		}
	}
	return nil
}

// Comment sets a comment.
func (s *statement) Comment(_ context.Context, c *plan.Comment) error {
	t := *s.snap.TableByOID(c.Table.OID)
	t.Columns = slices.Clone(t.Columns)
	if c.AttNum == 0 {
		t.Comment = c.Text
	} else {
		t.Columns[t.Ordinal(c.AttNum)].Comment = c.Text
	}
	s.replace(&t)
	return nil
}

// AlterTable is for package relation: nothing here depends on it.
func (s *statement) AlterTable(context.Context, *plan.AlterTable) (exec.Altered, error) {
	return exec.Altered{}, sqlstate.New(sqlstate.FeatureNotSupported, "ALTER TABLE is not part of this fake")
}

// ChangeAccess puts roles and rights.
func (s *statement) ChangeAccess(_ context.Context, c *plan.ChangeAccess) error {
	s.snap = s.snap.Clone()
	s.snap.Version++
	for _, r := range c.Roles {
		s.snap.PutRole(r)
	}
	for _, r := range c.Rights {
		s.snap.PutRights(r)
	}
	return nil
}

// Foreign keys are for package relation, too: no table here has one.

// Referential has nothing to ask for.
func (s *statement) Referential(context.Context) ([]exec.ReferentialAction, error) { return nil, nil }

// Referencing finds nothing.
func (s *statement) Referencing(
	context.Context, *exec.ReferentialAction, func(ids []int64, which []int, rows *datum.Batch) error,
) error {
	return nil
}

// Nested fails: there are no functions of users here.
func (s *statement) Nested(context.Context) (exec.Nested, error) {
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "functions of users")
}

// XidSnapshot is of no transactions.
func (s *statement) XidSnapshot() datum.XidSnapshot { return datum.XidSnapshot{Min: 3, Max: 3} }

// XidStatus knows of none.
func (s *statement) XidStatus(uint64) (string, error) { return "", nil }

// RunBy is told in vain: there are no indexes on expressions here.
func (s *statement) RunBy(eval.Subplans) {}

// Defers knows no constraint triggers.
func (s *statement) Defers(*catalog.Trigger) bool { return false }

// Defer is never asked to.
func (s *statement) Defer(exec.DeferredRows) {}

// CheckReferences has nothing to check.
func (s *statement) CheckReferences(context.Context) error { return nil }

// ValidateReferences has nothing to check.
func (s *statement) ValidateReferences(context.Context, *catalog.Table, []string) error { return nil }

// Reject keeps a row that COPY left out, whatever becomes of the statement.
func (s *statement) Reject(_ context.Context, r exec.Reject) error {
	s.db.Kept = append(s.db.Kept, r)
	return nil
}

// Rejects gives what was kept.
func (s *statement) Rejects() ([]exec.Reject, error) { return s.db.Kept, nil }

// Forget forgets everything.
func (s *statement) Forget(context.Context, []exec.Reject) error {
	s.db.Kept = nil
	return nil
}
