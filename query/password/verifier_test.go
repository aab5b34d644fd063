package password

import (
	"bytes"
	"testing"
)

// fromPostgres is a verifier that PostgreSQL 15 made of "pencil".
const fromPostgres = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

func TestVerifierOfRFC7677(t *testing.T) {
	v, err := Parse(fromPostgres)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Matches("pencil") || v.Matches("Pencil") {
		t.Error("the verifier of RFC 7677's example does not fit its password alone")
	}
	if v.String() != fromPostgres {
		t.Errorf("written back it is %s", v)
	}
}

func TestHash(t *testing.T) {
	for _, plain := range []string{"", "x", "pass\u00adword", "\u2168", "naïve", "\x00\x01", "\xff"} {
		a, b := Hash(plain), Hash(plain)
		if a == b {
			t.Errorf("%q: two hashes have one salt", plain)
		}
		v, err := Parse(a)
		if err != nil || !v.Matches(plain) || v.Matches(plain+"x") {
			t.Errorf("%q: %s does not verify it alone (%v)", plain, a, err)
		}
	}
	if v, _ := Parse(Hash("\u2168")); !v.Matches("IX") {
		t.Error("SASLprep is not applied: ROMAN NUMERAL NINE is not IX")
	}
}

func TestMock(t *testing.T) {
	a, again, other := Mock([]byte("s"), "alice"), Mock([]byte("s"), "alice"), Mock([]byte("s"), "bob")
	if !bytes.Equal(a.Salt, again.Salt) {
		t.Error("the salt of one unknown user changes")
	}
	if bytes.Equal(a.Salt, other.Salt) || bytes.Equal(a.Salt, Mock([]byte("t"), "alice").Salt) {
		t.Error("the salt does not depend on user and secret")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(fromPostgres)
	f.Add("SCRAM-SHA-256$4096:$:")
	f.Add("md5e10adc3949ba59abbe56e057f20f883e")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(v.String())
		if err != nil || again.String() != v.String() {
			t.Errorf("%q does not survive being written: %v", text, err)
		}
	})
}
