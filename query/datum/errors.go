package datum

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// inputName is what Postgres's input errors call a type; the short names are its own irregularity.
func inputName(t *Type) string {
	switch t {
	case Time:
		return "time"
	case Timestamp:
		return "timestamp"
	default:
		return t.SQL
	}
}

func syntaxError(t *Type, s string) *sqlstate.Error {
	code := sqlstate.InvalidTextRepresentation
	switch t {
	case Date, Time, Timetz, Timestamp, Timestamptz, Interval:
		code = sqlstate.InvalidDatetimeFormat
	}
	return sqlstate.New(code, "invalid input syntax for type %s: \"%s\"", inputName(t), s)
}

func outOfRangeText(t *Type, s string) error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, t.SQL)
}

func outOfRange(t *Type) error {
	switch t {
	case Oid, Xid, Cid, Regproc, Regprocedure, Regoper, Regoperator, Regclass, Regtype, Regrole, Regnamespace, Regconfig,
		Regdictionary, Regcollation:
		return sqlstate.New(sqlstate.NumericValueOutOfRange, "OID out of range")
	default:
		return sqlstate.New(sqlstate.NumericValueOutOfRange, "%s out of range", t.SQL)
	}
}

func unsupported(what string, t *Type) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "%s of type %s is not supported", what, t.SQL)
}

func badBinary(t *Type) error {
	return sqlstate.New(sqlstate.InvalidBinaryRepresentation, "incorrect binary data format for type %s", t.SQL)
}

func corrupt(what string, t *Type) error {
	return sqlstate.New(sqlstate.DataCorrupted, "damaged %s of type %s", what, t.SQL)
}

// checkEncoding refuses what a UTF-8 database cannot hold: broken sequences and the zero byte.
func checkEncoding(s string) error {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return nil
	}
	bad := []byte{0}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			bad = []byte{s[i]}
			break
		}
		if r == 0 {
			break
		}
		i += size
	}
	return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%02x", bad[0])
}

// trimSpace removes what C's isspace calls white space, which is less than Unicode does.
func trimSpace(s string) string { return strings.Trim(s, " \t\n\v\f\r") }
