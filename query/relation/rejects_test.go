package relation_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/relation"
)

// TestRejects: rejects are the transaction's, survive a crash, and the newest are kept: so many of a statement, and so many
// of all.
func TestRejects(t *testing.T) {
	fs := vfs.NewCrashableMem()
	f := newFixture(t, fs, t.TempDir())
	reject := func(s *relation.Stmt, n int) error {
		for i := range n {
			if err := s.Reject(ctx, exec.Reject{Line: int64(i + 1)}); err != nil {
				return err
			}
		}
		return nil
	}
	undone := f.db.Begin(relation.ReadCommitted, false)
	stmt, err := undone.Statement(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := reject(stmt, 3); err != nil {
		t.Fatal(err)
	}
	if err := stmt.Finish(); err != nil {
		t.Fatal(err)
	}
	if got, err := undone.Rejects(); err != nil || len(got) != 3 {
		t.Errorf("the transaction sees %d rejects of its own, %v", len(got), err)
	}
	undone.Rollback()
	const statements = exec.MaxRejects/exec.MaxRejectsOfCopy + 1
	for range statements {
		f.do(func(s *relation.Stmt) error { return reject(s, exec.MaxRejectsOfCopy+5) })
	}
	check := func(f *fixture, want int) {
		t.Helper()
		f.do(func(s *relation.Stmt) error {
			got, err := s.Rejects()
			if err != nil || len(got) != want {
				t.Fatalf("%d rejects, want %d; %v", len(got), want, err)
			}
			for i, r := range got {
				if r.Line != int64(i%exec.MaxRejectsOfCopy+1) || i > 0 && r.Number <= got[i-1].Number {
					t.Fatalf("reject %d is %+v after %+v", i, r, got[max(i-1, 0)])
				}
			}
			return nil
		})
	}
	check(f, exec.MaxRejects)
	crashed := newFixture(t, fs.CrashClone(vfs.CrashCloneCfg{}), t.TempDir())
	check(crashed, exec.MaxRejects)
	crashed.do(func(s *relation.Stmt) error { return reject(s, 1) })
	crashed.do(func(s *relation.Stmt) error {
		got, err := s.Rejects()
		if err != nil {
			return err
		}
		if len(got) != exec.MaxRejects || got[len(got)-1].Number <= got[len(got)-2].Number {
			t.Errorf("after a crash there are %d, the last is %+v", len(got), got[len(got)-1])
		}
		return s.Forget(ctx, got)
	})
	check(crashed, 0)
	crashed.close()
	f.close()
}
