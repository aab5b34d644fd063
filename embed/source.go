package embed

import (
	"fmt"

	"github.com/seguedb/segue/embed/bpe"
	"github.com/seguedb/segue/embed/clap"
	"github.com/seguedb/segue/embed/dsp"
	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/music"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/pooling"
	"github.com/seguedb/segue/embed/registry"
)

// source is a model before its pooling is chosen: one of those that every Segue has, or
// one that was added to the data directory.
type source struct {
	name, description, licence, precision string
	sampleRateHz                          int
	windowSamples, minSamples             int
	input, output                         string
	normalise                             bool // windows to mean 0 and variance 1, before the graph
	settled                               bool // the graph needs no optimiser
	states, width                         int  // hidden states to choose from (0: none), and the numbers of one
	pooling                               pooling.Pooling
	// identity names the graph and its weights, for the fingerprint.
	identity string
	// graph makes the model's bytes with the hidden states that are wanted.
	graph func(layers []int) ([]byte, error)
	// text makes the bytes of the model that reads texts, with what makes its tokens; nil
	// for models that read none. Its output has the name of graph's.
	text      func() ([]byte, *bpe.Tokenizer, error)
	textInput string
}

// builtIn are the models that every Segue has, Segue's own choice of default first.
func builtIn() []*source {
	return []*source{
		{
			name: music.Name, licence: "Apache-2.0", precision: string(mert.Int8),
			description:  "Trained on free game music and synthesised music: how it sounds and what is played (embed/music/CARD.md).",
			sampleRateHz: music.SampleRateHz, windowSamples: music.WindowSamples, minSamples: music.MinSamples,
			input: music.InputName, output: music.OutputName, width: music.Dim, settled: true,
			identity: music.Fingerprint(), graph: func([]int) ([]byte, error) { return music.Build() },
		},
		{
			name: music.TuneName, licence: "Apache-2.0", precision: string(mert.Int8),
			description:  "What is played, in any key, tempo and instrumentation: for finding other renderings of a piece.",
			sampleRateHz: music.SampleRateHz, windowSamples: music.WindowSamples, minSamples: music.MinSamples,
			input: music.InputName, output: music.OutputName, width: music.TuneDim, settled: true,
			identity: music.TuneFingerprint(), graph: func([]int) ([]byte, error) { return music.BuildTune() },
		},
		{
			name: dsp.Name, licence: "Apache-2.0", precision: string(mert.FP32),
			description:  "The baseline: timbre, harmony and rhythm statistics by signal processing; not trained.",
			sampleRateHz: dsp.SampleRateHz, windowSamples: dsp.WindowSamples, minSamples: dsp.MinSamples,
			input: dsp.InputName, output: dsp.OutputName, width: dsp.Dim,
			identity: dsp.Fingerprint(), graph: func([]int) ([]byte, error) { return dsp.Build() },
		},
		{
			name: mert.Name, licence: "Apache-2.0", precision: string(mert.FP32),
			description: "MERT-v1-95M's graph with generated weights: it proves the runtime and is as slow as " +
				"the real one, and knows nothing about music.",
			sampleRateHz: mert.SampleRateHz, windowSamples: mert.WindowSamples, minSamples: mert.MinSamples,
			input: mert.InputName, output: mert.OutputName, states: mert.Layers, width: mert.Dim,
			pooling:  pooling.Pooling{Layers: true, First: mert.PoolingLayer, Last: mert.PoolingLayer},
			identity: mert.Fingerprint(),
			graph:    func(layers []int) ([]byte, error) { return mert.Build(mert.Options{Layers: layers}) },
		},
	}
}

// added is a model of the registry.
func added(r *registry.Registry, m registry.Manifest) (*source, error) {
	p, err := pooling.Parse(m.Pooling, m.States())
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Name, err)
	}
	s := &source{
		name: m.Name, description: "Added from " + m.Source + ".", licence: m.Licence, precision: m.Precision,
		sampleRateHz: m.SampleRateHz, windowSamples: m.WindowSamples, minSamples: m.MinSamples,
		states: m.States(), width: m.Width(), pooling: p,
		identity: m.Identity(),
		graph:    func(layers []int) ([]byte, error) { return r.Load(m, layers) },
	}
	switch m.Family {
	case registry.ONNX:
		s.input, s.output, s.normalise = m.Graph.Input, m.Graph.Output, m.Graph.Normalise
	case registry.Clap:
		s.input, s.textInput, s.output = clap.AudioInput, clap.TextInput, clap.Output
		s.text = func() ([]byte, *bpe.Tokenizer, error) { return r.LoadText(m) }
	default:
		s.input, s.output = mert.InputName, mert.OutputName
	}
	return s, nil
}

// sessionOptions name the graph's tensors.
func (s *source) sessionOptions() onnx.SessionOptions {
	return onnx.SessionOptions{Input: s.input, Outputs: []string{s.output}, Settled: s.settled}
}
