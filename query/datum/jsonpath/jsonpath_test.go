package jsonpath_test

import (
	"strconv"
	"testing"

	"github.com/seguedb/segue/query/datum/jsonpath"
)

func quote(dst []byte, s string) []byte { return strconv.AppendQuote(dst, s) }

// What a path prints as, a path reads as: printing what was printed changes nothing.
func TestPrintedPathsReadBack(t *testing.T) {
	for _, text := range []string{
		"$", "strict $.a.*", "$[0, 1 to last]", "$.**{2 to last}.b", `$ ? (@.a == 1 && !(@.b > $x)).c`,
		`exists ($.a) || ($.b starts with "x") is unknown`, `$.a like_regex "^a" flag "iq"`, "-(1 + 2) * 3", "(1).type()",
		`$.when.datetime("HH24:MI")`,
	} {
		once := print(t, text)
		if twice := print(t, once); twice != once {
			t.Errorf("%s prints as %s, and that as %s", text, once, twice)
		}
	}
}

func print(t *testing.T, text string) string {
	t.Helper()
	p, err := jsonpath.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return string(p.Append(nil, quote))
}

// Whatever the text, Parse answers, and what it accepts prints as something it accepts.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"$.a[*] ? (@ > 1)", "strict $", `"\u0041"`, "((((", "$.**{1 to", "1e400"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := jsonpath.Parse(text)
		if err != nil {
			return
		}
		printed := string(p.Append(nil, func(dst []byte, s string) []byte { return append(append(append(dst, '"'), "x"...), '"') }))
		if _, err := jsonpath.Parse(printed); err != nil {
			t.Errorf("%q prints as %q: %v", text, printed, err)
		}
	})
}
