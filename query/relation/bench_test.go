package relation_test

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/relation"
)

const benchRows = 50_000

func benchFixture(b *testing.B) *fixture {
	f := newFixture(b, vfs.NewMem(), b.TempDir())
	f.create()
	return f
}

func (f *fixture) fill(from int64) {
	f.do(func(s *relation.Stmt) error {
		for id := from; id < from+benchRows; id += datum.BatchRows {
			rows := make([]row, min(datum.BatchRows, from+benchRows-id))
			for i := range rows {
				rows[i] = row{id + int64(i), fmt.Sprint("track ", id+int64(i)), []float32{float32(i), 1}}
			}
			if err := f.insert(s, rows...); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkCopy is rows with a unique key, an index and a vector, in one transaction: as COPY writes them.
func BenchmarkCopy(b *testing.B) {
	f := benchFixture(b)
	defer f.close()
	from := int64(0)
	for b.Loop() {
		f.fill(from)
		from += benchRows
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

// BenchmarkScan reads two columns of every row.
func BenchmarkScan(b *testing.B) {
	f := &fixture{t: b, fs: vfs.NewMem(), dir: b.TempDir(), cache: -1}
	f.reopen()
	f.create()
	defer f.close()
	f.fill(0)
	for b.Loop() {
		tx := f.db.Begin(relation.ReadCommitted, true)
		rows := 0
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
			for {
				batch, err := it.Next(ctx)
				if err != nil || batch == nil {
					return err
				}
				rows += batch.Rows
			}
		})
		if err != nil || rows != benchRows {
			b.Fatal(rows, err)
		}
		tx.Rollback()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

// BenchmarkPointRead begins a transaction, finds a row by its key, and ends.
func BenchmarkPointRead(b *testing.B) {
	f := benchFixture(b)
	defer f.close()
	f.fill(0)
	id := int64(0)
	for b.Loop() {
		id = (id + 7919) % benchRows
		tx := f.db.Begin(relation.ReadCommitted, true)
		err := f.in(tx, func(s *relation.Stmt) error {
			_, _, found, err := f.find(s, id)
			if !found {
				b.Fatal("not found")
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		tx.Rollback()
	}
}
