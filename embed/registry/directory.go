package registry

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/hfconfig"
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

// ErrSource is wrapped when a folder is no model that can be added.
var ErrSource = errors.New("not a model that can be added")

// The files of a Hugging Face directory. The weights are in either of their two, and
// CLAP's tokenizer in the pair or in the one file.
const (
	configFile        = "config.json"
	preprocessorFile  = "preprocessor_config.json"
	vocabFile         = "vocab.json"
	mergesFile        = "merges.txt"
	tokenizerFile     = "tokenizer.json"
	tokenizerSettings = "tokenizer_config.json"
)

var weightsFiles = []string{"model.safetensors", "pytorch_model.bin"}

// Needed names the files of a repository that an import reads, safetensors rather than a
// pickle. Those without which there is no model are named whether it has them or not.
func Needed(has func(name string) bool) []string {
	names := []string{configFile, preprocessorFile, weightsFiles[1]}
	if has(weightsFiles[0]) {
		names[2] = weightsFiles[0]
	}
	switch {
	case has(vocabFile) && has(mergesFile):
		names = append(names, vocabFile, mergesFile)
	case has(tokenizerFile):
		names = append(names, tokenizerFile)
	default:
		return names
	}
	if has(tokenizerSettings) {
		names = append(names, tokenizerSettings)
	}
	return names
}

// AddDirectory adds a Hugging Face directory: a model of the HuBERT family, or CLAP.
func (r *Registry) AddDirectory(dir string, o AddOptions) (Manifest, error) {
	config, err := readText(filepath.Join(dir, configFile))
	if err != nil {
		return Manifest{}, err
	}
	processor, err := readText(filepath.Join(dir, preprocessorFile))
	if err != nil {
		return Manifest{}, err
	}
	fields, err := hfconfig.Object(configFile, config)
	if err != nil {
		return Manifest{}, err
	}
	var kind string
	if json.Unmarshal(fields["model_type"], &kind) == nil && kind == "clap" {
		return r.addClap(dir, config, processor, o)
	}
	return r.addHubert(dir, config, processor, o)
}

// describe fills in what a directory says of itself and the user did not.
func (m *Manifest) describe(dir string) {
	if m.Source == "" {
		m.Source = baseName(dir)
	}
	if m.Name == "" {
		m.Name = strings.ToLower(baseName(dir))
	}
	if m.Licence == "" {
		m.Licence = readLicence(filepath.Join(dir, "README.md"))
	}
}

// openWeights opens the checkpoint of a directory. The caller closes it.
func openWeights(dir string) (*checkpoint.File, error) {
	path, err := weightsFile(dir)
	if err != nil {
		return nil, err
	}
	return checkpoint.Open(path)
}

// baseName is the last element of a path, of "." too.
func baseName(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	return filepath.Base(path)
}

// maxTextBytes bounds the small files of a directory, maxTokenizerBytes a tokenizer's:
// RoBERTa's tokenizer.json has 2 MB.
const (
	maxTextBytes      = 1 << 20
	maxTokenizerBytes = 16 << 20
)

func readText(path string) ([]byte, error) { return readSmall(path, maxTextBytes) }

func readSmall(path string, most int) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing", ErrSource, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if len(b) > most {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrSource, path, most)
	}
	return b, nil
}

// weightsFile prefers safetensors, of which nothing must be run.
func weightsFile(dir string) (string, error) {
	for _, name := range weightsFiles {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		if _, err := os.Stat(path + ".index.json"); err == nil {
			return "", fmt.Errorf("%w: its weights are in several files (%s.index.json)", ErrSource, name)
		}
	}
	return "", fmt.Errorf("%w: %s has neither %s nor %s", ErrSource, dir, weightsFiles[0], weightsFiles[1])
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
