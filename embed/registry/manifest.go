package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/seguedb/segue/embed/clap"
	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/pooling"
)

// The families of models.
const (
	Hubert = "hubert" // embed/mert writes its graph
	Clap   = "clap"   // embed/clap writes its graphs; it embeds texts too
	ONNX   = "onnx"   // its graph came with it
)

// formatVersion is of manifest.json.
const formatVersion = 1

// Manifest describes a model that was added.
type Manifest struct {
	Format  int    `json:"format"`
	Name    string `json:"name"`
	Family  string `json:"family"`
	Source  string `json:"source"`  // the folder's or file's name, or REPOSITORY@REVISION of a hub
	Licence string `json:"licence"` // "" when nobody said
	// SHA256 is of the file with the weights, in hexadecimal.
	SHA256    string `json:"sha256"`
	SizeBytes int64  `json:"size_bytes"`

	SampleRateHz  int    `json:"sample_rate_hz"`
	WindowSamples int    `json:"window_samples"`
	MinSamples    int    `json:"min_samples"`
	Pooling       string `json:"pooling,omitempty"` // "" is plain
	Precision     string `json:"precision"`

	Config    *mert.Config `json:"config,omitempty"`    // Hubert's
	Clap      *clap.Config `json:"clap,omitempty"`      // Clap's
	Tokenizer *File        `json:"tokenizer,omitempty"` // Clap's
	Graph     *Graph       `json:"graph,omitempty"`     // ONNX's
}

// File is a file beside the one with the weights.
type File struct {
	SHA256    string `json:"sha256"`
	SizeBytes int64  `json:"size_bytes"`
}

// Graph is what must be known of a graph to run it: it takes a waveform [1,N] of float32.
type Graph struct {
	Input  string `json:"input"`
	Output string `json:"output"`
	Dim    int    `json:"dim"`
	// Normalise scales each window to mean 0 and variance 1 first.
	Normalise bool `json:"normalise"`
}

// ErrManifest is wrapped when a manifest is damaged or of a later version.
var ErrManifest = errors.New("model manifest cannot be read")

// ErrName is wrapped by the refusal of a name.
var ErrName = errors.New("not a name for a model")

// BuiltIn are the names of the models that every Segue has.
var BuiltIn = []string{"music", "dsp", "mert"}

// validName leaves out what a pooling or a path could be mistaken for.
var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// CheckName refuses what cannot name a model that is added.
func CheckName(name string) error {
	switch {
	case !validName.MatchString(name):
		return fmt.Errorf("%w: %q (lower case letters, digits, dot, hyphen and underscore, at most 63)", ErrName, name)
	case name == defaultFile || slices.Contains(BuiltIn, name):
		return fmt.Errorf("%w: %q is taken", ErrName, name)
	}
	return nil
}

// parseManifest reads manifest.json strictly.
func parseManifest(text []byte) (Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if err := m.check(); err != nil {
		return m, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	return m, nil
}

func (m Manifest) check() error {
	switch {
	case m.Format != formatVersion:
		return fmt.Errorf("format %d, not %d", m.Format, formatVersion)
	case CheckName(m.Name) != nil:
		return CheckName(m.Name)
	case m.SampleRateHz < 1 || m.MinSamples < 1 || m.WindowSamples < m.MinSamples || m.WindowSamples > 600*m.SampleRateHz:
		return fmt.Errorf("windows of %d to %d samples at %d Hz", m.MinSamples, m.WindowSamples, m.SampleRateHz)
	case m.Precision != string(mert.FP32) && m.Precision != string(mert.Int8):
		return fmt.Errorf("precision %q", m.Precision)
	}
	if err := m.checkFamily(); err != nil {
		return err
	}
	p, err := pooling.Parse(m.Pooling, m.States())
	if err != nil {
		return err
	}
	if dim := p.Dim(m.Width()); dim > pooling.MaxDim {
		return fmt.Errorf("pooling %q makes %d numbers, and a vector has at most %d", m.Pooling, dim, pooling.MaxDim)
	}
	return nil
}

// checkFamily holds what a family has to it, and that it has nothing of another's.
func (m Manifest) checkFamily() error {
	hubert, clap, graph := m.Config != nil, m.Clap != nil && m.Tokenizer != nil, m.Graph != nil
	switch {
	case m.Family == Hubert && hubert && m.Clap == nil && m.Tokenizer == nil && !graph:
		return m.Config.Check()
	case m.Family == Clap && clap && !hubert && !graph:
		if m.WindowSamples != m.Clap.Audio.WindowSamples() {
			return fmt.Errorf("windows of %d samples of a CLAP model", m.WindowSamples)
		}
		return m.Clap.Check()
	case m.Family == ONNX && graph && !hubert && m.Clap == nil && m.Tokenizer == nil && m.Graph.Dim > 0:
		return nil
	}
	return fmt.Errorf("family %q", m.Family)
}

// States is how many hidden states there are to choose from; 0 when there are no layers.
func (m Manifest) States() int {
	if m.Config == nil {
		return 0
	}
	return m.Config.NumHiddenLayers + 1
}

// Width is how many numbers a hidden state has, or the vector where there are no layers.
func (m Manifest) Width() int {
	switch m.Family {
	case Hubert:
		return m.Config.HiddenSize
	case Clap:
		return m.Clap.ProjectionDim
	}
	return m.Graph.Dim
}

// file is the name of the file with the weights.
func (m Manifest) file() string {
	if m.Family == ONNX {
		return "model.onnx"
	}
	return "weights.safetensors"
}

// Identity names everything about a model that decides its hidden states: the weights,
// what is computed from them, and in which precision.
func (m Manifest) Identity() string {
	if m.Family == ONNX {
		return fmt.Sprintf("onnx %s %s %s normalise %t", m.SHA256, m.Graph.Input, m.Graph.Output, m.Graph.Normalise)
	}
	if m.Family == Clap {
		return fmt.Sprintf("clap/%d %s %s %s %s", clap.Version, m.SHA256, m.Precision, jsonOf(m.Clap), m.Tokenizer.SHA256)
	}
	return fmt.Sprintf("hubert/%d %s %s %s", mert.VersionOf(mert.Precision(m.Precision)), m.SHA256, m.Precision, jsonOf(m.Config))
}

func jsonOf(config any) []byte {
	text, err := json.Marshal(config)
	if err != nil {
		panic(err) // a struct of numbers, strings and slices always marshals
	}
	return text
}
