package datum

import (
	"strings"
	"testing"
)

func TestBitText(t *testing.T) {
	runText(t, nil, []textCase{
		{Bit, "101", "101"}, {Bit, "b10", "10"}, {Bit, "X1f", "00011111"}, {Varbit, "", ""}, {Varbit, "x", ""},
		{BitArray, "{101,1}", "{101,1}"}, {VarbitArray, `{""}`, `{""}`},
	})
	runErrors(t, []errorCase{
		{Bit, "12", "22P02", `"2" is not a valid binary digit`},
		{Varbit, "bé", "22P02", `"é" is not a valid binary digit`},
		{Varbit, "x1g", "22P02", `"g" is not a valid hexadecimal digit`},
	})
}

func TestBitBinaryAndValue(t *testing.T) {
	for n := range 70 {
		s := strings.Repeat("0110100", 10)[:n]
		raw, err := AppendBinary(nil, Varbit, NewString(s))
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseBinary(Varbit, -1, raw)
		if err != nil || d.Str() != s {
			t.Fatalf("%s came back as %q, %v", s, d.Str(), err)
		}
		d, rest, err := DecodeValue(Varbit, append(AppendValue(nil, Varbit, NewString(s)), 9))
		if err != nil || d.Str() != s || len(rest) != 1 {
			t.Fatalf("%s is stored as %q, %d bytes left, %v", s, d.Str(), len(rest), err)
		}
	}
	for _, in := range []string{"", "\x00\x00\x00\x09\xff", "\x00\x00\x00\x08"} {
		d, err := ParseBinary(Bit, -1, []byte(in))
		wantError(t, in, d, err, "22P03", "incorrect binary data format for type bit")
	}
	d, err := ParseBinary(Bit, -1, []byte("\xff\xff\xff\xff"))
	wantError(t, "negative", d, err, "22P03", "invalid length in external bit string")
}

func TestBitsOfIntegers(t *testing.T) {
	for _, c := range []struct {
		i    int64
		n    int32
		want string
	}{{44, 10, "0000101100"}, {44, 3, "100"}, {-44, 12, "111111010100"}, {-1, 70, strings.Repeat("1", 70)}, {5, -1, "1"}} {
		if got := intToBits(c.i, c.n); got != c.want {
			t.Errorf("%d in %d bits: %s, want %s", c.i, c.n, got, c.want)
		}
	}
}
