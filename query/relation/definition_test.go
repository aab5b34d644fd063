package relation_test

import (
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// TestDefinitions: transactional, conflicting ones wait, and truncation and drops leave nothing.
func TestDefinitions(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", []float32{1, 1}}) })
	tx := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(tx, func(s *relation.Stmt) error {
		return s.Truncate(ctx, &plan.Truncate{Tables: []*catalog.Table{f.table}})
	}); err != nil {
		t.Fatal(err)
	}
	old := f.table
	f.table = tx.Catalog().Table(catalog.PublicOID, "t")
	if err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, row{9, "new", []float32{3, 3}}) }); err != nil {
		t.Fatal(err)
	}
	if err := f.in(tx, func(s *relation.Stmt) error {
		return f.verify(s, map[int64]row{9: {9, "new", []float32{3, 3}}})
	}); err != nil {
		t.Errorf("inside the transaction: %v", err)
	}
	tx.Rollback()
	f.table = old
	f.mustVerify(map[int64]row{1: {1, "a", []float32{1, 1}}})

	f.do(func(s *relation.Stmt) error {
		return s.Truncate(ctx, &plan.Truncate{Tables: []*catalog.Table{f.table}})
	})
	f.table = f.db.Catalog().Table(catalog.PublicOID, "t")
	f.mustVerify(nil)
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{2, "b", []float32{2, 2}}) })
	f.close()
	f = newFixture(t, f.fs, f.dir)
	f.mustVerify(map[int64]row{2: {2, "b", []float32{2, 2}}})
	f.do(func(s *relation.Stmt) error { return s.Drop(ctx, &plan.Drop{Tables: []*catalog.Table{f.table}}) })
	if f.db.Catalog().Table(catalog.PublicOID, "t") != nil {
		t.Error("a dropped table is there")
	}
	it, err := f.store.Iter(storage.RowRange(f.table.ID), false)
	if err != nil {
		t.Fatal(err)
	}
	if it.Next() {
		t.Error("a dropped table's rows are there")
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	f.close()
	if left, _ := filepath.Glob(filepath.Join(f.dir, "*")); len(left) > 0 {
		t.Errorf("vector files are left: %v", left)
	}
}

// TestCreateIndex: it holds the rows that were there, the transaction's own included, and a unique one refuses
// duplicates, then and later.
func TestCreateIndex(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", nil}, row{2, "b", nil}) })
	index := func(s *relation.Stmt, name string) error {
		ix := &catalog.Index{Name: name, Method: "btree", Unique: true, Keys: []catalog.KeyPart{{AttNum: 2}}}
		return s.CreateIndex(ctx, &plan.CreateIndex{Table: s.Catalog().TableByOID(f.table.OID), Index: ix})
	}
	tx := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, row{3, "b", nil}) }); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.in(tx, func(s *relation.Stmt) error { return index(s, "doomed") }), sqlstate.UniqueViolation)
	if err := f.in(tx, func(s *relation.Stmt) error { return f.update(s, 3, row{3, "c", nil}) }); err != nil {
		t.Fatal(err)
	}
	if err := f.in(tx, func(s *relation.Stmt) error { return index(s, "names") }); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.in(tx, func(s *relation.Stmt) error { return index(s, "names") }), sqlstate.DuplicateTable)
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	f.close()
	f = f.reopen()
	defer f.close()
	if len(f.table.Indexes) != 4 {
		t.Fatalf("%d indexes, want 4", len(f.table.Indexes))
	}
	f.mustVerify(map[int64]row{1: {1, "a", nil}, 2: {2, "b", nil}, 3: {3, "c", nil}})
	late := f.db.Begin(relation.ReadCommitted, false)
	defer late.Rollback()
	wantCode(t, f.in(late, func(s *relation.Stmt) error { return f.insert(s, row{4, "c", nil}) }), sqlstate.UniqueViolation)
}
