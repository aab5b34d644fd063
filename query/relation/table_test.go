package relation_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// TestConstraints: the errors of broken constraints, in Postgres's words and with its fields.
func TestConstraints(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "one", nil}, row{2, "two", nil}) })
	null := f.batch(row{3, "", []float32{1, 2}})
	null.Cols[1] = datum.Constant(datum.Text, datum.Null, 1)
	for name, c := range map[string]struct {
		rows *datum.Batch
		want sqlstate.Error
	}{
		"unique": {f.batch(row{5, "x", nil}, row{1, "again", nil}), sqlstate.Error{Code: sqlstate.UniqueViolation,
			Message: `duplicate key value violates unique constraint "t_pkey"`, Detail: "Key (id)=(1) already exists.",
			Schema: "public", Table: "t", Constraint: "t_pkey"}},
		"not null": {null, sqlstate.Error{Code: sqlstate.NotNullViolation,
			Message: `null value in column "name" of relation "t" violates not-null constraint`,
			Detail:  "Failing row contains (3, null, [1,2]).", Schema: "public", Table: "t", Column: "name"}},
		"dimensions": {f.batch(row{3, "x", []float32{1, 2, 3}}), sqlstate.Error{Code: sqlstate.DataException,
			Message: "expected 2 dimensions, not 3"}},
	} {
		tx := f.db.Begin(relation.ReadCommitted, false)
		err := f.in(tx, func(s *relation.Stmt) error {
			table, err := s.Table(f.table)
			if err == nil {
				_, err = table.Insert(ctx, c.rows)
			}
			return err
		})
		var got *sqlstate.Error
		if !errors.As(err, &got) || *got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		tx.Rollback()
	}
}

// TestScan: any columns, in any order, twice if need be, with the row's identity or not, both ways.
func TestScan(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{7, "b", nil}, row{8, "a", []float32{1, 2}}) })
	eight := datum.NewInt(8)
	for name, c := range map[string]struct {
		spec exec.ScanSpec
		want [][]string
	}{
		"nothing":     {exec.ScanSpec{}, [][]string{{}, {}}},
		"identities":  {exec.ScanSpec{RowID: true}, [][]string{{"1"}, {"2"}}},
		"backwards":   {exec.ScanSpec{RowID: true, Desc: true}, [][]string{{"2"}, {"1"}}},
		"last first":  {exec.ScanSpec{Ordinals: []int{2, 0}}, [][]string{{"NULL", "7"}, {"[1,2]", "8"}}},
		"twice":       {exec.ScanSpec{Ordinals: []int{1, 0, 1}}, [][]string{{"b", "7", "b"}, {"a", "8", "a"}}},
		"by name":     {exec.ScanSpec{Ordinals: []int{1}, Index: &f.table.Indexes[1]}, [][]string{{"b"}, {"a"}}},
		"by name up":  {exec.ScanSpec{Ordinals: []int{1}, Index: &f.table.Indexes[1], Desc: true}, [][]string{{"a"}, {"b"}}},
		"one":         {bounded(f, exec.IndexBounds{Eq: []datum.Datum{eight}}), [][]string{{"a"}}},
		"from":        {bounded(f, exec.IndexBounds{Lo: &eight, LoInc: true}), [][]string{{"a"}}},
		"beyond":      {bounded(f, exec.IndexBounds{Lo: &eight}), nil},
		"up to":       {bounded(f, exec.IndexBounds{Hi: &eight}), [][]string{{"b"}}},
		"up to, with": {bounded(f, exec.IndexBounds{Hi: &eight, HiInc: true}), [][]string{{"b"}, {"a"}}},
	} {
		tx := f.db.Begin(relation.ReadCommitted, true)
		err := f.in(tx, func(s *relation.Stmt) error {
			got, err := scanText(s, f.table, c.spec)
			if !slices.EqualFunc(got, c.want, slices.Equal) {
				t.Errorf("%s: got %v, want %v", name, got, c.want)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		tx.Rollback()
	}
}

func bounded(f *fixture, b exec.IndexBounds) exec.ScanSpec {
	return exec.ScanSpec{Ordinals: []int{1}, Index: &f.table.Indexes[0], Bounds: &b}
}

// scanText reads a scan as text.
func scanText(s *relation.Stmt, table *catalog.Table, spec exec.ScanSpec) ([][]string, error) {
	t, err := s.Table(table)
	if err != nil {
		return nil, err
	}
	it, err := t.Scan(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var out [][]string
	for {
		b, err := it.Next(ctx)
		if err != nil || b == nil {
			return out, err
		}
		for i := range b.Rows {
			line := make([]string, len(b.Cols))
			for c, col := range b.Cols {
				line[c] = "NULL"
				if !col.IsNull(i) {
					line[c] = datum.Format(col.Type, col.Get(i), nil)
				}
			}
			out = append(out, line)
		}
	}
}

// TestIndexOrder: NULLs go where the index says, ranges leave them out, and entries with NULLs are not unique unless
// the index says so.
func TestIndexOrder(t *testing.T) {
	for _, c := range []struct {
		part catalog.KeyPart
		all  []string
		from []string // k >= 2
	}{
		{catalog.KeyPart{AttNum: 1}, []string{"1", "2", "3", "NULL", "NULL"}, []string{"2", "3"}},
		{catalog.KeyPart{AttNum: 1, NullsFirst: true}, []string{"NULL", "NULL", "1", "2", "3"}, []string{"2", "3"}},
		{catalog.KeyPart{AttNum: 1, Desc: true}, []string{"3", "2", "1", "NULL", "NULL"}, []string{"3", "2"}},
		{catalog.KeyPart{AttNum: 1, Desc: true, NullsFirst: true}, []string{"NULL", "NULL", "3", "2", "1"}, []string{"3", "2"}},
	} {
		f := newFixture(t, vfs.NewMem(), t.TempDir())
		def := &catalog.Table{Schema: catalog.PublicOID, Name: "k", NextAttNum: 2,
			Columns: []catalog.Column{{AttNum: 1, Name: "k", Type: datum.Int4, Typmod: -1}},
			Indexes: []catalog.Index{{Name: "k_key", Method: "btree", Unique: true, Keys: []catalog.KeyPart{c.part}}}}
		f.do(func(s *relation.Stmt) error {
			_, err := s.CreateTable(ctx, &plan.CreateTable{Table: def})
			return err
		})
		table := f.db.Catalog().Table(catalog.PublicOID, "k")
		rows := datum.NewBatch([]*datum.Type{datum.Int4}, 5)
		for _, d := range []datum.Datum{datum.Null, datum.NewInt(2), datum.NewInt(1), datum.Null, datum.NewInt(3)} {
			rows.AppendRow([]datum.Datum{d})
		}
		f.do(func(s *relation.Stmt) error {
			k, err := s.Table(table)
			if err == nil {
				_, err = k.Insert(ctx, rows)
			}
			return err
		})
		two := datum.NewInt(2)
		for _, bounds := range []*exec.IndexBounds{nil, {Lo: &two, LoInc: true}} {
			want := c.all
			if bounds != nil {
				want = c.from
			}
			f.do(func(s *relation.Stmt) error {
				got, err := scanText(s, table, exec.ScanSpec{Ordinals: []int{0}, Index: &table.Indexes[0], Bounds: bounds})
				if flat := slices.Concat(got...); !slices.Equal(flat, want) {
					t.Errorf("%+v, bounds %v: got %v, want %v", c.part, bounds != nil, flat, want)
				}
				return err
			})
		}
		f.close()
	}
}

// TestConflicting: ON CONFLICT learns of visible rows, of none, and that a row it cannot see is in its way.
func TestConflicting(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{1, "a", nil}) })
	tx := f.db.Begin(relation.ReadCommitted, false)
	defer tx.Rollback()
	s, err := tx.Statement(ctx)
	if err != nil {
		t.Fatal(err)
	}
	table, err := s.Table(f.table)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := table.Conflicting(ctx, f.batch(row{2, "x", nil}, row{1, "y", nil}), nil)
	if err != nil || !slices.Equal(ids, []int64{-1, 1}) {
		t.Errorf("got %v, %v", ids, err)
	}
	other := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(other, func(s *relation.Stmt) error { return f.insert(s, row{3, "b", nil}) }); err != nil {
		t.Fatal(err)
	}
	if err := other.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = table.Conflicting(ctx, f.batch(row{3, "z", nil}), &f.table.Indexes[0])
	if !errors.Is(err, exec.ErrConflict) {
		t.Errorf("a row that was committed after the snapshot: %v", err)
	}
	s.Abort()
}

// TestDamagedRow: bytes that are no row are an error (XX001), not a wrong answer.
func TestDamagedRow(t *testing.T) {
	for name, value := range map[string][]byte{
		"cut short":         {1, 2, 3},
		"no attribute":      {1, 2, 3, 4, 5, 6, 7, 8, 0xff},
		"a value cut short": {1, 2, 3, 4, 5, 6, 7, 8, 2, 200, 'x'},
	} {
		f := newFixture(t, vfs.NewMem(), t.TempDir())
		f.create()
		b := f.store.NewBatch()
		if err := errors.Join(b.Set(storage.RowKey(f.table.ID, 1), value), f.store.Commit(b)); err != nil {
			t.Fatal(err)
		}
		f.do(func(s *relation.Stmt) error { return f.insert(s, row{2, "b", nil}) }) // moves the snapshot on
		tx := f.db.Begin(relation.ReadCommitted, true)
		err := f.in(tx, func(s *relation.Stmt) error {
			_, err := f.scan(s, nil, false)
			return err
		})
		wantCode(t, err, sqlstate.DataCorrupted)
		if !errors.Is(err, storage.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		tx.Rollback()
		f.close()
	}
}
