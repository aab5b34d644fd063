package relation

import (
	"encoding/binary"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// Kinds of catalog keys.
const (
	kindTable     = 't'
	kindSequence  = 'q'
	kindSchema    = 's'
	kindType      = 'y'
	kindFunction  = 'f'
	kindOperator  = 'o'
	kindCast      = 'k'
	kindEvent     = 'e' // an event trigger
	kindExtension = 'x'
	kindRole      = 'r'
	kindRights    = 'a' // who owns an object and what was granted on it
	kindDefaults  = 'p' // ALTER DEFAULT PRIVILEGES
	kindSettings  = 'g' // ALTER ROLE … SET
)

// loadCatalog reads every definition.
func (db *Database) loadCatalog() error {
	snap := catalog.Bootstrap()
	it, err := db.store.Iter(storage.CatalogRange(), false)
	if err != nil {
		return err
	}
	defer it.Close()
	if err := db.loadTypes(snap); err != nil {
		return err
	}
	top := lastID(snap)
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
	if err := db.nameBootstrap(snap); err != nil {
		return err
	}
	if err := db.refreeze(snap); err != nil {
		return err
	}
	db.latest = snap
	db.nextOID.Store(uint32(snap.MaxOID()))
	db.nextID.Store(top)
	return nil
}

// lastID is the largest storage ID of a table or an index.
func lastID(snap *catalog.Snapshot) (top uint32) {
	for _, t := range snap.Tables() {
		top = max(top, t.ID)
		for i := range t.Indexes {
			top = max(top, t.Indexes[i].ID)
		}
	}
	return top
}

// loadDefinition adds one object and returns the largest storage ID in it.
func loadDefinition(snap *catalog.Snapshot, key, value []byte) (top uint32, err error) {
	switch key[1] {
	case kindTable, kindType:
		// loadTypes was first
	case kindSequence:
		var q *catalog.Sequence
		if q, err = catalog.DecodeSequence(value); err == nil {
			snap.PutSequence(q)
			top = q.ID
		}
	case kindFunction:
		var f *catalog.Function
		if f, err = catalog.DecodeFunction(value); err == nil {
			snap.PutFunction(f)
		}
	case kindOperator:
		var o *catalog.OperatorDef
		if o, err = catalog.DecodeOperator(value); err == nil {
			snap.PutOperator(o)
		}
	case kindCast:
		var c *catalog.CastDef
		if c, err = catalog.DecodeCast(value); err == nil {
			snap.PutCast(c)
		}
	case kindEvent:
		var t *catalog.EventTrigger
		if t, err = catalog.DecodeEventTrigger(value); err == nil {
			snap.PutEventTrigger(t)
		}
	case kindExtension:
		var e *catalog.Extension
		if e, err = catalog.DecodeExtension(value); err == nil {
			snap.PutExtension(e)
		}
	case kindSchema:
		var sc *catalog.Schema
		if sc, err = catalog.DecodeSchema(value); err == nil {
			snap.PutSchema(sc)
		}
	default:
		err = loadAccess(snap, key[1], value)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: definition under key %x: %w", storage.ErrCorrupt, key, err)
	}
	return top, nil
}

// loadCounts reads the tables' row counts and the last sequence number.
func (db *Database) loadCounts() error {
	for _, t := range db.latest.Tables() {
		if t.Virtual != nil {
			continue
		}
		n, err := db.readUint64(storage.CountKey(t.ID))
		if err != nil {
			return err
		}
		db.counts[t.ID] = int64(n)
	}
	seq, err := db.readUint64(storage.MetaKey("seq"))
	db.seq = seq
	return err
}

// readUint64 reads a number, 0 where there is none.
func (db *Database) readUint64(key []byte) (uint64, error) {
	v, ok, err := db.store.Get(key)
	switch {
	case err != nil || !ok:
		return 0, err
	case len(v) != 8:
		return 0, fmt.Errorf("%w: key %x holds %d bytes where a number has 8", storage.ErrCorrupt, key, len(v))
	}
	return binary.BigEndian.Uint64(v), nil
}

func uint64Value(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
