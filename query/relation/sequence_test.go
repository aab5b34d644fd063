package relation_test

import (
	"math"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// TestSequences: no value twice, whatever ends the process.
func TestSequences(t *testing.T) {
	fs := vfs.NewCrashableMem()
	f := newFixture(t, fs, t.TempDir())
	def := &catalog.Table{Schema: catalog.PublicOID, Name: "s", NextAttNum: 2,
		Columns: []catalog.Column{{AttNum: 1, Name: "id", Type: datum.Int8, Typmod: -1}}}
	seq := &catalog.Sequence{Schema: catalog.PublicOID, Name: "s_id_seq", TypeOID: datum.Int8.OID,
		Start: 1, Increment: 1, Min: 1, Max: 1 << 62, OwnerAttNum: 1}
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

// TestSequenceEnds: a sequence gives every value up to its end, which may be that of int64, then fails or begins again.
func TestSequenceEnds(t *testing.T) {
	const low, high = math.MinInt64, math.MaxInt64
	for name, c := range map[string]struct {
		seq  catalog.Sequence
		want []int64
		end  bool
	}{
		"widest":     {catalog.Sequence{Start: low, Increment: 1, Min: low, Max: high}, []int64{low, low + 1}, false},
		"below zero": {catalog.Sequence{Start: -5, Increment: 4, Min: -5, Max: high}, []int64{-5, -1, 3}, false},
		"to the end": {catalog.Sequence{Start: high - 1, Increment: 1, Min: 1, Max: high}, []int64{high - 1, high}, true},
		"big steps":  {catalog.Sequence{Start: low, Increment: high, Min: low, Max: high}, []int64{low, -1, high - 1}, true},
		"down":       {catalog.Sequence{Start: low + 1, Increment: -1, Min: low, Max: -1}, []int64{low + 1, low}, true},
		"down, long": {catalog.Sequence{Start: high, Increment: low, Min: low, Max: high}, []int64{high, -1}, true},
		"around":     {catalog.Sequence{Start: 2, Increment: 1, Min: 1, Max: 3, Cycle: true}, []int64{2, 3, 1, 2, 3, 1}, false},
	} {
		f := newFixture(t, vfs.NewMem(), t.TempDir())
		def := &catalog.Table{Schema: catalog.PublicOID, Name: "s", NextAttNum: 2,
			Columns: []catalog.Column{{AttNum: 1, Name: "id", Type: datum.Int8, Typmod: -1}}}
		seq := c.seq
		seq.Schema, seq.Name, seq.TypeOID, seq.OwnerAttNum = catalog.PublicOID, "q", datum.Int8.OID, 1
		f.do(func(s *relation.Stmt) error {
			_, err := s.CreateTable(ctx, &plan.CreateTable{Table: def, Sequences: []*catalog.Sequence{&seq}})
			return err
		})
		oid := f.db.Catalog().Sequence(catalog.PublicOID, "q").OID
		f.do(func(s *relation.Stmt) error {
			for _, want := range c.want {
				if got, err := s.NextVal(ctx, oid); err != nil || got != want {
					t.Errorf("%s: got %d, %v; want %d", name, got, err, want)
				}
			}
			_, err := s.NextVal(ctx, oid)
			if c.end {
				wantCode(t, err, sqlstate.SequenceGeneratorLimitExceeded)
			} else if err != nil {
				t.Errorf("%s: one more: %v", name, err)
			}
			return nil
		})
		f.close()
	}
}

// TestSequencesAreSwept: what a rollback and a TRUNCATE … RESTART IDENTITY leave behind goes at the next start, and no
// value of a living sequence with it.
func TestSequencesAreSwept(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	def := &catalog.Table{Schema: catalog.PublicOID, Name: "s", NextAttNum: 2,
		Columns: []catalog.Column{{AttNum: 1, Name: "id", Type: datum.Int8, Typmod: -1}}}
	create := func(s *relation.Stmt) error {
		seq := &catalog.Sequence{Schema: catalog.PublicOID, Name: "q", TypeOID: datum.Int8.OID,
			Start: 1, Increment: 1, Min: 1, Max: 100, OwnerAttNum: 1}
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: def, Sequences: []*catalog.Sequence{seq}})
		return err
	}
	next := func() (v int64) {
		f.do(func(s *relation.Stmt) (err error) {
			v, err = s.NextVal(ctx, f.db.Catalog().Sequence(catalog.PublicOID, "q").OID)
			return err
		})
		return v
	}
	tx := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(tx, create); err != nil {
		t.Fatal(err)
	}
	tx.Rollback()
	f.do(create)
	if a, b := next(), next(); a != 1 || b != 2 {
		t.Errorf("got %d, %d", a, b)
	}
	f.do(func(s *relation.Stmt) error {
		table := f.db.Catalog().Table(catalog.PublicOID, "s")
		return s.Truncate(ctx, &plan.Truncate{Tables: []*catalog.Table{table}, RestartIdentity: true})
	})
	if v := next(); v != 1 {
		t.Errorf("after a restart of the identity: %d", v)
	}
	f.close()
	f = f.reopen()
	defer f.close()
	if n := countKeys(t, f.store, storage.SequenceRange()); n != 1 {
		t.Errorf("%d sequences are stored, want 1", n)
	}
	if v := next(); v != 2 {
		t.Errorf("after a start: %d", v)
	}
}
