package datum

import (
	"encoding/binary"
	"unicode/utf8"
)

// Charset is a client's encoding other than UTF-8: package charset's Encoding.
type Charset interface {
	Decode(s string) (string, error)
	Encode(s string) (string, error)
}

// SendBinary is AppendBinary for a client: its texts are in the client's encoding.
func SendBinary(dst []byte, t *Type, d Datum, env *Env) ([]byte, error) {
	if env == nil || env.Charset == nil {
		return AppendBinary(dst, t, d)
	}
	raw, err := AppendBinary(nil, t, d)
	if err != nil {
		return dst, err
	}
	return recode(dst, t, raw, env.Charset.Encode)
}

// recode appends a value in binary format with the texts in it converted. What is not well formed is left as it is, for
// ParseBinary to say so.
func recode(dst []byte, t *Type, raw []byte, convert func(string) (string, error)) ([]byte, error) {
	switch t = t.Root(); {
	case t.Kind == KindArray && t.Elem != nil && len(raw) >= 12:
		head := 12 + 8*int(binary.BigEndian.Uint32(raw))
		if head > len(raw) || head < 12 {
			return append(dst, raw...), nil
		}
		return recodeFields(append(dst, raw[:head]...), raw[head:], func(int, []byte) (*Type, int) { return t.Elem, 0 }, convert)
	case t.Kind == KindRecord && len(raw) >= 4:
		return recodeFields(append(dst, raw[:4]...), raw[4:], func(i int, b []byte) (*Type, int) {
			if len(b) < 4 {
				return nil, 0
			}
			return fieldType(t, i, OID(binary.BigEndian.Uint32(b))), 4
		}, convert)
	case t.IsRange() && len(raw) >= 1:
		return recodeFields(append(dst, raw[0]), raw[1:], func(int, []byte) (*Type, int) { return t.Subtype, 0 }, convert)
	case t.IsMultirange() && len(raw) >= 4:
		return recodeFields(append(dst, raw[:4]...), raw[4:], func(int, []byte) (*Type, int) { return t.Range, 0 }, convert)
	case t == Hstore && len(raw) >= 4:
		return recodeFields(append(dst, raw[:4]...), raw[4:], func(int, []byte) (*Type, int) { return Text, 0 }, convert)
	case !hasText(t) || plainBytes(raw):
		return append(dst, raw...), nil
	case isTextSearch(t):
		return dst, unsupported("binary transfer in this client_encoding", t)
	}
	text, err := convert(string(raw))
	return append(dst, text...), err
}

// recodeFields converts values of which each has its length before it, and perhaps more before that.
func recodeFields(dst, b []byte, shape func(i int, b []byte) (t *Type, before int),
	convert func(string) (string, error)) ([]byte, error) {
	for i := 0; len(b) > 0; i++ {
		t, before := shape(i, b)
		if len(b) < before+4 {
			return append(dst, b...), nil
		}
		size := int(int32(binary.BigEndian.Uint32(b[before:])))
		dst, b = append(dst, b[:before+4]...), b[before+4:]
		if size < 0 {
			continue
		}
		if t == nil || size > len(b) {
			return append(dst, b...), nil
		}
		at := len(dst)
		var err error
		if dst, err = recode(dst, t, b[:size], convert); err != nil {
			return dst, err
		}
		binary.BigEndian.PutUint32(dst[at-4:], uint32(len(dst)-at))
		b = b[size:]
	}
	return dst, nil
}

// hasText says whether a type's binary format is its text, or has text in it.
func hasText(t *Type) bool {
	switch t {
	case Bytea, UUID, Char, Bit, Varbit, Inet, CIDR, Macaddr, Macaddr8, Point, Lseg, Path, Box, Polygon, Line, Circle:
		return false
	}
	return t.Kind == KindString || t.IsEnum()
}

func plainBytes(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
