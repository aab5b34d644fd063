// Package charset knows PostgreSQL's character sets by name and number, and converts text between those that
// golang.org/x/text has and UTF-8, with PostgreSQL's errors. Its one type is Encoding.
//
// PostgreSQL's own conversion tables differ from x/text's in a few dozen characters (multibyte.go, singlebyte.go): all
// were found by converting every code and every character of the basic plane on both sides. BIG5 and GB18030 differ in
// hundreds, so that they are known by name only, as are the four that x/text lacks.
package charset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// Encoding is one of PostgreSQL's character sets.
type Encoding struct {
	Name   string // pg_encoding_to_char
	Number int    // pg_enc
	MaxLen int    // bytes a character: pg_encoding_max_length
	table  func() *table
	length func(s string) int // what a character's first byte announces; nil is one byte
	valid  func(s string) bool
}

// table holds the codes of an encoding's characters: the bytes as one big-endian number.
type table struct {
	decode map[uint32]rune
	encode map[rune]uint32
}

// encodings are in the order of their numbers: the enum pg_enc.
var encodings = []*Encoding{
	{Name: "SQL_ASCII", MaxLen: 1},
	{Name: "EUC_JP", MaxLen: 3, table: eucJP, length: eucLength, valid: validEUCJP},
	{Name: "EUC_CN", MaxLen: 3, table: eucCN, length: eucLength, valid: validEUC},
	{Name: "EUC_KR", MaxLen: 3, table: eucKR, length: eucLength, valid: validEUC},
	{Name: "EUC_TW", MaxLen: 4},
	{Name: "EUC_JIS_2004", MaxLen: 3},
	{Name: "UTF8", MaxLen: 4},
	{Name: "MULE_INTERNAL", MaxLen: 4},
	single("LATIN1"), single("LATIN2"), single("LATIN3"), single("LATIN4"), single("LATIN5"), single("LATIN6"),
	single("LATIN7"), single("LATIN8"), single("LATIN9"), single("LATIN10"), single("WIN1256"), single("WIN1258"),
	single("WIN866"), single("WIN874"), single("KOI8R"), single("WIN1251"), single("WIN1252"), single("ISO_8859_5"),
	single("ISO_8859_6"), single("ISO_8859_7"), single("ISO_8859_8"), single("WIN1250"), single("WIN1253"),
	single("WIN1254"), single("WIN1255"), single("WIN1257"), single("KOI8U"),
	{Name: "SJIS", MaxLen: 2, table: shiftJIS, length: sjisLength, valid: validSJIS},
	{Name: "BIG5", MaxLen: 2},
	{Name: "GBK", MaxLen: 2, table: gbk, length: twoBytes, valid: noZero},
	{Name: "UHC", MaxLen: 2, table: uhc, length: twoBytes, valid: noZero},
	{Name: "GB18030", MaxLen: 4},
	{Name: "JOHAB", MaxLen: 3},
	{Name: "SHIFT_JIS_2004", MaxLen: 2},
}

// UTF8 is the encoding that everything is stored in, ASCII the one that is never converted.
var UTF8, ASCII = encodings[6], encodings[0]

// aliases are the names beside those of Encoding.Name, as significant spells them: pg_encname_tbl.
var aliases = map[string]string{
	"ABC": "WIN1258", "ALT": "WIN866", "ISO88591": "LATIN1", "ISO885910": "LATIN6", "ISO885913": "LATIN7",
	"ISO885914": "LATIN8", "ISO885915": "LATIN9", "ISO885916": "LATIN10", "ISO88592": "LATIN2", "ISO88593": "LATIN3",
	"ISO88594": "LATIN4", "ISO88599": "LATIN5", "KOI8": "KOI8R", "MSKANJI": "SJIS", "SHIFTJIS": "SJIS",
	"TCVN": "WIN1258", "TCVN5712": "WIN1258", "UNICODE": "UTF8", "VSCII": "WIN1258", "WIN": "WIN1251",
	"WIN932": "SJIS", "WIN936": "GBK", "WIN949": "UHC", "WIN950": "BIG5", "WINDOWS932": "SJIS", "WINDOWS936": "GBK",
	"WINDOWS949": "UHC", "WINDOWS950": "BIG5", "WINDOWS866": "WIN866", "WINDOWS874": "WIN874",
	"WINDOWS1250": "WIN1250", "WINDOWS1251": "WIN1251", "WINDOWS1252": "WIN1252", "WINDOWS1253": "WIN1253",
	"WINDOWS1254": "WIN1254", "WINDOWS1255": "WIN1255", "WINDOWS1256": "WIN1256", "WINDOWS1257": "WIN1257",
	"WINDOWS1258": "WIN1258",
}

var byName = func() map[string]*Encoding {
	m := map[string]*Encoding{}
	for i, e := range encodings {
		e.Number = i
		m[significant(e.Name)] = e
	}
	for alias, name := range aliases {
		m[alias] = m[significant(name)]
	}
	return m
}()

// significant drops what a name may have or not: only letters and digits count, in any case.
func significant(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, name)
}

// Lookup finds an encoding by any of its names; nil is none.
func Lookup(name string) *Encoding { return byName[significant(name)] }

// ByNumber finds an encoding by its number; nil is none.
func ByNumber(n int64) *Encoding {
	if n < 0 || n >= int64(len(encodings)) {
		return nil
	}
	return encodings[n]
}

// Converts says whether text in e can be made UTF-8: not for UTF8 and SQL_ASCII, which are taken as they are, nor for
// those that are known by name only.
func (e *Encoding) Converts() bool { return e.table != nil }

// Plain says whether text in e is UTF-8 already, or taken for it.
func (e *Encoding) Plain() bool { return e == UTF8 || e == ASCII }

// next is the number of bytes of the first character of s, which is not empty, and whether they are one.
func (e *Encoding) next(s string) (n int, ok bool) {
	if s[0] == 0 {
		return 1, false
	}
	if e.length == nil {
		return 1, true
	}
	n = e.length(s)
	if n > len(s) {
		return len(s), false
	}
	return n, n == 1 && s[0] < utf8.RuneSelf || e.valid(s[:n])
}

// Length counts characters; 22021 for bytes that are none.
func (e *Encoding) Length(s string) (int, error) {
	count := 0
	for ; s != ""; count++ {
		n, ok := e.next(s)
		if !ok {
			return 0, e.invalid(s[:n])
		}
		s = s[n:]
	}
	return count, nil
}

// Decode gives text in e as UTF-8. Errors are 22021 for bytes that are no character, 22P05 for one that Unicode lacks.
// An encoding that does not convert gives its text as it is, unchecked.
func (e *Encoding) Decode(s string) (string, error) {
	if !e.Converts() || plainASCII(s) {
		return s, nil
	}
	var out strings.Builder
	rest, err := e.decode(&out, s)
	if err == nil && rest != "" {
		err = e.invalid(rest)
	}
	return out.String(), err
}

// decode converts up to the end, an error, or a last character whose bytes are not all there; that is the rest.
func (e *Encoding) decode(out *strings.Builder, s string) (rest string, err error) {
	t := e.table()
	out.Grow(len(s) + len(s)/2)
	for s != "" {
		if s[0] != 0 && s[0] < utf8.RuneSelf {
			out.WriteByte(s[0])
			s = s[1:]
			continue
		}
		n, ok := e.next(s)
		switch {
		case !ok && n == len(s) && e.length != nil && s[0] != 0 && e.length(s) > n:
			return s, nil
		case !ok:
			return s, e.invalid(s[:n])
		}
		r, ok := t.decode[code(s[:n])]
		if !ok {
			return s, untranslatable(s[:n], e, UTF8)
		}
		out.WriteRune(r)
		s = s[n:]
	}
	return "", nil
}

// Encode gives UTF-8 text in e; the error is 22P05 for a character that e lacks. An encoding that does not convert
// gives its text as it is.
func (e *Encoding) Encode(s string) (string, error) {
	if !e.Converts() || plainASCII(s) {
		return s, nil
	}
	t := e.table()
	out := make([]byte, 0, len(s))
	for i, r := range s {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
			continue
		}
		c, ok := t.encode[r]
		if !ok {
			return "", untranslatable(s[i:i+utf8.RuneLen(r)], UTF8, e)
		}
		for shift := 16; shift >= 0; shift -= 8 {
			if b := byte(c >> shift); b != 0 {
				out = append(out, b)
			}
		}
	}
	return string(out), nil
}

// plainASCII says whether s is the same in every encoding: ASCII without a NUL.
func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] == 0 || s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// code is a character's bytes as one number.
func code(s string) uint32 {
	var c uint32
	for i := range len(s) {
		c = c<<8 | uint32(s[i])
	}
	return c
}

func (e *Encoding) invalid(s string) error {
	return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"%s\": %s", e.Name, shown(s))
}

func untranslatable(s string, from, to *Encoding) error {
	return sqlstate.New(sqlstate.UntranslatableCharacter,
		"character with byte sequence %s in encoding \"%s\" has no equivalent in encoding \"%s\"", shown(s), from.Name, to.Name)
}

// shown writes bytes as 0xc3 0xa4.
func shown(s string) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 5*len(s))
	for i := range len(s) {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, '0', 'x', digits[s[i]>>4], digits[s[i]&15])
	}
	return string(out)
}
