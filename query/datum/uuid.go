package datum

import "encoding/hex"

// parseUUID reads 32 digits with a hyphen allowed after every fourth, in braces or not. A uuid is
// held as its 16 bytes.
func parseUUID(s string) (Datum, error) {
	v := s
	if len(v) > 1 && v[0] == '{' && v[len(v)-1] == '}' {
		v = v[1 : len(v)-1]
	}
	var out [16]byte
	n := 0
	for i := 0; i < len(v); i++ {
		if v[i] == '-' && n > 0 && n < 32 && n%4 == 0 && v[i-1] != '-' {
			continue
		}
		digit, ok := hexDigit(v[i])
		if !ok || n == 32 {
			return Null, syntaxError(UUID, s)
		}
		out[n/2] = out[n/2]<<4 | digit
		n++
	}
	if n != 32 {
		return Null, syntaxError(UUID, s)
	}
	return NewString(string(out[:])), nil
}

func appendUUID(dst []byte, s string) []byte {
	if len(s) != 16 {
		return append(dst, s...)
	}
	var raw [16]byte
	copy(raw[:], s)
	dst = hex.AppendEncode(dst, raw[0:4])
	for _, cut := range [][2]int{{4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		dst = append(dst, '-')
		dst = hex.AppendEncode(dst, raw[cut[0]:cut[1]])
	}
	return dst
}
