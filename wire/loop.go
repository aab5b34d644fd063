package wire

import (
	"errors"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// lingerFor is how long a connection that ends with an error is still read from, and the bytes dropped. Closing
// a socket with unread input makes the kernel send a reset, and that can take the error message back from a
// client that has not read it yet.
const lingerFor = 250 * time.Millisecond

// serve runs a connection from its first byte to its end. It returns when nothing of the connection is left.
func (c *Conn) serve() {
	defer c.close()
	defer c.recoverPanic()
	defer c.closeSession()
	err := c.handshake()
	if err == nil {
		err = c.loop()
	}
	c.closeSession()
	c.farewell(err)
}

// closeSession comes before the client is told why the connection ends: once it knows, what its session held is
// free. The deferred call is for panics.
func (c *Conn) closeSession() {
	if session := c.session; session != nil {
		c.session = nil
		session.Close()
	}
}

// farewell says why the connection ends, where there is someone to tell. What is no *Error is an error of reading
// or writing, or a first packet that is not of this protocol: those are answered with silence.
func (c *Conn) farewell(err error) {
	var known *Error
	switch {
	case errors.As(err, &known):
		c.sendError(known)
		c.linger()
	case errors.Is(err, errTerminate):
	default:
		c.log().Debug("connection ended", "error", err)
	}
}

// linger closes the sending side and reads on for a moment.
func (c *Conn) linger() {
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.reader.disarm()
	_ = c.net.SetReadDeadline(time.Now().Add(lingerFor))
	_, _ = io.Copy(io.Discard, c.net)
}

// close frees what is left: after it no goroutine knows the connection.
func (c *Conn) close() {
	c.endAll(nil)
	_ = c.net.Close()
	c.reader.disarm()
	c.server.forget(c)
}

// loop answers messages until the connection must end, and returns why.
func (c *Conn) loop() error {
	for {
		kind, err := c.nextMessage()
		if err != nil {
			return err
		}
		if c.skipToSync && kind != 'S' && kind != 'X' {
			continue
		}
		if err := c.answer(kind); err != nil {
			return err
		}
	}
}

// nextMessage reads the header of the next message. Only who has to wait for it says so: of the messages that a client
// sends together all but the first are here already.
func (c *Conn) nextMessage() (kind byte, err error) {
	if c.in.buffered() {
		return c.in.next()
	}
	if err := c.setIdle(!c.inUnit); err != nil {
		return 0, err
	}
	if kind, err = c.in.next(); err != nil {
		return 0, err
	}
	return kind, c.setIdle(false)
}

// answer handles one message. An error it returns ends the connection; others have been sent.
func (c *Conn) answer(kind byte) error {
	switch kind {
	case 'X':
		return errTerminate
	case 'H':
		c.inUnit = true
		return c.out.flush()
	case 'd', 'c', 'f':
		return nil // what a client still sends of a COPY that failed
	}
	body, err := c.in.payload()
	if err != nil {
		return err
	}
	extended := kind != 'Q' && kind != 'F' && kind != 'S'
	c.inUnit = extended
	if err := c.dispatch(kind, body); err != nil {
		if err := c.fail(err); err != nil {
			return err
		}
		c.skipToSync = extended
	}
	if extended {
		return c.out.err
	}
	return c.readyForQuery()
}

// dispatch hands a message to the file named after it.
func (c *Conn) dispatch(kind byte, body []byte) error {
	switch kind {
	case 'Q':
		return c.query(body)
	case 'P':
		return c.parse(body)
	case 'B':
		return c.bind(body)
	case 'D':
		return c.describe(body)
	case 'E':
		return c.execute(body)
	case 'C':
		return c.closeNamed(body)
	case 'S':
		return c.sync()
	case 'F':
		return &Error{Code: codeFeatureNotSupported, Message: "function calls by message are not supported", Hint: "Use SELECT."}
	}
	return protocolFatal("invalid frontend message type %d", kind) // frames.check let it through
}

// fail sends the error and tells the session, or returns it where the connection ends with it.
func (c *Conn) fail(err error) error {
	c.out.abandon()
	if errors.Is(err, ErrClientGone) {
		return err
	}
	known := c.flatten(err)
	if known.fatal() {
		return known
	}
	c.session.Fail(known)
	c.sendError(known)
	return nil
}

// readyForQuery ends a cycle: changed parameters, the transaction's status, and everything out.
func (c *Conn) readyForQuery() error {
	c.inUnit = false
	c.reportParameters()
	c.out.begin('Z')
	c.out.buf = append(c.out.buf, c.session.TxStatus())
	if err := c.out.end(); err != nil {
		return err
	}
	return c.out.flush()
}

// decode decodes a body. Where it can't, the stream is still in step, and Postgres's words say what is wrong;
// the decoder's own are not for the client.
func decode(msg pgproto3.FrontendMessage, body []byte) error {
	if err := msg.Decode(body); err != nil {
		return protocolError("invalid message format")
	}
	return nil
}
