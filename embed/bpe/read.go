package bpe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/embed/hfconfig"
)

// ErrTokenizer is wrapped by every refusal of a tokenizer's files.
var ErrTokenizer = errors.New("unsupported tokenizer")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrTokenizer, fmt.Errorf(format, args...))
}

// FromFiles reads vocab.json, an object of numbers by token, and merges.txt, a pair a line.
func FromFiles(vocab, merges []byte, l Limits) (*Tokenizer, error) {
	numbers, err := parseVocab(vocab)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(merges) {
		return nil, refuse("merges.txt is not UTF-8")
	}
	var list []string
	for i, line := range strings.Split(string(merges), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || i == 0 && strings.HasPrefix(line, "#version") {
			continue
		}
		list = append(list, line)
	}
	return newTokenizer(numbers, list, l)
}

func parseVocab(text []byte) (map[string]int, error) {
	var vocab map[string]int
	if err := json.Unmarshal(text, &vocab); err != nil {
		return nil, refuse("vocabulary: %w", err)
	}
	return vocab, nil
}

// FromTokenizer reads a tokenizer.json, which must be a byte-level BPE that changes nothing
// of a text before it cuts it.
func FromTokenizer(text []byte, l Limits) (*Tokenizer, error) {
	var f struct {
		Normalizer   json.RawMessage `json:"normalizer"`
		PreTokenizer struct {
			Type           string `json:"type"`
			AddPrefixSpace bool   `json:"add_prefix_space"`
			UseRegex       *bool  `json:"use_regex"`
		} `json:"pre_tokenizer"`
		Model struct {
			Type         string          `json:"type"`
			Dropout      json.RawMessage `json:"dropout"`
			Prefix       string          `json:"continuing_subword_prefix"`
			Suffix       string          `json:"end_of_word_suffix"`
			IgnoreMerges bool            `json:"ignore_merges"`
			Vocab        json.RawMessage `json:"vocab"`
			Merges       json.RawMessage `json:"merges"`
		} `json:"model"`
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, refuse("tokenizer.json: %w", err)
	}
	switch {
	case !null(f.Normalizer):
		return nil, refuse("tokenizer.json: normalizer is not null")
	case f.PreTokenizer.Type != "ByteLevel" || f.PreTokenizer.UseRegex != nil && !*f.PreTokenizer.UseRegex:
		return nil, refuse("tokenizer.json: pre_tokenizer is %q, not ByteLevel with its expression", f.PreTokenizer.Type)
	case f.PreTokenizer.AddPrefixSpace:
		return nil, refuse("tokenizer.json: add_prefix_space is true")
	case f.Model.Type != "BPE":
		return nil, refuse("tokenizer.json: model is %q, not BPE", f.Model.Type)
	case !null(f.Model.Dropout) || f.Model.Prefix != "" || f.Model.Suffix != "" || f.Model.IgnoreMerges:
		return nil, refuse("tokenizer.json: dropout, continuing_subword_prefix, end_of_word_suffix or ignore_merges is set")
	}
	vocab, err := parseVocab(f.Model.Vocab)
	if err != nil {
		return nil, err
	}
	merges, err := parseMerges(f.Model.Merges)
	if err != nil {
		return nil, err
	}
	return newTokenizer(vocab, merges, l)
}

func null(text json.RawMessage) bool { return len(text) == 0 || bytes.Equal(text, []byte("null")) }

// parseMerges reads pairs, each "left right" or ["left", "right"].
func parseMerges(text []byte) ([]string, error) {
	var lines []string
	if json.Unmarshal(text, &lines) == nil {
		return lines, nil
	}
	var pairs [][]string
	if err := json.Unmarshal(text, &pairs); err != nil {
		return nil, refuse("tokenizer.json: merges: %w", err)
	}
	lines = nil
	for _, p := range pairs {
		lines = append(lines, strings.Join(p, " "))
	}
	return lines, nil
}

// maxUnset is above any length that a tokenizer_config.json means: transformers writes
// 1e30 where nobody has said one.
const maxUnset = 1e9

// MaxLength reads tokenizer_config.json: the most tokens that a text has, of at most.
// It is at most itself where the file says none, and refused where the file asks for
// spaces to be added.
func MaxLength(text []byte, most int) (int, error) {
	const file = "tokenizer_config.json"
	fields, err := hfconfig.Object(file, text)
	if err != nil {
		return 0, err
	}
	var c struct {
		MaxLength      float64 `json:"model_max_length"`
		AddPrefixSpace bool    `json:"add_prefix_space"`
	}
	c.MaxLength = maxUnset
	if err := json.Unmarshal(text, &c); err != nil {
		return 0, hfconfig.Refuse(file, "%w", err)
	}
	switch {
	case c.AddPrefixSpace:
		return 0, hfconfig.Refuse(file, "add_prefix_space is %s, which is not supported", fields["add_prefix_space"])
	case c.MaxLength >= maxUnset || int(c.MaxLength) > most:
		return most, nil
	case c.MaxLength < 3:
		return 0, hfconfig.Refuse(file, "model_max_length is %s", fields["model_max_length"])
	}
	return int(c.MaxLength), nil
}
