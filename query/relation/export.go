package relation

import (
	"fmt"

	"github.com/seguedb/segue/query/sqlstate"
)

// ExportSnapshot lets other transactions read what this one reads now, by the name that it returns, until this one ends:
// pg_export_snapshot. Its own writes are not in it, as in PostgreSQL.
func (tx *Tx) ExportSnapshot() (string, error) {
	from, xids := tx.snap, tx.xids
	if tx.iso == ReadCommitted {
		from = nil
		if n := len(tx.open); n > 0 {
			from, xids = tx.open[n-1].snap, tx.open[n-1].xids // the statement that asks
		}
	}
	if from == nil {
		return "", sqlstate.New(sqlstate.InternalError, "no statement has a snapshot to export")
	}
	db := tx.db
	db.snapMu.Lock()
	defer db.snapMu.Unlock()
	db.exports++
	// PostgreSQL's names are a virtual transaction and a number within it.
	name := fmt.Sprintf("%08X-%08X-%d", tx.holder.PID, db.exports, len(tx.exported)+1)
	from.refs++
	if db.exported == nil {
		db.exported = map[string]exportedSnapshot{}
	}
	db.exported[name] = exportedSnapshot{from, xids}
	tx.exported = append(tx.exported, name)
	return name, nil
}

// exportedSnapshot is a snapshot that others may import.
type exportedSnapshot struct {
	*snapshot
	xids *xidState
}

// ImportSnapshot makes a repeatable read transaction that has read nothing read what another one exported: SET
// TRANSACTION SNAPSHOT. 22023 when no open transaction exported one of that name.
func (tx *Tx) ImportSnapshot(name string) error {
	if tx.iso != RepeatableRead || tx.snap != nil {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "SET TRANSACTION SNAPSHOT must be called before any query")
	}
	tx.db.snapMu.Lock()
	defer tx.db.snapMu.Unlock()
	s := tx.db.exported[name]
	if s.snapshot == nil {
		return sqlstate.New(sqlstate.InvalidParameterValue, "invalid snapshot identifier: \"%s\"", name)
	}
	s.refs++
	tx.snap, tx.xids = s.snapshot, s.xids
	return nil
}

// withdraw ends what the transaction exported. Transactions that imported it keep their own references.
func (tx *Tx) withdraw() {
	for _, name := range tx.exported {
		tx.db.snapMu.Lock()
		s := tx.db.exported[name]
		delete(tx.db.exported, name)
		tx.db.snapMu.Unlock()
		tx.db.dropSnapshot(s.snapshot)
	}
	tx.exported = nil
}
