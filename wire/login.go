package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Authenticator is a Handler that asks clients who they are. Without it everybody is let in as who they say.
type Authenticator interface {
	// Authenticate decides whether a client may enter, before it takes one of MaxConnections. It may ask through login.
	// An *Error is sent as FATAL. ctx ends with the login's deadline, which covers TLS as well.
	Authenticate(ctx context.Context, startup Startup, login *Login) (Admission, error)
}

// Admission is what an Authenticator grants.
type Admission struct {
	// Reserved lets the client in when only Options.ReservedConnections are left.
	Reserved bool
}

// Login is the conversation of an authentication. It is valid until Authenticate returns.
type Login struct{ conn *Conn }

// maxSASLBytes bounds one message of the client's: PG_MAX_SASL_MESSAGE_LENGTH.
const maxSASLBytes = 1024

// TLS is the connection's encryption, nil without.
func (l *Login) TLS() *tls.ConnectionState { return l.conn.tlsState() }

// Addr is the client's address.
func (l *Login) Addr() net.Addr { return l.conn.net.RemoteAddr() }

// SASL offers mechanisms, best first, and returns the one that the client chose with its first message.
func (l *Login) SASL(mechanisms []string) (mechanism string, initial []byte, err error) {
	if err := l.send(&pgproto3.AuthenticationSASL{AuthMechanisms: mechanisms}); err != nil {
		return "", nil, err
	}
	var m pgproto3.SASLInitialResponse
	if err := l.receive(&m); err != nil {
		return "", nil, err
	}
	return m.AuthMechanism, m.Data, nil
}

// Challenge sends the server's message and returns the client's answer.
func (l *Login) Challenge(message []byte) (answer []byte, err error) {
	if err := l.send(&pgproto3.AuthenticationSASLContinue{Data: message}); err != nil {
		return nil, err
	}
	var m pgproto3.SASLResponse
	err = l.receive(&m)
	return m.Data, err
}

// Final sends the message that ends the exchange; AuthenticationOk follows once there is a session.
func (l *Login) Final(message []byte) error {
	return l.conn.out.send(&pgproto3.AuthenticationSASLFinal{Data: message})
}

func (l *Login) send(m pgproto3.BackendMessage) error {
	if err := l.conn.out.send(m); err != nil {
		return err
	}
	return l.conn.out.flush()
}

// receive reads a password message, the only one that may come now.
func (l *Login) receive(m pgproto3.FrontendMessage) error {
	c := l.conn
	c.in.login = true
	defer func() { c.in.login = false }()
	if _, err := c.in.next(); err != nil {
		return err
	}
	body, err := c.in.payload()
	if err != nil {
		return err
	}
	if err := m.Decode(body); err != nil {
		return protocolFatal("malformed SCRAM message")
	}
	return nil
}

// authenticate asks the handler, where it is one that asks.
func (c *Conn) authenticate(startup Startup) (Admission, error) {
	a, ok := c.server.handler.(Authenticator)
	if !ok {
		return Admission{Reserved: true}, nil
	}
	ctx := c.begin()
	admission, err := a.Authenticate(ctx, startup, &Login{c})
	if err = c.end(ctx, err); err != nil {
		if errors.Is(err, ErrClientGone) || errors.Is(err, errStartupTimeout) {
			return admission, err
		}
		var known *Error
		if !errors.As(err, &known) && isReadError(err) {
			return admission, err
		}
		return admission, fatal(c.flatten(err))
	}
	return admission, nil
}
