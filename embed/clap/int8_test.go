package clap

import (
	"math"
	"testing"
	"time"

	"github.com/seguedb/segue/embed/onnx/build"
)

// int8Cosine is the least cosine allowed between the audio tower's vectors in 8 bits and in float32.
const int8Cosine = 0.9995

// larger is the configuration of laion/larger_clap_music.
func larger(t *testing.T) Config {
	t.Helper()
	c, err := ParseConfig(configJSON(t, map[string]any{"audio_config.patch_embeds_hidden_size": 128,
		"audio_config.depths": []int{2, 2, 12, 2}, "audio_config.hidden_size": 1024}), []byte(processorJSON))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestInt8Full holds the audio tower of full size in 8 bits to that in float32, on whole and short windows.
func TestInt8Full(t *testing.T) {
	c := larger(t)
	var waves [][]float32
	for _, n := range lengths(c) {
		waves = append(waves, waveform(n, c.Audio.SampleRateHz))
	}
	var got [2][]outputs
	for i, o := range []AudioOptions{{}, {Int8: true}} {
		g, err := AudioGraph(c, generatedWeights, o)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		got[i] = run(t, g, waves...)
		t.Logf("encoded, loaded and run twice in %v", time.Since(start))
	}
	for i := range got[0] {
		cos := cosine(got[0][i][Output], got[1][i][Output])
		t.Logf("%.6f", cos)
		if !(cos >= int8Cosine) {
			t.Errorf("cosine %.6f", cos)
		}
	}
}

// TestInt8Tiny are the small models, where rounding weighs more: the arrangement is what is tested, against PyTorch.
func TestInt8Tiny(t *testing.T) {
	for _, model := range models {
		c, w, want := readModel(t, model)
		g, err := AudioGraph(c, w, AudioOptions{Int8: true})
		if err != nil {
			t.Fatal(err)
		}
		for kind, n := range lengths(c) {
			got := run(t, g, waveform(n, c.Audio.SampleRateHz))[0]
			if cos := cosine(got[Output], want[kind+".projected"]); !(cos > 0.998) {
				t.Errorf("%s %s: cosine %.6f", model, kind, cos)
			}
		}
	}
}

// TestInt8TakesProducts: every product of the layers is in 8 bits, and nothing else.
func TestInt8TakesProducts(t *testing.T) {
	g, err := AudioGraph(readConfig(t, "tiny"), generatedWeights, AudioOptions{Int8: true})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, n := range g.Nodes {
		counts[n.Domain+n.Op]++
	}
	if counts[build.Microsoft+"MatMulIntegerToFloat"] == 0 || counts["Gemm"] != 2 {
		t.Errorf("%v", counts)
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
