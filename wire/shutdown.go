package wire

import (
	"errors"
	"sync"
	"syscall"
	"time"
)

// lastWrite is how long a connection that is being ended may still write.
const lastWrite = time.Second

// shutdown ends every connection and waits for their goroutines: idle ones now, working ones when they are done
// or when the grace is over. A session that minds neither its context nor a closed socket delays it for ever.
func (s *Server) shutdown(serving *sync.WaitGroup) {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.each((*Conn).drain)

	done := make(chan struct{})
	go func() {
		serving.Wait()
		close(done)
	}()
	grace := time.NewTimer(s.options.ShutdownGrace)
	defer grace.Stop()
	select {
	case <-done:
		return
	case <-grace.C:
	}
	s.each(func(c *Conn) {
		c.terminate(ErrShutdown)
		c.unblock(lastWrite)
	})
	<-done
}

// each calls f for every connection, outside the lock: f takes the connection's own.
func (s *Server) each(f func(*Conn)) {
	s.mu.Lock()
	conns := make([]*Conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		f(c)
	}
}

// isTemporary tells errors of accept that pass by themselves: a client that gave up in the queue, and a shortage
// of descriptors or memory.
func isTemporary(err error) bool {
	for _, passing := range []error{
		syscall.ECONNABORTED, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EINTR,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}
