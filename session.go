package segue

import (
	"context"
	"errors"

	"github.com/seguedb/segue/server"
)

// Session is one user's connection to the database, with what belongs to it: settings (SET), prepared statements,
// temporary tables, and the transaction that BEGIN begins. Close it; one goroutine at a time may use it, and the rows of
// one statement are to be closed before the next is run.
type Session struct{ session *server.Session }

// Session begins a session.
func (db *DB) Session() *Session {
	return &Session{db.engine.NewSession(server.SessionOptions{ApplicationName: "embedded"})}
}

// Close ends the session; a transaction that is not committed is rolled back.
func (s *Session) Close() { s.session.Close() }

// Exec runs one statement and returns the rows it affected. Outside BEGIN it is a transaction of its own.
func (s *Session) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(s.Query(ctx, query, args...))
}

// Query runs one statement. Outside BEGIN it is a transaction of its own, which ends when the rows are read to their end
// or closed.
func (s *Session) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	return openRows(ctx, s.session, query, args)
}

// Prepare parses and plans one statement, to be run often.
func (s *Session) Prepare(ctx context.Context, query string) (*Statement, error) {
	st, err := s.session.Prepare(ctx, "", query, nil)
	if err != nil {
		return nil, s.session.Fail(err)
	}
	return &Statement{s.session, st}, nil
}

// Statement is a prepared statement of a session, which it ends with. It follows the tables: after an ALTER TABLE it is
// planned again.
type Statement struct {
	session  *server.Session
	prepared *server.Statement
}

// Exec is Session.Exec of the statement.
func (st *Statement) Exec(ctx context.Context, args ...any) (int64, error) {
	return affected(st.Query(ctx, args...))
}

// Query is Session.Query of the statement.
func (st *Statement) Query(ctx context.Context, args ...any) (*Rows, error) {
	return runStatement(ctx, st.session, st.prepared, args)
}

// affected reads a statement's rows to their end.
func affected(rows *Rows, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		continue
	}
	return rows.affected, errors.Join(rows.Err(), rows.Close())
}
