package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/pooling"
)

// Description is what a user says of an .onnx file, as JSON in a file beside it:
//
//	{"sample_rate": 24000, "window_seconds": 5, "input": "waveform", "output": "embedding", "normalisation": "none"}
type Description struct {
	SampleRate    int     `json:"sample_rate"`
	WindowSeconds float64 `json:"window_seconds"`
	// MinSeconds is the shortest waveform that the graph takes; 0 is a whole window.
	MinSeconds float64 `json:"min_seconds"`
	Input      string  `json:"input"`
	Output     string  `json:"output"`
	// Normalisation is "none" or "window": each window to mean 0 and variance 1.
	Normalisation string `json:"normalisation"`
	Licence       string `json:"licence"`
}

// parseDescription reads it strictly.
func parseDescription(text []byte) (Description, error) {
	var d Description
	r := json.NewDecoder(bytes.NewReader(text))
	r.DisallowUnknownFields()
	if err := r.Decode(&d); err != nil {
		return d, fmt.Errorf("%w: manifest: %w", ErrSource, err)
	}
	if _, err := r.Token(); err != io.EOF {
		return d, fmt.Errorf("%w: manifest: there is more after its object", ErrSource)
	}
	wrong := func(field string) (Description, error) {
		return d, fmt.Errorf("%w: manifest: %s is missing or out of range", ErrSource, field)
	}
	switch {
	case d.SampleRate < 1000 || d.SampleRate > 192000:
		return wrong("sample_rate")
	case !(d.WindowSeconds > 0 && d.WindowSeconds <= 600):
		return wrong("window_seconds")
	case !(d.MinSeconds >= 0 && d.MinSeconds <= d.WindowSeconds):
		return wrong("min_seconds")
	case d.Input == "":
		return wrong("input")
	case d.Output == "":
		return wrong("output")
	case d.Normalisation != "none" && d.Normalisation != "window":
		return d, fmt.Errorf(`%w: manifest: normalisation is %q, not "none" or "window"`, ErrSource, d.Normalisation)
	}
	return d, nil
}

// AddONNX adds a graph that takes a waveform [1,N] and gives a vector, with the
// [Description] at a path of its own. The graph is run once, on the shortest and on the
// longest window.
func (r *Registry) AddONNX(ctx context.Context, path, description string, lib onnx.LibraryOptions, o AddOptions) (Manifest, error) {
	text, err := readText(description)
	if err != nil {
		return Manifest{}, err
	}
	d, err := parseDescription(text)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", description, err)
	}
	model, err := readGraph(path)
	if err != nil {
		return Manifest{}, err
	}
	if o.Precision != "" {
		return Manifest{}, fmt.Errorf("%w: the precision of an .onnx file is in the file", ErrSource)
	}
	m := Manifest{
		Name: o.Name, Family: ONNX, Source: o.Source, Licence: o.Licence, SampleRateHz: d.SampleRate, Pooling: o.Pooling,
		WindowSamples: int(d.WindowSeconds * float64(d.SampleRate)), MinSamples: int(d.MinSeconds * float64(d.SampleRate)),
		Precision: string(mert.FP32),
		Graph:     &Graph{Input: d.Input, Output: d.Output, Normalise: d.Normalisation == "window"},
	}
	if m.MinSamples == 0 {
		m.MinSamples = m.WindowSamples
	}
	if m.Source == "" {
		m.Source = baseName(path)
	}
	if m.Name == "" {
		m.Name = strings.ToLower(strings.TrimSuffix(baseName(path), ".onnx"))
	}
	if m.Licence == "" {
		m.Licence = d.Licence
	}
	if m.Graph.Dim, err = tryGraph(ctx, model, m, lib); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", path, err)
	}
	return r.add(m, func(out io.Writer) error { _, err := out.Write(model); return err }, nil)
}

// readGraph reads an .onnx file, which must have all its data inside.
func readGraph(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > math.MaxInt32 {
		return nil, fmt.Errorf("%w: %s is no file of less than 2 GiB", ErrSource, path)
	}
	b, err := io.ReadAll(io.LimitReader(f, math.MaxInt32))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if err := onnx.SelfContained(b); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrSource, path, err)
	}
	return b, nil
}

// tryGraph runs the graph on noise and returns the length of its vector, which must not
// depend on that of the waveform.
func tryGraph(ctx context.Context, model []byte, m Manifest, lib onnx.LibraryOptions) (dim int, err error) {
	runtime, err := onnx.Open(lib)
	if err != nil {
		return 0, err
	}
	s, err := runtime.NewSession(model, onnx.SessionOptions{Input: m.Graph.Input, Outputs: []string{m.Graph.Output}})
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrSource, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, n := range []int{m.WindowSamples, m.MinSamples} {
		wave := make([]float32, n)
		state := uint32(1)
		for i := range wave {
			state = state*1664525 + 1013904223 // Numerical Recipes' generator
			wave[i] = float32(int32(state)) / (1 << 33)
		}
		out, err := s.Run(ctx, wave)
		if err != nil {
			return 0, fmt.Errorf("%w: it does not run on %d samples: %w", ErrSource, n, err)
		}
		got := len(out[0].Data)
		if dim != 0 && got != dim {
			return 0, fmt.Errorf("%w: output %q has %d numbers for %d samples and %d for %d", ErrSource, m.Graph.Output,
				dim, m.WindowSamples, got, n)
		}
		dim = got
	}
	if dim == 0 || dim > pooling.MaxDim {
		return 0, fmt.Errorf("%w: output %q has %d numbers, not 1 to %d", ErrSource, m.Graph.Output, dim, pooling.MaxDim)
	}
	return dim, nil
}
