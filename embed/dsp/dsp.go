package dsp

import (
	"fmt"

	"github.com/seguedb/segue/embed/onnx/build"
)

// What the registry needs to know.
const (
	Name = "dsp"
	// Version is the arithmetic's. Raise it with every change of the graph's bytes; a test
	// holds the two together.
	Version = 1
	// SampleRateHz is the rate of the waveform that goes in.
	SampleRateHz = 24000
	// WindowSamples is five seconds.
	WindowSamples = 5 * SampleRateHz
	// MinSamples is one second: below it there are not enough frames for a transition
	// between pitches or for a period of a beat.
	MinSamples = SampleRateHz
	// Dim is the length of the vector.
	Dim = 768
	// InputName and OutputName are the tensors' names: waveform [1,N] in, embedding
	// [1,768] out.
	InputName  = "waveform"
	OutputName = "embedding"
	// RawOutput is what BuildRaw gives out: the features before centre, scale and weight.
	RawOutput = "features"
)

// Fingerprint names everything that decides the output. It is not a hash of the graph,
// because a cosine in its constants may differ in its last bit between processor
// architectures, and a data directory may be carried from one to the other.
func Fingerprint() string { return fmt.Sprintf("%s/%d", Name, Version) }

// Build returns the model.
func Build() ([]byte, error) {
	n, features := network()
	v, err := n.calibrated(features)
	if err != nil {
		return nil, err
	}
	n.g.Unary(OutputName, "Identity", v)
	n.g.Output(OutputName, build.Float32, build.Dim{Size: 1}, build.Dim{Size: Dim})
	return n.g.Encode()
}

// BuildRaw returns the graph that the calibration is measured on.
func BuildRaw() ([]byte, error) {
	n, features := network()
	n.g.Unary(RawOutput, "Identity", n.concat(1, features...))
	n.g.Output(RawOutput, build.Float32, build.Dim{Size: 1}, build.Dim{Size: Dim})
	return n.g.Encode()
}

// network adds every feature group to a new graph, each [1, size], in the order of
// groups.
func network() (*net, []string) {
	n := &net{g: build.NewGraph(Name)}
	x := n.g.Input(InputName, build.Float32, build.Dim{Size: 1}, build.Dim{Name: "samples"})
	wave := n.levelled(x)
	s := n.spectrogram(wave)
	features := n.timbre(s)
	features = append(features, n.shape(s)...)
	features = append(features, n.harmony(wave)...)
	return n, append(features, n.rhythm(s)...)
}
