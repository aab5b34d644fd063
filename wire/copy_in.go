package wire

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// CopyReader is the stream of bytes of a COPY FROM STDIN: the payloads of the client's CopyData messages, end to
// end, with no regard to where one message ends and the next begins (the protocol gives the borders no meaning).
//
// It reads from the socket only when asked, so that a session that embeds slowly slows its client down, and
// holds no more than one read buffer. It is valid until the session's method returns.
type CopyReader struct {
	ctx  context.Context
	conn *Conn
	data bool // inside a CopyData message
	err  error
}

// CopyIn asks the client for COPY data: format is the overall one, and columnFormats has one entry a column.
// Read the data to io.EOF, then call CommandComplete. A session that fails returns its error without reading
// on; what the client still sends is then skipped.
func (w *ResultWriter) CopyIn(format byte, columnFormats []int16) (*CopyReader, error) {
	if err := w.out.copyResponse('G', format, columnFormats); err != nil {
		return nil, err
	}
	if err := w.out.flush(); err != nil {
		return nil, err
	}
	w.copyIn = &CopyReader{ctx: w.ctx, conn: w.conn}
	w.conn.setCopying(true)
	return w.copyIn, nil
}

func (w *ResultWriter) endCopyIn() {
	if w.copyIn != nil {
		w.copyIn = nil
		w.conn.setCopying(false)
	}
}

// Read reads payload bytes. Its errors stick:
//   - io.EOF after the client's CopyDone;
//   - an *Error 57014 with the client's message after its CopyFail;
//   - the cause, when the statement's context is cancelled;
//   - one that wraps ErrClientGone and io.ErrUnexpectedEOF when the connection ends first;
//   - an *Error 08P01 for a message that has no place in a COPY; the connection ends with it.
func (r *CopyReader) Read(p []byte) (int, error) {
	for r.err == nil {
		if r.data && r.conn.in.remaining > 0 {
			n, err := r.conn.in.Read(p)
			if err != nil {
				r.err = r.readError(err)
			}
			if n > 0 || len(p) == 0 {
				return n, nil
			}
			continue
		}
		r.err = r.nextMessage()
	}
	return 0, r.err
}

// nextMessage reads up to the next CopyData message or the end. Sync and Flush are skipped, as in Postgres:
// libpq's extended-query COPY sends a Sync before the data.
func (r *CopyReader) nextMessage() error {
	r.data = false
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	kind, err := r.conn.in.next()
	if err != nil {
		return r.readError(err)
	}
	switch kind {
	case 'd':
		r.data = true
		return nil
	case 'c':
		return io.EOF
	case 'f':
		return r.copyFail()
	case 'H', 'S':
		return nil
	}
	return protocolFatal("unexpected message type 0x%02X during COPY from stdin", kind)
}

func (r *CopyReader) copyFail() error {
	body, err := r.conn.in.payload()
	if err != nil {
		return r.readError(err)
	}
	var msg pgproto3.CopyFail
	if err := msg.Decode(body); err != nil {
		return protocolError("invalid CopyFail message")
	}
	if err := r.conn.readText(&msg.Message); err != nil {
		return err
	}
	return &Error{Code: codeQueryCanceled, Message: "COPY from stdin failed: " + msg.Message}
}

func (r *CopyReader) readError(err error) error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case r.ctx.Err() != nil:
		return context.Cause(r.ctx)
	}
	return fmt.Errorf("%w while reading COPY data: %w", ErrClientGone, unexpectedEOF(err))
}

// drain reads to the client's CopyDone and drops the data.
func (r *CopyReader) drain() error {
	var scrap [4096]byte
	for r.err == nil {
		_, _ = r.Read(scrap[:])
	}
	return r.failure()
}

// failure is the error that ended the copy, if it was not ended by CopyDone.
func (r *CopyReader) failure() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// copyResponse sends CopyInResponse ('G') or CopyOutResponse ('H').
func (w *writer) copyResponse(kind, format byte, columnFormats []int16) error {
	w.begin(kind)
	w.buf = append(w.buf, format)
	w.int16(int16(len(columnFormats)))
	for _, f := range columnFormats {
		w.int16(f)
	}
	return w.end()
}
