package relation_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// TestVectorFiles: whatever happens to a vector index's files, opening the database ends with the right answers: they
// are a cache of the rows.
func TestVectorFiles(t *testing.T) {
	for name, harm := range map[string]func(dir string) error{
		"nothing": func(string) error { return nil },
		"lost":    os.RemoveAll,
		"cut": func(dir string) error {
			return everyFile(dir, func(name string, size int64) error { return os.Truncate(name, size/2) })
		},
		"emptied": func(dir string) error {
			return everyFile(dir, func(name string, _ int64) error { return os.Truncate(name, 0) })
		},
		"overwritten": func(dir string) error {
			return everyFile(dir, func(name string, size int64) error { return os.WriteFile(name, make([]byte, size), 0o600) })
		},
	} {
		f := newFixture(t, vfs.NewMem(), t.TempDir())
		f.create()
		model := map[int64]row{}
		f.do(func(s *relation.Stmt) error { return f.insert(s, manyRows(model, 0, 300)...) })
		if err := f.db.Seal(ctx); err != nil { // the log is trimmed
			t.Fatal(err)
		}
		f.do(func(s *relation.Stmt) error { return f.delete(s, 5) })
		delete(model, 5)
		f.close()
		if err := harm(f.dir); err != nil {
			t.Fatal(err)
		}
		f = f.reopen()
		if err := f.check(model); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.do(func(s *relation.Stmt) error { return f.insert(s, manyRows(model, 1000, 50)...) })
		if err := f.check(model); err != nil {
			t.Errorf("%s, and after more rows: %v", name, err)
		}
		f.close()
	}
}

// TestVectorFilesAhead: files that hold commits which a crash took from the store are made again.
func TestVectorFilesAhead(t *testing.T) {
	fs := vfs.NewCrashableMem()
	f := newFixture(t, fs, t.TempDir())
	f.create()
	model := map[int64]row{}
	f.do(func(s *relation.Stmt) error { return f.insert(s, manyRows(model, 0, 30)...) })
	crashed := fs.CrashClone(vfs.CrashCloneCfg{})
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{100, "lost", []float32{0, 0}}) })
	f.do(func(s *relation.Stmt) error { return f.delete(s, 7) })
	if err := f.db.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	f.close()
	f = newFixture(t, crashed, f.dir)
	defer f.close()
	f.mustVerify(model)
}

func everyFile(dir string, f func(name string, size int64) error) error {
	return filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		return f(name, info.Size())
	})
}

// TestLogIsTrimmed: sealing removes what the files hold from the log, for each column on its own, so that an index that
// is not written to is not rebuilt at every start.
func TestLogIsTrimmed(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	f.create()
	f.do(func(s *relation.Stmt) error {
		quiet := definition()
		quiet.Name, quiet.Indexes = "quiet", quiet.Indexes[2:]
		quiet.Indexes[0].Name = "quiet_emb"
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: quiet})
		return err
	})
	for n := range int64(5) {
		f.do(func(s *relation.Stmt) error { return f.insert(s, row{n, "a", []float32{1, float32(n)}}) })
	}
	if n := logEntries(t, f.store, f.table.ID); n != 5 {
		t.Errorf("%d commits in the log, want 5", n)
	}
	if err := f.db.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if n := logEntries(t, f.store, f.table.ID); n != 0 {
		t.Errorf("%d commits in the log after a seal", n)
	}
	quiet := f.db.Catalog().Table(catalog.PublicOID, "quiet")
	if _, marked, err := f.store.Get(storage.LogKey(quiet.ID, 3, 0)); marked || err != nil {
		t.Errorf("an index that has nothing to seal has a trim mark (%v)", err)
	}
	f.close()
}

// logEntries counts the commits in the log of a table's column 3.
func logEntries(t *testing.T, st *storage.Store, table uint32) int {
	t.Helper()
	return countKeys(t, st, storage.LogRange(table, 3, 0, 1<<62))
}

func countKeys(t *testing.T, st *storage.Store, r storage.Range) int {
	t.Helper()
	it, err := st.Iter(r, false)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	n := 0
	for it.Next() {
		n++
	}
	if it.Err() != nil {
		t.Fatal(it.Err())
	}
	return n
}

// TestSearchWithoutWidth: a column without a fixed width has no index, and is searched all the same where its vectors
// fit the question.
func TestSearchWithoutWidth(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	def := definition()
	def.Columns[2].Typmod = -1
	f.do(func(s *relation.Stmt) error {
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: def})
		return err
	})
	f.table = f.db.Catalog().Table(catalog.PublicOID, "t")
	model := map[int64]row{1: {1, "a", []float32{3, 4}}, 2: {2, "b", []float32{1, 0}}}
	f.do(func(s *relation.Stmt) error { return f.insert(s, model[1], model[2]) })
	f.mustVerify(model)
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{3, "c", []float32{1, 2, 3}}) })
	tx := f.db.Begin(relation.ReadCommitted, true)
	defer tx.Rollback()
	err := f.in(tx, func(s *relation.Stmt) error {
		_, _, err := f.search(s, &f.table.Indexes[2], 5)
		return err
	})
	wantCode(t, err, sqlstate.DataException)
}

// TestVectorFilter: the filter and the cut-off hold for committed rows and for the transaction's own.
func TestVectorFilter(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	model := map[int64]row{}
	f.do(func(s *relation.Stmt) error { return f.insert(s, manyRows(model, 1, 20)...) })
	tx := f.db.Begin(relation.ReadCommitted, false)
	defer tx.Rollback()
	if err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, row{100, "own", []float32{0, 0}}) }); err != nil {
		t.Fatal(err)
	}
	err := f.in(tx, func(s *relation.Stmt) error {
		table, err := s.Table(f.table)
		if err != nil {
			return err
		}
		ix, err := table.VectorIndex(&f.table.Indexes[2])
		if err != nil {
			return err
		}
		set := rowSet(3, 5, 21, 9) // 21 is the own row: identities rise from 1
		q := exec.VectorQuery{Vector: []float32{0, 0}, Metric: plan.L2, K: 10, Filter: set, HasMax: true, Max: 8}
		r, err := ix.Search(ctx, q)
		if err != nil {
			return err
		}
		b, err := table.Fetch(ctx, r.Rows, []int{0})
		if err != nil {
			return err
		}
		if got := b.Cols[0].I; len(got) != 3 || got[0] != 100 || got[1] != 3 || got[2] != 5 {
			t.Errorf("got %v at %v", got, r.Distances)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rowSet(rows ...uint64) *roaring64.Bitmap {
	set := roaring64.New()
	set.AddMany(rows)
	return set
}
