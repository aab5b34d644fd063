package relation

import "github.com/seguedb/segue/query/catalog"

// SequenceValue is what a sequence stands at, for the catalog: its last value and true, or the value that comes
// first and false.
func (db *Database) SequenceValue(s *catalog.Sequence) (value int64, called bool, err error) {
	db.sequences.mu.Lock()
	defer db.sequences.mu.Unlock()
	st, err := db.sequences.of(s)
	switch {
	case err != nil:
		return 0, false, err
	case st.ended:
		return st.next, true, nil
	case st.next == s.Start:
		return s.Start, false, nil
	}
	return st.next - s.Increment, true, nil
}
