package dsp

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"testing"
)

// graphHash belongs to Version. Whoever changes what Build writes sees the test below
// fail, raises Version and puts the new hash here; or else vectors of two kinds would mix
// in one column unnoticed.
const graphHash = "e74cb225b763d93697fde8e7b0c1784c72685da31c9b6b43c5627c1c1f2b2175"

func TestVersionFollowsTheGraph(t *testing.T) {
	model, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(model)
	if got := hex.EncodeToString(sum[:]); got != graphHash {
		t.Errorf("the graph's hash is %s: raise Version and note it", got)
	}
}

func TestGroupsFillTheVector(t *testing.T) {
	weight := 0.0
	for _, g := range groups {
		weight += g.weight
	}
	if n := len(FeatureGroups()); n != Dim || math.Abs(weight-1) > 1e-9 {
		t.Errorf("%d features of weight %g", n, weight)
	}
	centre, deviation, err := calibration()
	if err != nil {
		t.Fatal(err)
	}
	for i := range Dim {
		if !(math.Abs(centre[i]) < 100) || !(deviation[i] >= 1e-4) {
			t.Errorf("feature %d: %g ± %g", i, centre[i], deviation[i])
		}
	}
}

// features runs the raw graph and returns one group.
func features(t *testing.T, samples []float32, group string) []float32 {
	t.Helper()
	v := vector(t, open(t, BuildRaw, RawOutput), samples)
	from := slices.Index(FeatureGroups(), group)
	if from < 0 {
		t.Fatalf("no group %q", group)
	}
	for _, g := range groups {
		if g.name == group {
			return v[from : from+g.size]
		}
	}
	return nil
}

func largest(v []float32) int {
	at := 0
	for i, x := range v {
		if x > v[at] {
			at = i
		}
	}
	return at
}

// note adds a tone with overtones that decays.
func note(dst []float32, startSeconds, hz, level float64) {
	for i := int(startSeconds * SampleRateHz); i < len(dst); i++ {
		t := float64(i)/SampleRateHz - startSeconds
		v := 0.0
		for h := 1; h <= 6; h++ {
			v += math.Sin(2*math.Pi*hz*float64(h)*t) / float64(h)
		}
		dst[i] += float32(level * v * math.Exp(-4*t))
	}
}

// pitchHz is a MIDI pitch's frequency.
func pitchHz(pitch int) float64 { return 440 * math.Exp2(float64(pitch-69)/12) }

// Every pitch from A2 to A5, overtones and all, is heard as itself.
func TestPitchIsHeard(t *testing.T) {
	for _, pitch := range []int{45, 50, 57, 64, 69, 76, 81} {
		wave := make([]float32, WindowSamples)
		for i := range 5 {
			note(wave, float64(i), pitchHz(pitch), 0.2)
		}
		if got := lowestPitch + largest(features(t, wave, "pitch profile")); got != pitch {
			t.Errorf("pitch %d is heard as %d", pitch, got)
		}
		if got := largest(features(t, wave, "chroma mean")); got != pitch%12 {
			t.Errorf("pitch %d is of class %d", pitch, got)
		}
	}
}

// scale is a rising melody in a key.
func scale(tonic int) []float32 {
	wave := make([]float32, WindowSamples)
	for i, step := range []int{0, 4, 7, 12, 7, 4, 5, 2, 11, 0} {
		note(wave, float64(i)/2, pitchHz(tonic+step), 0.2)
	}
	return wave
}

// In another key the chroma is another, and what is independent of key is not.
func TestKey(t *testing.T) {
	for group, same := range map[string]bool{
		"chroma mean": false, "chords": false, "chroma Fourier magnitudes": true, "intervals": true,
	} {
		got := cosine(features(t, scale(60), group), features(t, scale(63), group))
		if same != (got > 0.95) {
			t.Errorf("%s: cosine %.3f three semitones up", group, got)
		}
	}
}

// beats are noise bursts at a steady tempo.
func beats(perMinute float64) []float32 {
	wave := noise(1, WindowSamples, 1)
	for i := range wave {
		t := float64(i) / SampleRateHz
		wave[i] *= float32(math.Exp(-30 * math.Mod(t, 60/perMinute)))
	}
	return wave
}

// A steady beat shows as the lag of its period, in sum and tempo; the scale magnitudes
// do not follow the tempo.
func TestBeat(t *testing.T) {
	for _, perMinute := range []float64{90, 120, 150} {
		lags := features(t, beats(perMinute), "autocorrelation")
		// Lags shorter than half a period lie on the first slope.
		from := 0
		for lagSeconds(from) < 40/perMinute {
			from++
		}
		best, want := lagSeconds(from+largest(lags[from:])), 60/perMinute
		for best > 1.5*want { // a multiple of the period is as good
			best -= want
		}
		if math.Abs(best-want) > 0.08*want {
			t.Errorf("%g a minute: lag %.3f s", perMinute, best)
		}
	}
	lags := cosine(features(t, beats(100), "autocorrelation"), features(t, beats(120), "autocorrelation"))
	scales := cosine(features(t, beats(100), "scale"), features(t, beats(120), "scale"))
	if scales < 0.95 || scales < lags {
		t.Errorf("a fifth faster: autocorrelation %.3f, scale %.3f", lags, scales)
	}
}

// Volume is no part of the vector.
func TestVolume(t *testing.T) {
	s := open(t, Build, OutputName)
	loud := scale(57)
	quiet := slices.Clone(loud)
	for i := range quiet {
		quiet[i] *= 0.05
	}
	if c := cosine(vector(t, s, loud), vector(t, s, quiet)); c < 0.999 {
		t.Errorf("26 dB down: cosine %.5f", c)
	}
}

// The same samples have the same bits, in whatever order they are computed.
func TestDeterministic(t *testing.T) {
	s := open(t, Build, OutputName)
	first := vector(t, s, scale(57))
	vector(t, s, beats(99))
	if again := vector(t, open(t, Build, OutputName), scale(57)); !slices.Equal(first, again) {
		t.Error("the second run gave other bits")
	}
}

func TestFoldedDFT(t *testing.T) {
	// A cosine on bin 3 of 16 under the Hann window: 1 at 3, a quarter of the power on
	// either side, nothing elsewhere.
	const size = 16
	cosines, sines := foldedDFT(size, size/2+1)
	for k := range size/2 + 1 {
		re, im := 0.0, 0.0
		for i := 1; i <= size/2; i++ {
			a := math.Cos(2 * math.Pi * 3 * float64(i) / size)
			b := math.Cos(2 * math.Pi * 3 * float64(size-i) / size)
			re += (a + b) * cosines[i-1][k]
			im += (a - b) * sines[i-1][k]
		}
		want := map[int]float64{2: 0.25, 3: 1, 4: 0.25}[k]
		if got := re*re + im*im; math.Abs(got-want) > 1e-12 {
			t.Errorf("bin %d: %g, want %g", k, got, want)
		}
	}
}
