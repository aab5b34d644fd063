package wire

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Severities of an Error, in the protocol's own words.
const (
	SeverityError   = "ERROR" // the statement failed
	SeverityFatal   = "FATAL" // and the connection ends
	SeverityNotice  = "NOTICE"
	SeverityWarning = "WARNING"
	SeverityInfo    = "INFO"
	SeverityLog     = "LOG"
	SeverityDebug   = "DEBUG"
)

// SQLSTATEs that this package itself raises.
const (
	codeFeatureNotSupported = "0A000"
	codeProtocolViolation   = "08P01"
	codeConnectionFailure   = "08006"
	codeBadEncoding         = "22021" // character_not_in_repertoire
	codeInvalidAuth         = "28000"
	codeTooManyConnections  = "53300"
	codeLimitExceeded       = "54000" // program_limit_exceeded
	codeQueryCanceled       = "57014"
	codeAdminShutdown       = "57P01"
	codeInternal            = "XX000"
)

// Error is an error or a notice with the fields the protocol has for it. An empty Severity means ERROR in an
// error and NOTICE in a notice; an empty Code means XX000 in an error, 01000 in a warning and 00000 in a notice.
// A Session returns one to say exactly what the client shall see; FATAL also ends the connection.
type Error struct {
	Severity string
	Code     string // SQLSTATE, five characters
	Message  string
	Detail   string
	Hint     string

	Position         int // in the query text, in characters (not bytes), from 1; 0 is none
	InternalPosition int // the same in InternalQuery
	InternalQuery    string
	Where            string

	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string
	Routine    string // the function that reports the error, as PostgreSQL calls it
}

// Error returns the severity, the message and the SQLSTATE in one line, for logs.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (SQLSTATE %s)", or(e.Severity, SeverityError), e.Message, or(e.Code, codeInternal))
}

// fatal says whether the error ends the connection.
func (e *Error) fatal() bool { return e.Severity == SeverityFatal || e.Severity == "PANIC" }

// Causes with which a session's context is cancelled. They are compared by identity and never written to.
var (
	// ErrCanceled: the client, or another session by Server.Cancel, asked for the current statement to end.
	ErrCanceled = &Error{Code: codeQueryCanceled, Message: "canceling statement due to user request"}

	// ErrShutdown: the server is going down, or Server.Terminate was called for this connection.
	ErrShutdown = &Error{
		Severity: SeverityFatal, Code: codeAdminShutdown,
		Message: "terminating connection due to administrator command",
	}

	// ErrClientGone: the connection was lost. Errors of reading COPY data and of writing results wrap it.
	ErrClientGone = errors.New("connection to client lost")
)

// errStartupTimeout marks a startup that took too long; the connection closes without a word, as in Postgres.
var errStartupTimeout = errors.New("startup timed out")

// errTerminate ends the message loop at the client's own wish.
var errTerminate = errors.New("client terminated the connection")

// protocolError is a violation after which the stream is still in step.
func protocolError(format string, args ...any) *Error {
	return &Error{Code: codeProtocolViolation, Message: fmt.Sprintf(format, args...)}
}

// protocolFatal is a violation after which nothing more can be understood.
func protocolFatal(format string, args ...any) *Error {
	return &Error{Severity: SeverityFatal, Code: codeProtocolViolation, Message: fmt.Sprintf(format, args...)}
}

// response gives the message in pgproto3's form. Both severity fields carry the same word: nothing is localised.
func (e *Error) response(severity, code string) *pgproto3.ErrorResponse {
	severity = or(e.Severity, severity)
	if severity == SeverityWarning {
		code = "01000"
	}
	return &pgproto3.ErrorResponse{
		Severity:            text(severity),
		SeverityUnlocalized: text(severity),
		Code:                text(or(e.Code, code)),
		Message:             text(e.Message),
		Detail:              text(e.Detail),
		Hint:                text(e.Hint),
		Position:            int32(e.Position),
		InternalPosition:    int32(e.InternalPosition),
		InternalQuery:       text(e.InternalQuery),
		Where:               text(e.Where),
		SchemaName:          text(e.Schema),
		TableName:           text(e.Table),
		ColumnName:          text(e.Column),
		DataTypeName:        text(e.DataType),
		ConstraintName:      text(e.Constraint),
		Routine:             text(e.Routine),
	}
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
