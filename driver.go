package segue

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/server"
)

// database/sql finds drivers by name in a registry of its own, which every driver fills from init.
func init() { sql.Register("segue", &sqlDriver{}) }

// sqlDriver is the database/sql driver. Its data source name is a data directory, with options behind a
// question mark: "music.db?audio_root=/srv/music&model=dsp". The pool of one sql.Open shares one open
// database, which closes with it.
type sqlDriver struct{}

// Open implements driver.Driver for callers without a context; database/sql uses OpenConnector.
func (*sqlDriver) Open(string) (driver.Conn, error) {
	return nil, errors.New("segue: use sql.Open or sql.OpenDB")
}

// OpenConnector implements driver.DriverContext.
func (*sqlDriver) OpenConnector(name string) (driver.Connector, error) {
	dir, query, _ := strings.Cut(name, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("segue: data source name %q: %w", name, err)
	}
	c := &connector{dir: dir, owns: true}
	for key, v := range values {
		switch key {
		case "audio_root":
			c.options = append(c.options, AudioRoot(v[0]))
		case "model":
			c.options = append(c.options, DefaultModel(v[0]))
		case "ort_lib":
			c.options = append(c.options, ORTLibrary(v[0]))
		default:
			return nil, fmt.Errorf("segue: data source name %q: unknown option %q (audio_root, model, ort_lib)", name, key)
		}
	}
	return c, nil
}

// connector opens connections to one DB, opening that first where it owns it.
type connector struct {
	dir     string
	options []Option
	owns    bool

	mu sync.Mutex
	db *DB
}

// Connect implements driver.Connector.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.db == nil {
		db, err := Open(c.dir, c.options...)
		if err != nil {
			return nil, err
		}
		c.db = db
	}
	return &conn{&Session{c.db.engine.NewSession(server.SessionOptions{ApplicationName: "database/sql"})}}, nil
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return &sqlDriver{} }

// Close implements io.Closer: sql.DB.Close calls it after the last connection.
func (c *connector) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.owns || c.db == nil {
		return nil
	}
	db := c.db
	c.db = nil
	return db.Close()
}

// conn is a session.
type conn struct{ session *Session }

// Prepare implements driver.Conn.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	st, err := c.session.Prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return &stmt{st}, nil
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	c.session.Close()
	return nil
}

// Begin implements driver.Conn.
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	begin := "BEGIN"
	switch sql.IsolationLevel(o.Isolation) {
	case sql.LevelDefault:
	case sql.LevelReadCommitted:
		begin += " ISOLATION LEVEL READ COMMITTED"
	case sql.LevelRepeatableRead, sql.LevelSnapshot:
		begin += " ISOLATION LEVEL REPEATABLE READ"
	case sql.LevelSerializable:
		begin += " ISOLATION LEVEL SERIALIZABLE"
	default:
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "isolation level %s is not supported", sql.IsolationLevel(o.Isolation))
	}
	if o.ReadOnly {
		begin += " READ ONLY"
	}
	if err := c.run(ctx, begin); err != nil {
		return nil, err
	}
	return &tx{conn: c}, nil
}

func (c *conn) run(ctx context.Context, query string) error {
	rows, err := c.session.Query(ctx, query)
	if err != nil {
		return err
	}
	return rows.Close()
}

// ResetSession implements driver.SessionResetter: a connection goes back into the pool without its settings.
func (c *conn) ResetSession(ctx context.Context) error { return c.run(ctx, "DISCARD ALL") }

// tx is a transaction block.
type tx struct{ conn *conn }

// Commit implements driver.Tx. A block that a statement's error has failed rolls back, and says so.
func (t *tx) Commit() error {
	failed := t.conn.session.session.Failed()
	if err := t.conn.run(context.Background(), "COMMIT"); err != nil {
		return err
	}
	if failed {
		return sqlstate.New(sqlstate.InFailedSQLTransaction, "the transaction had failed and was rolled back")
	}
	return nil
}

// Rollback implements driver.Tx.
func (t *tx) Rollback() error { return t.conn.run(context.Background(), "ROLLBACK") }

// stmt is a prepared statement.
type stmt struct{ statement *Statement }

// Close implements driver.Stmt.
func (s *stmt) Close() error { return nil }

// NumInput implements driver.Stmt.
func (s *stmt) NumInput() int { return len(s.statement.prepared.ParameterTypes()) }

// CheckNamedValue implements driver.NamedValueChecker: parameter takes what it can, vectors too.
func (s *stmt) CheckNamedValue(v *driver.NamedValue) error {
	if v.Name != "" {
		return errors.New("segue: parameters are $1, $2, …, not named")
	}
	return nil
}

// Exec implements driver.Stmt.
func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), named(args))
}

// Query implements driver.Stmt.
func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), named(args))
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

// ExecContext implements driver.StmtExecContext.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	n, err := s.statement.Exec(ctx, values(args)...)
	if err != nil {
		return nil, err
	}
	return driver.RowsAffected(n), nil
}

// QueryContext implements driver.StmtQueryContext.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.statement.Query(ctx, values(args)...)
	if err != nil {
		return nil, err
	}
	return &sqlRows{rows}, nil
}

func values(args []driver.NamedValue) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a.Value
	}
	return out
}

// sqlRows gives Rows the shape of driver.Rows. A vector is its text there: driver.Value has no []float32.
type sqlRows struct{ *Rows }

// Next implements driver.Rows.
func (r *sqlRows) Next(dest []driver.Value) error {
	if !r.Rows.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	for i, v := range r.Values() {
		if vec, ok := v.([]float32); ok {
			v = datum.Format(datum.Vector, datum.NewVector(vec), nil)
		}
		dest[i] = v
	}
	return nil
}

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName.
func (r *sqlRows) ColumnTypeDatabaseTypeName(i int) string {
	return strings.ToUpper(r.columns()[i].Type.Name)
}
