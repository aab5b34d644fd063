package wire

import (
	"crypto/rand"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// handshake goes from the first byte to the first ReadyForQuery. After a nil error there is a session, which
// must be closed. errTerminate is the end of a connection that was never meant to have one.
func (c *Conn) handshake() error {
	timer := time.AfterFunc(c.server.options.StartupTimeout, func() { c.terminate(errStartupTimeout) })
	defer timer.Stop()
	packet, err := c.startup()
	if err != nil {
		return err
	}
	if packet.code == cancelRequestCode {
		c.server.cancelByKey(packet.body)
		return errTerminate
	}
	startup, unknown, err := decodeStartup(packet)
	if err != nil {
		return fatal(err)
	}
	startup.Addr, startup.Local, startup.TLS = c.net.RemoteAddr(), c.net.LocalAddr(), c.tlsState()
	if negotiate := negotiation(packet, unknown); negotiate != nil {
		if err := c.out.send(negotiate); err != nil {
			return err
		}
	}
	admission, err := c.authenticate(startup)
	if err != nil {
		return err
	}
	timer.Stop()
	if err := c.server.admit(c, secretKey(startup.ProtocolMinor), admission); err != nil {
		return err
	}
	return c.openSession(startup)
}

// startup reads packets up to the one that is not a request for encryption. Each of those may come once; TLS is to be had
// where the server has a certificate, GSSAPI is not.
func (c *Conn) startup() (startupPacket, error) {
	var sawSSL, sawGSS bool
	for {
		if err := c.setIdle(true); err != nil {
			return startupPacket{}, err
		}
		packet, err := c.in.readStartup()
		if err != nil {
			return packet, err
		}
		switch {
		case packet.code == sslRequestCode && !sawSSL:
			sawSSL = true
			err = c.startTLS()
		case packet.code == gssEncRequestCode && !sawGSS:
			sawGSS = true
			err = c.sendByte('N')
		default:
			return packet, c.setIdle(false)
		}
		if err != nil {
			return packet, err
		}
	}
}

// openSession lets the client in and sends it everything up to ReadyForQuery.
func (c *Conn) openSession(startup Startup) error {
	ctx := c.begin()
	session, err := c.server.handler.NewSession(ctx, startup, c)
	if err = c.end(ctx, err); err != nil {
		if session != nil {
			session.Close()
		}
		if errors.Is(err, ErrClientGone) || errors.Is(err, errStartupTimeout) {
			return err
		}
		return fatal(c.flatten(err))
	}
	c.session = session
	if err := c.out.send(&pgproto3.AuthenticationOk{}); err != nil {
		return err
	}
	c.reportParameters()
	if err := c.out.send(&pgproto3.BackendKeyData{ProcessID: c.pid, SecretKey: c.secret}); err != nil {
		return err
	}
	return c.readyForQuery()
}

func (c *Conn) reportParameters() {
	c.session.ReportParameters(func(name, value string) {
		c.out.begin('S')
		c.out.string(name)
		c.out.string(value)
		_ = c.out.end() // an error of writing sticks, and shows at the next flush
	})
}

// secretKey makes a cancel key: four bytes in protocol 3.0, and as many as Postgres takes in 3.2.
func secretKey(minor int) []byte {
	key := make([]byte, 4)
	if minor >= 2 {
		key = make([]byte, 32)
	}
	_, _ = rand.Read(key) // never fails, says crypto/rand
	return key
}

// fatal gives an error that refuses a connection the severity that goes with it.
func fatal(err error) error {
	var known *Error
	if !errors.As(err, &known) || known.fatal() {
		return err
	}
	copied := *known
	copied.Severity = SeverityFatal
	return &copied
}
