package builtin

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	unicodenorm "golang.org/x/text/unicode/norm"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func conversions(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return textResult(convertBytes(a[0].Str(), a[1].Str(), "UTF8"))
	}, "convert_from(bytea,name)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return textResult(convertBytes(a[0].Str(), "UTF8", a[1].Str()))
	}, "convert_to(text,name)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return textResult(convertBytes(a[0].Str(), a[1].Str(), a[2].Str()))
	}, "convert(bytea,name,name)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		form, err := normalForm(a[1].Str())
		if err != nil {
			return datum.Null, err
		}
		return datum.NewString(form.String(a[0].Str())), nil
	}, "normalize(text,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		form, err := normalForm(a[1].Str())
		if err != nil {
			return datum.Null, err
		}
		return datum.NewBool(form.IsNormalString(a[0].Str())), nil
	}, "is_normalized(text,text)")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if name, ok := env.Session.Setting("client_encoding"); ok {
			return datum.NewString(name), nil
		}
		return datum.NewString("UTF8"), nil
	}, "pg_client_encoding()")
}

func normalForm(name string) (unicodenorm.Form, error) {
	switch strings.ToUpper(name) {
	case "NFC":
		return unicodenorm.NFC, nil
	case "NFD":
		return unicodenorm.NFD, nil
	case "NFKC":
		return unicodenorm.NFKC, nil
	case "NFKD":
		return unicodenorm.NFKD, nil
	}
	return unicodenorm.NFC, invalidParameter("invalid normalization form: %s", name)
}

// singleByte are the encodings beside UTF8 that bytes can be converted from and to.
var singleByte = map[string]struct {
	name string
	of   *charmap.Charmap
}{
	"latin1": {"LATIN1", charmap.ISO8859_1}, "iso88591": {"LATIN1", charmap.ISO8859_1},
	"latin2": {"LATIN2", charmap.ISO8859_2}, "iso88592": {"LATIN2", charmap.ISO8859_2},
	"latin9": {"LATIN9", charmap.ISO8859_15}, "iso885915": {"LATIN9", charmap.ISO8859_15},
	"iso88595": {"ISO_8859_5", charmap.ISO8859_5}, "iso88597": {"ISO_8859_7", charmap.ISO8859_7},
	"win1250": {"WIN1250", charmap.Windows1250}, "windows1250": {"WIN1250", charmap.Windows1250},
	"win1251": {"WIN1251", charmap.Windows1251}, "windows1251": {"WIN1251", charmap.Windows1251},
	"win1252": {"WIN1252", charmap.Windows1252}, "windows1252": {"WIN1252", charmap.Windows1252},
	"koi8r": {"KOI8R", charmap.KOI8R}, "koi8": {"KOI8R", charmap.KOI8R},
}

func plainEncoding(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name))
}

// knownEncodings are names that PostgreSQL knows and we convert nothing of.
const knownEncodings = " sqlascii eucjp euccn euckr euctw eucjis2004 latin3 latin4 latin5 latin6 latin7 latin8 latin10 " +
	"win1253 win1254 win1255 win1256 win1257 win1258 win866 win874 iso88596 iso88598 koi8u muleinternal " +
	"sjis big5 gbk uhc gb18030 johab shiftjis2004 "

func convertBytes(s, from, to string) (string, error) {
	for i, name := range []string{from, to} {
		plain := plainEncoding(name)
		if _, ok := singleByte[plain]; ok || isUTF8(name) {
			continue
		}
		if strings.Contains(knownEncodings, " "+plain+" ") {
			return "", unsupported("encoding \"%s\" is not supported", name)
		}
		which := [...]string{"source", "destination"}[i]
		return "", invalidParameter("invalid %s encoding name \"%s\"", which, name)
	}
	text, err := toUTF8(s, from)
	if err != nil || isUTF8(to) {
		return text, err
	}
	set := singleByte[plainEncoding(to)]
	var out []byte
	for i, r := range text {
		b, ok := set.of.EncodeRune(r)
		if !ok && r >= 0x80 && r < 0xa0 && decodeByte(set.of, byte(r)) == r {
			b, ok = byte(r), true
		}
		if !ok {
			return "", sqlstate.New(sqlstate.UntranslatableCharacter,
				"character with byte sequence %s in encoding \"UTF8\" has no equivalent in encoding \"%s\"",
				byteSequence(text[i:i+utf8.RuneLen(r)]), set.name)
		}
		out = append(out, b)
	}
	return string(out), nil
}

func toUTF8(s, from string) (string, error) {
	if isUTF8(from) {
		d, err := datum.ParseText(datum.Text, -1, s, nil)
		return d.Str(), err
	}
	set := singleByte[plainEncoding(from)]
	var out strings.Builder
	for i := range len(s) {
		r := decodeByte(set.of, s[i])
		switch {
		case s[i] == 0:
			return "", sqlstate.New(sqlstate.CharacterNotInRepertoire,
				"invalid byte sequence for encoding \"%s\": 0x00", set.name)
		case r == utf8.RuneError:
			return "", sqlstate.New(sqlstate.UntranslatableCharacter,
				"character with byte sequence %s in encoding \"%s\" has no equivalent in encoding \"UTF8\"",
				byteSequence(s[i:i+1]), set.name)
		}
		out.WriteRune(r)
	}
	return out.String(), nil
}

// decodeByte knows the control characters too, which the tables of ISO 8859 leave out.
func decodeByte(set *charmap.Charmap, b byte) rune {
	r := set.DecodeByte(b)
	if r == utf8.RuneError && b >= 0x80 && b < 0xa0 && strings.HasPrefix(set.String(), "ISO") {
		return rune(b)
	}
	return r
}

// byteSequence shows bytes as 0xc3 0xa4.
func byteSequence(s string) string {
	const digits = "0123456789abcdef"
	out := ""
	for i := range len(s) {
		if i > 0 {
			out += " "
		}
		out += "0x" + string(digits[s[i]>>4]) + string(digits[s[i]&15])
	}
	return out
}
