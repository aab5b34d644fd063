package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/seguedb/segue/wire"
)

// Server is an Engine with its doors open: the Postgres protocol on a TCP address and a Unix socket, and
// admin HTTP.
type Server struct {
	engine    *Engine
	wire      *wire.Server
	admin     *admin
	listeners []net.Listener
	httpDoor  net.Listener
}

// New opens the listeners that c names for an engine; Serve then answers on them. An address that other machines reach is
// refused while strangers would get in there.
func New(e *Engine, c Config) (*Server, error) {
	s := &Server{engine: e}
	encryption, err := e.loadTLS()
	if err != nil {
		return nil, err
	}
	if e.secret, err = e.loginSecret(); err != nil {
		return nil, err
	}
	s.wire = wire.NewServer(handler{e}, wire.Options{
		TLS: encryption, StartupTimeout: loginDeadline, ReservedConnections: e.reservedConnections(),
		MaxConnections: c.MaxConnections, MaxMessageBytes: c.MaxMessageMiB << 20, ShutdownGrace: c.ShutdownGrace, Logger: e.log,
	})
	e.cancel, e.terminate = s.wire.Cancel, s.wire.Terminate
	if err := s.listen(c); err != nil {
		return nil, errors.Join(err, s.closeListeners())
	}
	return s, nil
}

func (s *Server) listen(c Config) error {
	if c.Listen != "" {
		if err := s.engine.refuseOpenDoor(c.Listen); err != nil {
			return err
		}
		l, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return fmt.Errorf("listen for clients: %w", err)
		}
		s.listeners = append(s.listeners, l)
	}
	if c.SocketDir != "" {
		l, err := wire.ListenUnix(c.SocketDir, s.port(), s.engine.config.SocketMode)
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	if c.Admin == "" {
		return nil
	}
	if err := requireLoopback("admin", c.Admin); err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Admin)
	if err != nil {
		return fmt.Errorf("listen for admin HTTP: %w", err)
	}
	s.httpDoor, s.admin = l, newAdmin(s.engine)
	return nil
}

// port is the TCP port, by whose number clients also find the Unix socket.
func (s *Server) port() int {
	if len(s.listeners) > 0 {
		if a, ok := s.listeners[0].Addr().(*net.TCPAddr); ok {
			return a.Port
		}
	}
	_, p, _ := net.SplitHostPort(DefaultListen)
	n, _ := strconv.Atoi(p)
	return n
}

func (s *Server) closeListeners() error {
	var err error
	for _, l := range s.listeners {
		err = errors.Join(err, l.Close())
	}
	if s.httpDoor != nil {
		err = errors.Join(err, s.httpDoor.Close())
	}
	return err
}

// Addr is the TCP address of the Postgres protocol, nil when it only listens on a Unix socket.
func (s *Server) Addr() net.Addr {
	for _, l := range s.listeners {
		if l.Addr().Network() == "tcp" {
			return l.Addr()
		}
	}
	return nil
}

// AdminAddr is the address of admin HTTP, nil without it.
func (s *Server) AdminAddr() net.Addr {
	if s.httpDoor == nil {
		return nil
	}
	return s.httpDoor.Addr()
}

// Serve answers clients until ctx is done; running statements then have ShutdownGrace to end. The engine
// stays open: it is the caller's to close. Call it once.
func (s *Server) Serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer startPacer()()
	var trimming sync.WaitGroup
	trimming.Go(func() { s.engine.trimWhenIdle(ctx) })
	defer func() {
		stop()
		trimming.Wait()
	}()
	adminDone := make(chan error, 1)
	if s.admin == nil {
		adminDone <- nil
	} else {
		s.admin.ready.Store(true)
		go func() {
			err := s.admin.serve(s.httpDoor)
			if err != nil {
				stop()
			}
			adminDone <- err
		}()
	}
	err := s.wire.Serve(ctx, s.listeners...)
	if s.admin != nil {
		s.admin.ready.Store(false)
		s.admin.stop()
	}
	return errors.Join(err, <-adminDone)
}

// reservedConnections are the superusers' own: superuser_reserved_connections, PostgreSQL's 3 where there are enough.
func (e *Engine) reservedConnections() int { return min(3, e.maxConnections()/4) }

// maxConnections is what SHOW max_connections says.
func (e *Engine) maxConnections() int {
	if e.config.MaxConnections > 0 {
		return e.config.MaxConnections
	}
	return 100
}
