package mert

import (
	"encoding/json"
	"fmt"

	"github.com/seguedb/segue/embed/hfconfig"
)

// ParseConfig reads a Hugging Face directory's config.json and
// preprocessor_config.json, strictly (embed/hfconfig).
func ParseConfig(config, preprocessor []byte) (c Config, sampleRateHz int, err error) {
	fields, err := hfconfig.Object("config.json", config)
	if err != nil {
		return c, 0, err
	}
	if err := configFields.Check("config.json", fields); err != nil {
		return c, 0, err
	}
	if _, ok := fields["feat_proj_layer_norm"]; !ok {
		c.FeatProjLayerNorm = true // transformers' default, and always so for wav2vec 2.0
	}
	if err := json.Unmarshal(config, &c); err != nil {
		return c, 0, hfconfig.Refuse("config.json", "%w", err)
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
		return c, 0, hfconfig.Refuse("config.json", "sample_rate is %s and preprocessor_config.json says %d", v, rate)
	}
	if err := c.Check(); err != nil {
		return c, 0, hfconfig.Refuse("config.json", "%w", err)
	}
	return c, rate, nil
}

// checkConvolutions compares what the configuration says twice.
func checkConvolutions(c Config, fields map[string]json.RawMessage) error {
	if v, ok := fields["num_feat_extract_layers"]; ok && string(v) != fmt.Sprint(len(c.ConvDim)) {
		return hfconfig.Refuse("config.json", "num_feat_extract_layers is %s and conv_dim has %d", v, len(c.ConvDim))
	}
	return nil
}

// parsePreprocessor reads a Wav2Vec2FeatureExtractor's settings. Padding matters not,
// since there is none.
func parsePreprocessor(text []byte) (normalise bool, sampleRateHz int, err error) {
	const file = "preprocessor_config.json"
	fields, err := hfconfig.Object(file, text)
	if err != nil {
		return false, 0, err
	}
	if err := preprocessorFields.Check(file, fields); err != nil {
		return false, 0, err
	}
	var p struct {
		DoNormalize  bool `json:"do_normalize"`
		SamplingRate int  `json:"sampling_rate"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return false, 0, hfconfig.Refuse(file, "%w", err)
	}
	if p.SamplingRate < 8000 || p.SamplingRate > 96000 {
		return false, 0, hfconfig.Refuse(file, "sampling_rate is %d", p.SamplingRate)
	}
	return p.DoNormalize, p.SamplingRate, nil
}
