package datum

import (
	"encoding/hex"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// Macaddr8 is an EUI-64 hardware address, held as its eight bytes.
var (
	Macaddr8      = base(774, "macaddr8", "macaddr8", KindString, 8, 'U', false)
	Macaddr8Array = arrayOf(775, Macaddr8)
)

// parseMacaddr8 reads eight pairs of digits, or six, into which FF and FE go. One kind of separator may stand between
// pairs; once one does, it must be the only one.
func parseMacaddr8(s string) (Datum, error) {
	rest := strings.TrimLeft(s, " \t\n\v\f\r")
	var out []byte
	var spacer byte
	for rest != "" && len(rest) > 1 && isHexDigit(rest[0]) && len(out) < 8 {
		pair, err := hex.DecodeString(rest[:2])
		if err != nil {
			return Null, syntaxError(Macaddr8, s)
		}
		out, rest = append(out, pair[0]), rest[2:]
		if rest != "" && strings.IndexByte(":-.", rest[0]) >= 0 {
			if spacer != 0 && spacer != rest[0] {
				return Null, syntaxError(Macaddr8, s)
			}
			spacer, rest = rest[0], rest[1:]
		}
	}
	switch {
	case trimSpace(rest) != "" || len(out) != 6 && len(out) != 8:
		return Null, syntaxError(Macaddr8, s)
	case len(out) == 6:
		return NewString(widenMacaddr(string(out))), nil
	}
	return NewString(string(out)), nil
}

func isHexDigit(c byte) bool {
	return isDecimal(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isDecimal(c byte) bool { return c >= '0' && c <= '9' }

// widenMacaddr makes an EUI-48 address one of 64 bits.
func widenMacaddr(s string) string { return s[:3] + "\xff\xfe" + s[3:] }

// narrowMacaddr makes one of 48 bits, where it may have been one.
func narrowMacaddr(s string) (Datum, error) {
	if s[3:5] != "\xff\xfe" {
		return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "macaddr8 data out of range to convert to macaddr").
			WithHint("Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for example " +
				"xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.")
	}
	return NewString(s[:3] + s[5:]), nil
}
