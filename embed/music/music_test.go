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

func open(tb testing.TB, build func() ([]byte, error)) *onnx.Session {
	tb.Helper()
	model, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := onnxtest.Runtime(tb).NewSession(model, onnx.SessionOptions{Input: InputName, Outputs: []string{OutputName}, Settled: true})
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

// TestMatchesPyTorch holds the graphs as they ship against the networks in PyTorch, fp32.
func TestMatchesPyTorch(t *testing.T) {
	for _, m := range []struct {
		name, reference string
		build           func() ([]byte, error)
		dim             int
		least           float64
	}{
		{Name, "testdata/reference.json", Build, Dim, 0.998},
		{TuneName, "testdata/tune.json", BuildTune, TuneDim, 0.998},
	} {
		t.Run(m.name, func(t *testing.T) {
			raw, err := os.ReadFile(m.reference)
			if err != nil {
				t.Fatal(err)
			}
			var want []float32
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			got := vector(t, open(t, m.build), chirps(WindowSamples))
			if len(got) != m.dim {
				t.Fatalf("%d numbers", len(got))
			}
			if c := cosine(got, want); c < m.least {
				t.Errorf("cosine to PyTorch %.5f", c)
			}
		})
	}
}

// TestTuneKnowsNoKey: a chord sequence three semitones up is nearly the same tune, and is not another sequence.
func TestTuneKnowsNoKey(t *testing.T) {
	s := open(t, BuildTune)
	v := vector(t, s, triads(0, 0, 5, 7, 0))
	same, other := cosine(v, vector(t, s, triads(3, 0, 5, 7, 0))), cosine(v, vector(t, s, triads(0, 2, 1, 6, 4)))
	if same < 0.85 || other > same-0.15 {
		t.Errorf("cosine to the same in another key %.3f, to another tune %.3f", same, other)
	}
}

// triads is five seconds of major chords on the given semitones above A3, all of them up by shift.
func triads(shift int, roots ...int) []float32 {
	wave := make([]float32, WindowSamples)
	for i := range wave {
		root := roots[i*len(roots)/len(wave)] + shift
		for _, above := range []int{0, 4, 7} {
			hz := 220 * math.Exp2(float64(root+above)/12)
			for h := 1; h <= 4; h++ {
				wave[i] += float32(0.1 / float64(h) * math.Sin(2*math.Pi*hz*float64(h)*float64(i)/SampleRateHz))
			}
		}
	}
	return wave
}

// TestIgnoresVolume: a quiet copy and its original are one piece of music, and a vector is the same each time.
func TestIgnoresVolume(t *testing.T) {
	s, wave := open(t, Build), chirps(WindowSamples)
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
	s, wave := open(t, Build), chirps(2*SampleRateHz)
	long := slices.Concat(wave, wave, wave[:SampleRateHz])
	if c := cosine(vector(t, s, wave), vector(t, s, long)); c < 0.99999 {
		t.Errorf("cosine %.6f", c)
	}
	vector(t, s, chirps(MinSamples))
}

func BenchmarkWindow(b *testing.B) {
	for name, build := range map[string]func() ([]byte, error){Name: Build, TuneName: BuildTune} {
		b.Run(name, func(b *testing.B) {
			s, wave := open(b, build), chirps(WindowSamples)
			for b.Loop() {
				vector(b, s, wave)
			}
			b.ReportMetric(5*float64(b.N)/b.Elapsed().Seconds(), "audio-s/s")
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for name, build := range map[string]func() ([]byte, error){Name: Build, TuneName: BuildTune} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				open(b, build)
			}
		})
	}
}
