package relation_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
)

// analyze samples the fixture's table and keeps what it finds.
func (f *fixture) analyze() {
	f.t.Helper()
	f.do(func(s *relation.Stmt) error {
		stats, err := s.Analyze(ctx, f.table)
		if err != nil {
			return err
		}
		return f.db.SetStatistics(f.table, stats)
	})
}

// TestAnalyzeLargeTable samples a table that is larger than the sample: unique ids, and names of which half are alike.
func TestAnalyzeLargeTable(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error {
		var rows []row
		for id := range int64(60_000) {
			name := "hit"
			if id%2 == 0 {
				name = fmt.Sprint("n", id%1000)
			}
			rows = append(rows, row{id: id, name: name})
		}
		return f.insert(s, rows...)
	})
	f.analyze()
	f.checkStatistics()

	version := f.db.StatisticsVersion()
	f.close()
	f.reopen()
	f.checkStatistics()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{id: 1 << 40, name: "one more"}) })
	if f.db.StatisticsVersion() > version {
		t.Error("a row made plans stale")
	}
}

func (f *fixture) checkStatistics() {
	f.t.Helper()
	s := f.db.Statistics(f.table.OID)
	if s == nil || s.Rows != 60_000 {
		f.t.Fatalf("statistics are %+v", s)
	}
	id, name := s.Columns[1], s.Columns[2]
	if id.Distinct != -1 || len(id.Common) != 0 || len(id.Histogram) != 101 || id.Correlation < 0.99 {
		f.t.Errorf("id: %v distinct, %d common, %d bounds, correlation %v", id.Distinct, len(id.Common), len(id.Histogram),
			id.Correlation)
	}
	if name.Distinct < 450 || name.Distinct > 550 || name.Common[0].Str() != "hit" || math.Abs(name.Frequencies[0]-0.5) > 0.02 {
		f.t.Errorf("name: %v distinct, most common %v of %v", name.Distinct, name.Common[:1], name.Frequencies[:1])
	}
	if s.Columns[3] != nil {
		f.t.Error("there are statistics of vectors")
	}
}

// TestStatisticsGoWithTheirTable drops a table whose statistics are kept.
func TestStatisticsGoWithTheirTable(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	f.do(func(s *relation.Stmt) error { return f.insert(s, row{id: 1, name: "a"}) })
	f.analyze()
	oid := f.table.OID
	f.do(func(s *relation.Stmt) error {
		return s.Drop(ctx, &plan.Drop{Kind: "table", Tables: []*catalog.Table{f.table}})
	})
	if f.db.Statistics(oid) != nil {
		t.Error("statistics outlive their table")
	}
}

// TestBackgroundAnalyze looks at what has changed enough, and at nothing else.
func TestBackgroundAnalyze(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	defer f.close()
	f.create()
	insert := func(from, to int64) {
		f.do(func(s *relation.Stmt) error {
			for id := from; id < to; id++ {
				if err := f.insert(s, row{id: id, name: "x"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err := f.db.RefreshStatistics(ctx); err != nil {
			t.Fatal(err)
		}
	}
	rows := func() float64 {
		if s := f.db.Statistics(f.table.OID); s != nil {
			return s.Rows
		}
		return 0
	}
	for _, step := range []struct {
		to   int64
		want float64
	}{{50, 0}, {100, 100}, {150, 100}, {170, 170}} {
		insert(map[int64]int64{50: 0, 100: 50, 150: 100, 170: 150}[step.to], step.to)
		if got := rows(); got != step.want {
			t.Errorf("after %d rows the statistics are of %v, want %v", step.to, got, step.want)
		}
	}
}
