package clap

import "github.com/seguedb/segue/embed/hfconfig"

// neutral changes nothing of what the towers compute: training, and how transformers has
// written configurations over the years.
const neutral = `initializer_factor initializer_range logit_scale_init_value num_classes hidden_dropout_prob
	attention_probs_dropout_prob drop_path_rate projection_dim gradient_checkpointing sep_token_id cls_token_id
	decoder_start_token_id fusion_hidden_size fusion_num_hidden_layers aff_block_r fusion_type
	enable_patch_fusion projection_hidden_size classifier_dropout _commit_hash is_composition `

// drafts are fields of the audio tower that published files may have from before
// ClapModel was released, and that it does not read: others have their place.
const drafts = ` sample_rate audio_length hop_size fmin fmax mel_bins clip_samples num_heads image_size
	input_channels swin_drop_rate swin_attention_drop_rate swin_drop_path_rate swin_qkv_bias swin_norm_before_mlp
	swin_mlp_ratio swin_use_checkpoint swin_absolute_positional_embedding swin_hidden_act spectrogram_window_size
	spectrogram_window spectrogram_center spectrogram_pad_mode spectrogram_freeze_parameters spectrogram_ref
	spectrogram_amin spectrogram_top_db spectrogram_time_drop_width spectrogram_time_stripes_num
	spectrogram_freq_drop_width spectrogram_freq_stripes_num`

// inert are fields that transformers writes into every configuration, at the only values
// that leave the model what it is.
func inert(more map[string][]any) map[string][]any {
	for name, v := range map[string][]any{
		"is_decoder":                  {false},
		"is_encoder_decoder":          {false},
		"add_cross_attention":         {false},
		"cross_attention_hidden_size": {},
		"tie_encoder_decoder":         {false},
		"pruned_heads":                {map[string]any{}},
		"projection_hidden_act":       {"relu"},
	} {
		more[name] = v
	}
	return more
}

var configFields = hfconfig.NewRules(``,
	neutral+hfconfig.Neutral+` text_config audio_config hidden_size num_hidden_layers
	pad_token_id bos_token_id eos_token_id`,
	inert(map[string][]any{
		"model_type":        {"clap"},
		"text_config_dict":  {},
		"audio_config_dict": {},
	}))

var audioFields = hfconfig.NewRules(``,
	neutral+hfconfig.Neutral+` num_mel_bins spec_size patch_size patch_stride enable_patch_layer_norm
	patch_embeds_hidden_size window_size depths num_attention_heads qkv_bias mlp_ratio layer_norm_eps
	hidden_size num_hidden_layers pad_token_id bos_token_id eos_token_id`+drafts,
	inert(map[string][]any{
		"model_type":                 {"clap_audio_model"},
		"hidden_act":                 {"gelu"},
		"enable_fusion":              {false},
		"patch_embed_input_channels": {float64(1)},
		"flatten_patch_embeds":       {true},
	}))

var textFields = hfconfig.NewRules(``,
	neutral+hfconfig.Neutral+` vocab_size hidden_size num_hidden_layers num_attention_heads intermediate_size
	max_position_embeddings type_vocab_size layer_norm_eps pad_token_id bos_token_id eos_token_id`,
	inert(map[string][]any{
		"model_type":              {"clap_text_model"},
		"hidden_act":              {"gelu"},
		"position_embedding_type": {"absolute"},
	}))

var preprocessorFields = hfconfig.NewRules(
	`sampling_rate max_length_s fft_window_size hop_length frequency_min frequency_max feature_size
	feature_extractor_type truncation padding`,
	`padding_side return_attention_mask processor_class nb_max_frames nb_frequency_bins nb_max_samples n_fft
	chunk_length_s`,
	map[string][]any{
		"top_db":        {},
		"padding_value": {float64(0)},
	})

// preprocessorValues are what required fields must be.
var preprocessorValues = map[string]string{
	"feature_extractor_type": "ClapFeatureExtractor",
	"truncation":             "rand_trunc",
	"padding":                "repeatpad",
}
