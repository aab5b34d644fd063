package registry

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/mert"
)

// AddOptions are what the user decides about a model. Zero fields are decided from the
// model itself.
type AddOptions struct {
	Name          string
	Source        string
	Licence       string
	Pooling       string
	Precision     mert.Precision
	WindowSeconds float64 // of the HuBERT family; 0 is five
}

// Files are what a Hugging Face directory must have, and of the last two either.
var Files = []string{"config.json", "preprocessor_config.json", "model.safetensors", "pytorch_model.bin"}

// ErrSource is wrapped when a folder is no model that can be added.
var ErrSource = errors.New("not a model that can be added")

// AddDirectory adds a Hugging Face directory of the HuBERT family.
func (r *Registry) AddDirectory(dir string, o AddOptions) (Manifest, error) {
	c, rate, err := readConfig(dir)
	if err != nil {
		return Manifest{}, err
	}
	path, err := weightsFile(dir)
	if err != nil {
		return Manifest{}, err
	}
	f, err := checkpoint.Open(path)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	w, err := mert.FromCheckpoint(c, f)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", path, err)
	}
	m := Manifest{
		Name: o.Name, Family: Hubert, Source: o.Source, Licence: o.Licence, SampleRateHz: rate,
		MinSamples: c.MinSamples(), Pooling: o.Pooling, Precision: string(o.Precision), Config: &c,
	}
	if m.Source == "" {
		m.Source = baseName(dir)
	}
	if m.Name == "" {
		m.Name = strings.ToLower(baseName(dir))
	}
	if m.Licence == "" {
		m.Licence = readLicence(filepath.Join(dir, "README.md"))
	}
	if m.Precision == "" {
		m.Precision = string(BestPrecision())
	}
	if o.WindowSeconds == 0 {
		o.WindowSeconds = 5
	}
	m.WindowSamples = int(o.WindowSeconds * float64(rate))
	if m.Pooling == "" {
		// The middle of the stack: see mert.PoolingLayer.
		m.Pooling = fmt.Sprintf("layer:%d", (c.NumHiddenLayers+1)/2)
	}
	return r.add(m, func(out io.Writer) error { return mert.WriteWeights(out, c, w) })
}

// baseName is the last element of a path, of "." too.
func baseName(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	return filepath.Base(path)
}

// maxTextBytes bounds the small files of a directory.
const maxTextBytes = 1 << 20

func readConfig(dir string) (mert.Config, int, error) {
	config, err := readText(filepath.Join(dir, Files[0]))
	if err != nil {
		return mert.Config{}, 0, err
	}
	processor, err := readText(filepath.Join(dir, Files[1]))
	if err != nil {
		return mert.Config{}, 0, err
	}
	return mert.ParseConfig(config, processor)
}

func readText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing", ErrSource, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTextBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if len(b) > maxTextBytes {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrSource, path, maxTextBytes)
	}
	return b, nil
}

// weightsFile prefers safetensors, of which nothing must be run.
func weightsFile(dir string) (string, error) {
	for _, name := range Files[2:] {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		if _, err := os.Stat(path + ".index.json"); err == nil {
			return "", fmt.Errorf("%w: its weights are in several files (%s.index.json)", ErrSource, name)
		}
	}
	return "", fmt.Errorf("%w: %s has neither %s nor %s", ErrSource, dir, Files[2], Files[3])
}

// readLicence finds "license: …" in a model card's front matter; "" when it says none.
func readLicence(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxTextBytes))
	for n := 0; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if n == 0 && line != "---" || n > 0 && line == "---" {
			return ""
		}
		if v, ok := strings.CutPrefix(line, "license:"); ok {
			return strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return ""
}
