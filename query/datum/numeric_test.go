package datum

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

func TestNumericText(t *testing.T) {
	runText(t, nil, []textCase{
		{Numeric, "1.10", "1.10"}, {Numeric, "-0.00", "0.00"}, {Numeric, "1e3", "1000"}, {Numeric, "1.5e-3", "0.0015"},
		{Numeric, ".5", "0.5"}, {Numeric, "5.", "5"},
		{Numeric, "-123456789012345678901234567890.5", "-123456789012345678901234567890.5"},
		{Numeric, "NaN", "NaN"}, {Numeric, "inf", "Infinity"}, {Numeric, "-Infinity", "-Infinity"},
		{Numeric, "0e500", "0"},
		{Numeric, "1e-2000000000", "0." + strings.Repeat("0", maxNumericScale)}, {Numeric, "007", "7"},
	})
	runErrors(t, []errorCase{
		{Numeric, "", "22P02", `invalid input syntax for type numeric: ""`},
		{Numeric, "1.2.3", "22P02", `invalid input syntax for type numeric: "1.2.3"`},
		{Numeric, "+-5", "22P02", `invalid input syntax for type numeric: "+-5"`},
		{Numeric, "1e+-5", "22P02", `invalid input syntax for type numeric: "1e+-5"`},
		{Numeric, "1e", "22P02", `invalid input syntax for type numeric: "1e"`},
		{Numeric, "_1", "22P02", `invalid input syntax for type numeric: "_1"`},
		{Numeric, "-nan", "22P02", `invalid input syntax for type numeric: "-nan"`},
		{Numeric, "1e131072", "22003", "value overflows numeric format"},
		{Numeric, "1e2000000000", "22003", "value overflows numeric format"},
	})
}

func TestNumericTypmod(t *testing.T) {
	cases := []struct {
		mods    []int64
		in, out string
	}{
		{[]int64{5, 2}, "123.455", "123.46"}, {[]int64{5, 2}, "-123.455", "-123.46"}, {[]int64{5}, "2.5", "3"},
		{[]int64{5, 2}, "1", "1.00"}, {[]int64{3, -2}, "12345", "12300"}, {[]int64{2, 3}, "0.0114", "0.011"},
		{[]int64{5, 2}, "NaN", "NaN"},
	}
	for _, c := range cases {
		typmod, err := ParseTypmod(Numeric, c.mods)
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseText(Numeric, typmod, c.in, nil)
		if err != nil || Format(Numeric, d, nil) != c.out {
			t.Errorf("numeric%v %s: got %s, %v; want %s", c.mods, c.in, Format(Numeric, d, nil), err, c.out)
		}
	}
	for _, in := range []string{"1000", "999.995", "Infinity"} {
		typmod, _ := ParseTypmod(Numeric, []int64{5, 2})
		d, err := ParseText(Numeric, typmod, in, nil)
		wantError(t, in, d, err, "22003", "numeric field overflow")
	}
}

// The bytes are those of PostgreSQL's numeric_send.
func TestNumericBinary(t *testing.T) {
	cases := map[string]string{
		"0":       "\x00\x00\x00\x00\x00\x00\x00\x00",
		"0.00":    "\x00\x00\x00\x00\x00\x00\x00\x02",
		"1":       "\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01",
		"-1.5":    "\x00\x02\x00\x00\x40\x00\x00\x01\x00\x01\x13\x88",
		"10000":   "\x00\x01\x00\x01\x00\x00\x00\x00\x00\x01",
		"12345.6": "\x00\x03\x00\x01\x00\x00\x00\x01\x00\x01\x09\x29\x17\x70",
		"0.0001":  "\x00\x01\xff\xff\x00\x00\x00\x04\x00\x01",
		"0.00001": "\x00\x01\xff\xfe\x00\x00\x00\x05\x03\xe8",
		"NaN":     "\x00\x00\x00\x00\xc0\x00\x00\x00",
	}
	for text, want := range cases {
		got, err := AppendBinary(nil, Numeric, mustParse(t, Numeric, text))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %x, want %x", text, got, want)
		}
		d, err := ParseBinary(Numeric, -1, []byte(want))
		if err != nil || Format(Numeric, d, nil) != text {
			t.Errorf("%x: got %s, %v; want %s", want, Format(Numeric, d, nil), err, text)
		}
	}
	d, err := ParseBinary(Numeric, -1, []byte("\x00\x01\x00\x00\x00\x00\x00\x00\x27\x10"))
	wantError(t, "digit 10000", d, err, "22P03", `invalid digit in external "numeric" value`)
}

func TestRoundNumeric(t *testing.T) {
	cases := []struct {
		in    string
		scale int32
		out   string
	}{
		{"2.5", 0, "3"}, {"-2.5", 0, "-3"}, {"0.4", 0, "0"}, {"-0.4", 0, "0"}, {"150", -2, "200"}, {"1.2", 4, "1.2000"},
		{"0.05", 1, "0.1"}, {"49", -2, "0"},
	}
	for _, c := range cases {
		d := new(apd.Decimal).Set(mustParse(t, Numeric, c.in).Numeric())
		RoundNumeric(d, c.scale)
		if got := Format(Numeric, NewNumeric(d), nil); got != c.out {
			t.Errorf("round(%s, %d) = %s, want %s", c.in, c.scale, got, c.out)
		}
	}
}

// Drivers compare and hash what they receive, so that NaN has one form: the one that C and Postgres use.
func TestFloatNaNBinary(t *testing.T) {
	for typ, want := range map[*Type]string{Float8: "7ff8000000000000", Float4: "7fc00000"} {
		got, err := AppendBinary(nil, typ, NewFloat(math.NaN()))
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%s: %x, %v, want %s", typ, got, err, want)
		}
	}
}
