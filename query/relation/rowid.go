package relation

import (
	"sync"

	"github.com/seguedb/segue/storage"
)

// rowIDs gives each table's rows their identities, rising from 1. The last one used is found again from the
// table's last row, so nothing needs to be stored.
type rowIDs struct {
	store *storage.Store
	mu    sync.Mutex
	last  map[uint32]uint64
}

func (r *rowIDs) init(st *storage.Store) { r.store, r.last = st, map[uint32]uint64{} }

// next gives a new identity.
func (r *rowIDs) next(table uint32) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, known := r.last[table]
	if !known {
		var err error
		if last, err = r.find(table); err != nil {
			return 0, err
		}
	}
	r.last[table] = last + 1
	return last + 1, nil
}

// find reads the table's last row.
func (r *rowIDs) find(table uint32) (uint64, error) {
	it, err := r.store.Iter(storage.RowRange(table), true)
	if err != nil {
		return 0, err
	}
	defer it.Close()
	if !it.Next() {
		return 0, it.Err()
	}
	return storage.RowOf(it.Key()), nil
}
