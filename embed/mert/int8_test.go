package mert

import (
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/generated"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/build"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// product opens a model as the product does, for its means alone.
func product(tb testing.TB, model []byte, err error) *onnx.Session {
	tb.Helper()
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

// means runs a graph without a trace.
func means(t *testing.T, g *build.Graph, wave []float32) onnx.Tensor {
	t.Helper()
	model, err := g.Encode()
	out, err := product(t, model, err).Run(t.Context(), wave)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// int8Cosine is the least cosine allowed between a layer's means in 8 bits and in
// PyTorch's float64.
const int8Cosine = 0.9995

// TestInt8Full holds the whole model in 8 bits to the reference, for a loud and for a
// quiet window, layer by layer.
func TestInt8Full(t *testing.T) {
	c := Base95M()
	want := readNPZ(t, "full_ref")
	wave := pcm(want["wave_i16"].data)
	model, err := Build(Options{Precision: Int8})
	s := product(t, model, err)
	t.Logf("model of %d bytes", len(model))
	for name, in := range map[string][]float32{"hidden_mean": wave, "quiet_hidden_mean": quietened(wave)} {
		start := time.Now()
		out, err := s.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("five seconds in %v", time.Since(start))
		for l := range c.NumHiddenLayers + 1 {
			cos := cosine(rows(out[0], l), want[name].at(l))
			t.Logf("%s %2d  %.6f", name, l, cos)
			if !(cos >= int8Cosine) {
				t.Errorf("%s: layer %d has cosine %.6f", name, l, cos)
			}
		}
	}
}

// TestInt8Music holds 8 bits to fp32 with music that has loud transients, whose window one
// scale would have to span: its beginning and its end, layer by layer.
func TestInt8Music(t *testing.T) {
	var sessions [2]*onnx.Session
	for i, p := range []Precision{FP32, Int8} {
		model, err := Build(Options{Precision: p})
		sessions[i] = product(t, model, err)
	}
	samples := music(t)
	for _, w := range [][]float32{samples[:WindowSamples], samples[len(samples)-WindowSamples:]} {
		got := both(t, sessions, w)
		for l := range Layers {
			cos := cosine(rows(got[0], l), rows(got[1], l))
			t.Logf("%2d  %.6f", l, cos)
			if !(cos >= int8Cosine) {
				t.Errorf("layer %d has cosine %.6f", l, cos)
			}
		}
	}
}

// both runs a window in both precisions.
func both(t *testing.T, sessions [2]*onnx.Session, wave []float32) (got [2]onnx.Tensor) {
	t.Helper()
	for i, s := range sessions {
		out, err := s.Run(t.Context(), wave)
		if err != nil {
			t.Fatalf("%d samples: %v", len(wave), err)
		}
		got[i] = out[0]
	}
	return got
}

// music is testdata/audio/x.wav at the model's rate.
func music(t *testing.T) []float32 {
	t.Helper()
	root, err := audio.OpenRoot("../../testdata/audio")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	source, err := root.Open("x.wav")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	r, err := audio.Open(t.Context(), source, SampleRateHz, audio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	samples := make([]float32, 10*SampleRateHz)
	n, err := r.Read(t.Context(), samples)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return samples[:n]
}

// TestInt8Lengths are windows that end within a piece of the convolutions, with it, and
// beside it, from the shortest on.
func TestInt8Lengths(t *testing.T) {
	c := readReference(t).Cases["tiny_post"].Config
	var sessions [2]*onnx.Session
	for i, p := range []Precision{FP32, Int8} {
		g, err := Graph(c, Generated(c), Options{Precision: p})
		if err != nil {
			t.Fatal(err)
		}
		model, err := g.Encode()
		sessions[i] = product(t, model, err)
	}
	wave := generated.Values("waveform", seed, []int{3 * 24000}, func(u float64) float64 { return u })
	const hop = 320 // samples of a frame
	for _, frames := range []int{1, 2, pieceFrames - 1, pieceFrames, pieceFrames + 1, 2 * pieceFrames, 5*pieceFrames + 3} {
		for _, more := range []int{0, 1, hop - 1} {
			n := c.MinSamples() + (frames-1)*hop + more
			if got := c.Frames(n); got != frames {
				t.Fatalf("%d samples are %d frames", n, got)
			}
			got := both(t, sessions, wave[:n])
			for l := range c.NumHiddenLayers + 1 {
				if cos := cosine(rows(got[0], l), rows(got[1], l)); !(cos > 0.998) {
					t.Errorf("%d samples: layer %d has cosine %.6f", n, l, cos)
				}
			}
		}
	}
}

// TestInt8Variants are the other members of the family in small, where rounding weighs
// more: the arrangement is what is tested.
func TestInt8Variants(t *testing.T) {
	for name, r := range readReference(t).Cases {
		if name == "full" {
			continue
		}
		want := readNPZ(t, name)
		g, err := Graph(r.Config, Generated(r.Config), Options{Precision: Int8})
		if err != nil {
			t.Fatal(err)
		}
		got := means(t, g, pcm(want["wave_i16"].at(0)))
		width := r.Config.HiddenSize
		for l := range r.Config.NumHiddenLayers + 1 {
			if cos := cosine(rows(got, l), timeMean(want["hidden"].at(l, 0), width)); !(cos > 0.999) {
				t.Errorf("%s: layer %d has cosine %.6f", name, l, cos)
			}
		}
	}
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}
