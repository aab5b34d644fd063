package relation_test

import (
	"maps"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// brokenDisk makes operations fail once left has run out, of the kind that fails says.
type brokenDisk struct {
	left  atomic.Int64
	fails func(op errorfs.Op) bool
	hits  atomic.Int64
}

func newBrokenDisk(fails func(op errorfs.Op) bool) *brokenDisk {
	d := &brokenDisk{fails: fails}
	d.left.Store(1 << 40)
	return d
}

func (d *brokenDisk) String() string { return "broken" }

// MaybeError implements errorfs.Injector.
func (d *brokenDisk) MaybeError(op errorfs.Op) error {
	if d.fails(op) && d.left.Add(-1) < 0 {
		d.hits.Add(1)
		return errorfs.ErrInjected
	}
	return nil
}

func isLogWrite(op errorfs.Op) bool {
	writes := op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData
	return writes && strings.HasSuffix(op.Path, ".log")
}

func isTableRead(op errorfs.Op) bool {
	return op.Kind == errorfs.OpFileReadAt && strings.HasSuffix(op.Path, ".sst")
}

// TestWriteFaults: the disk fails at a commit's n-th write. The client is told that the outcome is open (58030), the
// rest of the database sees nothing of the transaction and can be read, nothing more is written, and after a restart
// the transaction is there whole or not at all.
func TestWriteFaults(t *testing.T) {
	if *spillFlag > 0 {
		t.Skip("where Pebble changes to a new log and cannot, the process ends")
	}
	for n := range int64(12) {
		disk := newBrokenDisk(isLogWrite)
		mem := vfs.NewCrashableMem()
		f := newFixture(t, errorfs.Wrap(mem, disk), t.TempDir())
		f.create()
		model := map[int64]row{}
		before := map[int64]row{}
		disk.left.Store(n)
		err := error(nil)
		for id := int64(1); err == nil; id++ {
			before = maps.Clone(model)
			model[id] = row{id, "x", []float32{float32(id), 0}}
			tx := f.db.Begin(relation.ReadCommitted, false)
			if err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, model[id]) }); err != nil {
				t.Fatal(err)
			}
			err = tx.Commit(ctx)
		}
		wantCode(t, err, sqlstate.IOError)
		f.mustVerify(before)
		tx := f.db.Begin(relation.ReadCommitted, false)
		if err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, row{-1, "y", nil}) }); err != nil {
			t.Errorf("fault %d: a statement on a database that is only read: %v", n, err)
		}
		wantCode(t, tx.Commit(ctx), sqlstate.IOError)

		crashed := newFixture(t, mem.CrashClone(vfs.CrashCloneCfg{}), t.TempDir())
		if err := crashed.check(before); err != nil {
			if err2 := crashed.check(model); err2 != nil {
				t.Errorf("fault %d: neither without the transaction (%v) nor with it (%v)", n, err, err2)
			}
		}
		crashed.close()
		if err := f.db.Close(); err != nil {
			t.Errorf("fault %d: %v", n, err)
		}
		if err := f.store.Close(); err == nil {
			t.Errorf("fault %d: a failed store closed without a word", n)
		}
	}
}

// TestReadFaults: a read fails inside a statement, which fails; the next try finds everything as it was.
func TestReadFaults(t *testing.T) {
	disk := newBrokenDisk(isTableRead)
	mem := vfs.NewMem()
	fs := errorfs.Wrap(mem, disk)
	dir := t.TempDir()
	f := newFixture(t, fs, dir)
	f.create()
	model := map[int64]row{}
	f.do(func(s *relation.Stmt) error { return f.insert(s, manyRows(model, 0, 60)...) })
	f.close()
	faults := 0
	for n := int64(0); ; n++ {
		st, err := storage.Open("data", storage.Options{FS: fs, Logger: quiet, CacheBytes: 1}) // every read goes to the disk
		if err != nil {
			t.Fatal(err)
		}
		db, err := relation.Open(ctx, st, relation.Options{VectorDir: dir, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		f = &fixture{t: t, fs: fs, dir: dir, store: st, db: db, table: db.Catalog().Table(f.table.Schema, "t")}
		disk.hits.Store(0)
		disk.left.Store(n * n) // the cost of a try grows with n
		tx := f.db.Begin(relation.ReadCommitted, false)
		err = f.in(tx, func(s *relation.Stmt) error {
			if err := f.verify(s, model); err != nil {
				return err
			}
			if err := f.update(s, 17, row{5000, "changed", nil}); err != nil {
				return err
			}
			return f.delete(s, 18)
		})
		hit := disk.hits.Load() > 0
		disk.left.Store(1 << 40)
		if hit != (err != nil) {
			t.Errorf("fault at read %d: met %v, and the statement says %v", n*n, hit, err)
		}
		tx.Rollback()
		f.mustVerify(model)
		f.close()
		if !hit {
			break
		}
		faults++
	}
	if faults < 5 {
		t.Errorf("only %d faults", faults)
	}
}
