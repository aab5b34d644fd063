package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const fixtureDir = "../../testdata/mert"

// wanted is what the reference says of a tensor.
type wanted struct {
	Shape []int64
	CRC32 string
}

// wantedTensors are those of a case of mert_ref.json.
func wantedTensors(t *testing.T, name string) map[string]wanted {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(fixtureDir, "mert_ref.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Cases map[string]struct{ Tensors map[string]wanted }
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	return ref.Cases[name].Tensors
}

func crc(v []float32) string {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE(b))
}

// plainName undoes the spelling of the prefixed fixture.
func plainName(name string) string {
	return strings.NewReplacer("hubert.", "", ".parametrizations.weight.original0", ".weight_g",
		".parametrizations.weight.original1", ".weight_v").Replace(name)
}

// TestFixturesReadExactly reads every file that PyTorch wrote: each tensor of those in
// float32 has the reference's bits, and those in 16 bits are the rounded ones.
func TestFixturesReadExactly(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(fixtureDir, "tiny_*"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range paths {
		ext := filepath.Ext(path)
		if ext != ".bin" && ext != ".safetensors" {
			continue
		}
		n++
		t.Run(filepath.Base(path), func(t *testing.T) {
			model := strings.Join(strings.Split(filepath.Base(path), "_")[:2], "_")
			readsExactly(t, path, wantedTensors(t, model))
		})
	}
	if n != 18 {
		t.Errorf("%d fixtures", n)
	}
}

func readsExactly(t *testing.T, path string, want map[string]wanted) {
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	whole := open(t, filepath.Join(fixtureDir, strings.Join(strings.Split(filepath.Base(path), "_")[:2], "_")+"_hub.bin"))
	if len(f.Names()) != len(want) {
		t.Errorf("%d tensors, not %d", len(f.Names()), len(want))
	}
	for _, name := range f.Names() {
		w, ok := want[plainName(name)]
		tensor, _ := f.Tensor(name)
		got, err := f.Floats(name)
		switch {
		case err != nil || !ok || !slices.Equal(tensor.Shape, w.Shape):
			t.Errorf("%s: shape %v, not %v, %v", name, tensor.Shape, w.Shape, err)
		case tensor.DType == Float32:
			if crc(got) != w.CRC32 {
				t.Errorf("%s: checksum %s, not %s", name, crc(got), w.CRC32)
			}
		default:
			exact, err := whole.Floats(plainName(name))
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range exact {
				if rounded(tensor.DType, x) != got[i] {
					t.Fatalf("%s[%d]: %g, not %g rounded", name, i, got[i], x)
				}
			}
		}
	}
}

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// rounded is x in a type of 16 bits, to the nearest, ties to even, done by arithmetic
// on the value and not on the bits as the reader does.
func rounded(d DType, x float32) float32 {
	digits, least := 8, -133 // of bfloat16
	if d == Float16 {
		digits, least = 11, -24
	}
	if x == 0 {
		return x
	}
	_, exponent := math.Frexp(float64(x))
	unit := math.Ldexp(1, max(exponent-digits, least))
	return float32(math.RoundToEven(float64(x)/unit) * unit)
}

func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: math.Ldexp(1, -14),
		0x0001: math.Ldexp(1, -24), 0x83ff: -1023 * math.Ldexp(1, -24), 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := float64(half(bits)); got != want {
			t.Errorf("%#04x is %g, not %g", bits, got, want)
		}
	}
	if !math.IsNaN(float64(half(0x7e00))) || !math.Signbit(float64(half(0x8000))) {
		t.Error("NaN or negative zero")
	}
}
