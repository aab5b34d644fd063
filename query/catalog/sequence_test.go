package catalog

import (
	"testing"

	"github.com/seguedb/segue/query/datum"
)

// A sequence read as a relation says its last value, or where it starts when nobody knows.
func TestSequenceTable(t *testing.T) {
	for _, tt := range []struct {
		live   func(string) [][]datum.Datum
		oid    OID
		value  int64
		called bool
	}{
		{sampleLive, 16511, 42, true},
		{sampleLive, 16531, 10, false},
		{nil, 16531, 10, false},
		{nil, 16511, 1, false},
	} {
		env := sampleEnv()
		env.Live = tt.live
		rows := 0
		table := SequenceTable(env.Snapshot.SequenceByOID(tt.oid))
		table.Virtual.Rows(env, func(row []datum.Datum) {
			rows++
			checkRow(t, table, row)
			if row[0].Int() != tt.value || row[2].Bool() != tt.called {
				t.Errorf("%d: got %v, want %d %v", tt.oid, row, tt.value, tt.called)
			}
		})
		if rows != 1 {
			t.Errorf("%d: %d rows", tt.oid, rows)
		}
	}
}
