package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// spareSockets is how many connections beyond MaxConnections may be open without a session: those that are
// about to say who they are, and those that bring a CancelRequest, which must get through when all is full.
const spareSockets = 32

// Server accepts clients and keeps account of their connections. Its methods may be called by anyone.
type Server struct {
	handler Handler
	options Options

	mu       sync.Mutex
	conns    map[*Conn]struct{}
	admitted map[uint32]*Conn // those with a pid: past the startup packet
	lastPID  uint32
	draining bool
}

// NewServer makes a server; Serve or ServeConn makes it work.
func NewServer(handler Handler, options Options) *Server {
	return &Server{
		handler:  handler,
		options:  options.withDefaults(),
		conns:    make(map[*Conn]struct{}),
		admitted: make(map[uint32]*Conn),
	}
}

// Sessions is how many sessions are open.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.admitted)
}

// Serve accepts connections on all listeners until ctx is done, and then ends in three steps: the listeners
// close and idle connections are told 57P01; statements that run get ShutdownGrace to end; what is left is
// cancelled. It returns when every connection has ended: nil then, or the error of a listener that failed,
// which also ends the others. The listeners are closed in any case. Call it once.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	base := context.WithoutCancel(ctx)
	var accepting, serving sync.WaitGroup
	for _, l := range listeners {
		accepting.Go(func() {
			if err := s.accept(ctx, base, l, &serving); err != nil {
				stop(err)
			}
		})
	}
	<-ctx.Done()
	for _, l := range listeners {
		_ = l.Close()
	}
	accepting.Wait()
	s.shutdown(&serving)
	if cause := context.Cause(ctx); errors.Is(cause, errAccept) {
		return cause
	}
	return nil
}

// ServeConn serves one connection that was accepted elsewhere, on the caller's goroutine, and closes it.
func (s *Server) ServeConn(ctx context.Context, conn net.Conn) {
	c := newConn(ctx, s, conn)
	if !s.register(c) {
		s.turnAway(c)
		return
	}
	c.serve()
}

var errAccept = errors.New("accept connections")

// accept gives each connection a goroutine. Errors that pass (too many open files) are waited out, as losing the
// listener over them would lose the server.
func (s *Server) accept(ctx, base context.Context, l net.Listener, serving *sync.WaitGroup) error {
	const pause = 50 * time.Millisecond
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			serving.Go(func() { s.ServeConn(base, conn) })
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the listener was closed on purpose
		case isTemporary(err):
			s.options.Logger.Warn("accept failed, will try again", "error", err)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
		default:
			return fmt.Errorf("%w on %s: %w", errAccept, l.Addr(), err)
		}
	}
}

// register takes account of a connection; false when there are too many to even hear them out. Who has had a while to
// log in and has not makes room then: clients that stall keep nobody out.
func (s *Server) register(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= s.options.MaxConnections+spareSockets {
		stalled := s.longestStalled()
		if stalled == nil {
			return false
		}
		delete(s.conns, stalled)
		go stalled.terminate(errTooMany)
	}
	s.conns[c] = struct{}{}
	c.draining = s.draining
	return true
}

// stalledAfter is how long a login may take before it counts as stalled.
const stalledAfter = time.Second

// longestStalled finds the connection that has been logging in for the longest time.
func (s *Server) longestStalled() *Conn {
	var oldest *Conn
	for c := range s.conns {
		if c.pid == 0 && time.Since(c.since) > stalledAfter && (oldest == nil || c.since.Before(oldest.since)) {
			oldest = c
		}
	}
	return oldest
}

// turnAway refuses a connection without reading from it.
func (s *Server) turnAway(c *Conn) {
	c.unblock(time.Second)
	c.sendError(errTooMany)
	c.close()
}

var errReserved = &Error{
	Severity: SeverityFatal, Code: codeTooManyConnections,
	Message: "remaining connection slots are reserved for non-replication superuser connections",
}

var errTooMany = &Error{
	Severity: SeverityFatal, Code: codeTooManyConnections, Message: "sorry, too many clients already",
}

// admit gives a connection its pid and key, and with them its place among MaxConnections.
func (s *Server) admit(c *Conn, secret []byte, admission Admission) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch left := s.options.MaxConnections - len(s.admitted); {
	case left <= 0:
		return errTooMany
	case left <= s.options.ReservedConnections && !admission.Reserved:
		return errReserved
	}
	for {
		s.lastPID = (s.lastPID + 1) & 0x7fffffff // clients keep it in a signed integer
		if s.lastPID != 0 && s.admitted[s.lastPID] == nil {
			break
		}
	}
	c.pid, c.secret = s.lastPID, secret
	s.admitted[c.pid] = c
	return nil
}

func (s *Server) lookup(pid uint32) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admitted[pid]
}

func (s *Server) forget(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if c.pid != 0 {
		delete(s.admitted, c.pid)
	}
}
