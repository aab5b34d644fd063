package relation

import (
	"errors"
	"testing"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// fuzzTypes are stored in all the ways that there are.
var fuzzTypes = []*datum.Type{
	datum.Int8, datum.Text, datum.Float4, datum.UUID, datum.Numeric, datum.Vector, datum.TextArray,
}

func fuzzTable() *catalog.Table {
	t := &catalog.Table{Name: "t"}
	for i, ty := range fuzzTypes {
		t.Columns = append(t.Columns, catalog.Column{AttNum: int16(2*i + 1), Type: ty}) // with columns gone between them
	}
	return t
}

// FuzzDecodeRow: any bytes are a row or ErrCorrupt, and a row is as long in every column.
func FuzzDecodeRow(f *testing.F) {
	table := fuzzTable()
	rows := datum.NewBatch(fuzzTypes, 1)
	for i, text := range []string{"-5", "a text", "1.5", "00112233-4455-6677-8899-aabbccddeeff", "1.20", "[1,2]", "{a,NULL}"} {
		d, err := datum.ParseText(table.Columns[i].Type, -1, text, nil)
		if err != nil {
			f.Fatal(err)
		}
		rows.Cols[i].Append(d)
	}
	rows.Rows = 1
	whole := encodeRow(table, rows, 0)
	for n := range whole {
		f.Add(whole[:n])
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, ordinals := range [][]int{{0, 1, 2, 3, 4, 6}, {6, 0}, {4, 4}, {}} {
			types := make([]*datum.Type, len(ordinals))
			for i, o := range ordinals {
				types[i] = table.Columns[o].Type
			}
			out := datum.NewBatch(types, 1)
			if err := newRowDecoder(table, ordinals).decode(value, out); err != nil {
				if !errors.Is(err, storage.ErrCorrupt) {
					t.Fatal(err)
				}
				continue
			}
			for i, c := range out.Cols {
				if c.Len() != 1 || c.Nulls != nil && len(c.Nulls) != 1 {
					t.Fatalf("columns %v: column %d has %d values and %d null marks", ordinals, i, c.Len(), len(c.Nulls))
				}
			}
		}
	})
}

// FuzzReadLog: any bytes are a log entry or ErrCorrupt, and a log entry reads back.
func FuzzReadLog(f *testing.F) {
	f.Add(logEntry([]vector.Delta{{Row: 1}, {Row: 2}, {Row: 1 << 40}}))
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, entry []byte) {
		var deltas []vector.Delta
		rising := true
		err := readLog(entry, func(row uint64) {
			rising = rising && (len(deltas) == 0 || row > deltas[len(deltas)-1].Row)
			deltas = append(deltas, vector.Delta{Row: row})
		})
		switch {
		case err != nil && !errors.Is(err, storage.ErrCorrupt):
			t.Fatal(err)
		case err != nil || !rising:
			return
		}
		n := 0
		if err := readLog(logEntry(deltas), func(row uint64) {
			if deltas[n].Row != row {
				t.Fatalf("row %d reads back as %d", deltas[n].Row, row)
			}
			n++
		}); err != nil || n != len(deltas) {
			t.Fatalf("%d of %d rows read back: %v", n, len(deltas), err)
		}
	})
}
