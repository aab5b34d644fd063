package datum

import (
	"errors"
	"strings"
	"testing"

	"github.com/seguedb/segue/query/sqlstate"
)

func TestJSONText(t *testing.T) {
	runText(t, nil, []textCase{
		{JSON, ` {"b":1,  "a":[1.0, 2e3] ,"b":2}`, ` {"b":1,  "a":[1.0, 2e3] ,"b":2}`},
		{JSONB, ` {"bb":1,  "a":[1.0, 2e3] ,"b":2, "bb":3}`, `{"a": [1.0, 2000], "b": 2, "bb": 3}`},
		{JSONB, `"\u00e9\n\/\ud83c\udfb5"`, `"é\n/🎵"`}, {JSONB, `"\u0001"`, `"\u0001"`}, {JSONB, "-0", "0"},
		{JSONB, "[]", "[]"}, {JSONB, "{}", "{}"}, {JSONB, "null", "null"}, {JSONB, "[true,false]", "[true, false]"},
		{JSON, `"\u0000"`, `"\u0000"`},
	})
}

func TestJSONErrors(t *testing.T) {
	for in, detail := range map[string]string{
		"":            "The input string ended unexpectedly.",
		"{":           "The input string ended unexpectedly.",
		"{1}":         `Expected string or "}", but found "1".`,
		`{"a"}`:       `Expected ":", but found "}".`,
		`{"a":}`:      `Expected JSON value, but found "}".`,
		`{"a":1,}`:    `Expected string, but found "}".`,
		`{"a":1 "b"}`: `Expected "," or "}", but found ""b"".`,
		"[1 2]":       `Expected "," or "]", but found "2".`,
		"[1,]":        `Expected JSON value, but found "]".`,
		"[,]":         `Expected array element or "]", but found ",".`,
		"1 2":         `Expected end of input, but found "2".`,
		"abc":         `Token "abc" is invalid.`,
		"01":          `Token "01" is invalid.`,
		"1.":          `Token "1." is invalid.`,
		"\"a\nb\"":    "Character with value 0x0a must be escaped.",
		`"\x"`:        `Escape sequence "\x" is invalid.`,
		`"\u12"`:      `"\u" must be followed by four hexadecimal digits.`,
		`"\ud800"`:    "Unicode low surrogate must follow a high surrogate.",
	} {
		_, err := ParseText(JSON, -1, in, nil)
		var e *sqlstate.Error
		if !errors.As(err, &e) || e.Code != "22P02" || e.Detail != detail {
			t.Errorf("%q: got %v, detail %q; want %q", in, err, e.Detail, detail)
		}
	}
	d, err := ParseText(JSONB, -1, `"\u0000"`, nil)
	wantError(t, "zero character", d, err, "22P05", "unsupported Unicode escape sequence")
	d, err = ParseText(JSON, -1, strings.Repeat("[", 1_000_000), nil)
	wantError(t, "a million brackets", d, err, "54001", "stack depth limit exceeded")
}

// TestJSONBOrder is the order that Postgres's manual gives for jsonb.
func TestJSONBOrder(t *testing.T) {
	ordered := []string{"[]", "null", `""`, `"a"`, `"b"`, "-1", "1", "10", "false", "true", "[null]", "[1]", "[1, 2]",
		"{}", `{"a": 2}`, `{"b": 1}`, `{"a": 1, "b": 1}`}
	for i := range ordered {
		for j := range ordered {
			a, b := mustParse(t, JSONB, ordered[i]), mustParse(t, JSONB, ordered[j])
			if got := sign(Compare(JSONB, a, b)); got != sign(i-j) {
				t.Errorf("%s against %s: %d", ordered[i], ordered[j], got)
			}
		}
	}
	if !Equal(JSONB, mustParse(t, JSONB, "1.0"), mustParse(t, JSONB, "1")) {
		t.Error("1.0 and 1 differ")
	}
}

func sign(i int) int {
	switch {
	case i < 0:
		return -1
	case i > 0:
		return 1
	}
	return 0
}

func TestJSONField(t *testing.T) {
	node, err := ParseJSONTree(`{"bb": 1, "a": 2}`)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"bb": "1", "a": "2"} {
		field, ok := node.Field(key)
		if !ok || field.Text != want {
			t.Errorf("%s: %v, %v", key, field, ok)
		}
	}
	if _, ok := node.Field("c"); ok {
		t.Error("found a key that is not there")
	}
}
