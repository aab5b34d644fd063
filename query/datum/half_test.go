package datum

import (
	"math"
	"testing"
)

// Every float16 is the float32 of its value, and back.
func TestHalfRoundTrip(t *testing.T) {
	for h := range 1 << 16 {
		f := HalfFloat(uint16(h))
		if f != f {
			continue
		}
		if got := HalfBits(f); got != uint16(h) {
			t.Fatalf("%04x is %v, which is %04x", h, f, got)
		}
	}
}

// Between two neighbours lies a value that is exactly half way: it goes to the even one, what is beside it to the nearer.
func TestHalfRoundsToEven(t *testing.T) {
	for h := range 0x7bff {
		lo, hi := HalfFloat(uint16(h)), HalfFloat(uint16(h+1))
		mid := float32((float64(lo) + float64(hi)) / 2)
		even := uint16(h + h&1)
		for f, want := range map[float32]uint16{
			mid: even, -mid: even | 0x8000,
			math.Nextafter32(mid, 0): uint16(h), math.Nextafter32(mid, math.MaxFloat32): uint16(h + 1),
		} {
			if got := HalfBits(f); got != want {
				t.Fatalf("HalfBits(%v) = %04x, want %04x", f, got, want)
			}
		}
	}
	for f, want := range map[float32]float32{65504: 65504, 65519.996: 65504, 65520: float32(math.Inf(1)), -1e10: float32(math.Inf(-1)),
		2.9802322e-08: 0, 2.9802326e-08: 5.9604645e-08} {
		if got := RoundHalf(f); got != want {
			t.Errorf("RoundHalf(%v) = %v, want %v", f, got, want)
		}
	}
}

func TestHalfvecTextAndBinary(t *testing.T) {
	runText(t, nil, []textCase{
		{Halfvec, "[1,2,3]", "[1,2,3]"}, {Halfvec, " [ 0.1 , -2e-3,65504 ] ", "[0.099975586,-0.0020008087,65504]"}, {Halfvec, "[1e-8]", "[0]"},
	})
	runErrors(t, []errorCase{
		{Halfvec, "1,2", "22P02", `invalid input syntax for type halfvec: "1,2"`},
		{Halfvec, "[]", "22000", "halfvec must have at least 1 dimension"},
		{Halfvec, "[NaN]", "22000", "NaN not allowed in halfvec"},
		{Halfvec, "[-Infinity]", "22000", "infinite value not allowed in halfvec"},
		{Halfvec, "[65520]", "22003", `"65520" is out of range for type halfvec`},
		{Halfvec, "[-1e39]", "22003", `"-1e39" is out of range for type halfvec`},
	})
	for in, message := range map[string]string{
		"\x00\x01\x00\x00\x7e\x00": "NaN not allowed in halfvec",
		"\x00\x01\x00\x00\xfc\x00": "infinite value not allowed in halfvec",
		"\x00\x01\xff\xff\x3c\x00": "expected unused to be 0, not -1",
	} {
		d, err := ParseBinary(Halfvec, -1, []byte(in))
		wantError(t, in, d, err, "22000", message)
	}
	d, err := ParseBinary(Halfvec, 2, []byte("\x00\x02\x00\x00\x3c\x00\xc0\x00"))
	if err != nil || Format(Halfvec, d, nil) != "[1,-2]" {
		t.Fatal(Format(Halfvec, d, nil), err)
	}
}
