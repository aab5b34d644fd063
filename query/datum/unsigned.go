package datum

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// What counts to 2⁶⁴ is held with its highest bit turned, so that its order is that of the integers: PgLSN, a place in
// the write-ahead log, and Xid8, a transaction's number that never comes again. Tid is the place of a row, its block
// over its number in there. Cid is a command's number within its transaction.
var (
	PgLSN             = base(3220, "pg_lsn", "pg_lsn", KindInt, 8, 'U', false)
	PgLSNArray        = arrayOf(3221, PgLSN)
	Xid8              = base(5069, "xid8", "xid8", KindInt, 8, 'U', false)
	Xid8Array         = arrayOf(271, Xid8)
	Tid               = base(27, "tid", "tid", KindInt, 6, 'U', false)
	TidArray          = arrayOf(1010, Tid)
	Cid               = base(29, "cid", "cid", KindInt, 4, 'U', false)
	CidArray          = arrayOf(1012, Cid)
	Regcollation      = base(4191, "regcollation", "regcollation", KindInt, 4, 'N', false)
	RegcollationArray = arrayOf(4192, Regcollation)
)

const highBit = 1 << 63

// NewUnsigned is a pg_lsn or xid8.
func NewUnsigned(u uint64) Datum { return NewInt(int64(u ^ highBit)) }

// Unsigned is the number of a pg_lsn or xid8.
func (d Datum) Unsigned() uint64 { return uint64(d.Int()) ^ highBit }

// isUnsigned64 says whether the type is held as NewUnsigned holds it.
func isUnsigned64(t *Type) bool { return t == PgLSN || t == Xid8 }

// parseLSN reads two hexadecimal numbers of up to eight digits with a slash between them.
func parseLSN(s string) (Datum, error) {
	high, low, ok := strings.Cut(s, "/")
	h, err := parseHex32(high)
	l, err2 := parseHex32(low)
	if !ok || err != nil || err2 != nil {
		return Null, syntaxError(PgLSN, s)
	}
	return NewUnsigned(h<<32 | l), nil
}

func parseHex32(s string) (uint64, error) {
	if len(s) > 8 || strings.ContainsAny(s, "+-_") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 16, 32)
}

func appendLSN(dst []byte, u uint64) []byte {
	return append(dst, strings.ToUpper(strconv.FormatUint(u>>32, 16)+"/"+strconv.FormatUint(u&math.MaxUint32, 16))...)
}

// parseLoose reads what C's strtoull makes of a text: the digits at its beginning, in octal after 0 and hexadecimal after
// 0x, the greatest number where they are too many, and 0 where there are none. PostgreSQL 15 reads xid, xid8 and cid so.
func parseLoose(s string) uint64 {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	radix, digits := 10, "0123456789"
	switch {
	case len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && isHexDigit(s[2]):
		radix, digits, s = 16, "0123456789abcdefABCDEF", s[2:]
	case strings.HasPrefix(s, "0"):
		radix, digits = 8, "01234567"
	}
	s = s[:len(s)-len(strings.TrimLeft(s, digits))]
	u, err := strconv.ParseUint(s, radix, 64)
	switch {
	case s == "":
		return 0
	case err != nil:
		return math.MaxUint64
	case negative:
		return -u
	}
	return u
}

// parseTid reads "(block,number)". A negative block wraps.
func parseTid(s string) (Datum, error) {
	open := strings.IndexByte(s, '(')
	end := strings.IndexByte(s, ')')
	if open < 0 || end < open {
		return Null, syntaxError(Tid, s)
	}
	block, number, ok := strings.Cut(s[open+1:end], ",")
	b, err := strconv.ParseInt(strings.TrimLeft(block, " "), 10, 64)
	n, err2 := strconv.ParseUint(strings.TrimLeft(number, " "), 10, 16)
	if !ok || err != nil || err2 != nil || b < math.MinInt32 || b > math.MaxUint32 {
		return Null, syntaxError(Tid, s)
	}
	return NewInt(int64(uint32(b))<<16 | int64(n)), nil
}

func appendTid(dst []byte, i int64) []byte {
	dst = strconv.AppendInt(append(dst, '('), i>>16, 10)
	dst = strconv.AppendInt(append(dst, ','), i&math.MaxUint16, 10)
	return append(dst, ')')
}

func parseTidBinary(b []byte) (Datum, error) {
	if len(b) != 6 {
		return Null, badBinary(Tid)
	}
	return NewInt(int64(binary.BigEndian.Uint32(b))<<16 | int64(binary.BigEndian.Uint16(b[4:]))), nil
}

func appendTidBinary(dst []byte, i int64) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(i>>16))
	return binary.BigEndian.AppendUint16(dst, uint16(i))
}
