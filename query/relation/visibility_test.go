package relation_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/storage"
)

// slowDisk holds back every sync while it is told to, and says that one has come.
type slowDisk struct {
	slow    atomic.Bool
	arrived chan struct{}
	release chan struct{}
}

func (d *slowDisk) String() string { return "slow" }

// MaybeError implements errorfs.Injector; it never makes an error.
func (d *slowDisk) MaybeError(op errorfs.Op) error {
	if syncs := op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData; syncs && d.slow.Load() {
		d.arrived <- struct{}{}
		<-d.release
	}
	return nil
}

// TestNothingIsSeenBeforeItIsDurable: while a commit waits for the disk nobody sees its rows, its vectors or its
// table, and nobody who depends on them gets ahead. Then a crash takes nothing that anyone has seen.
func TestNothingIsSeenBeforeItIsDurable(t *testing.T) {
	if *spillFlag > 0 {
		t.Skip("a large commit is nowhere before it is durable")
	}
	disk := &slowDisk{arrived: make(chan struct{}, 100), release: make(chan struct{})}
	mem := vfs.NewCrashableMem()
	f := newFixture(t, errorfs.Wrap(mem, disk), t.TempDir())
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", []float32{1, 1}}) })

	disk.slow.Store(true)
	writer := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(writer, func(s *relation.Stmt) error {
		if err := f.insert(s, row{2, "b", []float32{2, 2}}); err != nil {
			return err
		}
		other := definition()
		other.Name, other.Indexes = "other", nil
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: other})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	committed := make(chan error, 1)
	go func() { committed <- writer.Commit(ctx) }()
	<-disk.arrived
	for written := false; !written; time.Sleep(time.Millisecond) { // in memory all of it is there
		var err error
		if _, written, err = f.store.Get(storage.RowKey(f.table.ID, 2)); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(10 * time.Millisecond)

	f.mustVerify(map[int64]row{1: {1, "a", []float32{1, 1}}})
	if f.db.Catalog().Table(f.table.Schema, "other") != nil {
		t.Error("a table is seen whose commit is not durable")
	}
	second := make(chan error, 1)
	go func() {
		tx := f.db.Begin(relation.ReadCommitted, false)
		defer tx.Rollback()
		second <- f.in(tx, func(s *relation.Stmt) error { return f.insert(s, row{2, "c", nil}) })
	}()
	select {
	case err := <-second:
		t.Errorf("a second row with the key did not wait for the first to be durable: %v", err)
	default:
	}
	crashed := newFixture(t, mem.CrashClone(vfs.CrashCloneCfg{}), t.TempDir())
	crashed.mustVerify(map[int64]row{1: {1, "a", []float32{1, 1}}})
	crashed.close()

	disk.slow.Store(false)
	close(disk.release)
	if err := <-committed; err != nil {
		t.Fatal(err)
	}
	wantCode(t, <-second, "23505")
	f.mustVerify(map[int64]row{1: {1, "a", []float32{1, 1}}, 2: {2, "b", []float32{2, 2}}})
	f.close()
}
