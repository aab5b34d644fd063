package datum

import "time"

// Env is the session's settings that decide how values are read and written. A nil *Env is valid
// everywhere and means the defaults: UTC, ISO dates, shortest exact floats, hexadecimal bytea.
type Env struct {
	Location         *time.Location // TimeZone; nil is UTC
	Now              time.Time      // the transaction's start, for 'now' and 'today'; zero asks the clock
	ExtraFloatDigits int            // 1 or more is shortest exact; 0 or less drops digits
	ByteaEscape      bool           // bytea_output = escape
	IntervalStyle    string         // "" is postgres; also postgres_verbose, iso_8601, sql_standard
	DateStyle        string         // "" is "ISO, MDY"; only the field order after the comma is obeyed
	Names            Names          // nil: reg* values are read and written as numbers
	Domains          Domains        // nil: domains constrain nothing
	Charset          Charset        // of the client, in binary values; nil is UTF-8
}

// Names finds the catalog objects that reg* values stand for. The session implements it.
type Names interface {
	// NameOf returns how the object is written, quoted and qualified as needed.
	NameOf(t *Type, oid OID) (string, bool)
	// OIDOf finds the object by that name; the error is a *sqlstate.Error (42P01, 42883, 42704…).
	OIDOf(t *Type, name string) (OID, error)
}

func (e *Env) location() *time.Location {
	if e == nil || e.Location == nil {
		return time.UTC
	}
	return e.Location
}

func (e *Env) now() time.Time {
	if e == nil || e.Now.IsZero() {
		return time.Now()
	}
	return e.Now
}

// NewEnv returns the defaults, to be changed by whoever holds a session's settings.
func NewEnv() *Env { return &Env{ExtraFloatDigits: 1} }

func (e *Env) extraFloatDigits() int {
	if e == nil {
		return 1
	}
	return e.ExtraFloatDigits
}

func (e *Env) dayFirst() bool {
	return e != nil && len(e.DateStyle) >= 3 && e.DateStyle[len(e.DateStyle)-3:] == "DMY"
}

func (e *Env) yearFirst() bool {
	return e != nil && len(e.DateStyle) >= 3 && e.DateStyle[len(e.DateStyle)-3:] == "YMD"
}

func (e *Env) intervalStyle() string {
	if e == nil || e.IntervalStyle == "" {
		return "postgres"
	}
	return e.IntervalStyle
}

func (e *Env) names() Names {
	if e == nil {
		return nil
	}
	return e.Names
}
