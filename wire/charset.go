package wire

import "github.com/jackc/pgx/v5/pgproto3"

// Charset is the client's encoding, which may change at any message. Its errors are the client's to see: an *Error.
type Charset interface {
	// Plain says that the client speaks UTF-8 now, and nothing is to be converted.
	Plain() bool
	// Decode gives the client's text as UTF-8, and Encode the other way round.
	Decode(s string) (string, error)
	Encode(s string) (string, error)
}

type utf8Charset struct{}

func (utf8Charset) Plain() bool                     { return true }
func (utf8Charset) Decode(s string) (string, error) { return s, nil }
func (utf8Charset) Encode(s string) (string, error) { return s, nil }

// SetCharset has every text of the protocol converted from and to an encoding: queries, names, errors, notices and what
// ResultWriter.EndText takes. Parameters and COPY data are the session's. Call it from NewSession.
func (c *Conn) SetCharset(charset Charset) { c.out.charset = charset }

// readText decodes the strings of one message in place, and checks them.
func (c *Conn) readText(values ...*string) error {
	for _, v := range values {
		if !c.out.charset.Plain() {
			decoded, err := c.out.charset.Decode(*v)
			if err != nil {
				return err
			}
			*v = decoded
		}
		if err := checkText(*v); err != nil {
			return err
		}
	}
	return nil
}

// encoded is an error's or a notice's message in the client's encoding. Where a character is missing there, the message
// is the error about that.
func (w *writer) encoded(e *Error, severity, code string) *pgproto3.ErrorResponse {
	m := e.response(severity, code)
	if err := w.encodeFields(m); err != nil {
		missing, ok := err.(*Error)
		if !ok {
			return m
		}
		return missing.response(severity, code)
	}
	return m
}

func (w *writer) encodeFields(m *pgproto3.ErrorResponse) error {
	if w.charset.Plain() {
		return nil
	}
	for _, field := range []*string{&m.Message, &m.Detail, &m.Hint, &m.InternalQuery, &m.Where, &m.SchemaName, &m.TableName,
		&m.ColumnName, &m.DataTypeName, &m.ConstraintName, &m.Routine} {
		encoded, err := w.charset.Encode(*field)
		if err != nil {
			return err
		}
		*field = encoded
	}
	return nil
}

// EndText is EndValue for a value in text format, which is UTF-8 still. An error leaves the row unfinished.
func (w *ResultWriter) EndText(buf []byte) error {
	if !w.out.charset.Plain() {
		encoded, err := w.out.charset.Encode(string(buf[w.value:]))
		if err != nil {
			w.out.buf = buf
			return err
		}
		buf = append(buf[:w.value], encoded...)
	}
	w.EndValue(buf)
	return nil
}
