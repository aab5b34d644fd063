package relation_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// TestUniqueWaits: the second of two transactions with one key waits for the first, and fails only if that commits.
func TestUniqueWaits(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	for _, commits := range []bool{false, true} {
		first := f.db.Begin(relation.ReadCommitted, false)
		if err := f.in(first, func(s *relation.Stmt) error { return f.insert(s, row{1, "first", nil}) }); err != nil {
			t.Fatal(err)
		}
		second := f.db.Begin(relation.ReadCommitted, false)
		result := make(chan error, 1)
		go func() {
			result <- f.in(second, func(s *relation.Stmt) error { return f.insert(s, row{1, "second", nil}) })
		}()
		select {
		case err := <-result:
			t.Fatalf("the second did not wait: %v", err)
		case <-time.After(30 * time.Millisecond):
		}
		if commits {
			if err := first.Commit(ctx); err != nil {
				t.Fatal(err)
			}
		} else {
			first.Rollback()
		}
		err := <-result
		if commits != (sqlstate.CodeOf(err) == sqlstate.UniqueViolation) || !commits && err != nil {
			t.Errorf("first commits: %v, second: %v", commits, err)
		}
		second.Rollback()
	}
}

// TestDeadlock: of two transactions that wait for each other one fails with 40P01.
func TestDeadlock(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", nil}, row{2, "b", nil}) })
	var wg sync.WaitGroup
	errs := make([]error, 2)
	ready := make(chan struct{})
	locked := make(chan struct{}, 2)
	for i := range 2 {
		wg.Go(func() {
			tx := f.db.Begin(relation.ReadCommitted, false)
			defer tx.Rollback()
			mine, theirs := int64(1+i), int64(2-i)
			if err := f.in(tx, func(s *relation.Stmt) error { return f.update(s, mine, row{mine, "x", nil}) }); err != nil {
				errs[i] = err
				return
			}
			locked <- struct{}{}
			<-ready
			errs[i] = f.in(tx, func(s *relation.Stmt) error { return f.update(s, theirs, row{theirs, "y", nil}) })
		})
	}
	<-locked
	<-locked
	close(ready)
	wg.Wait()
	failed := 0
	for _, err := range errs {
		if err != nil {
			failed++
			if sqlstate.CodeOf(err) != sqlstate.DeadlockDetected {
				t.Error(err)
			}
		}
	}
	if failed != 1 {
		t.Errorf("%d transactions failed, want one: %v", failed, errs)
	}
}

// TestDeletedKeyWaits: who wants the key of a row that another transaction has deleted, or moved to another key, waits
// whether it stays free.
func TestDeletedKeyWaits(t *testing.T) {
	for name, give := range map[string]func(f *fixture, s *relation.Stmt) error{
		"delete": func(f *fixture, s *relation.Stmt) error { return f.delete(s, 1) },
		"update": func(f *fixture, s *relation.Stmt) error { return f.update(s, 1, row{2, "moved", nil}) },
	} {
		for _, commits := range []bool{false, true} {
			f := newFixture(t, vfs.NewMem(), t.TempDir())
			f.create()
			f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "old", nil}) })
			first := f.db.Begin(relation.ReadCommitted, false)
			if err := f.in(first, func(s *relation.Stmt) error { return give(f, s) }); err != nil {
				t.Fatal(err)
			}
			second := f.db.Begin(relation.ReadCommitted, false)
			result := waiting(t, func() error {
				return f.in(second, func(s *relation.Stmt) error { return f.insert(s, row{1, "new", nil}) })
			})
			if commits {
				if err := first.Commit(ctx); err != nil {
					t.Fatal(err)
				}
			} else {
				first.Rollback()
			}
			if err := <-result; commits != (err == nil) || err != nil && sqlstate.CodeOf(err) != sqlstate.UniqueViolation {
				t.Errorf("%s, committed %v: %v", name, commits, err)
			}
			second.Rollback()
			f.close()
		}
	}
}

// waiting runs something that must not come back soon.
func waiting(t *testing.T, f func() error) chan error {
	t.Helper()
	result := make(chan error, 1)
	go func() { result <- f() }()
	select {
	case err := <-result:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(30 * time.Millisecond):
	}
	return result
}

// TestCancelledWait: a wait ends with its context, and what it stood in the way of goes on.
func TestCancelledWait(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	writer := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(writer, func(s *relation.Stmt) error { return f.insert(s, row{1, "a", nil}) }); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("cancelled")
	cancellable, cancel := context.WithCancelCause(ctx)
	definer := f.db.Begin(relation.ReadCommitted, false)
	truncate := waiting(t, func() error {
		return f.in(definer, func(s *relation.Stmt) error {
			return s.Truncate(cancellable, &plan.Truncate{Tables: []*catalog.Table{f.table}})
		})
	})
	late := f.db.Begin(relation.ReadCommitted, false)
	insert := waiting(t, func() error { // behind the definition, which must not starve
		return f.in(late, func(s *relation.Stmt) error { return f.insert(s, row{2, "b", nil}) })
	})
	cancel(cause)
	if err := <-truncate; !errors.Is(err, cause) {
		t.Errorf("want the cause, got %v", err)
	}
	if err := <-insert; err != nil {
		t.Errorf("the insert behind it: %v", err)
	}
	definer.Rollback()
	for _, tx := range []*relation.Tx{writer, late} {
		if err := tx.Commit(ctx); err != nil {
			t.Error(err)
		}
	}
	f.mustVerify(map[int64]row{1: {1, "a", nil}, 2: {2, "b", nil}})
}

// TestLockTimeout: a transaction waits for one lock no longer than it was told to.
func TestLockTimeout(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", nil}) })
	writer := f.db.Begin(relation.ReadCommitted, false)
	defer writer.Rollback()
	if err := f.in(writer, func(s *relation.Stmt) error { return f.delete(s, 1) }); err != nil {
		t.Fatal(err)
	}
	second := f.db.Begin(relation.ReadCommitted, false)
	defer second.Rollback()
	second.Holder().LockTimeout = 20 * time.Millisecond
	err := f.in(second, func(s *relation.Stmt) error { return f.update(s, 1, row{1, "b", nil}) })
	wantCode(t, err, sqlstate.LockNotAvailable)
}

// TestDefinitionWaits: TRUNCATE waits for writers, writers wait for it, and whoever planned with the old definition is
// told so.
func TestDefinitionWaits(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	writer := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(writer, func(s *relation.Stmt) error { return f.insert(s, row{1, "a", nil}) }); err != nil {
		t.Fatal(err)
	}
	definer := f.db.Begin(relation.ReadCommitted, false)
	truncate := waiting(t, func() error {
		return f.in(definer, func(s *relation.Stmt) error {
			return s.Truncate(ctx, &plan.Truncate{Tables: []*catalog.Table{f.table}})
		})
	})
	if err := writer.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-truncate; err != nil {
		t.Fatal(err)
	}
	late := f.db.Begin(relation.ReadCommitted, false)
	insert := waiting(t, func() error {
		return f.in(late, func(s *relation.Stmt) error { return f.insert(s, row{2, "b", nil}) })
	})
	if err := definer.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-insert; !errors.Is(err, exec.ErrConflict) {
		t.Errorf("an insert into the storage that was truncated: %v", err)
	}
	late.Rollback()
	reader := f.db.Begin(relation.ReadCommitted, true)
	defer reader.Rollback()
	if err := f.in(reader, func(s *relation.Stmt) error { return f.verify(s, nil) }); !errors.Is(err, exec.ErrConflict) {
		t.Errorf("a scan of the storage that was truncated: %v", err)
	}
	f.table = f.db.Catalog().Table(catalog.PublicOID, "t")
	f.mustVerify(nil)
}

// TestSharedUpgrade: of two writers that both want the table for themselves one fails with 40P01.
func TestSharedUpgrade(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	results := make(chan error, 2)
	var ready sync.WaitGroup
	ready.Add(2)
	for id := range int64(2) {
		go func() {
			tx := f.db.Begin(relation.ReadCommitted, false)
			defer tx.Rollback()
			err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, row{id, "a", nil}) })
			ready.Done()
			ready.Wait()
			results <- errors.Join(err, f.in(tx, func(s *relation.Stmt) error {
				return s.Truncate(ctx, &plan.Truncate{Tables: []*catalog.Table{f.table}})
			}))
		}()
	}
	first, second := <-results, <-results
	if (first == nil) == (second == nil) {
		t.Errorf("one must fail: %v, %v", first, second)
	}
	wantCode(t, errors.Join(first, second), sqlstate.DeadlockDetected)
}
