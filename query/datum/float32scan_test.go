package datum

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// checkScan compares scanFloat32 with strconv, to the bit.
func checkScan(t *testing.T, s string) (taken bool) {
	t.Helper()
	got, n := scanFloat32(s)
	if n == 0 {
		return false
	}
	want, err := strconv.ParseFloat(s[:n], 32)
	if err != nil || math.Float32bits(got) != math.Float32bits(float32(want)) {
		t.Fatalf("scanFloat32(%q) is %v of %d bytes; strconv says %v, %v", s, got, n, float32(want), err)
	}
	if n < len(s) && s[n] != ',' {
		t.Fatalf("scanFloat32(%q) stops at %d", s, n)
	}
	return true
}

// TestScanFloat32 reads what float32s and float64s are printed as, and numbers halfway between two float32s, where rounding
// twice goes wrong.
func TestScanFloat32(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	taken := 0
	const tries = 200_000
	for range tries {
		f := math.Float32frombits(rng.Uint32())
		format := "feg"[rng.IntN(3)]
		for _, s := range []string{
			strconv.FormatFloat(float64(f), format, -1, 32),
			strconv.FormatFloat(rng.NormFloat64()/30, format, -1, 64),
			strconv.FormatFloat(rng.NormFloat64(), format, rng.IntN(17), 64),
			strconv.FormatFloat((float64(f)+float64(math.Nextafter32(f, 2*f)))/2, format, -1, 64),
			strconv.FormatInt(rng.Int64()>>rng.IntN(63), 10),
		} {
			if checkScan(t, s) {
				taken++
			}
			checkScan(t, s+",1")
		}
	}
	if taken < tries {
		t.Errorf("%d of %d numbers were left to strconv", 5*tries-taken, 5*tries)
	}
	for _, s := range []string{"", "-", "+", ".", "e1", "1e", "1e+", "1_0", "0x1p3", "nan", "inf", " 1", "1 ", "1x", "1..2", "--1",
		"123456789012345678901", "1e99999", "9007199254740993"} {
		if f, n := scanFloat32(s); n != 0 {
			t.Errorf("scanFloat32(%q) takes %d bytes for %v", s, n, f)
		}
	}
	for _, s := range []string{"0", "-0", "+1.5", ".5", "5.", "1e-22", "1E+22", "00000000000.1", "12345678", "123456789", "0.12345678,"} {
		if !checkScan(t, s) {
			t.Errorf("scanFloat32(%q) is left to strconv", s)
		}
	}
}

func FuzzScanFloat32(f *testing.F) {
	f.Add("-0.0123456789e-4,1")
	f.Fuzz(func(t *testing.T, s string) { checkScan(t, s) })
}

func BenchmarkParseVector(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	s := []byte("[")
	for i := range 768 {
		if i > 0 {
			s = append(s, ',')
		}
		s = strconv.AppendFloat(s, rng.NormFloat64()/28, 'g', -1, 32)
	}
	text := string(append(s, ']'))
	for b.Loop() {
		if _, err := parseVector(Vector, text); err != nil {
			b.Fatal(err)
		}
	}
}
