package server

import (
	"github.com/seguedb/segue/query/charset"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// clientCharset is a session's client_encoding, as the wire converts by it.
type clientCharset struct{ s *Session }

// Plain implements wire.Charset.
func (c clientCharset) Plain() bool { return !c.s.settings.encoding.Converts() }

// Decode implements wire.Charset.
func (c clientCharset) Decode(s string) (string, error) {
	out, err := c.s.settings.encoding.Decode(s)
	return out, toWire(err)
}

// Encode implements wire.Charset.
func (c clientCharset) Encode(s string) (string, error) {
	out, err := c.s.settings.encoding.Encode(s)
	return out, toWire(err)
}

// clientEncoding checks client_encoding. asyncpg sends it in quotes, which do not count.
func clientEncoding(v string) (string, error) {
	e := charset.Lookup(v)
	switch {
	case e == nil:
		return "", invalidValue("client_encoding", v)
	case e.Plain(), e.Converts():
		return e.Name, nil
	}
	err := sqlstate.New(sqlstate.FeatureNotSupported, "invalid value for parameter %q: %q", "client_encoding", v)
	return "", err.WithDetail("Conversion between %s and UTF8 is not supported.", e.Name)
}

// copyEncoding is what a COPY's data is in. In binary format the texts are, and datum.Env.Charset converts them.
func (s *Session) copyEncoding(o *plan.CopyOptions) *charset.Encoding {
	switch {
	case o.Format == plan.CopyBinary:
		return charset.UTF8
	case o.Encoding != nil:
		return o.Encoding
	}
	return s.settings.encoding
}
