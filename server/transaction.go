package server

import (
	"context"
	"errors"
	"time"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// transaction is the session's place in Postgres's transaction states.
//
//	tx nil,  block false            idle
//	tx set,  block false            implicit: ends with the query string or at Sync
//	tx set,  block true             in a block, from BEGIN to COMMIT or ROLLBACK
//	tx any,  block true, failed     in a failed block; tx stays only while a savepoint may need it
//	tx nil,  block false, failed    an implicit transaction failed; the rest up to Sync is skipped
type transaction struct {
	tx     *relation.Tx
	block  bool
	failed bool
	began  time.Time

	isolation  string // as SHOW transaction_isolation says; "" until set or begun
	readOnly   bool
	statements int // run in this transaction: SET TRANSACTION ISOLATION LEVEL must come first
	savepoints []savepoint

	notes   []notification // to be sent at its commit
	said    map[notification]bool
	listens []listenAction

	before settingValues // what a rollback restores
}

// savepoint is one SAVEPOINT: where the storage transaction stood, and the settings.
type savepoint struct {
	name     string
	at       relation.Savepoint
	settings settingValues

	notes, listens int
}

// ensureTransaction begins an implicit transaction where there is none.
func (s *Session) ensureTransaction() *relation.Tx {
	t := &s.txn
	if t.tx == nil {
		if t.isolation == "" {
			t.isolation = s.settings.isolation
		}
		if !t.before.known {
			t.before, t.began = s.settings.values, s.statement
			t.readOnly = t.readOnly || s.settings.readOnly
		}
		t.tx = s.holder.Begin(isolationOf(t.isolation), t.readOnly)
		t.tx.SetSequenceUse(&s.sequences)
		t.tx.SetTempSchema(s.info.TempSchema)
	}
	return t.tx
}

// endImplicit ends an implicit transaction: at the end of a query string, and at Sync.
func (s *Session) endImplicit(ctx context.Context) error {
	if s.txn.block {
		return nil
	}
	if s.txn.failed {
		s.rollback()
		return nil
	}
	return s.commit(ctx)
}

// commit makes the transaction durable and ends it, whatever the outcome.
func (s *Session) commit(ctx context.Context) error {
	t := s.txn
	if t.tx == nil {
		s.finish()
		return nil
	}
	err := s.fireDeferred(ctx, true)
	if err == nil {
		err = s.holdCursors(ctx)
	}
	s.closePortals(0)
	if err != nil {
		s.rollback()
		return err
	}
	if err := s.commitAndTell(ctx, &t); err != nil {
		s.restoreSettings(t.before)
		s.engine.db.CountRollback()
		s.finish()
		return err
	}
	s.engine.db.CountCommit()
	s.endLocal()
	s.finish()
	return nil
}

// rollback ends the transaction and undoes its settings.
func (s *Session) rollback() {
	t := s.txn
	if t.tx != nil || t.failed {
		s.closePortals(0)
	}
	if t.tx != nil {
		t.tx.Rollback()
	}
	if t.tx != nil || t.block || t.failed {
		if t.before.known {
			s.restoreSettings(t.before)
		}
		s.engine.db.CountRollback()
		s.finish()
	}
}

func (s *Session) finish() { s.txn = transaction{} }

// fail notes that a statement failed. Without a savepoint to go back to, nothing of the transaction is
// needed any more, so its locks and its snapshot go at once.
func (s *Session) fail() {
	t := &s.txn
	t.failed = true
	s.closePortals(len(t.savepoints))
	if t.tx != nil && len(t.savepoints) == 0 {
		t.tx.Rollback()
		t.tx = nil
	}
}

// Fail notes that a statement of the embedded API failed, as a connection's Fail does, and returns the
// error with a SQLSTATE wherever it can be given one.
func (s *Session) Fail(err error) error {
	s.fail()
	if !s.txn.block {
		s.rollback()
	}
	return classify(err)
}

// Failed says whether a transaction block is open that only ROLLBACK can end.
func (s *Session) Failed() bool { return s.txn.block && s.txn.failed }

// EndImplicit commits the transaction of statements outside a block; inside one it does nothing.
func (s *Session) EndImplicit(ctx context.Context) error { return classify(s.endImplicit(ctx)) }

// txStatus is what ReadyForQuery says.
func (s *Session) txStatus() byte {
	switch {
	case s.txn.block && s.txn.failed:
		return 'E'
	case s.txn.block:
		return 'T'
	}
	return 'I'
}

// transactionStatement runs BEGIN and its kin, and returns the command tag.
func (s *Session) transactionStatement(ctx context.Context, n *parse.TransactionStmt) (string, error) {
	switch n.Kind {
	case parse.TxBegin, parse.TxStart:
		return s.begin(n)
	case parse.TxCommit:
		return s.commitStatement(ctx, n)
	case parse.TxRollback:
		return s.rollbackStatement(n)
	case parse.TxSavepoint:
		return "SAVEPOINT", s.savepoint(n.Savepoint)
	case parse.TxRelease:
		return "RELEASE", s.release(n.Savepoint)
	case parse.TxRollbackTo:
		return "ROLLBACK", s.rollbackTo(n.Savepoint)
	default:
		return "", sqlstate.New(sqlstate.FeatureNotSupported, "two-phase commit (PREPARE TRANSACTION) is not supported")
	}
}

func (s *Session) begin(n *parse.TransactionStmt) (string, error) {
	tag := "BEGIN"
	if n.Kind == parse.TxStart {
		tag = "START TRANSACTION"
	}
	if s.txn.block {
		s.Notice("WARNING", sqlstate.New(sqlstate.ActiveSQLTransaction, "there is already a transaction in progress"))
		return tag, s.transactionOptions(n.Options)
	}
	started := s.txn.tx != nil // earlier statements of the same query string join the block
	s.txn.block = true
	if !started {
		if err := s.transactionOptions(n.Options); err != nil {
			return "", err
		}
	}
	s.ensureTransaction()
	return tag, nil
}

// chain carries a finished transaction's characteristics into the next (AND CHAIN).
func (s *Session) chain(old transaction) {
	s.txn = transaction{block: true, isolation: old.isolation, readOnly: old.readOnly}
	s.ensureTransaction()
}

func (s *Session) commitStatement(ctx context.Context, n *parse.TransactionStmt) (string, error) {
	old := s.txn
	if !old.block {
		if n.Chain {
			return "", errNeedsBlock("COMMIT AND CHAIN")
		}
		s.Notice("WARNING", errNoTransaction())
	}
	if old.failed {
		s.rollback()
		if n.Chain {
			s.chain(old)
		}
		return "ROLLBACK", nil
	}
	if err := s.commit(ctx); err != nil {
		return "", err
	}
	if n.Chain {
		s.chain(old)
	}
	return "COMMIT", nil
}

func (s *Session) rollbackStatement(n *parse.TransactionStmt) (string, error) {
	old := s.txn
	if !old.block {
		if n.Chain {
			return "", errNeedsBlock("ROLLBACK AND CHAIN")
		}
		s.Notice("WARNING", errNoTransaction())
	}
	s.rollback()
	if n.Chain {
		s.chain(old)
	}
	return "ROLLBACK", nil
}

func (s *Session) savepoint(name string) error {
	if !s.txn.block {
		return errNeedsBlock("SAVEPOINT")
	}
	tx := s.ensureTransaction()
	s.txn.savepoints = append(s.txn.savepoints, savepoint{name, tx.Savepoint(), s.settings.values, len(s.txn.notes), len(s.txn.listens)})
	return nil
}

// findSavepoint returns the innermost savepoint of that name.
func (s *Session) findSavepoint(name string) (int, error) {
	for i := len(s.txn.savepoints) - 1; i >= 0; i-- {
		if s.txn.savepoints[i].name == name {
			return i, nil
		}
	}
	return 0, sqlstate.New(sqlstate.InvalidSavepointSpecification, "savepoint %q does not exist", name)
}

func (s *Session) release(name string) error {
	if !s.txn.block {
		return errNeedsBlock("RELEASE SAVEPOINT")
	}
	i, err := s.findSavepoint(name)
	if err != nil {
		return err
	}
	s.txn.savepoints = s.txn.savepoints[:i]
	for _, p := range s.portals {
		p.depth = min(p.depth, i)
	}
	return nil
}

func (s *Session) rollbackTo(name string) error {
	if !s.txn.block {
		return errNeedsBlock("ROLLBACK TO SAVEPOINT")
	}
	i, err := s.findSavepoint(name)
	if err != nil {
		return err
	}
	s.closePortals(i + 1)
	sp := s.txn.savepoints[i]
	if err := s.txn.tx.RollbackTo(sp.at); err != nil {
		return err
	}
	s.txn.forgetNotes(sp.notes, sp.listens)
	s.restoreSettings(sp.settings)
	s.txn.savepoints, s.txn.failed = s.txn.savepoints[:i+1], false
	return nil
}

// transactionOptions applies ISOLATION LEVEL, READ ONLY and DEFERRABLE.
func (s *Session) transactionOptions(options []parse.DefElem) error {
	for _, o := range options {
		v, err := constText(o.Val)
		if err != nil {
			return err
		}
		if err := s.transactionOption(o.Name, v); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) transactionOption(name, value string) error {
	switch name {
	case "transaction_isolation":
		if s.txn.statements > 0 {
			return sqlstate.New(sqlstate.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
		}
		if s.txn.tx != nil { // nothing was read yet: begin again at the other level
			s.txn.tx.Rollback()
			s.txn.tx = nil
		}
		s.txn.isolation = value
	case "transaction_read_only":
		readOnly := value == "1" || value == "true" || value == "on"
		if !readOnly && s.txn.readOnly && s.txn.statements > 0 {
			return sqlstate.New(sqlstate.ActiveSQLTransaction, "transaction read-write mode must be set before any query")
		}
		if s.txn.tx != nil && s.txn.statements == 0 {
			s.txn.tx.Rollback()
			s.txn.tx = nil
		}
		s.txn.readOnly = readOnly
	case "transaction_deferrable": // only matters to SERIALIZABLE READ ONLY, which never waits here
	}
	return nil
}

func errNeedsBlock(what string) error {
	return sqlstate.New(sqlstate.NoActiveSQLTransaction, "%s can only be used in transaction blocks", what)
}

// refuseInBlock refuses what must be a transaction of its own.
func (s *Session) refuseInBlock(n parse.Stmt) error {
	what := ""
	switch n := n.(type) {
	case *parse.AlterSystemStmt:
		what = "ALTER SYSTEM"
	case *parse.CreateIndexStmt:
		if n.Concurrently {
			what = "CREATE INDEX CONCURRENTLY"
		}
	case *parse.DropStmt:
		if n.Concurrently {
			what = "DROP INDEX CONCURRENTLY"
		}
	}
	if what == "" || !s.txn.block && !s.several && s.txn.statements == 0 {
		return nil
	}
	return sqlstate.New(sqlstate.ActiveSQLTransaction, "%s cannot run inside a transaction block", what)
}

func errNoTransaction() error {
	return sqlstate.New(sqlstate.NoActiveSQLTransaction, "there is no transaction in progress")
}

// errAborted answers every statement of a failed block but its end.
func errAborted() error {
	return sqlstate.New(sqlstate.InFailedSQLTransaction,
		"current transaction is aborted, commands ignored until end of transaction block")
}

// errStatementTimeout is the cause of a context that statement_timeout ended.
var errStatementTimeout = errors.New("statement timeout")
