package datum

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/hstore"
	"github.com/seguedb/segue/query/sqlstate"
)

// nameBytes is NAMEDATALEN less its terminator.
const nameBytes = 63

func parseString(t *Type, s string) (Datum, error) {
	switch t {
	case Bytea:
		return parseBytea(s)
	case UUID:
		return parseUUID(s)
	case Bit, Varbit:
		return parseBits(s)
	case Inet, CIDR:
		return parseNetwork(t, s)
	case Macaddr:
		return parseMacaddr(s)
	case Macaddr8:
		return parseMacaddr8(s)
	case PgSnapshot, TxidSnapshot:
		return parseXidSnapshot(s)
	case Point, Lseg, Path, Box, Polygon, Line, Circle:
		return parseGeometry(t, s)
	}
	if err := checkEncoding(s); err != nil {
		return Null, err
	}
	switch t {
	case Name:
		return NewString(truncateName(s)), nil
	case Char:
		return NewString(parseChar(s)), nil
	case JSON:
		return parseJSON(s)
	case JSONB:
		return parseJSONB(s)
	case JSONPath:
		return parseJSONPath(s)
	case TSVector, TSQuery:
		return parseTextSearch(t, s)
	case Hstore:
		return parseHstore(s)
	case GHstore:
		return Null, sqlstate.New(sqlstate.InternalError, "Not implemented")
	default:
		return NewString(s), nil
	}
}

func appendString(dst []byte, t *Type, s string, env *Env) []byte {
	switch t {
	case Bytea:
		if env != nil && env.ByteaEscape {
			return appendByteaEscape(dst, s)
		}
		return appendByteaHex(dst, s)
	case UUID:
		return appendUUID(dst, s)
	case Inet, CIDR:
		return appendNetwork(dst, t, s)
	case Macaddr, Macaddr8:
		return appendMacaddr(dst, s)
	case Point, Lseg, Path, Box, Polygon, Line, Circle:
		return appendGeometry(dst, t, s, env)
	case Char:
		return appendChar(dst, s)
	case TSVector, TSQuery:
		return appendTextSearch(dst, t, s)
	case Hstore:
		return hstore.Decode(s).Append(dst)
	default:
		return append(dst, s...)
	}
}

func parseStringBinary(t *Type, b []byte) (Datum, error) {
	switch t {
	case Bytea:
		return NewString(string(b)), nil
	case UUID:
		if len(b) != 16 {
			return Null, badBinary(t)
		}
		return NewString(string(b)), nil
	case Char:
		if len(b) != 1 {
			return Null, badBinary(t)
		}
		return NewString(charOf(b[0])), nil
	case TSVector, TSQuery:
		return parseTextSearchBinary(t, b)
	case Hstore:
		return parseHstoreBinary(b)
	case PgSnapshot, TxidSnapshot:
		return parseXidSnapshotBinary(b)
	case Bit, Varbit:
		return parseBitsBinary(t, b)
	case Inet, CIDR:
		return parseNetworkBinary(t, b)
	case Macaddr:
		if len(b) != 6 {
			return Null, badBinary(t)
		}
		return NewString(string(b)), nil
	case Macaddr8:
		switch len(b) {
		case 6:
			return NewString(widenMacaddr(string(b))), nil
		case 8:
			return NewString(string(b)), nil
		}
		return Null, badBinary(t)
	case Point, Lseg, Path, Box, Polygon, Line, Circle:
		return parseGeometryBinary(t, b)
	case JSONB, JSONPath: // a version byte, then text
		if len(b) == 0 || b[0] != 1 {
			return Null, badBinary(t)
		}
		b = b[1:]
	}
	return parseString(t, string(b))
}

func appendStringBinary(dst []byte, t *Type, s string) []byte {
	switch t {
	case JSONB, JSONPath:
		dst = append(dst, 1)
	case Char:
		return append(dst, charByte(s))
	case Bit, Varbit:
		return packBits(binary.BigEndian.AppendUint32(dst, uint32(len(s))), s)
	case Inet, CIDR:
		return appendNetworkBinary(dst, t, s)
	case PgSnapshot, TxidSnapshot:
		return appendXidSnapshotBinary(dst, s)
	}
	return append(dst, s...)
}

// truncateName cuts at nameBytes without splitting a character.
func truncateName(s string) string {
	if len(s) <= nameBytes {
		return s
	}
	n := nameBytes
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// A "char" is one byte, held as a string of one byte, or the empty string for byte zero.

func charOf(b byte) string {
	if b == 0 {
		return ""
	}
	return string([]byte{b})
}

func charByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// parseChar reads the first byte, or the octal form in which bytes above 127 are written.
func parseChar(s string) string {
	if len(s) == 4 && s[0] == '\\' && isOctal(s[1], '3') && isOctal(s[2], '7') && isOctal(s[3], '7') {
		return charOf((s[1]-'0')<<6 | (s[2]-'0')<<3 | (s[3] - '0'))
	}
	if s == "" {
		return ""
	}
	return charOf(s[0])
}

func appendChar(dst []byte, s string) []byte {
	switch b := charByte(s); {
	case b == 0:
		return dst
	case b < utf8.RuneSelf:
		return append(dst, b)
	default:
		return append(dst, '\\', '0'+b>>6, '0'+b>>3&7, '0'+b&7)
	}
}

func isOctal(b, hi byte) bool { return b >= '0' && b <= hi }

// trimBlanks removes a bpchar's padding, which is never significant.
func trimBlanks(s string) string { return strings.TrimRight(s, " ") }
