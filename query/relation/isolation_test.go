package relation_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// TestIsolation: what a statement sees, and who wins.
func TestIsolation(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", []float32{1, 1}}) })

	reader := f.db.Begin(relation.RepeatableRead, false)
	if err := f.in(reader, func(s *relation.Stmt) error {
		return f.verify(s, map[int64]row{1: {1, "a", []float32{1, 1}}})
	}); err != nil {
		t.Fatal(err)
	}
	f.do(func(s *relation.Stmt) error { return f.update(s, 1, row{1, "b", []float32{2, 2}}) })
	if err := f.in(reader, func(s *relation.Stmt) error {
		return f.verify(s, map[int64]row{1: {1, "a", []float32{1, 1}}})
	}); err != nil {
		t.Errorf("repeatable read: %v", err)
	}
	err := f.in(reader, func(s *relation.Stmt) error { return f.update(s, 1, row{1, "c", nil}) })
	if !errors.Is(err, exec.ErrConflict) {
		t.Errorf("an update of a row that was changed since: %v", err)
	}
	reader.Rollback()
}

// TestOwnWrites: a statement does not see what it writes itself, its uniqueness check does, and the transaction's next
// statement sees all of it.
func TestOwnWrites(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	tx := f.db.Begin(relation.ReadCommitted, false)
	defer tx.Rollback()
	err := f.in(tx, func(s *relation.Stmt) error {
		if err := f.insert(s, row{2, "x", []float32{1, 0}}); err != nil {
			return err
		}
		if err := f.verify(s, nil); err != nil {
			t.Errorf("a statement sees its own row: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = f.in(tx, func(s *relation.Stmt) error { return f.verify(s, map[int64]row{2: {2, "x", []float32{1, 0}}}) })
	if err != nil {
		t.Errorf("the next statement: %v", err)
	}
	err = f.in(tx, func(s *relation.Stmt) error { return f.insert(s, row{3, "y", nil}, row{3, "z", nil}) })
	wantCode(t, err, sqlstate.UniqueViolation)
	var at *exec.RowError
	if !errors.As(err, &at) || at.Row != 1 {
		t.Errorf("the error is not about the second row: %v", err)
	}
}

// TestPortals: several statements of a transaction stay open, each with the view that it began with, whatever the
// transaction and others do meanwhile.
func TestPortals(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	model := map[int64]row{}
	f.do(func(s *relation.Stmt) error { return f.insert(s, manyRows(model, 0, 3000)...) })
	tx := f.db.Begin(relation.ReadCommitted, false)
	defer tx.Rollback()
	type portal struct {
		s     *relation.Stmt
		model map[int64]row
	}
	var portals []portal
	for n := range int64(4) {
		s, err := tx.Statement(ctx)
		if err != nil {
			t.Fatal(err)
		}
		portals = append(portals, portal{s, maps.Clone(model)})
		mine := row{5000 + n, "mine", []float32{1, 1}}
		err = f.in(tx, func(s *relation.Stmt) error { return errors.Join(f.insert(s, mine), f.delete(s, n)) })
		if err != nil {
			t.Fatal(err)
		}
		theirs := row{6000 + n, "theirs", []float32{1, 1}}
		f.do(func(s *relation.Stmt) error { return errors.Join(f.insert(s, theirs), f.delete(s, 100+n)) })
		model[mine.id], model[theirs.id] = mine, theirs
		delete(model, n)
		delete(model, 100+n)
	}
	for i, p := range portals {
		if err := f.verify(p.s, p.model); err != nil {
			t.Errorf("portal %d: %v", i, err)
		}
	}
	for i, p := range portals[:2] {
		if err := p.s.Finish(); err != nil {
			t.Errorf("portal %d: %v", i, err)
		}
	}
}

// TestOldSnapshotSearch: a search at a snapshot finds all rows of that moment, though most are gone by now, sealed or
// not.
func TestOldSnapshotSearch(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	model := map[int64]row{}
	f.do(func(s *relation.Stmt) error { return f.insert(s, manyRows(model, 0, 200)...) })
	reader := f.db.Begin(relation.RepeatableRead, true)
	defer reader.Rollback()
	see := func() {
		t.Helper()
		if err := f.in(reader, func(s *relation.Stmt) error { return f.verify(s, model) }); err != nil {
			t.Error(err)
		}
	}
	see()
	for id := range int64(190) {
		f.do(func(s *relation.Stmt) error { return f.delete(s, id) })
	}
	see()
	if err := f.db.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	see()
}

// TestOldSnapshotDefinition: REPEATABLE READ does not build definitions on others that its snapshot has not seen: an
// index made since has no entries in it.
func TestOldSnapshotDefinition(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", nil}) })
	tx := f.db.Begin(relation.RepeatableRead, false)
	defer tx.Rollback()
	if err := f.in(tx, func(s *relation.Stmt) error { return f.verify(s, map[int64]row{1: {1, "a", nil}}) }); err != nil {
		t.Fatal(err)
	}
	f.do(func(s *relation.Stmt) error {
		ix := &catalog.Index{Name: "late", Method: "btree", Keys: []catalog.KeyPart{{AttNum: 1}}}
		return s.CreateIndex(ctx, &plan.CreateIndex{Table: f.table, Index: ix})
	})
	err := f.in(tx, func(s *relation.Stmt) error {
		return s.CreateSchema(ctx, &plan.CreateSchema{Schema: &catalog.Schema{Name: "mine"}})
	})
	if !errors.Is(err, exec.ErrConflict) {
		t.Errorf("want ErrConflict, got %v", err)
	}
}

// TestReadOnly: a read-only transaction refuses every kind of write.
func TestReadOnly(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", nil}) })
	for name, work := range map[string]func(s *relation.Stmt) error{
		"insert": func(s *relation.Stmt) error { return f.insert(s, row{2, "b", nil}) },
		"update": func(s *relation.Stmt) error { return f.update(s, 1, row{1, "b", nil}) },
		"delete": func(s *relation.Stmt) error { return f.delete(s, 1) },
		"truncate": func(s *relation.Stmt) error {
			return s.Truncate(ctx, &plan.Truncate{Tables: []*catalog.Table{f.table}})
		},
	} {
		tx := f.db.Begin(relation.ReadCommitted, true)
		if err := f.in(tx, work); sqlstate.CodeOf(err) != sqlstate.ReadOnlySQLTransaction {
			t.Errorf("%s: %v", name, err)
		}
		tx.Rollback()
	}
}

// TestTooLarge: a transaction that outgrows its limit is refused, in one statement or over several, and leaves nothing.
func TestTooLarge(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	f.create()
	f.close()
	f.limit = 64 << 10
	f = f.reopen()
	defer f.close()
	tx := f.db.Begin(relation.ReadCommitted, false)
	err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, manyRows(map[int64]row{}, 0, 2000)...) })
	if !errors.Is(err, storage.ErrTooLarge) {
		t.Errorf("one statement: %v", err)
	}
	tx.Rollback()
	tx = f.db.Begin(relation.ReadCommitted, false)
	err = nil
	for n := int64(0); err == nil && n < 20; n++ {
		err = f.in(tx, func(s *relation.Stmt) error { return f.insert(s, manyRows(map[int64]row{}, n*100, 100)...) })
	}
	if !errors.Is(err, storage.ErrTooLarge) {
		t.Errorf("several statements: %v", err)
	}
	tx.Rollback()
	f.mustVerify(nil)
}
