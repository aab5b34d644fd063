package datum

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// A bit string is held as its digits, "1011": they compare, concatenate and print as they are, and eight of them xor as one
// word. Rows and the wire have eight bits a byte, the first bit highest.

// maxBitLength is MaxAttrSize in bits.
const maxBitLength = maxCharLength * 8

// IsBits says whether values are bit strings.
func IsBits(t *Type) bool { return t == Bit || t == Varbit }

// parseBits reads 101, b101 or x1F, as the literals B'101' and X'1F' reach it, too.
func parseBits(s string) (Datum, error) {
	if s == "" || s[0]|0x20 != 'x' {
		digits := s
		if s != "" && s[0]|0x20 == 'b' {
			digits = s[1:]
		}
		if i := strings.IndexFunc(digits, func(r rune) bool { return r != '0' && r != '1' }); i >= 0 {
			return Null, badDigit(digits[i:], "binary")
		}
		return NewString(digits), nil
	}
	out := make([]byte, 0, 4*len(s))
	for i := 1; i < len(s); i++ {
		nibble, err := strconv.ParseUint(s[i:i+1], 16, 8)
		if err != nil {
			return Null, badDigit(s[i:], "hexadecimal")
		}
		for shift := 3; shift >= 0; shift-- {
			out = append(out, '0'+byte(nibble>>shift&1))
		}
	}
	return NewString(string(out)), nil
}

func badDigit(s, kind string) error {
	_, size := utf8.DecodeRuneInString(s)
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "\"%s\" is not a valid %s digit", s[:size], kind)
}

// packBits appends eight bits a byte, the last one filled up with zeros.
func packBits(dst []byte, s string) []byte {
	for len(s) > 0 {
		var b byte
		for i := range 8 {
			b <<= 1
			if i < len(s) {
				b |= s[i] & 1
			}
		}
		dst, s = append(dst, b), s[min(8, len(s)):]
	}
	return dst
}

// unpackBits reads n bits.
func unpackBits(b []byte, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + b[i/8]>>(7-i%8)&1
	}
	return string(out)
}

func packedBytes(bits int) int { return (bits + 7) / 8 }

func parseBitsBinary(t *Type, b []byte) (Datum, error) {
	if len(b) < 4 {
		return Null, badBinary(t)
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	switch b = b[4:]; {
	case n < 0 || n > maxBitLength:
		return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid length in external bit string")
	case len(b) != packedBytes(n):
		return Null, badBinary(t)
	}
	return NewString(unpackBits(b, n)), nil
}

func bitTypmod(t *Type, mods []int64) (int32, error) {
	switch {
	case len(mods) != 1:
		return -1, invalidTypmod("")
	case mods[0] < 1:
		return -1, sqlstate.New(sqlstate.InvalidParameterValue, "length for type %s must be at least 1", t.Name)
	case mods[0] > maxBitLength:
		return -1, sqlstate.New(sqlstate.InvalidParameterValue, "length for type %s cannot exceed %d", t.Name, maxBitLength)
	}
	return int32(mods[0]), nil
}

// fitBits: bit(n) has exactly n bits, bit varying(n) at most. An explicit cast cuts at the end and fills up with zeros.
func fitBits(t *Type, n int, s string, explicit bool) (string, error) {
	switch {
	case len(s) == n, t == Varbit && len(s) < n, n > maxBitLength: // of a call of bit(), where no type was
		return s, nil
	case explicit && len(s) > n:
		return s[:n], nil
	case explicit:
		return s + strings.Repeat("0", n-len(s)), nil
	case t == Bit:
		return "", sqlstate.New(sqlstate.StringDataLengthMismatch, "bit string length %d does not match type bit(%d)", len(s), n)
	}
	return "", sqlstate.New(sqlstate.StringDataRightTruncation, "bit string too long for type bit varying(%d)", n)
}

// intToBits is the last n bits of an integer, its sign repeated where it has fewer; without a length it is one bit,
// as with one that no type has.
func intToBits(i int64, n int32) string {
	if n > maxBitLength {
		n = 1
	}
	out := make([]byte, max(n, 1))
	for k := range out {
		out[len(out)-1-k] = '0' + byte(i>>min(k, 63)&1)
	}
	return string(out)
}

// bitsToInt reads as many bits as the integer has.
func bitsToInt(s string, to *Type) (Datum, error) {
	if len(s) > 8*int(to.Len) {
		return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "%s out of range", to.SQL)
	}
	var u uint64
	for i := range len(s) {
		u = u<<1 | uint64(s[i]&1)
	}
	if to == Int4 {
		return NewInt(int64(int32(uint32(u)))), nil
	}
	return NewInt(int64(u)), nil
}
