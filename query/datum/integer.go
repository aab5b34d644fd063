package datum

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// isUnsigned says whether the type is an OID in some dress, held as 0 … 2³²-1.
func isUnsigned(t *Type) bool {
	switch t {
	case Oid, Xid, Cid, Regproc, Regprocedure, Regoper, Regoperator, Regclass, Regtype, Regrole, Regnamespace, Regconfig,
		Regdictionary, Regcollation:
		return true
	}
	return false
}

func isReg(t *Type) bool { return isUnsigned(t) && t != Oid && t != Xid && t != Cid }

// intRange is the least and greatest value of an integer type.
func intRange(t *Type) (lo, hi int64) {
	switch {
	case isUnsigned(t):
		return 0, math.MaxUint32
	case t.Len == 2:
		return math.MinInt16, math.MaxInt16
	case t.Len == 4:
		return math.MinInt32, math.MaxInt32
	default:
		return math.MinInt64, math.MaxInt64
	}
}

// checkInt makes a value of an integer type, or 22003.
func checkInt(t *Type, i int64) (Datum, error) {
	if lo, hi := intRange(t); i < lo || i > hi {
		return Null, outOfRange(t)
	}
	return NewInt(i), nil
}

func parseIntText(t *Type, s string, env *Env) (Datum, error) {
	switch t {
	case Date, Time, Timetz, Timestamp, Timestamptz:
		return parseDateTime(t, s, env)
	case Money:
		return parseMoney(s)
	case PgLSN:
		return parseLSN(s)
	case Xid8:
		return NewUnsigned(parseLoose(s)), nil
	case Xid, Cid:
		return NewInt(int64(uint32(parseLoose(s)))), nil
	case Tid:
		return parseTid(s)
	}
	if t.IsEnum() {
		return t.parseLabel(s)
	}
	if isReg(t) {
		return parseReg(t, s, env)
	}
	return parseInteger(t, s)
}

// parseInteger reads decimal numbers: 0x1F and 1_000 came with PostgreSQL 16. An oid may be written as a negative
// int4, which wraps.
func parseInteger(t *Type, s string) (Datum, error) {
	v := trimSpace(s)
	i, err := strconv.ParseInt(v, 10, 64)
	lo, hi := intRange(t)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return Null, outOfRangeText(t, s)
	case err != nil:
		return Null, syntaxError(t, s)
	case isUnsigned(t) && i < 0 && i >= math.MinInt32:
		return NewInt(int64(uint32(i))), nil
	case i < lo || i > hi:
		return Null, outOfRangeText(t, s)
	}
	return NewInt(i), nil
}

func appendIntText(dst []byte, t *Type, i int64, env *Env) []byte {
	switch t {
	case Int4, Int8, Int2, Oid:
		return strconv.AppendInt(dst, i, 10)
	case Date:
		return appendDate(dst, i)
	case Time:
		return appendTime(dst, i)
	case Timetz:
		return appendTimetz(dst, i)
	case Timestamp:
		return appendTimestamp(dst, i)
	case Timestamptz:
		return appendTimestamptz(dst, i, env.location())
	case Money:
		return appendMoney(dst, i)
	case PgLSN:
		return appendLSN(dst, uint64(i)^highBit)
	case Xid8:
		return strconv.AppendUint(dst, uint64(i)^highBit, 10)
	case Tid:
		return appendTid(dst, i)
	}
	if t.IsEnum() {
		return append(dst, t.label(i)...)
	}
	if isReg(t) {
		return appendReg(dst, t, i, env)
	}
	return strconv.AppendInt(dst, i, 10)
}

// parseReg reads an object's OID or name; "-" is no object, except where it is an operator.
func parseReg(t *Type, s string, env *Env) (Datum, error) {
	v := trimSpace(s)
	if v == "-" && t != Regoper && t != Regoperator {
		return NewInt(0), nil
	}
	if v != "" && strings.Trim(v, "0123456789") == "" {
		return parseInteger(Oid, v)
	}
	names := env.names()
	if names == nil {
		if oid, ok := textSearchOID(t, v); ok {
			return NewInt(oid), nil
		}
		return Null, sqlstate.New(sqlstate.UndefinedObject, "%s \"%s\" does not exist", t.SQL, v)
	}
	oid, err := names.OIDOf(t, v)
	if err != nil {
		return Null, err
	}
	return NewInt(int64(oid)), nil
}

func appendReg(dst []byte, t *Type, i int64, env *Env) []byte {
	switch {
	case i == 0 && (t == Regoper || t == Regoperator):
		return append(dst, '0') // "-" is an operator
	case i == 0:
		return append(dst, '-')
	}
	if names := env.names(); names != nil {
		if name, ok := names.NameOf(t, OID(i)); ok {
			return append(dst, name...)
		}
	} else if name, ok := textSearchName(t, OID(i)); ok {
		return append(dst, name...)
	}
	return strconv.AppendInt(dst, i, 10)
}
