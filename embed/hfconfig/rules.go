package hfconfig

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
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

// Rules are the fields that a file may have, by name.
type Rules map[string]rule

// Neutral are fields of any configuration that change nothing when a model only
// computes: where it came from, how transformers runs it and how it would write text.
const Neutral = `
	architectures auto_map _name_or_path transformers_version torch_dtype
	dtype tokenizer_class id2label label2id num_labels problem_type finetuning_task task_specific_params prefix
	return_dict output_attentions output_hidden_states torchscript use_cache tf_legacy_loss
	tie_word_embeddings chunk_size_feed_forward _attn_implementation_autoset attn_implementation
	max_length min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty temperature top_k
	top_p typical_p repetition_penalty length_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size
	bad_words_ids num_return_sequences output_scores return_dict_in_generate forced_bos_token_id
	forced_eos_token_id remove_invalid_values exponential_decay_length_penalty suppress_tokens
	begin_suppress_tokens use_bfloat16`

// nothing is no value: a field that must be null.
type nothing struct{}

// NewRules makes rules of lists of names: those that must be there, those that may be
// anything, and those that must have one of some values, or be null where there is none.
func NewRules(required, neutral string, values map[string][]any) Rules {
	rules := Rules{}
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

// Check holds a file's fields to the rules, in order of their names.
func (r Rules) Check(file string, fields map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		rule, known := r[name]
		if !known {
			return Refuse(file, "field %q is not known here, and may change what the model computes", name)
		}
		var value any
		if err := json.Unmarshal(fields[name], &value); err != nil {
			return Refuse(file, "%s: %w", name, err)
		}
		if !rule.allows(value) {
			return Refuse(file, "%s is %s, which is not supported", name, fields[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if r[name].required && fields[name] == nil {
			return Refuse(file, "%s is missing", name)
		}
	}
	return nil
}
