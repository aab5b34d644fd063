package relation

import (
	"errors"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/storage"
)

// definitionsByOID is the version of stored definitions in which all that users made stands by its OID. Version 0, of
// directories without the key, has names, and version 1 has them in rules: plan.Refrozen looks them up for the last time.
const definitionsByOID = 2

var definitionsKey = storage.MetaKey("definitions")

// refreeze brings the stored definitions of an earlier build to the form of today, all of them in one commit.
func (db *Database) refreeze(snap *catalog.Snapshot) error {
	version, err := db.readUint64(definitionsKey)
	if err != nil || version >= definitionsByOID {
		return err
	}
	b := db.store.NewBatch()
	if err := rewriteDefinitions(b, snap); err != nil {
		return errors.Join(fmt.Errorf("rewrite stored definitions: %w", err), b.Close())
	}
	return db.store.Commit(b)
}

func rewriteDefinitions(b *storage.Batch, snap *catalog.Snapshot) error {
	tables, types, functions := plan.Refrozen(snap)
	for _, t := range types {
		value, err := catalog.EncodeType(t)
		if err = errors.Join(err, b.Set(storage.CatalogKey(kindType, uint32(t.OID)), value)); err != nil {
			return err
		}
		snap.PutType(t)
	}
	for _, t := range tables {
		value, err := catalog.EncodeTable(t)
		if err = errors.Join(err, b.Set(storage.CatalogKey(kindTable, uint32(t.OID)), value)); err != nil {
			return err
		}
		snap.PutTable(t)
	}
	for _, f := range functions {
		value, err := catalog.EncodeFunction(f)
		if err = errors.Join(err, b.Set(storage.CatalogKey(kindFunction, uint32(f.OID)), value)); err != nil {
			return err
		}
		snap.PutFunction(f)
	}
	return b.Set(definitionsKey, uint64Value(definitionsByOID))
}
