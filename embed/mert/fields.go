package mert

import "github.com/seguedb/segue/embed/hfconfig"

var configFields = hfconfig.NewRules(
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
	 attention_relax gradient_checkpointing`+hfconfig.Neutral,
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

var preprocessorFields = hfconfig.NewRules(`do_normalize sampling_rate`,
	`padding_side padding_value return_attention_mask processor_class tokenizer_class`,
	map[string][]any{
		"feature_extractor_type": {"Wav2Vec2FeatureExtractor"},
		"feature_size":           {float64(1)},
	})
