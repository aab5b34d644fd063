package relation_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// TestNoRoomForLargeTransaction: a disk that is full while a large commit is prepared, and one that takes no temporary files,
// fail the transaction alone.
func TestNoRoomForLargeTransaction(t *testing.T) {
	full := false
	disk := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && strings.Contains(op.Path, "incoming") && op.Kind != errorfs.OpRemove {
			return syscall.ENOSPC
		}
		return nil
	})
	f := newSpilling(t, errorfs.Wrap(vfs.NewMem(), disk), t.TempDir(), 1)
	f.create()
	one := map[int64]row{1: {1, "a", []float32{1, 1}}}
	f.do(func(s *relation.Stmt) error { return f.insert(s, one[1]) })
	try := func(id int64) error {
		tx := f.db.Begin(relation.ReadCommitted, false)
		defer tx.Rollback()
		if err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, row{id, "b", []float32{2, 2}}) }); err != nil {
			return err
		}
		return tx.Commit(ctx)
	}
	full = true
	wantCode(t, try(2), sqlstate.DiskFull)
	full = false
	f.mustVerify(one)
	if err := try(2); err != nil {
		t.Fatal(err)
	}
	f.close()
	f.spillDir = "/nowhere"
	f.reopen()
	wantCode(t, try(3), sqlstate.IOError)
	f.mustVerify(map[int64]row{1: one[1], 2: {2, "b", []float32{2, 2}}})
	f.close()
}
