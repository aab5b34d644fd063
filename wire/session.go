package wire

import (
	"context"
	"crypto/tls"
	"net"
)

// Handler opens sessions. It is called from many goroutines.
type Handler interface {
	// NewSession opens a session for a client that has said who it is. An *Error is sent as FATAL and the
	// connection closes (3D000 for a database that does not exist, 28000 for a user who may not enter).
	// ctx lasts for the call only. conn is the session's to keep until its Close.
	NewSession(ctx context.Context, startup Startup, conn *Conn) (Session, error)
}

// Startup is what the startup packet says.
type Startup struct {
	User            string
	Database        string // the user's name where the client gave none
	ApplicationName string

	// Params holds every parameter as sent, those above and "options" included, without the _pq_ options.
	// They are valid UTF-8.
	Params map[string]string

	TLS *tls.ConnectionState // nil without encryption

	ProtocolMinor int      // 0 for protocol 3.0, 2 for 3.2
	Addr          net.Addr // of the client
	Local         net.Addr // of this side of the connection
}

// Session is one client's conversation with the database. Its methods are called one at a time, from the
// connection's goroutine, in the order of the client's messages; a panic in one closes this connection only.
//
// Every ctx is cancelled, with a cause (context.Cause), when the client cancels (ErrCanceled), when the server
// goes down (ErrShutdown) or when the client is lost (ErrClientGone), and in any case when the method returns: a
// portal that is executed in several steps must take each step's own ctx. A session that stops because of it may
// return ctx.Err(), wrapped or not, or the cause; the client is told the cause. A deadline of the session's own
// (statement_timeout) is the session's to name: it returns an *Error.
//
// An error that is not an *Error is a defect, not an answer: the client sees XX000 and the number under which
// the log has the details. Byte slices handed in are valid until the method returns.
type Session interface {
	// Query runs the statements of a simple query in order, each answered through w, with the implicit
	// transaction around them; a string without any statement is answered by w.EmptyQuery.
	Query(ctx context.Context, sql string, w *ResultWriter) error

	// Parse makes a prepared statement; name "" is the unnamed one, which is replaced. A parameter whose OID is
	// 0, or that lies beyond the list, has its type inferred.
	Parse(ctx context.Context, name, sql string, parameterOIDs []uint32) error

	// Bind makes a portal of a prepared statement and parameter values. args is valid until Bind returns.
	Bind(ctx context.Context, args *BindArgs) error

	// DescribeStatement gives the types of a prepared statement's parameters and the columns of its result, in
	// text format. nil fields: it returns no rows (empty and not nil: rows without columns).
	DescribeStatement(ctx context.Context, name string) (parameterOIDs []uint32, fields []Field, err error)

	// DescribePortal gives the columns of a portal's result, in the formats it was bound with, nil as above.
	DescribePortal(ctx context.Context, name string) ([]Field, error)

	// Execute runs a portal to its end, or for maxRows rows where that is not 0, and ends in exactly one of
	// w.CommandComplete, w.EmptyQuery and w.PortalSuspended (only when maxRows rows were sent).
	Execute(ctx context.Context, portal string, maxRows int, w *ResultWriter) error

	// CloseStatement and ClosePortal forget a name; one that is not there is no error.
	CloseStatement(name string) error
	ClosePortal(name string) error

	// Sync ends the implicit transaction of the messages since the last Sync: it commits, unless Fail was
	// called in between, or a transaction block is open. It is called for every Sync message, not after Query.
	Sync(ctx context.Context) error

	// Fail says that err is about to be sent, whether a method of the session returned it or the protocol raised
	// it (a malformed message, bad UTF-8): the current transaction, implicit or a block, has failed. It is the
	// one place that every failed statement passes.
	Fail(err *Error)

	// TxStatus is asked before every ReadyForQuery: 'I' idle, 'T' in a transaction block, 'E' in a failed one.
	TxStatus() byte

	// ReportParameters calls report for each run-time parameter that the client must be told of: all of them
	// (server_version, client_encoding, DateStyle …) the first time, those changed since then afterwards. It is
	// called after NewSession and before every ReadyForQuery, where Postgres reports them too.
	ReportParameters(report func(name, value string))

	// Close ends the session, rolls back what is open and frees what it holds. It is called exactly once, also
	// after a panic, and may find any method interrupted half-way by one.
	Close()
}

// BindArgs are the contents of a Bind message. Whether the counts fit the statement is the session's to check.
type BindArgs struct {
	Portal    string // "" is the unnamed portal, which is replaced
	Statement string

	// ParameterFormats has no entry (all text), one (for all) or one a parameter; 0 is text, 1 binary.
	ParameterFormats []int16
	Parameters       [][]byte // nil is NULL; the bytes are valid only until Bind returns

	// ResultFormats has no entry (all text), one (for all) or one a column.
	ResultFormats []int16
}

// Field describes a column of a result.
type Field struct {
	Name         string
	TableOID     uint32 // 0 where the column is not one of a table
	TableColumn  int16  // attribute number in that table, from 1
	TypeOID      uint32
	TypeSize     int16 // pg_type.typlen: -1 for variable length
	TypeModifier int32 // -1 for none
	Format       int16 // FormatText or FormatBinary
}

// Format codes of parameters, result columns and COPY.
const (
	FormatText   = 0
	FormatBinary = 1
)
