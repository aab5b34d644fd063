package relation_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
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
	t      testing.TB
	fs     vfs.FS
	dir    string
	store  *storage.Store
	db     *relation.Database
	table  *catalog.Table
	limit  int64 // MaxTransactionBytes
	cache  int64 // ColumnCacheBytes
	points int64 // PointCacheBytes
	spill  int64 // SpillBytes
	// spillDir is SpillDir, the system's of temporary files when empty.
	spillDir string
}

func newFixture(t testing.TB, fs vfs.FS, vectorDir string) *fixture {
	t.Helper()
	return newSpilling(t, fs, vectorDir, *spillFlag)
}

// spillFlag makes every test's transactions large ones: make test runs them so as well.
var spillFlag = flag.Int64("relation.spill", 0, "relation.Options.SpillBytes of the tests")

// newSpilling is a fixture whose transactions go to files when they have some bytes.
func newSpilling(t testing.TB, fs vfs.FS, vectorDir string, spill int64) *fixture {
	t.Helper()
	f := &fixture{t: t, fs: fs, dir: vectorDir, spill: spill}
	err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// quiet hides what is logged about files that were damaged on purpose.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func openFixture(t testing.TB, fs vfs.FS, vectorDir string) (*fixture, error) {
	f := &fixture{t: t, fs: fs, dir: vectorDir, spill: *spillFlag}
	return f, f.open()
}

func (f *fixture) open() (err error) {
	if f.store, err = storage.Open("data", storage.Options{FS: f.fs, Logger: quiet}); err != nil {
		return err
	}
	o := relation.Options{VectorDir: f.dir, Logger: quiet, MaxTransactionBytes: f.limit, ColumnCacheBytes: f.cache,
		PointCacheBytes: f.points, SpillBytes: f.spill, SpillDir: f.spillDir}
	if f.db, err = relation.Open(ctx, f.store, o); err != nil {
		return errors.Join(err, f.store.Close())
	}
	f.table = f.db.Catalog().Table(catalog.PublicOID, "t")
	return nil
}

// reopen opens a database that was closed again.
func (f *fixture) reopen() *fixture {
	f.t.Helper()
	if err := f.open(); err != nil {
		f.t.Fatal(err)
	}
	return f
}

func (f *fixture) close() {
	f.t.Helper()
	locks, snapshots := f.db.Held()
	for late := 0; (locks != 0 || snapshots != 0) && late < 500; late++ { // an ANALYZE in the background may be at work
		time.Sleep(10 * time.Millisecond)
		locks, snapshots = f.db.Held()
	}
	if locks != 0 || snapshots != 0 {
		f.t.Errorf("%d locks and %d snapshots are left", locks, snapshots)
	}
	if err := errors.Join(f.db.Close(), f.store.Close()); err != nil {
		f.t.Error(err)
	}
}

// definition is t (id int8 primary key, name text not null, emb vector(2)) with an index on name.
func definition() *catalog.Table {
	col := func(att int16, name string, ty *datum.Type, mod int32, notNull bool) catalog.Column {
		return catalog.Column{AttNum: att, Name: name, Type: ty, TypeOID: ty.OID, Typmod: mod, NotNull: notNull}
	}
	return &catalog.Table{Schema: catalog.PublicOID, Name: "t", NextAttNum: 4,
		Columns: []catalog.Column{
			col(1, "id", datum.Int8, -1, true), col(2, "name", datum.Text, -1, true), col(3, "emb", datum.Vector, 2, false),
		},
		Indexes: []catalog.Index{
			{Name: "t_pkey", Method: "btree", Unique: true, Primary: true, Keys: []catalog.KeyPart{{AttNum: 1}}},
			{Name: "t_name", Method: "btree", Keys: []catalog.KeyPart{{AttNum: 2, Desc: true, NullsFirst: true}}},
			{Name: "t_emb", Method: "hnsw", Implicit: true, Keys: []catalog.KeyPart{{AttNum: 3}}},
		}}
}

// create makes the table.
func (f *fixture) create() {
	f.t.Helper()
	f.do(func(s *relation.Stmt) error {
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: definition()})
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
	rows, err := f.scan(s, nil, false)
	if err == nil {
		err = sameRows(rows, model)
	}
	if err != nil {
		return fmt.Errorf("table: %w", err)
	}
	for x := range f.table.Indexes {
		ix := &f.table.Indexes[x]
		if ix.Method == "btree" {
			err = f.verifyIndex(s, ix, model)
		} else {
			err = f.verifyVectors(s, ix, model)
		}
		if err != nil {
			return fmt.Errorf("index %s: %w", ix.Name, err)
		}
	}
	return nil
}

// verifyIndex walks an index both ways: the same rows, in the order of its first key.
func (f *fixture) verifyIndex(s *relation.Stmt, ix *catalog.Index, model map[int64]row) error {
	for _, desc := range []bool{false, true} {
		rows, err := f.scan(s, ix, desc)
		if err != nil {
			return err
		}
		if err := sameRows(rows, model); err != nil {
			return fmt.Errorf("walked with desc %v: %w", desc, err)
		}
		sorted := slices.IsSortedFunc(rows, func(a, b row) int {
			c := cmp.Compare(a.id, b.id)
			if ix.Keys[0].AttNum == 2 {
				c = cmp.Compare(a.name, b.name)
			}
			if desc != ix.Keys[0].Desc {
				return -c
			}
			return c
		})
		if !sorted {
			return fmt.Errorf("walked with desc %v: out of order", desc)
		}
	}
	return nil
}

func sameRows(rows []row, model map[int64]row) error {
	if len(rows) != len(model) {
		return fmt.Errorf("%d rows, want %d", len(rows), len(model))
	}
	seen := map[int64]bool{}
	for _, r := range rows {
		if want, ok := model[r.id]; !ok || seen[r.id] || want.name != r.name || !slices.Equal(want.emb, r.emb) {
			return fmt.Errorf("row %v, want %v (%v, seen %v)", r, want, ok, seen[r.id])
		}
		seen[r.id] = true
	}
	return nil
}

// verifyVectors asks the vector index for all rows and for the nearest few, and measures them itself.
func (f *fixture) verifyVectors(s *relation.Stmt, ix *catalog.Index, model map[int64]row) error {
	withVector := map[int64]row{}
	var want []float64
	for id, r := range model {
		if r.emb != nil {
			withVector[id] = r
			want = append(want, distance(r.emb))
		}
	}
	slices.Sort(want)
	for _, k := range []int{-1, 3} {
		rows, distances, err := f.search(s, ix, k)
		if err != nil {
			return err
		}
		n := len(want)
		if k >= 0 {
			n = min(n, k)
		}
		if !slices.Equal(distances, want[:n]) {
			return fmt.Errorf("the nearest %d are %d at %.60s…, want %d at %.60s…",
				k, len(distances), fmt.Sprint(distances), n, fmt.Sprint(want[:n]))
		}
		for i, r := range rows {
			if distance(r.emb) != distances[i] {
				return fmt.Errorf("row %v is said to be at %v", r, distances[i])
			}
		}
		if k < 0 {
			if err := sameRows(rows, withVector); err != nil {
				return err
			}
		}
	}
	return nil
}

// distance is the distance from [0, 0], as the operator computes it.
func distance(v []float32) float64 {
	return math.Sqrt(float64(v[0])*float64(v[0]) + float64(v[1])*float64(v[1]))
}

// search is the rows nearest to [0, 0].
func (f *fixture) search(s *relation.Stmt, index *catalog.Index, k int) ([]row, []float64, error) {
	t, err := s.Table(f.table)
	if err != nil {
		return nil, nil, err
	}
	ix, err := t.VectorIndex(index)
	if err != nil {
		return nil, nil, err
	}
	r, err := ix.Search(ctx, exec.VectorQuery{Vector: []float32{0, 0}, Metric: plan.L2, K: k})
	if err != nil {
		return nil, nil, err
	}
	b, err := t.Fetch(ctx, r.Rows, []int{0, 1, 2})
	if err != nil {
		return nil, nil, err
	}
	rows := make([]row, b.Rows)
	for i := range rows {
		rows[i] = rowAt(b, i)
	}
	return rows, r.Distances, nil
}

// check verifies what is committed.
func (f *fixture) check(model map[int64]row) error {
	tx := f.db.Begin(relation.ReadCommitted, true)
	defer tx.Rollback()
	return f.in(tx, func(s *relation.Stmt) error { return f.verify(s, model) })
}

func (f *fixture) mustVerify(model map[int64]row) {
	f.t.Helper()
	if err := f.check(model); err != nil {
		f.t.Fatal(err)
	}
}

// wantCode checks an error's SQLSTATE.
func wantCode(t testing.TB, err error, code sqlstate.Code) {
	t.Helper()
	if got := sqlstate.CodeOf(err); err == nil || got != code {
		t.Errorf("want %s, got %s: %v", code, got, err)
	}
}
