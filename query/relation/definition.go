package relation

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
)

// Kinds of catalog keys.
const (
	kindTable    = 't'
	kindSequence = 'q'
	kindSchema   = 's'
)

// loadCatalog reads every definition.
func (db *Database) loadCatalog() error {
	snap := catalog.Bootstrap()
	it, err := db.store.Iter(storage.CatalogRange(), false)
	if err != nil {
		return err
	}
	defer it.Close()
	top := uint32(0)
	for it.Next() {
		id, err := loadDefinition(snap, it.Key(), it.Value())
		if err != nil {
			return err
		}
		top = max(top, id)
	}
	if err := it.Err(); err != nil {
		return err
	}
	snap.Version = 1
	db.catalog.Store(snap)
	db.nextOID.Store(uint32(snap.MaxOID()))
	db.nextID.Store(top)
	return nil
}

// loadDefinition adds one object and returns the largest storage ID in it.
func loadDefinition(snap *catalog.Snapshot, key, value []byte) (uint32, error) {
	switch key[1] {
	case kindTable:
		t := &catalog.Table{}
		if err := json.Unmarshal(value, t); err != nil {
			return 0, damaged("table", key, err)
		}
		for i := range t.Columns {
			c := &t.Columns[i]
			if c.Type = datum.TypeByOID(c.TypeOID); c.Type == nil {
				return 0, damaged("table", key, fmt.Errorf("column %q has type %d", c.Name, c.TypeOID))
			}
		}
		snap.PutTable(t)
		top := t.ID
		for i := range t.Indexes {
			top = max(top, t.Indexes[i].ID)
		}
		return top, nil
	case kindSequence:
		q := &catalog.Sequence{}
		if err := json.Unmarshal(value, q); err != nil {
			return 0, damaged("sequence", key, err)
		}
		snap.PutSequence(q)
		return q.ID, nil
	case kindSchema:
		sc := &catalog.Schema{}
		if err := json.Unmarshal(value, sc); err != nil {
			return 0, damaged("schema", key, err)
		}
		snap.PutSchema(sc)
		return 0, nil
	}
	return 0, damaged("object", key, fmt.Errorf("kind %q", key[1]))
}

func damaged(what string, key []byte, err error) error {
	return fmt.Errorf("%w: definition of %s %x: %w", storage.ErrCorrupt, what, key, err)
}

// loadCounts reads the tables' row counts and the last sequence number.
func (db *Database) loadCounts() error {
	for _, t := range db.Catalog().Tables() {
		if t.Virtual != nil {
			continue
		}
		v, ok, err := db.store.Get(storage.CountKey(t.ID))
		if err != nil {
			return err
		}
		if ok && len(v) == 8 {
			db.counts[t.ID] = int64(binary.BigEndian.Uint64(v))
		}
	}
	v, ok, err := db.store.Get(storage.MetaKey("seq"))
	if ok && len(v) == 8 {
		db.seq = binary.BigEndian.Uint64(v)
	}
	return err
}

func uint64Value(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
