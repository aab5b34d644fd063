package charset

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/seguedb/segue/query/sqlstate"
)

// TestRoundTrip writes every character that an encoding has, and reads it again; those that are written but not read back
// are few, and of SJIS, EUC_JP and GBK.
func TestRoundTrip(t *testing.T) {
	oneWay := map[string]int{"SJIS": 8, "EUC_JP": 1, "GBK": 1}
	for _, e := range encodings {
		if !e.Converts() {
			continue
		}
		lost := 0
		for r := range e.table().encode {
			raw, err := e.Encode(string(r))
			if err != nil {
				t.Fatalf("%s: %v", e.Name, err)
			}
			if back, err := e.Decode(raw); err != nil || back != string(r) {
				lost++
			}
		}
		if lost != oneWay[e.Name] {
			t.Errorf("%s: %d characters are not read as they were written, want %d", e.Name, lost, oneWay[e.Name])
		}
	}
}

// TestStream reads a byte at a time: characters come whole, and what precedes an error comes before it.
func TestStream(t *testing.T) {
	for raw, want := range map[string]string{"a\x83\x5cb\x95\x5c": "aソb表", "ab\x83": "ab", "a\x81\xad": "a", "": ""} {
		got, err := io.ReadAll(Lookup("sjis").NewReader(iotest.OneByteReader(strings.NewReader(raw))))
		if string(got) != want || (err == nil) != (want == "aソb表" || raw == "") {
			t.Errorf("%q: %q, %v", raw, got, err)
		}
	}
	var out strings.Builder
	if n, err := Lookup("euc-jp").NewWriter(&out).Write([]byte("表\n")); n != 4 || err != nil || out.String() != "\xc9\xbd\n" {
		t.Errorf("wrote %q: %d, %v", out.String(), n, err)
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{"utf-8": "UTF8", "'UTF8'": "UTF8", "iso-8859-15": "LATIN9", "Windows_1252": "WIN1252",
		"ShiftJIS": "SJIS", "tcvn": "WIN1258", "win936": "GBK", "sql_ascii": "SQL_ASCII"} {
		if e := Lookup(name); e == nil || e.Name != want || ByNumber(int64(e.Number)) != e {
			t.Errorf("%s: %v", name, e)
		}
	}
	if Lookup("utf7") != nil || ByNumber(42) != nil || ByNumber(-1) != nil {
		t.Error("an encoding that PostgreSQL does not have")
	}
}

// FuzzDecode feeds bytes to every encoding: what is decoded can be encoded, errors are of two kinds, and lengths agree.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a\xe9", "\x83\x5c", "\x8f\xa2\xc3", "\x8e\xb1", "\x00", "\x81", "\xc9\xa1", "\xff\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, e := range encodings {
			text, err := e.Decode(s)
			var known *sqlstate.Error
			switch {
			case !e.Converts():
			case err == nil:
				if _, err := e.Encode(text); err != nil {
					t.Errorf("%s: decoded %q and not back: %v", e.Name, text, err)
				}
				if n, err := e.Length(s); err != nil || n != len([]rune(text)) {
					t.Errorf("%s: %q has %d characters (%v), decoded %d", e.Name, s, n, err, len([]rune(text)))
				}
			case !errors.As(err, &known):
				t.Errorf("%s: %q: %v", e.Name, s, err)
			}
		}
	})
}
