package relation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/relation"
)

// sameRowSets compares sets of rows that ranges of an index name with a scan of the same.
func (f *fixture) sameRowSets(s *relation.Stmt) error {
	t, err := s.Table(f.table)
	if err != nil {
		return err
	}
	for _, below := range []string{"changed 2", "changed 5", "row 3", "z"} {
		hi := datum.NewString(below)
		spec := exec.ScanSpec{RowID: true, Index: &f.table.Indexes[1], Bounds: &exec.IndexBounds{Hi: &hi}}
		set, err := t.RowSet(ctx, spec)
		if err != nil {
			return err
		}
		want, err := f.scanned(t, spec)
		if err != nil {
			return err
		}
		if got := set.(*roaring64.Bitmap).ToArray(); !slices.Equal(got, want) {
			return fmt.Errorf("rows below %q: a set of %d, a scan of %d", below, len(got), len(want))
		}
	}
	return nil
}

// scanned are the identities that a scan gives, ascending.
func (f *fixture) scanned(t exec.Table, spec exec.ScanSpec) (ids []uint64, err error) {
	err = eachBatch(t, spec, func(b *datum.Batch) {
		for _, id := range b.Cols[0].I {
			ids = append(ids, uint64(id))
		}
	})
	slices.Sort(ids)
	return ids, err
}

// TestRowSetsAgreeWithScans changes rows at random while transactions that began earlier go on reading the sets that are
// kept.
func TestRowSetsAgreeWithScans(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.fillPoints()
	var old []*relation.Tx
	for range 30 {
		tx := f.db.Begin(relation.ReadCommitted, false)
		old = append(old, f.db.Begin(relation.RepeatableRead, true))
		f.agree(rng, old, tx)
		for range rng.IntN(20) {
			if err := f.in(tx, func(s *relation.Stmt) error { return f.touch(rng, s) }); err != nil {
				t.Fatal(err)
			}
		}
		f.agree(rng, old, tx)
		if err := tx.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		f.agree(rng, old, nil)
		f.do(f.sameRowSets)
		if rng.IntN(10) == 0 {
			f.db.DropCaches()
		}
	}
	for _, tx := range old {
		tx.Rollback()
	}
}

// agree reads in a writing transaction, if there is one, and in one that began earlier, each twice.
func (f *fixture) agree(rng *rand.Rand, old []*relation.Tx, writer *relation.Tx) {
	f.t.Helper()
	for _, tx := range []*relation.Tx{writer, old[rng.IntN(len(old))]} {
		for range 2 {
			if tx == nil {
				continue
			}
			if err := f.in(tx, f.sameRowSets); err != nil {
				f.t.Fatal(err)
			}
		}
	}
}
