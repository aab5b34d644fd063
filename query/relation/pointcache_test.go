package relation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/relation"
)

const pointRows = 300

// sameLookUps compares rows found by key with a scan.
func (f *fixture) sameLookUps(s *relation.Stmt) error {
	rows, err := f.scan(s, nil, false)
	if err != nil {
		return err
	}
	there := map[int64]string{}
	for _, r := range rows {
		there[r.id] = r.name
	}
	for id := range int64(pointRows) {
		_, r, ok, err := f.find(s, id)
		if err != nil {
			return err
		}
		if name, want := there[id]; ok != want || r.name != name {
			return fmt.Errorf("row %d by key: %v %q, in a scan: %v %q", id, ok, r.name, want, name)
		}
	}
	return nil
}

// TestPointCacheAgreesWithRows changes rows at random while transactions that began earlier go on reading, through a cache
// that holds everything, and one that turns over.
func TestPointCacheAgreesWithRows(t *testing.T) {
	for _, cache := range []int64{0, 16 << 10, -1} {
		seed := uint64(time.Now().UnixNano())
		t.Logf("cache %d, seed %d", cache, seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		f := &fixture{t: t, fs: vfs.NewMem(), dir: t.TempDir(), points: cache}
		f.reopen()
		f.create()
		f.fillPoints()
		var old []*relation.Tx
		for range 12 {
			tx := f.db.Begin(relation.ReadCommitted, false)
			for range rng.IntN(20) {
				if err := f.in(tx, func(s *relation.Stmt) error { return f.touch(rng, s) }); err != nil {
					t.Fatal(err)
				}
			}
			readers := []*relation.Tx{tx, f.db.Begin(relation.RepeatableRead, true)}
			if len(old) > 0 {
				readers = append(readers, old[rng.IntN(len(old))])
			}
			old = append(old, readers[1])
			for range 2 {
				for _, r := range readers {
					if err := f.in(r, f.sameLookUps); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := tx.Commit(ctx); err != nil {
				t.Fatal(err)
			}
			if err := f.in(old[rng.IntN(len(old))], f.sameLookUps); err != nil {
				t.Fatal(err)
			}
		}
		for _, tx := range old {
			tx.Rollback()
		}
		f.close()
	}
}

// fillPoints puts pointRows rows into the table.
func (f *fixture) fillPoints() {
	f.do(func(s *relation.Stmt) error {
		for id := range int64(pointRows) {
			if err := f.insert(s, row{id: id, name: fmt.Sprint("row ", id)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// touch writes a row again, or deletes it, or puts it back.
func (f *fixture) touch(rng *rand.Rand, s *relation.Stmt) error {
	id := rng.Int64N(pointRows)
	to := row{id: id, name: fmt.Sprint("changed ", rng.IntN(1000))}
	_, _, there, err := f.find(s, id)
	switch {
	case err != nil:
		return err
	case !there:
		return f.insert(s, to)
	case rng.IntN(3) == 0:
		return f.delete(s, id)
	}
	return f.update(s, id, to)
}

// TestDropCaches: nothing is kept, and everything is still found.
func TestDropCaches(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{id: 1, name: "one"}, row{id: 2, name: "two"}) })
	for range 2 {
		f.do(f.sameScans)
		f.do(f.sameLookUps)
		f.db.DropCaches()
		if held := f.db.CachedBytes(); held != 0 {
			t.Errorf("%d bytes of columns are still held", held)
		}
	}
}
