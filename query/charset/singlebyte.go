package charset

import (
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// charmaps are the encodings of one byte a character.
var charmaps = map[string]*charmap.Charmap{
	"LATIN1": charmap.ISO8859_1, "LATIN2": charmap.ISO8859_2, "LATIN3": charmap.ISO8859_3, "LATIN4": charmap.ISO8859_4,
	"LATIN5": charmap.ISO8859_9, "LATIN6": charmap.ISO8859_10, "LATIN7": charmap.ISO8859_13, "LATIN8": charmap.ISO8859_14,
	"LATIN9": charmap.ISO8859_15, "LATIN10": charmap.ISO8859_16, "ISO_8859_5": charmap.ISO8859_5,
	"ISO_8859_6": charmap.ISO8859_6, "ISO_8859_7": charmap.ISO8859_7, "ISO_8859_8": charmap.ISO8859_8,
	"WIN866": charmap.CodePage866, "WIN874": charmap.Windows874, "WIN1250": charmap.Windows1250,
	"WIN1251": charmap.Windows1251, "WIN1252": charmap.Windows1252, "WIN1253": charmap.Windows1253,
	"WIN1254": charmap.Windows1254, "WIN1255": charmap.Windows1255, "WIN1256": charmap.Windows1256,
	"WIN1257": charmap.Windows1257, "WIN1258": charmap.Windows1258, "KOI8R": charmap.KOI8R, "KOI8U": charmap.KOI8U,
}

func single(name string) *Encoding {
	return &Encoding{Name: name, MaxLen: 1, table: sync.OnceValue(func() *table { return singleTable(name) })}
}

// singleTable takes x/text's characters. ISO 8859's control characters are missing there, and three bytes are other
// characters in PostgreSQL, or none.
func singleTable(name string) *table {
	of := charmaps[name]
	t := newTable()
	for b := 0x80; b <= 0xff; b++ {
		r := of.DecodeByte(byte(b))
		switch {
		case name == "KOI8U" && b == 0xae:
			r = '╝'
		case name == "KOI8U" && b == 0xbe:
			r = '╬'
		case name == "WIN1255" && b == 0xca:
			continue
		case r == utf8.RuneError && b < 0xa0 && strings.HasPrefix(of.String(), "ISO"):
			r = rune(b)
		}
		if r != utf8.RuneError {
			t.add(uint32(b), r)
		}
	}
	return t
}
