package relation

import (
	"context"
	"errors"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// packRows is how many rows beyond catalog.Index.Packed are worth a new definition of their table.
const packRows = 128

// Pack is Fold for rows that were inserted since the indexes were built, too, of which there may be many: it raises
// catalog.Index.Packed first. For that no transaction may have written to the table and still be open, because such a one does
// not leave a key behind where a row loses a part; where there is one, or definitions are being changed, it is left for the
// next time. Who writes after it has the new definition.
func (db *Database) Pack(ctx context.Context, tables []*catalog.Table) error {
	for _, t := range tables {
		var blocked map[uint32]uint64
		if now := db.Catalog().TableByOID(t.OID); now != nil && !now.Temp {
			var err error
			if blocked, err = db.raisePacked(ctx, now); err != nil {
				return err
			}
		}
		if err := db.fold(ctx, []*catalog.Table{t}, blocked); err != nil {
			return err
		}
	}
	return nil
}

// raisePacked does so for a table's inverted indexes, and says what it was, by their IDs.
func (db *Database) raisePacked(ctx context.Context, t *catalog.Table) (blocked map[uint32]uint64, err error) {
	if last, err := db.lastRow(t); err != nil || !packable(t, last) {
		return nil, err
	}
	tx := db.Begin(ReadCommitted, false)
	defer tx.Rollback()
	for _, lock := range []struct {
		oid  catalog.OID
		mode LockMode
	}{{definitionLock, ShareRowExclusive}, {t.OID, Share}} {
		if err := tx.LockTable(ctx, lock.oid, lock.mode, true); err != nil {
			return nil, unless(err, errWouldWait)
		}
	}
	s, err := tx.Statement(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.defineUnder(ctx, Share, t); err != nil {
		return nil, unless(err, exec.ErrConflict)
	}
	last, err := db.lastRow(t)
	if err != nil {
		return nil, err
	}
	fresh := *t
	fresh.Indexes = slices.Clone(t.Indexes)
	blocked = map[uint32]uint64{}
	for i := range fresh.Indexes {
		if ix := &fresh.Indexes[i]; inverted(ix) && ix.Packed < last {
			blocked[ix.ID], ix.Packed = ix.Packed, last
		}
	}
	if err := put(s, &fresh); err != nil {
		return nil, err
	}
	if err := s.Finish(); err != nil {
		return nil, err
	}
	return blocked, tx.Commit(ctx)
}

// unless is an error other than one.
func unless(err, one error) error {
	if errors.Is(err, one) {
		return nil
	}
	return err
}

// packable says whether an inverted index has many rows beyond those in blocks.
func packable(t *catalog.Table, last uint64) bool {
	return slices.ContainsFunc(t.Indexes, func(ix catalog.Index) bool { return inverted(&ix) && ix.Packed+packRows <= last })
}

// lastRow is a table's highest identity of a row.
func (db *Database) lastRow(t *catalog.Table) (uint64, error) {
	it, err := db.store.Iter(storage.RowRange(t.ID), true)
	if err != nil {
		return 0, err
	}
	row := uint64(0)
	if it.Next() {
		row = storage.RowOf(it.Key())
	}
	return row, errors.Join(it.Err(), it.Close())
}
