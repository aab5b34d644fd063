package wire

import (
	"context"
	"encoding/binary"
	"errors"
)

// ResultWriter is where a session answers Query and Execute. It belongs to that one call. Everything is buffered
// and flushed as the buffer fills, so a method can block on a slow client; an error from one means that the
// client is lost (it wraps ErrClientGone) and that the statement should end.
//
// A row is written without allocating:
//
//	w.BeginRow(2)
//	w.Null()
//	w.EndValue(strconv.AppendInt(w.BeginValue(), id, 10))
//	err := w.EndRow()
type ResultWriter struct {
	ctx      context.Context
	conn     *Conn
	out      *writer
	extended bool // answers Execute: the columns were described before, if at all
	answers  int  // statements completed
	columns  int  // still to come in the row
	value    int  // where the value being built starts
	copyIn   *CopyReader
	copyOut  *CopyWriter
}

// errUnanswered is a session's defect: the client would wait for ever.
var errUnanswered = errors.New("the session ended a statement without completing it")

// errColumns is a session's defect: a row whose values are not as many as BeginRow was told.
var errColumns = errors.New("row has another number of values than announced")

// RowDescription announces the columns of the rows that follow. In answer to Execute it sends nothing: there
// the client asks by Describe, so that a session need not know which of the two it is answering.
func (w *ResultWriter) RowDescription(fields []Field) error {
	if w.extended {
		return nil
	}
	return w.out.rowDescription(fields)
}

// BeginRow starts a row of the given number of columns; as many values follow, then EndRow. A row that an error
// leaves unfinished is never sent.
func (w *ResultWriter) BeginRow(columns int) {
	w.out.begin('D')
	w.out.int16(int16(columns))
	w.columns = columns
}

// Null writes the next value as NULL.
func (w *ResultWriter) Null() {
	w.out.int32(-1)
	w.columns--
}

// Bytes writes the next value; it is copied.
func (w *ResultWriter) Bytes(value []byte) {
	w.out.int32(int32(len(value)))
	w.out.buf = append(w.out.buf, value...)
	w.columns--
}

// String writes the next value; it is copied.
func (w *ResultWriter) String(value string) {
	w.out.int32(int32(len(value)))
	w.out.buf = append(w.out.buf, value...)
	w.columns--
}

// BeginValue lends the output buffer for the next value to be appended to; EndValue takes it back. Nothing else
// of w may be called in between, and what the buffer already holds must be left alone.
func (w *ResultWriter) BeginValue() []byte {
	w.out.int32(0)
	w.value = len(w.out.buf)
	return w.out.buf
}

// EndValue takes the buffer of BeginValue back, with the value appended.
func (w *ResultWriter) EndValue(buf []byte) {
	binary.BigEndian.PutUint32(buf[w.value-4:], uint32(len(buf)-w.value))
	w.out.buf = buf
	w.columns--
}

// EndRow completes the row.
func (w *ResultWriter) EndRow() error {
	if w.columns != 0 {
		w.out.abandon()
		return errColumns
	}
	return w.out.end()
}

// CommandComplete ends a statement with its tag ("SELECT 3", "INSERT 0 1", "COPY 7"). After CopyIn it first
// reads what the client still sends, up to its CopyDone, and returns the error where it fails the copy.
func (w *ResultWriter) CommandComplete(tag string) error {
	if w.copyIn != nil {
		if err := w.copyIn.drain(); err != nil {
			return err
		}
		w.endCopyIn()
	}
	w.answers++
	w.out.begin('C')
	w.out.string(tag)
	return w.out.end()
}

// EmptyQuery answers a query string without a statement.
func (w *ResultWriter) EmptyQuery() error {
	w.answers++
	return w.out.empty('I')
}

// PortalSuspended ends an Execute whose row limit was reached before the portal's end.
func (w *ResultWriter) PortalSuspended() error {
	w.answers++
	return w.out.empty('s')
}

// Notice sends a notice, as Conn.Notice does.
func (w *ResultWriter) Notice(notice *Error) error { return w.conn.Notice(notice) }

// finish checks what a session left behind when its method returned without an error.
func (w *ResultWriter) finish() error {
	switch {
	case w.copyIn != nil && w.copyIn.failure() != nil:
		return w.copyIn.failure()
	case w.copyIn != nil, w.copyOut != nil, w.answers == 0, w.extended && w.answers != 1, w.out.open >= 0:
		return errUnanswered
	}
	return nil
}

// rowDescription is hand-made rather than pgproto3's, whose fields would have to be converted one by one.
func (w *writer) rowDescription(fields []Field) error {
	w.begin('T')
	w.int16(int16(len(fields)))
	for i := range fields {
		f := &fields[i]
		w.string(f.Name)
		w.int32(int32(f.TableOID))
		w.int16(f.TableColumn)
		w.int32(int32(f.TypeOID))
		w.int16(f.TypeSize)
		w.int32(f.TypeModifier)
		w.int16(f.Format)
	}
	return w.end()
}
