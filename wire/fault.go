package wire

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"runtime/debug"
)

// causeOf gives the reason of a cancellation in place of an error that only says that there was one.
func causeOf(ctx context.Context, err error) error {
	var known *Error
	if !errors.As(err, &known) && errors.Is(err, context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}

// flatten makes of any error what the client may see. What is not an *Error is a defect: its details go to the
// log, the client gets a number to quote.
func (c *Conn) flatten(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	id := logID()
	c.log().Error("internal error", "log_id", id, "error", err)
	return internalError(id)
}

func internalError(id string) *Error {
	return &Error{
		Code:    codeInternal,
		Message: "internal error; the server's log has the details under " + id,
	}
}

// logID is random rather than counted, so that logs of several runs can be searched for it.
func logID() string {
	var id [6]byte
	_, _ = rand.Read(id[:]) // never fails, says crypto/rand
	return hex.EncodeToString(id[:])
}

func (c *Conn) log() *slog.Logger {
	return c.server.options.Logger.With("pid", c.pid, "client", c.net.RemoteAddr().String())
}

// recoverPanic is the one recover of the server, at the connection's edge: a panic costs the session that had
// it, and no other.
func (c *Conn) recoverPanic() {
	cause := recover()
	if cause == nil {
		return
	}
	id := logID()
	c.log().Error("panic in a session", "log_id", id, "panic", cause, "stack", string(debug.Stack()))
	err := internalError(id)
	err.Severity = SeverityFatal
	c.sendError(err)
	c.linger()
}

// sendError sends an ErrorResponse, instead of the message that may have been under way. It goes out at once, as
// in Postgres: a client that pipelines with Flush waits for it, and its Flush is among what is skipped.
func (c *Conn) sendError(err *Error) {
	c.out.abandon()
	_ = c.out.send(c.out.encoded(err, SeverityError, codeInternal))
	_ = c.out.flush() // a lost client shows again at the next flush
}
