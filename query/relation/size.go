package relation

import (
	"errors"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// TableBytes is the room that a table's rows and vectors take on disk.
func (db *Database) TableBytes(t *catalog.Table) (int64, error) {
	rows, err := db.store.SizeBytes(storage.RowRange(t.ID))
	vectors, verr := db.store.SizeBytes(storage.TableVectorRange(t.ID))
	return rows + vectors, errors.Join(err, verr)
}

// IndexBytes is the room that an index's entries, and what else it keeps, take on disk.
func (db *Database) IndexBytes(ix *catalog.Index) (int64, error) {
	entries, err := db.store.SizeBytes(storage.IndexRange(ix.ID))
	vectors, verr := db.store.SizeBytes(storage.TableVectorRange(ix.ID))
	return entries + vectors, errors.Join(err, verr)
}

// DiskBytes is the room that the store takes.
func (db *Database) DiskBytes() int64 { return int64(db.store.Metrics().DiskBytes) }

// Checkpoint writes what is only in the log and in memory into the store's files.
func (db *Database) Checkpoint() error { return db.store.Flush() }
