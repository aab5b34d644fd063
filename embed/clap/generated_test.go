package clap

import (
	"math"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/generated"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// seed is "CLAP" in ASCII.
const seed = 0x434C4150

// generatedWeights are the reference's (testdata/clap/clap_ref.py has the rules).
func generatedWeights(name string, shape []int) ([]float32, error) {
	fanIn := 1.0
	for _, d := range shape[1:] {
		fanIn *= float64(d)
	}
	parts := strings.Split(name, ".")
	last, before := parts[len(parts)-1], strings.ToLower(parts[len(parts)-2])
	value := func(u float64) float64 { return math.Sqrt(3/fanIn) * u }
	switch {
	case last == "running_mean":
		value = func(u float64) float64 { return -30 + float64(10*u) }
	case last == "running_var":
		value = func(u float64) float64 { return 400 + float64(200*u) }
	case last == "weight" && strings.Contains(before, "norm"):
		value = func(u float64) float64 { return 1 + float64(0.2*u) }
	case last == "bias":
		value = func(u float64) float64 { return 0.1 * u }
	case last == "relative_position_bias_table":
		value = func(u float64) float64 { return u }
	case strings.Contains(name, "embeddings."):
		value = func(u float64) float64 { return u / 2 }
	}
	return generated.Values(name, seed, shape, value), nil
}

// waveform is the reference's: noise that falls by 6 dB an octave, and two sines.
func waveform(n, rateHz int) []float32 {
	u := generated.Values("waveform", seed, []int{n}, func(u float64) float64 { return u })
	wave := make([]float32, n)
	y := 0.0
	for i := range wave {
		y = float64(0.97*y) + float64(0.1*float64(u[i]))
		t := float64(i) / float64(rateHz)
		x := y + float64(0.15*math.Sin(2*math.Pi*440*t)) + float64(0.05*math.Sin(2*math.Pi*3000*t))
		wave[i] = float32(math.RoundToEven(x*8192) / 32768)
	}
	return wave
}

// TestGenerated compares generated weights with those of the checkpoint that Python wrote.
func TestGenerated(t *testing.T) {
	c := readConfig(t, "tiny")
	stored := readWeights(t, c)
	for _, s := range Tensors(c) {
		want, err := stored(s.Name, s.Shape)
		if err != nil {
			t.Fatal(err)
		}
		got, err := generatedWeights(s.Name, s.Shape)
		if err != nil {
			t.Fatal(err)
		}
		if e := onnxtest.MaxAbs(got, want); e != 0 {
			t.Errorf("%s differs by %g", s.Name, e)
		}
	}
}
