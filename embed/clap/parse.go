package clap

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/seguedb/segue/embed/hfconfig"
)

const (
	configFile       = "config.json"
	preprocessorFile = "preprocessor_config.json"
)

// base is what transformers takes for a field that a configuration leaves out.
func base() Config {
	return Config{
		ProjectionDim: 512,
		Audio: Audio{
			MelBins: 64, SpecSize: 256, PatchSize: [2]int{4, 4}, PatchStride: [2]int{4, 4}, PatchNorm: true,
			EmbedDim: 96, WindowSize: 8, Depths: []int{2, 2, 6, 2}, AttentionHeads: []int{4, 8, 16, 32},
			QKVBias: true, MLPRatio: 4, LayerNormEps: 1e-5,
		},
		Text: Text{
			VocabSize: 50265, HiddenSize: 768, Layers: 12, AttentionHeads: 12, IntermediateSize: 3072,
			MaxPositions: 514, TypeVocabSize: 1, LayerNormEps: 1e-12, PadToken: 1, BeginToken: 0, EndToken: 2,
		},
	}
}

// ParseConfig reads a Hugging Face directory's config.json and preprocessor_config.json,
// strictly (embed/hfconfig).
func ParseConfig(config, preprocessor []byte) (Config, error) {
	c := base()
	fields, err := hfconfig.Object(configFile, config)
	if err != nil {
		return c, err
	}
	if fields["model_type"] == nil {
		return c, hfconfig.Refuse(configFile, "model_type is missing")
	}
	if err := configFields.Check(configFile, fields); err != nil {
		return c, err
	}
	if err := read(configFile, fields, "projection_dim", &c.ProjectionDim); err != nil {
		return c, err
	}
	audio, err := parseAudio(&c, fields["audio_config"])
	if err != nil {
		return c, err
	}
	if err := parseText(&c, fields["text_config"]); err != nil {
		return c, err
	}
	if err := parsePreprocessor(&c, preprocessor); err != nil {
		return c, err
	}
	if err := c.Check(); err != nil {
		return c, hfconfig.Refuse(configFile, "%w", err)
	}
	width := c.Audio.outWidth()
	if err := read(configFile, audio, "hidden_size", &width); err != nil {
		return c, err
	}
	if width != c.Audio.outWidth() {
		return c, hfconfig.Refuse(configFile, "audio_config.hidden_size is %d, and the last stage has %d", width, c.Audio.outWidth())
	}
	return c, nil
}

// read reads a field into v, unless it is not there or null.
func read(file string, fields map[string]json.RawMessage, name string, v any) error {
	if text := fields[name]; text != nil {
		if err := json.Unmarshal(text, v); err != nil {
			return hfconfig.Refuse(file, "%s: %w", name, err)
		}
	}
	return nil
}

// part reads one tower's fields and holds them to the rules.
func part(name string, text json.RawMessage, rules hfconfig.Rules) (map[string]json.RawMessage, error) {
	file := configFile + " " + name
	if text == nil || string(text) == "null" {
		return nil, nil
	}
	fields, err := hfconfig.Object(file, text)
	if err != nil {
		return nil, err
	}
	return fields, rules.Check(file, fields)
}

// pairs may be one number for both sides.
var pairs = []string{"patch_size", "patch_stride"}

func parseAudio(c *Config, text json.RawMessage) (map[string]json.RawMessage, error) {
	const name = "audio_config"
	fields, err := part(name, text, audioFields)
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		var side int
		if v := fields[p]; v != nil && json.Unmarshal(v, &side) == nil {
			fields[p], _ = json.Marshal([2]int{side, side}) // numbers always marshal
		}
		var list []int
		if v := fields[p]; v != nil && (json.Unmarshal(v, &list) != nil || len(list) != 2) {
			return nil, hfconfig.Refuse(configFile, "%s.%s is %s, not one number or two", name, p, v)
		}
	}
	return fields, decode(name, fields, &c.Audio)
}

func parseText(c *Config, text json.RawMessage) error {
	const name = "text_config"
	fields, err := part(name, text, textFields)
	if err != nil {
		return err
	}
	return decode(name, fields, &c.Text)
}

// decode reads the fields that a tower's struct has, and no field of the other file's.
func decode(name string, fields map[string]json.RawMessage, v any) error {
	text, err := json.Marshal(fields)
	if err != nil {
		return hfconfig.Refuse(configFile, "%s: %w", name, err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return hfconfig.Refuse(configFile, "%s: %w", name, err)
	}
	return nil
}

// parsePreprocessor reads a ClapFeatureExtractor's settings.
func parsePreprocessor(c *Config, text []byte) error {
	fields, err := hfconfig.Object(preprocessorFile, text)
	if err != nil {
		return err
	}
	if err := preprocessorFields.Check(preprocessorFile, fields); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(preprocessorValues)) {
		var got string
		if json.Unmarshal(fields[name], &got) != nil || got != preprocessorValues[name] {
			return hfconfig.Refuse(preprocessorFile, "%s is %s, which is not supported", name, fields[name])
		}
	}
	for name, v := range map[string]any{
		"sampling_rate": &c.Audio.SampleRateHz, "max_length_s": &c.Audio.MaxSeconds, "fft_window_size": &c.Audio.FFTSize,
		"hop_length": &c.Audio.HopSamples, "frequency_min": &c.Audio.FrequencyMin, "frequency_max": &c.Audio.FrequencyMax,
	} {
		if err := read(preprocessorFile, fields, name, v); err != nil {
			return err
		}
	}
	a := c.Audio
	for _, s := range []struct {
		name, from string
		want       int
	}{
		{"feature_size", "num_mel_bins", a.MelBins}, {"n_fft", "fft_window_size", a.FFTSize},
		{"nb_frequency_bins", "fft_window_size", a.FFTSize/2 + 1},
		{"nb_max_samples", "max_length_s", a.WindowSamples()}, {"chunk_length_s", "max_length_s", a.MaxSeconds},
	} {
		got := s.want
		if err := read(preprocessorFile, fields, s.name, &got); err != nil {
			return err
		}
		if got != s.want {
			return hfconfig.Refuse(preprocessorFile, "%s is %d, and by %s it is %d", s.name, got, s.from, s.want)
		}
	}
	return nil
}
