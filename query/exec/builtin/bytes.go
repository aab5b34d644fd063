package builtin

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/bits"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func byteFunctions(r *registry) {
	r.fn(textsToText(func(a, b string) string { return a + b }), "byteacat(bytea,bytea)")
	r.fn(textToInt(func(s string) int { return len(s) }), "length(bytea)")
	r.fn(lengthIn, "length(bytea,name)")
	r.fn(textToInt(bitCount), "bit_count(bytea)")
	for name, ends := range map[string][2]bool{"btrim": {true, true}, "ltrim": {true, false}, "rtrim": {false, true}} {
		trim := func(s, set string) string { return trimBytes(s, set, ends[0], ends[1]) }
		r.fn(textsToText(trim), key(name, datum.Bytea, datum.Bytea))
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(strings.Index(a[0].Str(), a[1].Str())) + 1), nil
	}, "position(bytea,bytea)")
	r.fn(substringBytes, "substring(bytea,int4)", "substring(bytea,int4,int4)",
		"substr(bytea,int4)", "substr(bytea,int4,int4)")
	r.fn(overlayBytes, "overlay(bytea,bytea,int4)", "overlay(bytea,bytea,int4,int4)")
	r.fn(textToText(md5Hex), "md5(text)", "md5(bytea)")
	r.fn(textToText(func(s string) string { sum := sha256.Sum256([]byte(s)); return string(sum[:]) }), "sha256(bytea)")
	r.fn(encode, "encode(bytea,text)")
	r.fn(decode, "decode(text,text)")
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func bitCount(s string) int {
	n := 0
	for i := range len(s) {
		n += bits.OnesCount8(s[i])
	}
	return n
}

func trimBytes(s, set string, front, back bool) string {
	for front && s != "" && strings.IndexByte(set, s[0]) >= 0 {
		s = s[1:]
	}
	for back && s != "" && strings.IndexByte(set, s[len(s)-1]) >= 0 {
		s = s[:len(s)-1]
	}
	return s
}

func substringBytes(_ *Env, a []datum.Datum) (datum.Datum, error) {
	lo, hi, err := window(a[1:])
	if err != nil {
		return datum.Null, err
	}
	s := a[0].Str()
	size := int64(len(s))
	lo = min(lo, size)
	return datum.NewString(s[lo:max(min(hi, size), lo)]), nil
}

func overlayBytes(_ *Env, a []datum.Datum) (datum.Datum, error) {
	length := int64(len(a[1].Str()))
	if len(a) > 3 {
		length = a[3].Int()
	}
	start := a[2].Int()
	if start <= 0 {
		return datum.Null, sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
	}
	s := a[0].Str()
	size := int64(len(s))
	head, tail := min(start-1, size), min(max(start-1+length, 0), size)
	return datum.NewString(s[:head] + a[1].Str() + s[tail:]), nil
}

// base64Line is how many characters MIME puts on a line.
const base64Line = 76

func encode(_ *Env, a []datum.Datum) (datum.Datum, error) {
	b := a[0].Str()
	switch strings.ToLower(a[1].Str()) {
	case "hex":
		return datum.NewString(hex.EncodeToString([]byte(b))), nil
	case "base64":
		flat := base64.StdEncoding.EncodeToString([]byte(b))
		var out strings.Builder
		for len(flat) > base64Line {
			out.WriteString(flat[:base64Line] + "\n")
			flat = flat[base64Line:]
		}
		return datum.NewString(out.String() + flat), nil
	case "escape":
		return datum.NewString(escapeBytes(b)), nil
	}
	return datum.Null, invalidParameter("unrecognized encoding: \"%s\"", a[1].Str())
}

// escapeBytes writes zero and what is not ASCII in octal, and leaves the rest alone.
func escapeBytes(b string) string {
	var out []byte
	for i := range len(b) {
		switch c := b[i]; {
		case c == 0, c >= 0x80:
			out = append(out, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		case c == '\\':
			out = append(out, '\\', '\\')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func decode(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s := a[0].Str()
	switch strings.ToLower(a[1].Str()) {
	case "hex":
		return decodeHex(s)
	case "base64":
		return decodeBase64(s)
	case "escape":
		if strings.HasPrefix(s, `\x`) {
			return datum.Null, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
		return datum.ParseText(datum.Bytea, -1, s, nil)
	}
	return datum.Null, invalidParameter("unrecognized encoding: \"%s\"", a[1].Str())
}

func withoutSpace(s string) string {
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			return -1
		}
		return c
	}, s)
}

func decodeHex(s string) (datum.Datum, error) {
	s = withoutSpace(s)
	for _, c := range s {
		if !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return datum.Null, invalidParameter("invalid hexadecimal digit: \"%c\"", c)
		}
	}
	if len(s)%2 != 0 {
		return datum.Null, invalidParameter("invalid hexadecimal data: odd number of digits")
	}
	b, err := hex.DecodeString(s)
	return textResult(string(b), err)
}

func decodeBase64(s string) (datum.Datum, error) {
	s = withoutSpace(s)
	for _, c := range s {
		if c != '=' && !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", c) {
			return datum.Null, invalidParameter("invalid symbol \"%c\" found while decoding base64 sequence", c)
		}
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid base64 end sequence").
			WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return datum.NewString(string(b)), nil
}
