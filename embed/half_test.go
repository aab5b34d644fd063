package embed

import (
	"math"
	"testing"
)

// Every half is itself after a round trip through float32, but for what NaN carries.
func TestHalfRoundTrip(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		f := halfFloat(h)
		if f != f {
			if got := halfFloat(halfBits(f)); got == got {
				t.Fatalf("NaN %#x became %g", h, got)
			}
			continue
		}
		if got := halfBits(f); got != h {
			t.Fatalf("%#x is %g and came back as %#x", h, f, got)
		}
	}
}

func TestHalfRounding(t *testing.T) {
	for f, want := range map[float32]uint16{
		1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65519: 0x7bff, 65520: 0x7c00, 1e9: 0x7c00,
		1 + 1.0/2048: 0x3c00, 1 + 3.0/2048: 0x3c02, // ties go to even
		1.0 / (1 << 24): 1, 1.0 / (1 << 25): 0, 3.0 / (1 << 25): 2, 6.1e-5: 0x3ff,
		float32(math.Inf(-1)): 0xfc00,
	} {
		if got := halfBits(f); got != want {
			t.Errorf("%g is %#x, want %#x", f, got, want)
		}
	}
}
