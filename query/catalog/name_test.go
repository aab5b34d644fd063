package catalog

import (
	"slices"
	"testing"
)

func TestSplitName(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"tracks", []string{"tracks"}},
		{"  Public . Tracks ", []string{"public", "tracks"}},
		{`"Public"."My ""Table"""`, []string{"Public", `My "Table"`}},
		{`a."b.c".d`, []string{"a", "b.c", "d"}},
		{"", nil}, {".", nil}, {"a.", nil}, {".a", nil}, {`"`, nil}, {`""`, nil}, {`"a"b`, nil}, {"a b", nil}, {`a"b"`, nil},
	} {
		got, err := SplitName(tt.in)
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.want != nil) {
			t.Errorf("%q: got %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

// A check's columns are found by name in its text.
func TestColumnsIn(t *testing.T) {
	table := sampleTracks()
	for expr, want := range map[string][]int16{
		"(duration >= 0)":                   {4},
		"((path)::text <> (title)::text)":   {2, 3},
		"(title = 'path')":                  {3},
		"(title = 'it''s path')":            {3},
		`("title" IS NOT NULL)`:             {3},
		"(kind(path) = 1)":                  {2},
		"((path)::kind IS NULL)":            {2},
		"(tracks.duration > (price)::real)": {4, 7},
		"(1 = 1)":                           nil,
		"'open":                             nil,
		`"open`:                             nil,
	} {
		if got := ColumnsIn(table, expr); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", expr, got, want)
		}
	}
}

func TestStripParens(t *testing.T) {
	for in, want := range map[string]string{
		"(a > 0)": "a > 0", "((a) OR (b))": "(a) OR (b)", "(a) OR (b)": "(a) OR (b)", "(a = ')')": "a = ')'",
		"(a": "(a", "": "", "(a = 'it''s )')": "a = 'it''s )'",
	} {
		if got := StripParens(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestFormatType(t *testing.T) {
	for _, tt := range []struct {
		oid    OID
		typmod int32
		want   string
	}{
		{0, -1, "-"}, {99999, -1, "???"}, {23, -1, "integer"}, {1043, 14, "character varying(10)"}, {1042, -1, "bpchar"},
		{1042, 9, "character(5)"}, {16385, 768, "vector(768)"}, {1015, 14, "character varying(10)[]"}, {2276, -1, `"any"`},
	} {
		if got := FormatType(Bootstrap(), []string{"public"}, tt.oid, tt.typmod); got != tt.want {
			t.Errorf("%d, %d: got %s, want %s", tt.oid, tt.typmod, got, tt.want)
		}
	}
	if got := FormatType(Bootstrap(), []string{"music"}, 16385, 3); got != "public.vector(3)" {
		t.Errorf("vector where the search path does not find it: %s", got)
	}
	if got := TypeName(Bootstrap(), nil, 1042); got != "character" {
		t.Errorf("bpchar without a modifier given: %s", got)
	}
}

func TestKeywords(t *testing.T) {
	want := map[string]string{"select": "reserved", "between": "unreserved (cannot be function or type name)",
		"left": "reserved (can be function or type name)", "abort": "unreserved"}
	for _, k := range Keywords() {
		if text, ok := want[k.Word]; ok && k.CategoryText() != text {
			t.Errorf("%s is %s, want %s", k.Word, k.CategoryText(), text)
		}
		delete(want, k.Word)
		if (k.LabelText() == "can be bare label") != k.BareLabel {
			t.Errorf("%s: %s", k.Word, k.LabelText())
		}
	}
	if len(want) > 0 {
		t.Errorf("no keywords %v", want)
	}
}
