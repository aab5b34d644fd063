package relation_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
)

// TestSequences: no value twice, whatever ends the process.
func TestSequences(t *testing.T) {
	fs := vfs.NewCrashableMem()
	f := newFixture(t, fs, t.TempDir())
	def := &catalog.Table{Schema: catalog.PublicOID, Name: "s", NextAttNum: 2,
		Columns: []catalog.Column{{AttNum: 1, Name: "id", Type: datum.Int8, Typmod: -1}}}
	seq := &catalog.Sequence{Schema: catalog.PublicOID, Name: "s_id_seq", TypeOID: datum.Int8.OID, Start: 1, Increment: 1, Min: 1, Max: 1 << 62, OwnerAttNum: 1}
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
