package server

import (
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// ExportSnapshot implements builtin.SnapshotExporter.
func (s *Session) ExportSnapshot() (string, error) {
	if len(s.txn.savepoints) > 0 {
		return "", sqlstate.New(sqlstate.ActiveSQLTransaction, "cannot export a snapshot from a subtransaction")
	}
	return s.ensureTransaction().ExportSnapshot()
}

var _ builtin.SnapshotExporter = (*Session)(nil)

// importSnapshot is SET TRANSACTION SNAPSHOT.
func (s *Session) importSnapshot(n *parse.SetStmt) error {
	if !s.txn.block {
		s.Notice("WARNING", sqlstate.New(sqlstate.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks"))
	}
	if s.txn.statements > 0 || len(s.txn.savepoints) > 0 {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "SET TRANSACTION SNAPSHOT must be called before any query")
	}
	tx := s.ensureTransaction()
	if isolationOf(s.txn.isolation) == relation.ReadCommitted {
		return sqlstate.New(sqlstate.FeatureNotSupported,
			"a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ")
	}
	name, err := constText(n.Args[0])
	if err != nil {
		return err
	}
	err = tx.ImportSnapshot(name)
	s.env = nil // names are read in the imported catalog
	return err
}
