package registry

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seguedb/segue/embed/bpe"
	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/clap"
	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/onnx/build"
)

// addClap adds a directory of CLAP, with its tokenizer.
func (r *Registry) addClap(dir string, config, processor []byte, o AddOptions) (Manifest, error) {
	c, err := clap.ParseConfig(config, processor)
	if err != nil {
		return Manifest{}, err
	}
	if o.WindowSeconds != 0 && o.WindowSeconds != float64(c.Audio.MaxSeconds) {
		return Manifest{}, fmt.Errorf("%w: windows of %g seconds, and this model hears %d at once", ErrSource, o.WindowSeconds,
			c.Audio.MaxSeconds)
	}
	t, err := readTokenizer(dir, c.Text)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", dir, err)
	}
	tokenizer, err := json.Marshal(t)
	if err != nil {
		return Manifest{}, err
	}
	f, err := openWeights(dir)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	w, err := clap.FromCheckpoint(c, f)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", dir, err)
	}
	sum := sha256.Sum256(tokenizer)
	m := Manifest{
		Name: o.Name, Family: Clap, Source: o.Source, Licence: o.Licence, SampleRateHz: c.Audio.SampleRateHz,
		WindowSamples: c.Audio.WindowSamples(), MinSamples: c.Audio.MinSamples(), Pooling: o.Pooling,
		Precision: string(cmp.Or(o.Precision, BestPrecision())),
		Clap:      &c, Tokenizer: &File{hex.EncodeToString(sum[:]), int64(len(tokenizer))},
	}
	m.describe(dir)
	return r.add(m, func(out io.Writer) error { return clap.WriteWeights(out, c, w) }, tokenizer)
}

// limits are what a text tower says of tokens.
func limits(t clap.Text) bpe.Limits {
	return bpe.Limits{Begin: t.BeginToken, End: t.EndToken, Max: t.MaxTokens(), Vocab: t.VocabSize}
}

// readTokenizer reads a directory's tokenizer. Where its settings say how long a text may
// be, that holds.
func readTokenizer(dir string, text clap.Text) (*bpe.Tokenizer, error) {
	l := limits(text)
	settings, err := readText(filepath.Join(dir, tokenizerSettings))
	switch {
	case errors.Is(err, ErrSource): // it is not there
	case err != nil:
		return nil, err
	default:
		if l.Max, err = bpe.MaxLength(settings, l.Max); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, mergesFile)); err != nil {
		if _, err := os.Stat(filepath.Join(dir, tokenizerFile)); err != nil {
			return nil, fmt.Errorf("%w: it has neither %s with %s nor %s", ErrSource, vocabFile, mergesFile, tokenizerFile)
		}
		whole, err := readSmall(filepath.Join(dir, tokenizerFile), maxTokenizerBytes)
		if err != nil {
			return nil, err
		}
		return bpe.FromTokenizer(whole, l)
	}
	vocab, err := readSmall(filepath.Join(dir, vocabFile), maxTokenizerBytes)
	if err != nil {
		return nil, err
	}
	merges, err := readSmall(filepath.Join(dir, mergesFile), maxTokenizerBytes)
	if err != nil {
		return nil, err
	}
	return bpe.FromFiles(vocab, merges, l)
}

// loadTokenizer reads the tokenizer that was added, after comparing it with its hash.
func (r *Registry) loadTokenizer(m Manifest) (*bpe.Tokenizer, error) {
	text, err := os.ReadFile(filepath.Join(r.dir, m.Name, tokenizerFile))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != m.Tokenizer.SHA256 {
		return nil, ErrDamaged
	}
	return bpe.Read(text, limits(m.Clap.Text))
}

// LoadText returns the graph of the tower that reads texts, and what makes tokens of them,
// after comparing both files with their hashes. Only Clap has them.
func (r *Registry) LoadText(m Manifest) ([]byte, *bpe.Tokenizer, error) {
	t, err := r.loadTokenizer(m)
	var graph []byte
	if err == nil {
		graph, err = r.loadTower(m, func(c clap.Config, w clap.Weights) (*build.Graph, error) { return clap.TextGraph(c, w, false) })
	}
	if err != nil {
		return nil, nil, fmt.Errorf("load model %q: %w", m.Name, err)
	}
	return graph, t, nil
}

// loadAudio returns the graph of the tower that hears.
func (r *Registry) loadAudio(m Manifest) ([]byte, error) {
	return r.loadTower(m, func(c clap.Config, w clap.Weights) (*build.Graph, error) {
		return clap.AudioGraph(c, w, clap.AudioOptions{Int8: m.Precision == string(mert.Int8)})
	})
}

// loadTower returns one of CLAP's graphs.
func (r *Registry) loadTower(m Manifest, tower func(clap.Config, clap.Weights) (*build.Graph, error)) (graph []byte, err error) {
	err = r.withChecked(m, func(c *checkpoint.File) error {
		w, err := clap.FromCheckpoint(*m.Clap, c)
		if err != nil {
			return err
		}
		g, err := tower(*m.Clap, w)
		if err != nil {
			return err
		}
		graph, err = g.Encode()
		return err
	})
	return graph, err
}
