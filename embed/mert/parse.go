package mert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// ErrConfig is wrapped by every refusal of a configuration; the text names the field.
var ErrConfig = errors.New("unsupported model configuration")

func refuse(file, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %w", ErrConfig, file, fmt.Errorf(format, args...))
}

// ParseConfig reads a Hugging Face directory's config.json and
// preprocessor_config.json. They are read strictly: a field that asks for what the
// graph does not do, or that nobody here knows, is refused by its name, because a
// model that is nearly the right one gives vectors that look right.
func ParseConfig(config, preprocessor []byte) (c Config, sampleRateHz int, err error) {
	fields, err := object("config.json", config)
	if err != nil {
		return c, 0, err
	}
	if err := checkFields("config.json", fields, configFields); err != nil {
		return c, 0, err
	}
	if _, ok := fields["feat_proj_layer_norm"]; !ok {
		c.FeatProjLayerNorm = true // transformers' default, and always so for wav2vec 2.0
	}
	if err := json.Unmarshal(config, &c); err != nil {
		return c, 0, refuse("config.json", "%w", err)
	}
	c.RawInput = false // ours, not a field of theirs
	if err := checkConvolutions(c, fields); err != nil {
		return c, 0, err
	}
	normalise, rate, err := parsePreprocessor(preprocessor)
	if err != nil {
		return c, 0, err
	}
	c.RawInput = !normalise
	if v, ok := fields["sample_rate"]; ok && string(v) != fmt.Sprint(rate) {
		return c, 0, refuse("config.json", "sample_rate is %s and preprocessor_config.json says %d", v, rate)
	}
	if err := c.Check(); err != nil {
		return c, 0, refuse("config.json", "%w", err)
	}
	return c, rate, nil
}

// checkConvolutions compares what the configuration says twice.
func checkConvolutions(c Config, fields map[string]json.RawMessage) error {
	if v, ok := fields["num_feat_extract_layers"]; ok && string(v) != fmt.Sprint(len(c.ConvDim)) {
		return refuse("config.json", "num_feat_extract_layers is %s and conv_dim has %d", v, len(c.ConvDim))
	}
	return nil
}

// parsePreprocessor reads a Wav2Vec2FeatureExtractor's settings. Padding matters not,
// since there is none.
func parsePreprocessor(text []byte) (normalise bool, sampleRateHz int, err error) {
	const file = "preprocessor_config.json"
	fields, err := object(file, text)
	if err != nil {
		return false, 0, err
	}
	if err := checkFields(file, fields, preprocessorFields); err != nil {
		return false, 0, err
	}
	var p struct {
		DoNormalize  bool `json:"do_normalize"`
		SamplingRate int  `json:"sampling_rate"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return false, 0, refuse(file, "%w", err)
	}
	if p.SamplingRate < 8000 || p.SamplingRate > 96000 {
		return false, 0, refuse(file, "sampling_rate is %d", p.SamplingRate)
	}
	return p.DoNormalize, p.SamplingRate, nil
}

// object reads a JSON object of which no name is there twice.
func object(file string, text []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, refuse(file, "it is no JSON object")
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, refuse(file, "%w", err)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, refuse(file, "%w", err)
		}
		name, _ := t.(string) // an object's names are text
		if fields[name] != nil {
			return nil, refuse(file, "field %q is there twice", name)
		}
		fields[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, refuse(file, "%w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, refuse(file, "there is more after its object")
	}
	return fields, nil
}

// checkFields holds fields to the rules, in order of their names.
func checkFields(file string, fields map[string]json.RawMessage, rules map[string]rule) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		r, known := rules[name]
		if !known {
			return refuse(file, "field %q is not known here, and may change what the model computes", name)
		}
		var value any
		if err := json.Unmarshal(fields[name], &value); err != nil {
			return refuse(file, "%s: %w", name, err)
		}
		if !r.allows(value) {
			return refuse(file, "%s is %s, which is not supported", name, fields[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if rules[name].required && fields[name] == nil {
			return refuse(file, "%s is missing", name)
		}
	}
	return nil
}
