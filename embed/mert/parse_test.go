package mert

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/hfconfig"
)

// configJSON is a config.json with fields changed; a nil value removes one.
func configJSON(t testing.TB, change map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(Base95M())
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatal(err)
	}
	fields["model_type"] = "mert_model"
	for k, v := range change {
		if v == nil {
			delete(fields, k)
			continue
		}
		fields[k] = v
	}
	if b, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseConfig(t *testing.T) {
	c, rate, err := ParseConfig(configJSON(t, map[string]any{"sample_rate": 24000, "layerdrop": 0.1, "deepnorm": false,
		"attention_relax": -1.0, "feature_extractor_cqt": false, "auto_map": map[string]any{"AutoModel": "x"}}), []byte(processorJSON))
	if err != nil || rate != 24000 || !reflect.DeepEqual(c, Base95M()) {
		t.Errorf("%+v, %d, %v", c, rate, err)
	}
	c, rate, err = ParseConfig(configJSON(t, map[string]any{"model_type": "wav2vec2", "feat_proj_layer_norm": nil}),
		[]byte(`{"do_normalize": false, "sampling_rate": 16000, "feature_size": 1}`))
	if err != nil || rate != 16000 || !c.RawInput || !c.FeatProjLayerNorm {
		t.Errorf("%+v, %d, %v", c, rate, err)
	}
}

// TestParseConfigRefuses names the field each time.
func TestParseConfigRefuses(t *testing.T) {
	for field, value := range map[string]any{
		"feature_extractor_cqt": true, "deepnorm": true, "add_adapter": true, "adapter_attn_dim": 16,
		"conv_pos_batch_norm": true, "model_type": "wavlm", "is_decoder": true,
		"pruned_heads":            map[string]any{"1": []int{0}},
		"position_embeddings":     "rotary", // of another model's
		"quantization_config":     map[string]any{"bits": 4},
		"hidden_act":              "relu",
		"feat_extract_activation": "swish",
		"feat_extract_norm":       "batch",
		"num_attention_heads":     7,
		"hidden_size":             1 << 30,
		"num_hidden_layers":       1 << 40,
		"intermediate_size":       -1,
		"layer_norm_eps":          0,
		"conv_dim":                []int{512},
		"conv_kernel":             []int{10, 3, 3, 3, 3, 2, 0},
		"conv_stride":             []int{5, 2, 2, 2, 2, 2, 1 << 20},
		"conv_bias":               "yes",
		"num_conv_pos_embeddings": 0,
		"num_feat_extract_layers": 6,
		"sample_rate":             16000,
		"raw_input":               true,
	} {
		_, _, err := ParseConfig(configJSON(t, map[string]any{field: value}), []byte(processorJSON))
		if !errors.Is(err, hfconfig.ErrConfig) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s = %v: %v", field, value, err)
		}
	}
	for _, field := range []string{"hidden_size", "conv_bias", "do_stable_layer_norm", "layer_norm_eps", "hidden_act"} {
		if _, _, err := ParseConfig(configJSON(t, map[string]any{field: nil}), []byte(processorJSON)); !errors.Is(err, hfconfig.ErrConfig) ||
			!strings.Contains(err.Error(), field) {
			t.Errorf("without %s: %v", field, err)
		}
	}
	for text, named := range map[string]string{
		`{"do_normalize": true}`:   "sampling_rate",
		`{"sampling_rate": 24000}`: "do_normalize",
		`{"do_normalize": true, "sampling_rate": 24000, "feature_size": 2}`:      "feature_size",
		`{"do_normalize": true, "sampling_rate": 4}`:                             "sampling_rate",
		`{"do_normalize": true, "sampling_rate": 24000, "chunk_length": 30}`:     "chunk_length",
		`{"do_normalize": 1, "sampling_rate": 24000}`:                            "do_normalize",
		`{"do_normalize": true, "sampling_rate": 24000, "sampling_rate": 16000}`: "sampling_rate",
		`{"do_normalize": true, "sampling_rate": 24000} {}`:                      "preprocessor_config.json",
		`[]`: "preprocessor_config.json", ``: "preprocessor_config.json", `{"do_`: "preprocessor_config.json",
		`{"do_normalize": true, "sampling_rate": 24000, "feature_extractor_type": "ClapFeatureExtractor"}`: "feature_extractor_type",
	} {
		if _, _, err := ParseConfig(configJSON(t, nil), []byte(text)); !errors.Is(err, hfconfig.ErrConfig) || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzParseConfig: what is accepted can be made into a graph.
func FuzzParseConfig(f *testing.F) {
	f.Add(configJSON(f, nil), []byte(processorJSON))
	f.Add(configJSON(f, map[string]any{"model_type": "wav2vec2", "conv_bias": true}), []byte(`{"do_normalize":false,"sampling_rate":16000}`))
	f.Add([]byte(`{"hidden_size":1e99}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, config, processor []byte) {
		c, _, err := ParseConfig(config, processor)
		if err != nil {
			if !errors.Is(err, hfconfig.ErrConfig) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if _, err := Graph(c, Generated(c), Options{}); err != nil {
			t.Fatal(err)
		}
	})
}
