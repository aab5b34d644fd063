package mert

import (
	"reflect"
	"strings"
)

// rule is what a configuration's field may be.
type rule struct {
	required bool
	// one of these; none means any value, for a field that is read into the Config or
	// that changes nothing at inference.
	values []any
}

// allows compares with JSON's own types. null is the absence of an option, and what a
// required field must not be.
func (r rule) allows(value any) bool {
	if value == nil {
		return !r.required
	}
	if len(r.values) == 0 {
		return true
	}
	for _, v := range r.values {
		if reflect.DeepEqual(v, value) {
			return true
		}
	}
	return false
}

var configFields = rulesOf(
	// Read into the Config.
	`hidden_size num_hidden_layers num_attention_heads intermediate_size hidden_act feat_extract_activation
	 feat_extract_norm layer_norm_eps conv_dim conv_kernel conv_stride conv_bias num_conv_pos_embeddings
	 num_conv_pos_embedding_groups do_stable_layer_norm`,
	// Neutral: training, tokens, other heads than the encoder, and how transformers
	// runs a model. attention_relax divides the scores and multiplies the difference
	// from their maximum by the same number, which softmax does not see.
	`feat_proj_layer_norm sample_rate num_feat_extract_layers
	 hidden_dropout hidden_dropout_prob activation_dropout attention_dropout attention_probs_dropout_prob
	 feat_proj_dropout feat_quantizer_dropout feat_extract_dropout final_dropout layerdrop
	 initializer_range apply_spec_augment mask_time_prob mask_time_length mask_time_min_masks mask_time_selection
	 mask_time_other mask_feature_prob mask_feature_length mask_feature_min_masks mask_feature_selection
	 mask_feature_other mask_channel_length mask_channel_min_space mask_channel_other mask_channel_prob
	 mask_channel_selection mask_time_min_space no_mask_channel_overlap no_mask_time_overlap
	 ctc_loss_reduction ctc_zero_infinity use_weighted_layer_sum classifier_proj_size vocab_size pad_token_id
	 bos_token_id eos_token_id sep_token_id cls_token_id mask_token_id unk_token_id decoder_start_token_id
	 num_codevectors_per_group num_codevector_groups contrastive_logits_temperature num_negatives codevector_dim
	 proj_codevector_dim diversity_loss_weight tdnn_dim tdnn_kernel tdnn_dilation xvector_output_dim
	 output_hidden_size adapter_kernel_size adapter_stride num_adapter_layers feature_extractor_cqt_bins
	 attention_relax gradient_checkpointing architectures auto_map _name_or_path transformers_version torch_dtype
	 dtype tokenizer_class id2label label2id num_labels problem_type finetuning_task task_specific_params prefix
	 return_dict output_attentions output_hidden_states torchscript use_cache tf_legacy_loss
	 tie_word_embeddings chunk_size_feed_forward _attn_implementation_autoset attn_implementation
	 max_length min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty temperature top_k
	 top_p typical_p repetition_penalty length_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size
	 bad_words_ids num_return_sequences output_scores return_dict_in_generate forced_bos_token_id
	 forced_eos_token_id remove_invalid_values exponential_decay_length_penalty suppress_tokens
	 begin_suppress_tokens use_bfloat16`,
	map[string][]any{
		"model_type":                  {"hubert", "wav2vec2", "mert_model"},
		"feature_extractor_cqt":       {false},
		"deepnorm":                    {false},
		"add_adapter":                 {false},
		"adapter_attn_dim":            {},
		"conv_pos_batch_norm":         {false},
		"is_decoder":                  {false},
		"is_encoder_decoder":          {false},
		"add_cross_attention":         {false},
		"cross_attention_hidden_size": {},
		"tie_encoder_decoder":         {false},
		"pruned_heads":                {map[string]any{}},
	})

var preprocessorFields = rulesOf(`do_normalize sampling_rate`,
	`padding_side padding_value return_attention_mask processor_class tokenizer_class`,
	map[string][]any{
		"feature_extractor_type": {"Wav2Vec2FeatureExtractor"},
		"feature_size":           {float64(1)},
	})

// nothing is no value: a field that must be null.
type nothing struct{}

func rulesOf(required, neutral string, values map[string][]any) map[string]rule {
	rules := map[string]rule{}
	for _, name := range strings.Fields(required) {
		rules[name] = rule{required: true}
	}
	for _, name := range strings.Fields(neutral) {
		rules[name] = rule{}
	}
	for name, v := range values {
		if len(v) == 0 {
			v = []any{nothing{}}
		}
		rules[name] = rule{values: v}
	}
	return rules
}
