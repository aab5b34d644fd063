package wire

import (
	"crypto/subtle"
	"encoding/binary"
)

// Length of a CancelRequest's key, by protocol 3.2.
const (
	minCancelKeyBytes = 4
	maxCancelKeyBytes = 256
)

// cancelByKey serves a CancelRequest. The client learns nothing, not even whether the connection exists; the
// comparison takes the same time whatever the key.
func (s *Server) cancelByKey(body []byte) {
	if len(body) < 4+minCancelKeyBytes || len(body) > 4+maxCancelKeyBytes {
		s.options.Logger.Debug("malformed cancel request", "size_bytes", len(body))
		return
	}
	pid, key := binary.BigEndian.Uint32(body), body[4:]
	c := s.lookup(pid)
	if c == nil || subtle.ConstantTimeCompare(c.secret, key) != 1 {
		s.options.Logger.Debug("cancel request with a wrong pid or key", "pid", pid)
		return
	}
	c.cancelStatement(ErrCanceled)
}

// Cancel cancels the statement that a connection is running now, if it is running one: pg_cancel_backend. false:
// there is no such connection.
func (s *Server) Cancel(pid uint32) bool {
	c := s.lookup(pid)
	if c == nil {
		return false
	}
	c.cancelStatement(ErrCanceled)
	return true
}

// Terminate ends a connection, cancelling what it runs: pg_terminate_backend. false: there is no such connection.
// It does not wait for the end.
func (s *Server) Terminate(pid uint32) bool {
	c := s.lookup(pid)
	if c == nil {
		return false
	}
	c.terminate(ErrShutdown)
	return true
}
