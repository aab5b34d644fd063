package relation_test

import (
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/relation"
)

// TestXidSnapshot: a statement's snapshot lists the numbered transactions that it does not have, whatever becomes of them
// while it runs.
func TestXidSnapshot(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	begin := func() (*relation.Tx, uint64) {
		tx := f.db.Begin(relation.ReadCommitted, false)
		return tx, tx.Holder().TransactionID(true)
	}
	one, first := begin()
	two, second := begin()
	three, third := begin()
	if err := three.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	reader := f.db.Begin(relation.RepeatableRead, false)
	defer reader.Rollback()
	before, err := reader.Statement(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	two.Rollback()
	s := before.XidSnapshot()
	if s.Min != first || s.Max != third+1 || !slices.Equal(s.Running, []uint64{first, second}) {
		t.Errorf("snapshot %+v of %d, %d running and %d ended", s, first, second, third)
	}
	for xid, want := range map[uint64]string{first: "committed", second: "aborted", third: "committed"} {
		if got, err := before.XidStatus(xid); err != nil || got != want {
			t.Errorf("transaction %d: %q, %v; want %q", xid, got, err, want)
		}
	}
	before.Abort()
	four, fourth := begin()
	defer four.Rollback()
	later := f.db.Begin(relation.ReadCommitted, false)
	defer later.Rollback()
	after, err := later.Statement(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer after.Abort()
	if s := after.XidSnapshot(); s.Min != fourth || s.Max != fourth || len(s.Running) != 0 {
		t.Errorf("snapshot %+v with only %d running, which is the newest", s, fourth)
	}
	if got, err := after.XidStatus(fourth); err != nil || got != "in progress" {
		t.Errorf("transaction %d: %q, %v", fourth, got, err)
	}
	if _, err := after.XidStatus(fourth + 1); err == nil {
		t.Error("a number that was not given has a status")
	}
}
