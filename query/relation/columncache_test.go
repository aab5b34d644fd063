package relation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/relation"
)

// columns reads some columns and the identity of every row, as text.
func (f *fixture) columns(s *relation.Stmt, ordinals ...int) (out []string, err error) {
	t, err := s.Table(f.table)
	if err != nil {
		return nil, err
	}
	err = eachBatch(t, exec.ScanSpec{Ordinals: ordinals, RowID: true}, func(b *datum.Batch) {
		for i := range b.Rows {
			out = append(out, fmt.Sprint(b.Cols[0].I[i], b.Cols[1].S[i], b.Cols[len(b.Cols)-1].I[i]))
		}
	})
	return out, err
}

// eachBatch gives a scan's batches.
func eachBatch(t exec.Table, spec exec.ScanSpec, f func(*datum.Batch)) error {
	it, err := t.Scan(ctx, spec)
	if err != nil {
		return err
	}
	defer it.Close()
	for {
		b, err := it.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		f(b)
	}
}

// sameScans compares a scan through the column cache with one that does without: it reads a vector as well.
func (f *fixture) sameScans(s *relation.Stmt) error {
	cached, err := f.columns(s, 0, 1)
	if err != nil {
		return err
	}
	plain, err := f.columns(s, 0, 1, 2)
	if err != nil {
		return err
	}
	if len(cached) != len(plain) {
		return fmt.Errorf("%d rows through the cache, %d without", len(cached), len(plain))
	}
	for i := range plain {
		if cached[i] != plain[i] {
			return fmt.Errorf("row %d is %s through the cache, %s without", i, cached[i], plain[i])
		}
	}
	return nil
}

// TestColumnCacheAgreesWithRows changes rows at random while transactions that began earlier go on reading.
func TestColumnCacheAgreesWithRows(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.fill(0)
	var old []*relation.Tx
	defer func() {
		for _, tx := range old {
			tx.Rollback()
		}
	}()
	check := func(tx *relation.Tx) {
		if err := f.in(tx, f.sameScans); err != nil {
			t.Fatal(err)
		}
	}
	for range 12 {
		tx := f.db.Begin(relation.ReadCommitted, false)
		for range rng.IntN(4) {
			if err := f.in(tx, func(s *relation.Stmt) error { return f.disturb(rng, s) }); err != nil {
				t.Fatal(err)
			}
			check(tx)
		}
		if reader := f.db.Begin(relation.RepeatableRead, true); rng.IntN(3) == 0 {
			check(reader)
			old = append(old, reader)
		}
		if err := tx.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		now := f.db.Begin(relation.ReadCommitted, true)
		check(now)
		now.Rollback()
		if len(old) > 0 {
			check(old[rng.IntN(len(old))])
		}
	}
}

// disturb changes, deletes or inserts a few rows.
func (f *fixture) disturb(rng *rand.Rand, s *relation.Stmt) error {
	id := rng.Int64N(benchRows)
	switch rng.IntN(3) {
	case 0:
		return f.delete(s, id)
	case 1:
		return f.insert(s, row{id: benchRows + rng.Int64N(1<<40), name: "new"})
	}
	return f.update(s, id, row{id: id, name: fmt.Sprint("changed ", rng.IntN(1000))})
}

// TestColumnCacheForgetsWhatItCannotHold scans more than the cache's size.
func TestColumnCacheForgetsWhatItCannotHold(t *testing.T) {
	f := &fixture{t: t, fs: vfs.NewMem(), dir: t.TempDir(), cache: 100_000}
	f.reopen()
	defer f.close()
	f.create()
	f.fill(0)
	for range 3 {
		f.do(f.sameScans)
		if held := f.db.CachedBytes(); held > 100_000 {
			t.Errorf("the cache holds %d bytes", held)
		}
	}
}

// BenchmarkScanCached is BenchmarkScan's second time: the columns are in the cache.
func BenchmarkScanCached(b *testing.B) {
	f := benchFixture(b)
	defer f.close()
	f.fill(0)
	tx := f.db.Begin(relation.ReadCommitted, true)
	defer tx.Rollback()
	for b.Loop() {
		err := f.in(tx, func(s *relation.Stmt) error {
			t, err := s.Table(f.table)
			if err != nil {
				return err
			}
			it, err := t.Scan(ctx, exec.ScanSpec{Ordinals: []int{0, 1}})
			if err != nil {
				return err
			}
			defer it.Close()
			var batch *datum.Batch
			for batch, err = it.Next(ctx); batch != nil; batch, err = it.Next(ctx) {
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}
