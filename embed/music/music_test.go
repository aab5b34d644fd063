package music

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

func open(tb testing.TB) *onnx.Session {
	tb.Helper()
	model, err := Build()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := onnxtest.Runtime(tb).NewSession(model, onnx.SessionOptions{Input: InputName, Outputs: []string{OutputName}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func vector(tb testing.TB, s *onnx.Session, wave []float32) []float32 {
	tb.Helper()
	out, err := s.Run(tb.Context(), wave)
	if err != nil {
		tb.Fatal(err)
	}
	if len(out[0].Data) != Dim {
		tb.Fatalf("%d numbers", len(out[0].Data))
	}
	return slices.Clone(out[0].Data)
}

func cosine(a, b []float32) float64 {
	ab, aa, bb := 0.0, 0.0, 0.0
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

// chirps is a tone with another one that comes and goes: the waveform of testdata/reference.json.
func chirps(n int) []float32 {
	wave := make([]float32, n)
	for i := range wave {
		t := float64(i) / SampleRateHz
		x := 0.3 * math.Sin(2*math.Pi*220*t)
		if i%6000 < 3000 {
			x += 0.2 * math.Sin(2*math.Pi*554.37*t)
		}
		wave[i] = float32(x)
	}
	return wave
}

// TestMatchesPyTorch holds the int8 graph against the fp32 network in PyTorch.
func TestMatchesPyTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []float32
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	if c := cosine(vector(t, open(t), chirps(WindowSamples)), want); c < 0.998 {
		t.Errorf("cosine to PyTorch %.5f", c)
	}
}

// TestIgnoresVolume: a quiet copy and its original are one piece of music, and a vector is the same each time.
func TestIgnoresVolume(t *testing.T) {
	s, wave := open(t), chirps(WindowSamples)
	v := vector(t, s, wave)
	if !slices.Equal(v, vector(t, s, wave)) {
		t.Error("the same waveform has two vectors")
	}
	quiet := slices.Clone(wave)
	for i := range quiet {
		quiet[i] /= 16
	}
	if c := cosine(v, vector(t, s, quiet)); c < 0.999 {
		t.Errorf("cosine to the quiet copy %.5f", c)
	}
}

// TestShortAudioIsRepeated: two seconds are heard as what two and a half times them would be.
func TestShortAudioIsRepeated(t *testing.T) {
	s, wave := open(t), chirps(2*SampleRateHz)
	long := slices.Concat(wave, wave, wave[:SampleRateHz])
	if c := cosine(vector(t, s, wave), vector(t, s, long)); c < 0.99999 {
		t.Errorf("cosine %.6f", c)
	}
	vector(t, s, chirps(MinSamples))
}

func BenchmarkWindow(b *testing.B) {
	s, wave := open(b), chirps(WindowSamples)
	for b.Loop() {
		vector(b, s, wave)
	}
	b.ReportMetric(5*float64(b.N)/b.Elapsed().Seconds(), "audio-s/s")
}
