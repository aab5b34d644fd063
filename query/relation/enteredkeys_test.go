package relation

import (
	"testing"

	"github.com/seguedb/segue/query/datum"
)

// FuzzDecodeEntered holds that damaged values are an error, and nothing worse.
func FuzzDecodeEntered(f *testing.F) {
	types := []*datum.Type{datum.Bool, datum.Text, datum.Int8}
	whole := datum.AppendValue(append(datum.AppendValue([]byte{1}, datum.Bool, datum.NewBool(true)), 0, 1), datum.Int8, datum.NewInt(7))
	f.Add(whole)
	f.Add([]byte{1, 1, 1, 5, 'a'})
	f.Fuzz(func(t *testing.T, b []byte) {
		values, err := decodeEntered(b, types)
		if err == nil && len(values) != len(types) {
			t.Fatalf("%d values of %d", len(values), len(types))
		}
	})
}
