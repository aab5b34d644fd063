package datum

import (
	"math"
	"strings"
	"testing"
)

func TestVectorText(t *testing.T) {
	runText(t, nil, []textCase{
		{Vector, "[1,2,3]", "[1,2,3]"}, {Vector, " [ 1.5 , -2e-3,0 ] ", "[1.5,-0.002,0]"}, {Vector, "[1e10]", "[1e+10]"},
	})
	runErrors(t, []errorCase{
		{Vector, "1,2", "22P02", `invalid input syntax for type vector: "1,2"`},
		{Vector, "[1,2", "22P02", `invalid input syntax for type vector: "[1,2"`},
		{Vector, "[1]x", "22P02", `invalid input syntax for type vector: "[1]x"`},
		{Vector, "[1,,2]", "22P02", `invalid input syntax for type vector: "[1,,2]"`},
		{Vector, "[1,a]", "22P02", `invalid input syntax for type vector: "[1,a]"`},
		{Vector, "[]", "22000", "vector must have at least 1 dimension"},
		{Vector, "[NaN]", "22000", "NaN not allowed in vector"},
		{Vector, "[Infinity]", "22000", "infinite value not allowed in vector"},
		{Vector, "[1e39]", "22003", `"1e39" is out of range for type vector`},
		{Vector, "[" + strings.Repeat("0,", 16000) + "0]", "54000", "vector cannot have more than 16000 dimensions"},
	})
}

func TestVectorBinary(t *testing.T) {
	bad := map[string]string{
		"\x00\x00\x00\x00":                 "vector must have at least 1 dimension",
		"\x00\x01\x00\x01\x00\x00\x00\x00": "expected unused to be 0, not 1",
		"\x00\x01\x00\x00\x7f\xc0\x00\x00": "NaN not allowed in vector",
		"\x00\x01\x00\x00\xff\x80\x00\x00": "infinite value not allowed in vector",
	}
	for in, message := range bad {
		d, err := ParseBinary(Vector, -1, []byte(in))
		wantError(t, in, d, err, "22000", message)
	}
	d, err := ParseBinary(Vector, -1, []byte("\x00\x02\x00\x00\x00\x00\x00\x00"))
	wantError(t, "too short", d, err, "22P03", "incorrect binary data format for type vector")
}

func TestVectorTypmod(t *testing.T) {
	d, err := ParseText(Vector, 3, "[1,2]", nil)
	wantError(t, "vector(3)", d, err, "22000", "expected 3 dimensions, not 2")
}

// wide is a vector as long as the models make them.
func wide() Datum {
	v := make([]float32, 768)
	for i := range v {
		v[i] = float32(math.Sin(float64(i)) / 16)
	}
	return NewVector(v)
}

func TestWritersDoNotAllocate(t *testing.T) {
	dst := make([]byte, 0, 1<<16)
	cases := map[*Type]Datum{
		Int8: NewInt(math.MinInt64), Float8: NewFloat(1.0 / 3), Text: NewString("track"), Vector: wide(),
		Timestamptz: NewInt(763_000_000_123_456), Bool: NewBool(true),
	}
	for typ, d := range cases {
		for name, write := range map[string]func(){
			"AppendText":    func() { AppendText(dst, typ, d, nil) },
			"AppendBinary":  func() { _, _ = AppendBinary(dst, typ, d) },
			"AppendKey":     func() { AppendKey(dst, typ, d, true, false) },
			"AppendValue":   func() { AppendValue(dst, typ, d) },
			"AppendHashKey": func() { AppendHashKey(dst, typ, d) },
			"Compare":       func() { Compare(typ, d, d) },
		} {
			if n := testing.AllocsPerRun(20, write); n != 0 {
				t.Errorf("%s of %s: %v allocations", name, typ, n)
			}
		}
	}
}

func BenchmarkVectorParseText(b *testing.B) {
	s := Format(Vector, wide(), nil)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		if _, err := ParseText(Vector, 768, s, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVectorParseBinary(b *testing.B) {
	raw, _ := AppendBinary(nil, Vector, wide())
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := ParseBinary(Vector, 768, raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVectorAppendText(b *testing.B) {
	d, dst := wide(), make([]byte, 0, 1<<16)
	for b.Loop() {
		AppendText(dst, Vector, d, nil)
	}
}
