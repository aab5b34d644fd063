package clap

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/hfconfig"
)

// processorJSON is what the models without fusion ship beside their config.json.
const processorJSON = `{"chunk_length_s": 10, "feature_extractor_type": "ClapFeatureExtractor", "feature_size": 64,
	"fft_window_size": 1024, "frequency_max": 14000, "frequency_min": 50, "hop_length": 480, "max_length_s": 10, "n_fft": 1024,
	"nb_frequency_bins": 513, "nb_max_frames": 1000, "nb_max_samples": 480000, "padding": "repeatpad", "padding_side": "right",
	"padding_value": 0.0, "processor_class": "ClapProcessor", "return_attention_mask": false, "sampling_rate": 48000,
	"top_db": null, "truncation": "rand_trunc"}`

// configJSON is a config.json with fields changed, which are named PART.FIELD or FIELD.
func configJSON(t testing.TB, change map[string]any) []byte {
	t.Helper()
	fields := map[string]any{"model_type": "clap", "audio_config": map[string]any{}, "text_config": map[string]any{}}
	for k, v := range change {
		in := fields
		part, field, nested := strings.Cut(k, ".")
		if nested {
			in, k = fields[part].(map[string]any), field
		}
		in[k] = v
	}
	b, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig(configJSON(t, map[string]any{"audio_config.patch_embeds_hidden_size": 128, "audio_config.depths": []int{2, 2, 12, 2},
		"audio_config.hidden_size": 1024, "audio_config.patch_size": []int{4, 4}, "audio_config.fusion_type": nil,
		"audio_config.projection_hidden_size": 768, "audio_config.enable_patch_fusion": true, "audio_config.fusion_num_hidden_layers": 2,
		"audio_config.swin_absolute_positional_embedding": false, "_commit_hash": "x",
		"text_config.position_embedding_type": "absolute", "projection_hidden_act": "relu"}), []byte(processorJSON))
	if err != nil {
		t.Fatal(err)
	}
	a := c.Audio
	if a.WindowSamples() != 480000 || a.frames() != 1001 || a.outWidth() != 1024 || c.ProjectionDim != 512 || c.Text.MaxTokens() != 512 {
		t.Errorf("%+v", c)
	}
	// htsat-unfused is what transformers takes for granted.
	c, err = ParseConfig([]byte(`{"model_type": "clap"}`), []byte(processorJSON))
	if err != nil || c.Audio.outWidth() != 768 || !reflect.DeepEqual(c.Audio.PatchStride, [2]int{4, 4}) {
		t.Errorf("%+v %v", c, err)
	}
	tiny := readConfig(t, "tiny")
	if tiny.Audio.WindowSamples() != 48000 || tiny.ProjectionDim != 8 || tiny.Text.MaxTokens() != 32 {
		t.Errorf("%+v", tiny)
	}
}

// TestParseConfigRefuses names the field each time.
func TestParseConfigRefuses(t *testing.T) {
	for field, value := range map[string]any{
		"model_type": "clap_audio_model", "projection_dim": 0, "projection_hidden_act": "gelu", "audio_config_dict": map[string]any{"x": 1},
		"quantization_config": 4, "text_config": 7,
		"audio_config.enable_fusion": true, "audio_config.hidden_act": "gelu_new", "audio_config.patch_embed_input_channels": 4,
		"audio_config.flatten_patch_embeds": false, "audio_config.hidden_size": 512, "audio_config.spec_size": 250,
		"audio_config.num_mel_bins": 60, "audio_config.window_size": 7, "audio_config.depths": []int{2, 2},
		"audio_config.num_attention_heads": []int{5, 8, 16, 32}, "audio_config.patch_size": []int{4}, "audio_config.patch_stride": 3,
		"audio_config.patch_embeds_hidden_size": 1 << 20, "audio_config.mlp_ratio": -1, "audio_config.layer_norm_eps": 0,
		"audio_config.absolute_position": true, "audio_config.projection_hidden_act": "gelu",
		"text_config.hidden_act": "relu", "text_config.position_embedding_type": "relative_key", "text_config.num_attention_heads": 7,
		"text_config.vocab_size": 1 << 30, "text_config.max_position_embeddings": 2, "text_config.is_decoder": true,
		"text_config.layer_norm_eps": 2, "text_config.pad_token_id": -1, "text_config.eos_token_id": 60000,
		"text_config.eos_token_id.": []int{2, 3}, "text_config.model_type": "bert",
	} {
		name := field[strings.Index(field, ".")+1:]
		_, err := ParseConfig(configJSON(t, map[string]any{strings.TrimSuffix(field, "."): value}), []byte(processorJSON))
		if !errors.Is(err, hfconfig.ErrConfig) || !strings.Contains(err.Error(), strings.TrimSuffix(name, ".")) {
			t.Errorf("%s = %v: %v", field, value, err)
		}
	}
	for field, value := range map[string]string{
		"feature_extractor_type": `"WhisperFeatureExtractor"`, "truncation": `"fusion"`, "padding": `"pad"`, "top_db": `80`,
		"feature_size": `128`, "hop_length": `0`, "fft_window_size": `1023`, "n_fft": `2048`, "frequency_max": `40000`,
		"max_length_s": `20`, "sampling_rate": `1`, "nb_max_samples": `1`, "padding_value": `0.5`, "dither": `1`,
	} {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal([]byte(processorJSON), &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, "nb_max_samples")
		delete(fields, "chunk_length_s")
		delete(fields, "nb_frequency_bins")
		if field == "hop_length" || field == "fft_window_size" {
			delete(fields, "n_fft")
		}
		fields[field] = json.RawMessage(value)
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseConfig(configJSON(t, nil), text); !errors.Is(err, hfconfig.ErrConfig) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s = %s: %v", field, value, err)
		}
		delete(fields, field)
	}
}

// FuzzParseConfig: what is accepted can be made into graphs.
func FuzzParseConfig(f *testing.F) {
	f.Add(configJSON(f, nil), []byte(processorJSON))
	for _, model := range models {
		f.Add(readFile(f, model+"/config.json"), readFile(f, model+"/preprocessor_config.json"))
	}
	f.Fuzz(func(t *testing.T, config, processor []byte) {
		c, err := ParseConfig(config, processor)
		if err != nil {
			if !errors.Is(err, hfconfig.ErrConfig) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if _, err := AudioGraph(c, generatedWeights, AudioOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := TextGraph(c, generatedWeights, false); err != nil {
			t.Fatal(err)
		}
	})
}
