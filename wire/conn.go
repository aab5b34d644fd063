package wire

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// errNoticeInRow is a session's defect: a message cannot go inside another.
var errNoticeInRow = errors.New("notice within an unfinished row")

// Conn is one client's connection. A Handler gets it with NewSession; its exported methods are for that session.
type Conn struct {
	server  *Server
	net     net.Conn
	reader  *reader
	in      *frames
	out     *writer
	session Session

	since time.Time // accepted

	pid    uint32
	secret []byte

	result ResultWriter // of the statement that runs, reused
	got    received

	inUnit     bool // messages of the extended protocol since the last ReadyForQuery
	skipToSync bool // one of them failed

	ctx    context.Context // of the connection
	endAll context.CancelCauseFunc

	restMu  sync.Mutex // held while something is sent to an idle connection
	resting bool

	mu       sync.Mutex
	scope    *scope // of the messages, see begin; nil until it is needed
	running  bool   // a message is being handled
	copying  bool   // that statement reads COPY data
	idle     bool   // waiting for a message, with nothing begun
	draining bool   // end at the next idle moment
	ending   error  // end at the next message
}

// received is the memory of the messages of a prepared statement, each valid until the next of its kind.
type received struct {
	bind     pgproto3.Bind
	args     BindArgs
	describe pgproto3.Describe
	execute  pgproto3.Execute
}

func newConn(ctx context.Context, server *Server, conn net.Conn) *Conn {
	c := &Conn{server: server, net: conn, since: time.Now(), out: newWriter(conn, server.options.WriteTimeout)}
	c.ctx, c.endAll = context.WithCancelCause(ctx)
	c.reader = newReader(conn, server.options.WatchAfter, c.endAll)
	c.in = newFrames(c.reader, server.options.MaxMessageBytes)
	return c
}

// PID is the number that BackendKeyData gave the client and by which Server.Cancel and Terminate know the
// connection (pg_backend_pid). It is not a process.
func (c *Conn) PID() uint32 { return c.pid }

// Notice sends a notice, at once. Only the session's goroutine may call it, from inside a method, and not within a
// row. The error wraps ErrClientGone, or says which character the client's encoding lacks.
func (c *Conn) Notice(notice *Error) error {
	if c.out.open >= 0 {
		return errNoticeInRow
	}
	fields := notice.response(SeverityNotice, "00000")
	if err := c.out.encodeFields(fields); err != nil {
		return err
	}
	if err := c.out.send((*pgproto3.NoticeResponse)(fields)); err != nil {
		return err
	}
	return c.out.flush()
}

// End ends the connection from any goroutine: what runs is cancelled with cause, and the client is told cause, which
// should be FATAL.
func (c *Conn) End(cause *Error) { c.terminate(cause) }

// begin opens the scope of a message: until end, a cancel request reaches it, and the client is watched.
func (c *Conn) begin() context.Context {
	c.mu.Lock()
	if c.scope == nil {
		c.scope = newScope(c.ctx)
	}
	ctx := c.scope
	c.running = true
	if c.ending != nil {
		ctx.cancel(c.ending)
	}
	c.mu.Unlock()
	c.reader.arm()
	return ctx
}

// end closes the scope. A cancel request that comes later finds nothing to cancel, so it can never hit the next
// statement: both happen under the same lock. err comes back with a cancelled context's cause in its place. The
// reader stays armed: its next Read ends that.
func (c *Conn) end(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		err = causeOf(ctx, err)
	}
	c.mu.Lock()
	c.running, c.copying = false, false
	cancelled := c.scope.Err() != nil
	if cancelled || c.scope.awaited.Load() {
		c.scope.cancel(nil)
		c.scope = nil
	}
	c.mu.Unlock()
	if cancelled {
		c.reader.resume()
	}
	return err
}

func (c *Conn) setCopying(copying bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.copying = copying
}

// cancelStatement cancels what runs now, if anything does.
func (c *Conn) cancelStatement(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.running {
		return
	}
	c.scope.cancel(cause)
	if c.copying {
		c.reader.interrupt(cause, false)
	}
}

// drain ends the connection as soon as nothing runs on it.
func (c *Conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if c.idle {
		c.reader.interrupt(ErrShutdown, true)
	}
}

// terminate ends the connection now: what runs is cancelled, what waits is interrupted.
func (c *Conn) terminate(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending != nil {
		return
	}
	c.ending = cause
	if c.running {
		c.scope.cancel(cause)
	}
	c.reader.interrupt(cause, true)
}

// unblock gives writes that hang on a client who does not read a last moment.
func (c *Conn) unblock(patience time.Duration) {
	c.mu.Lock()
	conn := c.net
	c.mu.Unlock()
	_ = conn.SetWriteDeadline(time.Now().Add(patience))
}

// setIdle notes whether the connection waits with nothing begun, and returns why it must not wait.
func (c *Conn) setIdle(idle bool) error {
	c.rest(idle)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = idle
	if c.ending != nil {
		return c.ending
	}
	if idle && c.draining {
		return ErrShutdown
	}
	return nil
}
