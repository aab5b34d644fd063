package wire

import (
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	flushBytes      = 64 << 10
	keepBufferBytes = 256 << 10 // a buffer that one long row made larger is not kept
	maxMessageBytes = 1<<30 - 1 // MaxAllocSize: what Postgres's clients expect a message never to exceed
)

// writer is the sending side of a connection: a buffer of whole messages, and at most one that is being built at
// its end. It is used by the connection's goroutine alone. The first error of writing sticks.
type writer struct {
	conn    net.Conn
	charset Charset
	timeout time.Duration // of one write; 0 is none
	buf     []byte
	open    int   // where the message being built starts; -1 when none is
	bad     error // why the message being built cannot be sent
	err     error
}

func newWriter(conn net.Conn, timeout time.Duration) *writer {
	return &writer{conn: conn, charset: utf8Charset{}, timeout: timeout, open: -1}
}

// begin starts a message; append its body to buf, then end it.
func (w *writer) begin(kind byte) {
	w.open = len(w.buf)
	w.buf = append(w.buf, kind, 0, 0, 0, 0)
}

// end completes the message and flushes when enough has gathered.
func (w *writer) end() error {
	if err := w.bad; err != nil {
		w.abandon()
		return err
	}
	size := len(w.buf) - w.open - 1
	if size > maxMessageBytes {
		w.abandon()
		return &Error{Code: codeLimitExceeded, Message: fmt.Sprintf("a message of %d bytes is too long to send", size)}
	}
	binary.BigEndian.PutUint32(w.buf[w.open+1:], uint32(size))
	w.open = -1
	if len(w.buf) >= flushBytes {
		return w.flush()
	}
	return w.err
}

// abandon drops a message that was begun and not ended: an error came in between.
func (w *writer) abandon() {
	if w.open >= 0 {
		w.buf = w.buf[:w.open]
		w.open = -1
	}
	w.bad = nil
}

// empty sends a message without a body.
func (w *writer) empty(kind byte) error {
	w.begin(kind)
	return w.end()
}

// string appends a string in the client's encoding; one that has no place there is end's error.
func (w *writer) string(s string) {
	if !w.charset.Plain() {
		encoded, err := w.charset.Encode(text(s))
		if err != nil {
			w.bad = err
			return
		}
		w.buf = append(append(w.buf, encoded...), 0)
		return
	}
	w.buf = append(w.buf, text(s)...)
	w.buf = append(w.buf, 0)
}

func (w *writer) int16(v int16) { w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(v)) }
func (w *writer) int32(v int32) { w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(v)) }

// send appends one of pgproto3's messages.
func (w *writer) send(msg pgproto3.BackendMessage) error {
	buf, err := msg.Encode(w.buf)
	if err != nil {
		return fmt.Errorf("encode %T: %w", msg, err)
	}
	w.buf = buf
	if len(w.buf) >= flushBytes {
		return w.flush()
	}
	return w.err
}

// flush writes every whole message to the socket.
func (w *writer) flush() error {
	if w.err != nil || len(w.buf) == 0 {
		w.buf = w.buf[:0]
		return w.err
	}
	if w.timeout > 0 {
		_ = w.conn.SetWriteDeadline(time.Now().Add(w.timeout))
	}
	if _, err := w.conn.Write(w.buf); err != nil {
		w.err = fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	if cap(w.buf) > keepBufferBytes {
		w.buf = nil
	}
	w.buf = w.buf[:0]
	return w.err
}

func formatInt(n int) string { return strconv.Itoa(n) }
