package relation

import (
	"encoding/binary"
	"fmt"

	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// logEntry is a log entry: the identities of the rows whose vectors a commit changed, rising, as uvarint differences.
// The vectors themselves are under their own keys.
func logEntry(deltas []vector.Delta) []byte {
	out, last := make([]byte, 0, 2*len(deltas)), uint64(0)
	for _, d := range deltas {
		out = binary.AppendUvarint(out, d.Row-last)
		last = d.Row
	}
	return out
}

// readLog calls f for each row that a log entry names.
func readLog(entry []byte, f func(row uint64)) error {
	row := uint64(0)
	for len(entry) > 0 {
		step, n := binary.Uvarint(entry)
		if n <= 0 {
			return fmt.Errorf("%w: a log entry of vector deltas is cut short", storage.ErrCorrupt)
		}
		row, entry = row+step, entry[n:]
		f(row)
	}
	return nil
}
