package music

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
)

// What the registry needs to know.
const (
	Name = "music"
	// SampleRateHz is the rate of the waveform that goes in.
	SampleRateHz = 24000
	// WindowSamples is five seconds.
	WindowSamples = 5 * SampleRateHz
	// MinSamples is one second, a fifth of what the graph repeats a short waveform to.
	MinSamples = SampleRateHz
	// Dim is the length of the vector.
	Dim = 768
	// InputName and OutputName are the tensors' names: wave [1,N] in, embedding [1,768] out.
	InputName  = "wave"
	OutputName = "embedding"
)

// graph is what embed/train/segue_train/export.py wrote.
//
//go:embed model.onnx
var graph []byte

// Build returns the model. The caller must not change it.
func Build() ([]byte, error) { return graph, nil }

// Fingerprint names everything that decides the output: the graph with its weights, which never changes under a name.
func Fingerprint() string {
	sum := sha256.Sum256(graph)
	return Name + "/" + hex.EncodeToString(sum[:])
}
