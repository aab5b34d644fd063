package datum

import (
	"encoding/hex"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

func parseBytea(s string) (Datum, error) {
	if strings.HasPrefix(s, `\x`) {
		return parseByteaHex(s[2:])
	}
	return parseByteaEscape(s)
}

// parseByteaHex reads pairs of digits, with white space allowed between pairs.
func parseByteaHex(s string) (Datum, error) {
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); {
		if strings.IndexByte(" \n\t\r", s[i]) >= 0 {
			i++
			continue
		}
		hi, ok := hexDigit(s[i])
		if !ok {
			return Null, badHexDigit(s, i)
		}
		if i+1 == len(s) {
			return Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		lo, ok := hexDigit(s[i+1])
		if !ok {
			return Null, badHexDigit(s, i+1)
		}
		out = append(out, hi<<4|lo)
		i += 2
	}
	return NewString(string(out)), nil
}

func badHexDigit(s string, i int) error {
	for _, r := range s[i:] {
		return sqlstate.New(sqlstate.InvalidParameterValue, "invalid hexadecimal digit: \"%c\"", r)
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
}

func hexDigit(b byte) (byte, bool) {
	switch {
	case b >= '0' && b <= '9':
		return b - '0', true
	case b >= 'a' && b <= 'f':
		return b - 'a' + 10, true
	case b >= 'A' && b <= 'F':
		return b - 'A' + 10, true
	}
	return 0, false
}

// parseByteaEscape reads the traditional format: \\ is a backslash, \ooo a byte.
func parseByteaEscape(s string) (Datum, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return NewString(s), nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i++
		case i+3 < len(s) && isOctal(s[i+1], '3') && isOctal(s[i+2], '7') && isOctal(s[i+3], '7'):
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return NewString(string(out)), nil
}

func appendByteaHex(dst []byte, s string) []byte {
	dst = append(dst, '\\', 'x')
	return hex.AppendEncode(dst, []byte(s))
}

func appendByteaEscape(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == '\\':
			dst = append(dst, '\\', '\\')
		case b < 0x20 || b > 0x7e:
			dst = append(dst, '\\', '0'+b>>6, '0'+b>>3&7, '0'+b&7)
		default:
			dst = append(dst, b)
		}
	}
	return dst
}
