package mert

import (
	"fmt"
	"math"
	"testing"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// Tolerances against PyTorch in float64, as the design asks.
const (
	meanTolerance  = 1e-4
	frameTolerance = 1e-4
)

// TestFull compares the 95 M parameter model with the reference for every hidden
// state, and prints the largest error of each:
//
//	go test -v -run TestFull ./embed/mert
func TestFull(t *testing.T) {
	c := Base95M()
	want := readNPZ(t, "full_ref")
	wave := pcm(want["wave_i16"].data)
	m := newTraced(t, c, tracedGraph(t, c, Generated(c)))
	got := m.run(wave)
	quiet := m.run(quietened(wave))

	t.Log("largest absolute error by hidden state, against PyTorch float64")
	t.Log("layer     mean      std  quiet mean  frames (where sampled)")
	for i := range Layers {
		e := fullErrors(got, want, i)
		q := onnxtest.MaxAbs(rows(quiet[OutputName], i), want["quiet_hidden_mean"].at(i))
		t.Logf("%5d  %.1e  %.1e     %.1e  %s", i, e.mean, e.std, q, sampled(e))
		if !(e.mean <= meanTolerance) || !(e.std <= meanTolerance) || e.sampled && !(e.frames <= frameTolerance) || !(q <= meanTolerance) {
			t.Errorf("hidden state %d is off", i)
		}
	}
	for name, e := range fullTraceErrors(c, got, want) {
		t.Logf("%-10s %.1e", name, e)
		if !(e <= frameTolerance) {
			t.Errorf("%s is off by %g", name, e)
		}
	}
}

// TestFullProduct runs the model as the product does, the means alone, and
// compares them with the reference. A shorter window must work too.
func TestFullProduct(t *testing.T) {
	model, err := Build(Options{})
	s := product(t, model, err)
	want := readNPZ(t, "full_ref")
	wave := pcm(want["wave_i16"].data)
	out, err := s.Run(t.Context(), wave)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out[0].Shape); got != "[13 768]" {
		t.Fatalf("shape %s", got)
	}
	e := onnxtest.MaxAbs(out[0].Data, want["hidden_mean"].data)
	t.Logf("model %d bytes, means off by %.1e", len(model), e)
	if !(e <= meanTolerance) {
		t.Errorf("means are off by %g", e)
	}
	for _, n := range []int{MinSamples, 30000} {
		if _, err := s.Run(t.Context(), wave[:n]); err != nil {
			t.Errorf("%d samples: %v", n, err)
		}
	}
}

// quietened is the reference's second input: sixty decibels down, on an offset.
func quietened(wave []float32) []float32 {
	q := make([]float32, len(wave))
	for i, x := range wave {
		q[i] = float32(x*float32(1e-3)) + float32(0.1)
	}
	return q
}

// layerErrors are one hidden state's; frames only where the reference has some.
type layerErrors struct {
	mean, std, frames float64
	sampled           bool
}

func sampled(e layerErrors) string {
	if !e.sampled {
		return "-"
	}
	return fmt.Sprintf("%.1e", e.frames)
}

func fullErrors(got map[string]onnx.Tensor, want map[string]array, layer int) layerErrors {
	h := rows(got[HiddenOutput], layer)
	e := layerErrors{
		mean: onnxtest.MaxAbs(rows(got[OutputName], layer), want["hidden_mean"].at(layer)),
		std:  onnxtest.MaxAbs(timeStd(h, Dim), want["hidden_std"].at(layer)),
	}
	for i, l := range want["layer_index"].data {
		if int(l) != layer {
			continue
		}
		e.sampled = true
		for j, f := range want["frame_index"].data {
			frame := h[int(f)*Dim : (int(f)+1)*Dim]
			e.frames = max(e.frames, onnxtest.MaxAbs(frame, want["hidden_frames"].at(i, j)))
		}
	}
	return e
}

// fullTraceErrors compares what comes before the transformer.
func fullTraceErrors(c Config, got map[string]onnx.Tensor, want map[string]array) map[string]float64 {
	errs := map[string]float64{}
	for j, f := range want["frame_index"].data {
		at := int(f) * Dim
		errs["proj"] = max(errs["proj"], onnxtest.MaxAbs(got[ProjOutput].Data[at:at+Dim], want["proj_frames"].at(j)))
		errs["position"] = max(errs["position"], onnxtest.MaxAbs(got[PositionOutput].Data[at:at+Dim], want["posconv_frames"].at(j)))
	}
	for i := range c.ConvDim {
		name := ConvOutput(i)
		out := got[name]
		frames := int(out.Shape[2])
		means := make([]float32, out.Shape[1])
		for ch := range means {
			series := out.Data[ch*frames : (ch+1)*frames]
			means[ch] = timeMean(series, 1)[0]
			if ch < 64 {
				errs[name] = max(errs[name],
					onnxtest.MaxAbs(series[:8], want[name+"_head"].at(ch)), onnxtest.MaxAbs(series[frames-8:], want[name+"_tail"].at(ch)))
			}
		}
		errs[name] = max(errs[name], onnxtest.MaxAbs(means, want[name+"_channel_mean"].data))
	}
	return errs
}

// rows is the part of a tensor at one index of its first dimension.
func rows(t onnx.Tensor, i int) []float32 {
	n := len(t.Data) / int(t.Shape[0])
	return t.Data[i*n : (i+1)*n]
}

func timeStd(layer []float32, width int) []float32 {
	mean := timeMean(layer, width)
	sum := make([]float64, width)
	for i, x := range layer {
		d := float64(x) - float64(mean[i%width])
		sum[i%width] += d * d
	}
	std := make([]float32, width)
	for i, s := range sum {
		std[i] = float32(math.Sqrt(s / float64(len(layer)/width)))
	}
	return std
}
