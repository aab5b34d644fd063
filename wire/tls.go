package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
)

// startTLS answers an SSLRequest: 'S' and a handshake where there is TLS to be had, 'N' where not. Bytes that came with
// the request were sent before there was encryption, and would be taken for the client's after it: somebody in the middle
// put them there, or the client is broken (CVE-2021-23214).
func (c *Conn) startTLS() error {
	config := c.server.options.TLS
	if config == nil {
		return c.sendByte('N')
	}
	if c.in.r.Buffered() > 0 {
		err := protocolFatal("received unencrypted data after SSL request")
		err.Detail = "This could be either a client-software bug or evidence of an attempted man-in-the-middle attack."
		return err
	}
	if err := c.sendByte('S'); err != nil {
		return err
	}
	secured := tls.Server(c.net, config)
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	if err := secured.HandshakeContext(ctx); err != nil {
		c.log().Debug("TLS handshake failed", "error", err)
		return errTerminate
	}
	c.reader.secure(secured)
	c.mu.Lock() // who ends the connection looks at net from outside
	c.net, c.out.conn = secured, secured
	c.mu.Unlock()
	return nil
}

func (c *Conn) sendByte(b byte) error {
	c.out.buf = append(c.out.buf, b)
	return c.out.flush()
}

// tlsState is the connection's encryption, nil without.
func (c *Conn) tlsState() *tls.ConnectionState {
	if secured, ok := c.net.(*tls.Conn); ok {
		state := secured.ConnectionState()
		return &state
	}
	return nil
}

// secure makes the reader read what comes through TLS. Nothing of the connection may be buffered.
func (r *reader) secure(conn net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conn = conn
}

// isReadError says that an error is one of the stream, which is answered with silence.
func isReadError(err error) bool {
	var network net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &network)
}
