// Package segue is the embedded API: the database in a Go program's own process, without a socket.
//
//	db, err := segue.Open("music.db", segue.AudioRoot("/srv/music"))
//	...
//	defer db.Close()
//	rows, err := db.Query(ctx, `SELECT title FROM tracks ORDER BY similarity(emb, embed($1)) LIMIT 10`, "x.wav")
//
// It is the engine that `segue serve` runs, with the same SQL, the same transactions and the same errors
// (*Error carries the SQLSTATE). DB.Serve opens the Postgres protocol on it as well. Programs that use
// database/sql take the driver: sql.Open("segue", "music.db?audio_root=/srv/music"), or DB.SQL.
//
// DB's methods run a statement each; a Session has prepared statements, settings and transactions.
//
// One process holds a data directory at a time. A DB may be used from any goroutine; a Session and Rows may not.
package segue

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"

	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/server"
	"github.com/seguedb/segue/storage"
)

// ErrLocked is wrapped by Open's error when another process has the data directory open.
var ErrLocked = storage.ErrLocked

// Error is an SQL error: errors.As finds it in every error that a statement returns.
type Error = sqlstate.Error

// DB is an open database.
type DB struct{ engine *server.Engine }

// Option changes how Open opens a database.
type Option func(*server.Config)

// AudioRoot is the folder that embed('…') reads below; the working directory when not given.
func AudioRoot(dir string) Option { return func(c *server.Config) { c.AudioRoot = dir } }

// DefaultModel names the model that embed() uses when none is named.
func DefaultModel(name string) Option { return func(c *server.Config) { c.DefaultModel = name } }

// ORTLibrary is the path of libonnxruntime; it is searched for when not given.
func ORTLibrary(path string) Option { return func(c *server.Config) { c.ORTLibrary = path } }

// Workers bounds concurrent embeddings; one a core when not given.
func Workers(n int) Option { return func(c *server.Config) { c.Workers = n } }

// Logger takes what is worth an operator's eye; slog's default when not given.
func Logger(l *slog.Logger) Option { return func(c *server.Config) { c.Logger = l } }

// Open opens the database in dir, which is made if missing. Close it: what is committed is safe either
// way, but the lock and the workers are held until then.
func Open(dir string, options ...Option) (*DB, error) {
	c := server.Config{DataDir: dir}
	for _, o := range options {
		o(&c)
	}
	e, err := server.OpenEngine(context.Background(), c)
	if err != nil {
		return nil, fmt.Errorf("segue: %w", err)
	}
	return &DB{engine: e}, nil
}

// Close closes the database. Rows must be closed and Serve must have returned.
func (db *DB) Close() error { return db.engine.Close() }

// SQL gives the database as a database/sql pool. Closing the pool leaves the DB open.
func (db *DB) SQL() *sql.DB { return sql.OpenDB(&connector{db: db}) }

// Serve answers the Postgres protocol on a loopback address ("127.0.0.1:5433") until ctx is done.
func (db *DB) Serve(ctx context.Context, listen string) error {
	s, err := server.New(db.engine, server.Config{Listen: listen})
	if err != nil {
		return fmt.Errorf("segue: %w", err)
	}
	return s.Serve(ctx)
}

// Exec runs one statement in a transaction of its own and returns the rows it affected. Arguments are
// $1, $2, …; see Rows.Scan for the Go types of values.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(db.Query(ctx, query, args...))
}

// Query runs one statement in a transaction of its own, which ends when the rows are read to their end
// or closed.
func (db *DB) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	s := db.engine.NewSession(server.SessionOptions{ApplicationName: "embedded"})
	rows, err := openRows(ctx, s, query, args)
	if err != nil {
		s.Close()
		return nil, err
	}
	rows.ownsSession = true
	return rows, nil
}

// CopyFrom runs a COPY … FROM STDIN with data from r and returns the rows stored: all of the data, or none.
func (db *DB) CopyFrom(ctx context.Context, query string, r io.Reader) (int64, error) {
	return db.copy(ctx, query, func(p *server.Portal) error {
		if p.CopyFrom() == nil {
			return sqlstate.New(sqlstate.WrongObjectType, "CopyFrom runs COPY … FROM STDIN only")
		}
		p.SetCopyIn(r)
		return nil
	})
}

// CopyTo runs a COPY … TO STDOUT into w and returns the rows written.
func (db *DB) CopyTo(ctx context.Context, query string, w io.Writer) (int64, error) {
	return db.copy(ctx, query, func(p *server.Portal) error {
		if p.CopyTo() == nil {
			return sqlstate.New(sqlstate.WrongObjectType, "CopyTo runs COPY … TO STDOUT only")
		}
		p.SetCopyOut(w)
		return nil
	})
}

func (db *DB) copy(ctx context.Context, query string, connect func(*server.Portal) error) (int64, error) {
	s := db.engine.NewSession(server.SessionOptions{ApplicationName: "embedded"})
	defer s.Close()
	s.Working(query)
	st, err := s.Prepare(ctx, "", query, nil)
	if err != nil {
		return 0, s.Fail(err)
	}
	p, err := s.Open(ctx, st, nil)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	if err := connect(p); err != nil {
		return 0, err
	}
	for {
		b, err := p.Next(ctx)
		if err != nil {
			return 0, s.Fail(err)
		}
		if b == nil {
			return p.Rows(), s.EndImplicit(ctx)
		}
	}
}
