package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

const (
	frameHeaderBytes  = 5       // type, then length with itself but without the type
	smallMessageBytes = 10_000  // PQ_SMALL_MESSAGE_LIMIT: messages of a name and a number
	readBufferBytes   = 8 << 10 // bodies up to this length are lent out of the buffer, without a copy
	keepBodyBytes     = 1 << 20 // a longer body's memory is given back after use
	growBodyBytes     = 64 << 10
)

// frames cuts the client's bytes into messages. After an error of reading, the same call may be made again once
// the reader can read again: next and Read lose nothing, and payload stays in step (the message is skipped).
type frames struct {
	r         *bufio.Reader
	login     bool // only a password message may come, and only now may one
	limit     int  // for bodies of messages that carry data
	remaining int  // bytes of the current body not yet read
	body      []byte
}

func newFrames(r io.Reader, limit int) *frames {
	return &frames{r: bufio.NewReaderSize(r, readBufferBytes), limit: limit}
}

// next skips what is left of the current message and reads the header of the next. io.EOF is the stream's end
// between two messages, io.ErrUnexpectedEOF inside one; an *Error is always FATAL.
func (f *frames) next() (kind byte, err error) {
	if cap(f.body) > keepBodyBytes {
		f.body = nil
	}
	for f.remaining > 0 {
		n, err := f.r.Discard(f.remaining)
		f.remaining -= n
		if err != nil {
			return 0, unexpectedEOF(err)
		}
	}
	header, err := f.r.Peek(frameHeaderBytes)
	if err != nil {
		if len(header) > 0 {
			err = unexpectedEOF(err)
		}
		return 0, err
	}
	kind = header[0]
	size := int64(int32(binary.BigEndian.Uint32(header[1:]))) - 4
	if err := f.check(kind, size); err != nil {
		return 0, err
	}
	f.remaining = int(size)
	_, err = f.r.Discard(frameHeaderBytes)
	return kind, err
}

// buffered says that next will not have to read.
func (f *frames) buffered() bool { return f.r.Buffered() >= f.remaining+frameHeaderBytes }

// check refuses a header before any of its body is read: after a wrong one nothing that follows can be trusted
// to be a message at all.
func (f *frames) check(kind byte, size int64) error {
	limit := f.limit
	if f.login {
		if kind != 'p' {
			return protocolFatal("expected SASL response, got message type %d", kind)
		}
		return f.checkSize(size, maxSASLBytes)
	}
	switch kind {
	case 'Q', 'P', 'B', 'F', 'd', 'f':
	case 'C', 'D', 'E', 'H', 'S', 'X', 'c':
		limit = min(limit, smallMessageBytes)
	default:
		return protocolFatal("invalid frontend message type %d", kind)
	}
	return f.checkSize(size, limit)
}

func (f *frames) checkSize(size int64, limit int) error {
	if size < 0 {
		return protocolFatal("invalid message length %d", size+4)
	}
	if size > int64(limit) {
		err := protocolFatal("message of %d bytes is too long", size)
		err.Code = codeLimitExceeded
		err.Detail = "The limit for this kind of message is " + formatInt(limit) + " bytes."
		return err
	}
	return nil
}

// payload reads the rest of the current body and lends it until the next call of any method. Its memory grows
// with the bytes that arrive, never with the length that was claimed.
func (f *frames) payload() ([]byte, error) {
	if f.remaining <= readBufferBytes {
		body, err := f.r.Peek(f.remaining)
		if err != nil {
			return nil, unexpectedEOF(err)
		}
		_, err = f.r.Discard(f.remaining)
		f.remaining = 0
		return body, err
	}
	f.body = f.body[:0]
	for f.remaining > 0 {
		from := len(f.body)
		step := min(f.remaining, max(from, growBodyBytes))
		f.body = slices.Grow(f.body, step)[:from+step]
		n, err := io.ReadFull(f.r, f.body[from:])
		f.remaining -= n
		if err != nil {
			return nil, unexpectedEOF(err)
		}
	}
	return f.body, nil
}

// Read reads from the current body, io.EOF at its end: CopyData passes through without being gathered.
func (f *frames) Read(p []byte) (int, error) {
	if f.remaining == 0 {
		return 0, io.EOF
	}
	n, err := f.r.Read(p[:min(len(p), f.remaining)])
	f.remaining -= n
	return n, unexpectedEOF(err)
}

func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
