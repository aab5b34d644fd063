package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/mert"
)

// processor is MERT-v1's preprocessor_config.json, as far as it is read.
const processor = `{"do_normalize": true, "feature_extractor_type": "Wav2Vec2FeatureExtractor", "feature_size": 1, "sampling_rate": 24000}`

// checkpointDir is a Hugging Face directory of the full-size model, with its weights opened.
type checkpointDir struct {
	path    string
	file    *checkpoint.File
	config  mert.Config
	weights mert.Weights
}

// writeModel makes the directory below dir, where it is not there yet, and opens it.
func writeModel(dir string) (*checkpointDir, error) {
	d := &checkpointDir{path: filepath.Join(dir, "MERT-generated"), config: mert.Base95M()}
	weights := filepath.Join(d.path, "model.safetensors")
	if _, err := os.Stat(weights); errors.Is(err, fs.ErrNotExist) {
		if err := d.write(weights); err != nil {
			return nil, fmt.Errorf("write the generated model: %w", err)
		}
	}
	var err error
	if d.file, err = checkpoint.Open(weights); err != nil {
		return nil, err
	}
	if d.weights, err = mert.FromCheckpoint(d.config, d.file); err != nil {
		return nil, errors.Join(err, d.file.Close())
	}
	return d, nil
}

func (d *checkpointDir) close() { _ = d.file.Close() } // it was only read

// write ends with the weights' name, so that what has been interrupted is made again.
func (d *checkpointDir) write(weights string) error {
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return err
	}
	config, err := d.hubConfig()
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"config.json": config, "preprocessor_config.json": []byte(processor),
		"README.md": []byte("---\nlicense: apache-2.0\n---\nGenerated weights.\n"),
	} {
		if err := os.WriteFile(filepath.Join(d.path, name), text, 0o644); err != nil {
			return err
		}
	}
	f, err := os.Create(weights + ".part")
	if err != nil {
		return err
	}
	if err := errors.Join(mert.WriteWeights(f, d.config, mert.Generated(d.config)), f.Close()); err != nil {
		return err
	}
	return os.Rename(weights+".part", weights)
}

// hubConfig is config.json: the fields that change the arithmetic, with the family's name.
func (d *checkpointDir) hubConfig() ([]byte, error) {
	text, err := json.Marshal(d.config)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	fields["model_type"] = "hubert"
	return json.Marshal(fields)
}
