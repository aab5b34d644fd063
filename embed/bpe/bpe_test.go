package bpe

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/embed/hfconfig"
)

const testdata = "../../testdata/clap"

func readFile(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// tinyLimits are those of testdata/clap/tiny.
var tinyLimits = Limits{Begin: 0, End: 2, Max: 32, Vocab: 400}

func tiny(tb testing.TB) *Tokenizer {
	tb.Helper()
	t, err := FromFiles(readFile(tb, "tiny/vocab.json"), readFile(tb, "tiny/merges.txt"), tinyLimits)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// TestEncode compares tokens with those of transformers' RobertaTokenizer.
func TestEncode(t *testing.T) {
	files := tiny(t)
	single, err := FromTokenizer(readFile(t, "tiny/tokenizer.json"), tinyLimits)
	if err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(written, tinyLimits)
	if err != nil {
		t.Fatal(err)
	}
	var cases [][2]json.RawMessage
	if err := json.Unmarshal(readFile(t, "tokens.json"), &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		var text string
		var want []int
		if json.Unmarshal(c[0], &text) != nil || json.Unmarshal(c[1], &want) != nil {
			t.Fatal(string(c[0]), string(c[1]))
		}
		for from, tok := range map[string]*Tokenizer{"files": files, "tokenizer.json": single, "what was written": again} {
			if got := tok.Encode(text); !slices.Equal(got, want) {
				t.Errorf("%s: %q is %v, want %v", from, text, got, want)
			}
		}
	}
	if len(cases) < 20 {
		t.Errorf("%d cases", len(cases))
	}
}

// TestEncodeLong: texts have as many tokens as the model takes, and a long one costs no time.
func TestEncodeLong(t *testing.T) {
	tok := tiny(t)
	for _, text := range []string{strings.Repeat("a", 1<<20), strings.Repeat("word ", 1<<18), strings.Repeat(" ", 1<<20), "\xff\xfe"} {
		start := time.Now()
		ids := tok.Encode(text)
		if len(ids) > 32 || ids[0] != 0 || ids[len(ids)-1] != 2 {
			t.Errorf("%.20q: %v", text, ids)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.20q took %v", text, took)
		}
	}
}

// TestRefusals: what is no byte-level BPE of the model is refused.
func TestRefusals(t *testing.T) {
	vocab, merges := readFile(t, "tiny/vocab.json"), readFile(t, "tiny/merges.txt")
	single := string(readFile(t, "tiny/tokenizer.json"))
	for name, c := range map[string]struct {
		vocab, merges string
		limits        Limits
		named         string
	}{
		"no JSON":       {"[", string(merges), tinyLimits, "vocabulary"},
		"no bytes":      {`{"a": 1}`, "", tinyLimits, "byte"},
		"a number":      {string(vocab), string(merges), Limits{0, 2, 32, 100}, "number"},
		"no pair":       {string(vocab), "a b c\n", tinyLimits, "two parts"},
		"unknown part":  {string(vocab), "a zzz\n", tinyLimits, "zzz"},
		"twice":         {string(vocab), string(merges) + string(merges[strings.IndexByte(string(merges), '\n')+1:]), tinyLimits, "twice"},
		"no room":       {string(vocab), string(merges), Limits{0, 2, 2, 400}, "room"},
		"not UTF-8":     {string(vocab), "\xff \xfe\n", tinyLimits, "UTF-8"},
		"a null number": {`null`, "", tinyLimits, "byte"},
	} {
		_, err := FromFiles([]byte(c.vocab), []byte(c.merges), c.limits)
		if !errors.Is(err, ErrTokenizer) || !strings.Contains(err.Error(), c.named) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for from, c := range map[string][2]string{
		`"normalizer": null`:        {`"normalizer": {"type": "NFC"}`, "normalizer"},
		`"type": "BPE"`:             {`"type": "Unigram"`, "BPE"},
		`"add_prefix_space": false`: {`"add_prefix_space": true`, "add_prefix_space"},
		`"dropout": null`:           {`"dropout": 0.1`, "dropout"},
		`"type": "ByteLevel"`:       {`"type": "Whitespace"`, "pre_tokenizer"},
	} {
		text := strings.Replace(single, from, c[0], 1)
		if _, err := FromTokenizer([]byte(text), tinyLimits); text == single || !errors.Is(err, ErrTokenizer) || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", from, err)
		}
	}
}

func TestMaxLength(t *testing.T) {
	for text, want := range map[string]int{`{}`: 512, `{"model_max_length": 77}`: 77, `{"model_max_length": 1e30}`: 512,
		`{"model_max_length": 1000000000000000019884624838656}`: 512, `{"model_max_length": 512, "tokenizer_class": "x"}`: 512} {
		if got, err := MaxLength([]byte(text), 512); got != want || err != nil {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{`{"model_max_length": 1}`, `{"add_prefix_space": true}`, `[]`, `{"model_max_length": "x"}`, ``} {
		if _, err := MaxLength([]byte(text), 512); !errors.Is(err, hfconfig.ErrConfig) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzEncode: pieces are the text, and tokens are the model's.
func FuzzEncode(f *testing.F) {
	tok := tiny(f)
	f.Add("slow  sad\u3000piano's 1969 \n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Join(split(text), "") != text {
			t.Fatalf("%q became %q", text, split(text))
		}
		ids := tok.Encode(text)
		if len(ids) < 2 || len(ids) > 32 {
			t.Fatalf("%d tokens", len(ids))
		}
		for _, id := range ids {
			if id < 0 || id >= 400 {
				t.Fatalf("token %d", id)
			}
		}
	})
}

// FuzzFiles: hostile files end in an error of a kind, or in a tokenizer that works.
func FuzzFiles(f *testing.F) {
	f.Add(readFile(f, "tiny/vocab.json"), readFile(f, "tiny/merges.txt"))
	f.Add(readFile(f, "tiny/tokenizer.json"), []byte("a b"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, read := range []func() (*Tokenizer, error){
			func() (*Tokenizer, error) { return FromFiles(a, b, tinyLimits) },
			func() (*Tokenizer, error) { return FromTokenizer(a, tinyLimits) },
			func() (*Tokenizer, error) { return Read(a, tinyLimits) },
		} {
			tok, err := read()
			if err != nil && !errors.Is(err, ErrTokenizer) {
				t.Fatalf("an error of no kind: %v", err)
			}
			if err == nil {
				tok.Encode("slow sad piano")
			}
		}
	})
}
