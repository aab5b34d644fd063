package clap

import (
	"github.com/seguedb/segue/embed/onnx/onnxtest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestFull compares models of the size of laion/larger_clap_music with PyTorch, whose
// outputs are made by
//
//	python3 testdata/clap/clap_ref.py --out DIR --full
//
// They are 60 kB and not committed, because making them takes a minute and 10 GB; the
// test runs where SEGUE_CLAP_FULL names DIR. The weights are generated here.
func TestFull(t *testing.T) {
	dir := os.Getenv("SEGUE_CLAP_FULL")
	if dir == "" {
		t.Skip("SEGUE_CLAP_FULL names no folder")
	}
	config, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseConfig(config, []byte(processorJSON))
	if err != nil {
		t.Fatal(err)
	}
	want := readOutputs(t, filepath.Join(dir, "full.safetensors"))
	audio, err := AudioGraph(c, generatedWeights, AudioOptions{Trace: true})
	if err != nil {
		t.Fatal(err)
	}
	for kind, n := range lengths(c) {
		wave := waveform(n, c.Audio.SampleRateHz)
		start := time.Now()
		got := run(t, audio, wave)[0]
		t.Logf("%s: encoded, loaded and run in %v", kind, time.Since(start))
		for name, v := range got {
			key := kind + "." + name
			switch {
			case name == Output:
				key = kind + ".projected"
				report(t, kind+".embedding", onnxtest.MaxAbs(unit(v), unit(want[key])))
			case name == MelOutput:
				v = every(v, c.Audio.MelBins, 50)
			case name != PooledOutput:
				v = mean(v, len(want[key]))
			}
			report(t, key, onnxtest.MaxAbs(v, want[key]))
		}
	}
	text, err := TextGraph(c, generatedWeights, true)
	if err != nil {
		t.Fatal(err)
	}
	long := []float32{0}
	for i := range 75 {
		long = append(long, float32((i*2654435761)%50000+4))
	}
	for i, got := range run(t, text, []float32{0, 9, 99, 999, 9999, 50000, 2}, append(long, 2)) {
		p := []string{"text0.", "text1."}[i]
		report(t, p+"hidden mean", onnxtest.MaxAbs(mean(got[HiddenOutput], c.Text.HiddenSize), want[p+"hidden"]))
		report(t, p+"projected", onnxtest.MaxAbs(got[Output], want[p+"projected"]))
		report(t, p+"embedding", onnxtest.MaxAbs(unit(got[Output]), unit(want[p+"projected"])))
	}
}

func report(t *testing.T, what string, e float64) {
	t.Helper()
	t.Logf("%-20s %.1e", what, e)
	if !(e <= fullTolerance) {
		t.Errorf("%s is off by %g", what, e)
	}
}

// every keeps one row of n.
func every(v []float32, width, n int) []float32 {
	var out []float32
	for i := 0; i < len(v); i += n * width {
		out = append(out, v[i:i+width]...)
	}
	return out
}

// mean is over rows of that width.
func mean(v []float32, width int) []float32 {
	sum := make([]float64, width)
	for i, x := range v {
		sum[i%width] += float64(x)
	}
	out := make([]float32, width)
	for i, x := range sum {
		out[i] = float32(x / float64(len(v)/width))
	}
	return out
}
