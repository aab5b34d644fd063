package relation_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

// fixture is a database over a file system that tests can crash.
type fixture struct {
	t     testing.TB
	fs    vfs.FS
	dir   string
	store *storage.Store
	db    *relation.Database
	table *catalog.Table
}

func newFixture(t testing.TB, fs vfs.FS, vectorDir string) *fixture {
	t.Helper()
	f := &fixture{t: t, fs: fs, dir: vectorDir}
	st, err := storage.Open("data", storage.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	db, err := relation.Open(ctx, st, relation.Options{VectorDir: vectorDir})
	if err != nil {
		t.Fatal(err)
	}
	f.store, f.db = st, db
	if t := db.Catalog().Table(catalog.PublicOID, "t"); t != nil {
		f.table = t
	}
	return f
}

func (f *fixture) close() {
	f.t.Helper()
	if err := errors.Join(f.db.Close(), f.store.Close()); err != nil {
		f.t.Error(err)
	}
}

// create makes t (id int8 primary key, name text not null, emb vector(2)) with an index on name.
func (f *fixture) create() {
	f.t.Helper()
	col := func(att int16, name string, ty *datum.Type, mod int32, notNull bool) catalog.Column {
		return catalog.Column{AttNum: att, Name: name, Type: ty, TypeOID: ty.OID, Typmod: mod, NotNull: notNull}
	}
	def := &catalog.Table{Schema: catalog.PublicOID, Name: "t", NextAttNum: 4,
		Columns: []catalog.Column{col(1, "id", datum.Int8, -1, true), col(2, "name", datum.Text, -1, true), col(3, "emb", datum.Vector, 2, false)},
		Indexes: []catalog.Index{
			{Name: "t_pkey", Method: "btree", Unique: true, Primary: true, Keys: []catalog.KeyPart{{AttNum: 1}}},
			{Name: "t_name", Method: "btree", Keys: []catalog.KeyPart{{AttNum: 2, Desc: true, NullsFirst: true}}},
			{Name: "t_emb", Method: "hnsw", Implicit: true, Keys: []catalog.KeyPart{{AttNum: 3}}},
		}}
	f.do(func(s *relation.Stmt) error {
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: def})
		return err
	})
	f.table = f.db.Catalog().Table(catalog.PublicOID, "t")
}

// do runs one statement in a transaction of its own.
func (f *fixture) do(work func(s *relation.Stmt) error) {
	f.t.Helper()
	tx := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(tx, work); err != nil {
		f.t.Fatal(err)
	}
	if err := tx.Commit(ctx); err != nil {
		f.t.Fatal(err)
	}
}

// in runs one statement of a transaction.
func (f *fixture) in(tx *relation.Tx, work func(s *relation.Stmt) error) error {
	s, err := tx.Statement(ctx)
	if err != nil {
		return err
	}
	if err := work(s); err != nil {
		s.Abort()
		return err
	}
	return s.Finish()
}

// row is a row of t; a nil emb is NULL.
type row struct {
	id   int64
	name string
	emb  []float32
}

func (f *fixture) batch(rows ...row) *datum.Batch {
	b := datum.NewBatch([]*datum.Type{datum.Int8, datum.Text, datum.Vector}, len(rows))
	for _, r := range rows {
		v := datum.Null
		if r.emb != nil {
			v = datum.NewVector(r.emb)
		}
		b.AppendRow([]datum.Datum{datum.NewInt(r.id), datum.NewString(r.name), v})
	}
	return b
}

func (f *fixture) insert(s *relation.Stmt, rows ...row) error {
	t, err := s.Table(f.table)
	if err != nil {
		return err
	}
	_, err = t.Insert(ctx, f.batch(rows...))
	return err
}

// find returns the identity and content of the row with an id.
func (f *fixture) find(s *relation.Stmt, id int64) (int64, row, bool, error) {
	t, err := s.Table(f.table)
	if err != nil {
		return 0, row{}, false, err
	}
	it, err := t.Scan(ctx, exec.ScanSpec{Ordinals: []int{0, 1, 2}, RowID: true, Index: &f.table.Indexes[0],
		Bounds: &exec.IndexBounds{Eq: []datum.Datum{datum.NewInt(id)}}})
	if err != nil {
		return 0, row{}, false, err
	}
	defer it.Close()
	b, err := it.Next(ctx)
	if err != nil || b == nil {
		return 0, row{}, false, err
	}
	return b.Cols[3].I[0], rowAt(b, 0), true, nil
}

func rowAt(b *datum.Batch, i int) row {
	r := row{id: b.Cols[0].I[i], name: b.Cols[1].S[i]}
	if !b.Cols[2].IsNull(i) {
		r.emb = b.Cols[2].V[i]
	}
	return r
}

func (f *fixture) update(s *relation.Stmt, id int64, to row) error {
	rowID, old, ok, err := f.find(s, id)
	if err != nil || !ok {
		return err
	}
	t, _ := s.Table(f.table)
	return t.Update(ctx, []int64{rowID}, f.batch(old), f.batch(to), []int{0, 1, 2})
}

func (f *fixture) delete(s *relation.Stmt, id int64) error {
	rowID, old, ok, err := f.find(s, id)
	if err != nil || !ok {
		return err
	}
	t, _ := s.Table(f.table)
	return t.Delete(ctx, []int64{rowID}, f.batch(old))
}

// scan reads all rows by the table, in no order that matters.
func (f *fixture) scan(s *relation.Stmt, index *catalog.Index, desc bool) ([]row, error) {
	t, err := s.Table(f.table)
	if err != nil {
		return nil, err
	}
	it, err := t.Scan(ctx, exec.ScanSpec{Ordinals: []int{0, 1, 2}, Index: index, Desc: desc})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var out []row
	for {
		b, err := it.Next(ctx)
		if err != nil || b == nil {
			return out, err
		}
		for i := range b.Rows {
			out = append(out, rowAt(b, i))
		}
	}
}

// verify compares table, indexes and vector index of a statement with a model.
func (f *fixture) verify(s *relation.Stmt, model map[int64]row) error {
	for x := range f.table.Indexes[:2] {
		for _, desc := range []bool{false, true} {
			rows, err := f.scan(s, &f.table.Indexes[x], desc)
			if err != nil {
				return err
			}
			if err := sameRows(rows, model); err != nil {
				return fmt.Errorf("index %s: %w", f.table.Indexes[x].Name, err)
			}
		}
	}
	rows, err := f.scan(s, nil, false)
	if err != nil {
		return err
	}
	if err := sameRows(rows, model); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return f.verifyVectors(s, model)
}

func sameRows(rows []row, model map[int64]row) error {
	if len(rows) != len(model) {
		return fmt.Errorf("%d rows, want %d", len(rows), len(model))
	}
	for _, r := range rows {
		if want, ok := model[r.id]; !ok || want.name != r.name || !slices.Equal(want.emb, r.emb) {
			return fmt.Errorf("row %v, want %v (%v)", r, want, ok)
		}
	}
	return nil
}

func (f *fixture) verifyVectors(s *relation.Stmt, model map[int64]row) error {
	t, err := s.Table(f.table)
	if err != nil {
		return err
	}
	ix, err := t.VectorIndex(&f.table.Indexes[2])
	if err != nil {
		return err
	}
	r, err := ix.Search(ctx, exec.VectorQuery{Vector: []float32{0, 0}, Metric: plan.L2, K: 1000})
	if err != nil {
		return err
	}
	b, err := t.Fetch(ctx, r.Rows, []int{0, 1, 2})
	if err != nil {
		return err
	}
	withVector := map[int64]row{}
	for id, r := range model {
		if r.emb != nil {
			withVector[id] = r
		}
	}
	var got []row
	for i := range b.Rows {
		got = append(got, rowAt(b, i))
	}
	if err := sameRows(got, withVector); err != nil {
		return fmt.Errorf("vector index: %w", err)
	}
	if !slices.IsSorted(r.Distances) {
		return fmt.Errorf("vector index: distances %v", r.Distances)
	}
	return nil
}

func (f *fixture) mustVerify(model map[int64]row) {
	f.t.Helper()
	tx := f.db.Begin(relation.ReadCommitted, true)
	defer tx.Rollback()
	if err := f.in(tx, func(s *relation.Stmt) error { return f.verify(s, model) }); err != nil {
		f.t.Fatal(err)
	}
}

// step is one random change, made to the model as well.
func (f *fixture) step(rng *rand.Rand, s *relation.Stmt, model map[int64]row) error {
	id := rng.Int64N(40)
	r := row{id: id, name: fmt.Sprint("n", rng.IntN(5)), emb: []float32{float32(rng.IntN(9)), float32(id)}}
	if rng.IntN(5) == 0 {
		r.emb = nil
	}
	_, taken := model[id]
	switch n := rng.IntN(10); {
	case !taken:
		model[id] = r
		return f.insert(s, r)
	case n < 3:
		delete(model, id)
		return f.delete(s, id)
	default:
		model[id] = r
		return f.update(s, id, r)
	}
}

// TestRandomTransactions runs random transactions with savepoints, rollbacks, seals and restarts against a map.
func TestRandomTransactions(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	f.create()
	model := map[int64]row{}
	for range 150 {
		tx := f.db.Begin(relation.Isolation(rng.IntN(2)), false)
		mine := maps.Clone(model)
		saved, sp := maps.Clone(mine), tx.Savepoint()
		for range rng.IntN(8) {
			if err := f.in(tx, func(s *relation.Stmt) error { return f.step(rng, s, mine) }); err != nil {
				t.Fatal(err)
			}
			if err := f.in(tx, func(s *relation.Stmt) error { return f.verify(s, mine) }); err != nil {
				t.Fatal(err)
			}
			switch rng.IntN(6) {
			case 0:
				saved, sp = maps.Clone(mine), tx.Savepoint()
			case 1:
				if err := tx.RollbackTo(sp); err != nil {
					t.Fatal(err)
				}
				mine = maps.Clone(saved)
			}
		}
		if rng.IntN(4) == 0 {
			tx.Rollback()
		} else if err := tx.Commit(ctx); err != nil {
			t.Fatal(err)
		} else {
			model = mine
		}
		switch rng.IntN(10) {
		case 0:
			if err := f.db.Seal(ctx); err != nil {
				t.Fatal(err)
			}
		case 1:
			f.close()
			f = newFixture(t, f.fs, f.dir)
		}
		f.mustVerify(model)
		if n := f.db.TableRows(f.table); int(n) != len(model) {
			t.Fatalf("TableRows says %v, want %d", n, len(model))
		}
	}
	f.close()
}

// TestCrashes crashes after every commit and now and then between: each transaction is there whole or not at all, and
// what was acknowledged is there. The vector files of the crashed process are kept as they are, which is newer than
// a crash would leave them, or thrown away: both must end in the same answers.
func TestCrashes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	fs := vfs.NewCrashableMem()
	f := newFixture(t, fs, t.TempDir())
	f.create()
	model := map[int64]row{}
	for n := range 40 {
		f.do(func(s *relation.Stmt) error {
			for range 1 + rng.IntN(4) {
				id := int64(n*10 + rng.IntN(1000)*1000)
				if _, taken := model[id]; taken {
					continue
				}
				r := row{id, "x", []float32{float32(n), 1}}
				model[id] = r
				if err := f.insert(s, r); err != nil {
					return err
				}
			}
			return nil
		})
		open := f.db.Begin(relation.ReadCommitted, false)
		if err := f.in(open, func(s *relation.Stmt) error { return f.insert(s, row{-1, "never committed", nil}) }); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		crashed := newFixture(t, fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng}), dir)
		crashed.mustVerify(model)
		crashed.close()
		open.Rollback()
	}
	f.close()
}

// TestIsolation: what a statement sees, and who wins.
func TestIsolation(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", []float32{1, 1}}) })

	reader := f.db.Begin(relation.RepeatableRead, false)
	if err := f.in(reader, func(s *relation.Stmt) error {
		return f.verify(s, map[int64]row{1: {1, "a", []float32{1, 1}}})
	}); err != nil {
		t.Fatal(err)
	}
	f.do(func(s *relation.Stmt) error { return f.update(s, 1, row{1, "b", []float32{2, 2}}) })
	if err := f.in(reader, func(s *relation.Stmt) error {
		return f.verify(s, map[int64]row{1: {1, "a", []float32{1, 1}}})
	}); err != nil {
		t.Errorf("repeatable read: %v", err)
	}
	err := f.in(reader, func(s *relation.Stmt) error { return f.update(s, 1, row{1, "c", nil}) })
	if !errors.Is(err, exec.ErrConflict) {
		t.Errorf("an update of a row that was changed since: %v", err)
	}
	reader.Rollback()

	// A statement does not see its own writes, and its uniqueness check does.
	tx := f.db.Begin(relation.ReadCommitted, false)
	defer tx.Rollback()
	err = f.in(tx, func(s *relation.Stmt) error {
		if err := f.insert(s, row{2, "x", nil}); err != nil {
			return err
		}
		if _, _, seen, err := f.find(s, 2); err != nil || seen {
			t.Errorf("a statement sees its own row: %v %v", seen, err)
		}
		return f.insert(s, row{2, "y", nil})
	})
	if sqlstate.CodeOf(err) != sqlstate.UniqueViolation {
		t.Errorf("a duplicate within a statement: %v", err)
	}
}

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

// TestSequences: no value twice, whatever ends the process.
func TestSequences(t *testing.T) {
	fs := vfs.NewCrashableMem()
	f := newFixture(t, fs, t.TempDir())
	def := &catalog.Table{Schema: catalog.PublicOID, Name: "s", NextAttNum: 2,
		Columns: []catalog.Column{{AttNum: 1, Name: "id", Type: datum.Int8, Typmod: -1}}}
	seq := &catalog.Sequence{Schema: catalog.PublicOID, Name: "s_id_seq", Start: 1, Increment: 1, Min: 1, Max: 1 << 62, OwnerAttNum: 1}
	f.do(func(s *relation.Stmt) error {
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: def, Sequences: []*catalog.Sequence{seq}})
		return err
	})
	last := int64(0)
	next := func(f *fixture) (v int64) {
		f.do(func(s *relation.Stmt) (err error) {
			v, err = s.NextVal(ctx, f.db.Catalog().Sequence(catalog.PublicOID, "s_id_seq").OID)
			return err
		})
		return v
	}
	for range 100 {
		if v := next(f); v != last+1 {
			t.Fatalf("%d after %d", v, last)
		}
		last++
	}
	crashed := newFixture(t, fs.CrashClone(vfs.CrashCloneCfg{}), t.TempDir())
	if v := next(crashed); v <= last {
		t.Errorf("after a crash %d came again", v)
	}
	crashed.close()
	f.close()
	f = newFixture(t, fs, f.dir)
	if v := next(f); v != last+1 {
		t.Errorf("after an orderly end %d follows %d", v, last)
	}
	f.close()
}
