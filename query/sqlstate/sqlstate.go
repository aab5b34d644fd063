// Package sqlstate holds the errors that a SQL user sees: a SQLSTATE, a message in Postgres's words,
// and where in the statement the trouble is.
//
// Its one type is Error. An error gets its code where it is born, in the query layer; storage, vector
// and embed errors are translated at the call that uses them. The server flattens an Error once into
// an ErrorResponse; whatever is not an Error by then is an internal error (XX000).
package sqlstate

import (
	"errors"
	"fmt"
)

// Code is a five-character SQLSTATE.
type Code string

// Error is one SQL error. Pos is the one-based character position of the offending token in the
// query string, 0 when unknown; it is what field P of an ErrorResponse carries.
type Error struct {
	Code    Code
	Message string
	Detail  string
	Hint    string
	Where   string
	Pos     int
	// Schema, Table, Column, DataType and Constraint name the object for drivers that look.
	Schema, Table, Column, DataType, Constraint string
	// InternalQuery is SQL that the statement at hand led to, such as one in a function's body, and InternalPos the place
	// in it, as Pos is.
	InternalQuery string
	InternalPos   int
	// Routine is the function of PostgreSQL's that reports the error, where drivers tell errors apart by it.
	Routine string
	// Err is the cause, for the log; it is never sent.
	Err error
	// at is a byte offset, kept until a caller that has the text turns it into Pos.
	at    int
	hasAt bool
}

// Error returns the message and the code.
func (e *Error) Error() string { return e.Message + " (SQLSTATE " + string(e.Code) + ")" }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error with a formatted message.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap is New with a cause kept for the log.
func Wrap(err error, code Code, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.Err = err
	return e
}

// At notes the byte offset of the offending token in the statement's text; -1 leaves it unknown.
// The first offset wins, so that the innermost caller, which knows best, decides.
func (e *Error) At(offset int) *Error {
	if !e.hasAt && offset >= 0 {
		e.at, e.hasAt = offset, true
	}
	return e
}

// Placed says whether the error knows its place in the text.
func (e *Error) Placed() bool { return e.hasAt || e.Pos > 0 }

// Moved puts the offset of an error about a text where that text stands in the statement: to gives the new offset, -1 for
// nowhere. Pos, where a text was located already, counts as an offset does.
func (e *Error) Moved(to func(offset int) int) *Error {
	if e.Pos > 0 && !e.hasAt {
		e.at, e.hasAt = e.Pos-1, true
	}
	e.Pos = 0
	if e.hasAt {
		e.at = to(e.at)
		e.hasAt = e.at >= 0
	}
	return e
}

// InQuery moves the place of an error to SQL that the statement at hand led to: text, which stands behind before bytes of
// the text that the place was found in. Without a place nothing changes.
func (e *Error) InQuery(text string, before int) *Error {
	at := e.at - before
	switch {
	case e.InternalQuery != "":
		return e
	case e.Pos > 0 && !e.hasAt:
		e.InternalPos = e.Pos - before
	case e.hasAt && at >= 0 && at <= len(text):
		e.InternalPos = len([]rune(text[:at])) + 1
	default:
		e.Pos, e.hasAt = 0, false
		return e
	}
	e.InternalQuery, e.Pos, e.at, e.hasAt = text, 0, 0, false
	return e
}

// WithWhere adds a line of context, the innermost first.
func (e *Error) WithWhere(format string, args ...any) *Error {
	if e.Where != "" {
		e.Where += "\n"
	}
	e.Where += fmt.Sprintf(format, args...)
	return e
}

// From names the function of PostgreSQL's that reports the error.
func (e *Error) From(routine string) *Error {
	e.Routine = routine
	return e
}

// WithDetail sets the detail.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// WithHint sets the hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Locate turns a byte offset noted by At into Pos, given the text it counts in and where that text
// starts in the query string the client sent (both in bytes; prefix is the text before it).
func Locate(err error, prefix, text string) {
	var e *Error
	if !errors.As(err, &e) || !e.hasAt || e.Pos != 0 || e.at > len(text) {
		return
	}
	e.Pos = len([]rune(prefix)) + len([]rune(text[:e.at])) + 1
}

// CodeOf returns the SQLSTATE of err, or InternalError when it has none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return InternalError
}
