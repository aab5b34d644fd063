package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// The functions of extension fuzzystrmatch.

// maxLevenshtein is PostgreSQL's MAX_LEVENSHTEIN_STRLEN.
const maxLevenshtein = 255

// levenshtein is the least cost of making one text of another.
func levenshtein(from, to string, insert, remove, replace int) (int, error) {
	a, b := []rune(from), []rune(to)
	if len(a) > maxLevenshtein || len(b) > maxLevenshtein {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "levenshtein argument exceeds maximum length of %d characters",
			maxLevenshtein)
	}
	row := make([]int, len(a)+1)
	for i := range row {
		row[i] = i * remove
	}
	for j := range b {
		corner := row[0]
		row[0] = (j + 1) * insert
		for i := range a {
			cost := corner
			if a[i] != b[j] {
				cost += replace
			}
			corner = row[i+1]
			row[i+1] = min(corner+insert, row[i]+remove, cost)
		}
	}
	return row[len(a)], nil
}

// soundexCodes are the digits of the letters from A to Z, 0 for those that have none.
const soundexCodes = "01230120022455012623010202"

func soundex(s string) string {
	letter := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	s = strings.ToUpper(s)
	for s != "" && !letter(s[0]) {
		s = s[1:]
	}
	if s == "" {
		return ""
	}
	out := []byte{s[0]}
	for i := 1; i < len(s) && len(out) < 4; i++ {
		code := byte('0')
		if letter(s[i]) {
			code = soundexCodes[s[i]-'A']
		}
		before := byte('0')
		if letter(s[i-1]) {
			before = soundexCodes[s[i-1]-'A']
		}
		if letter(s[i]) && code != before && code != '0' {
			out = append(out, code)
		}
	}
	return string(out) + strings.Repeat("0", 4-len(out))
}

func fuzzyStringFunctions(r *registry) {
	costs := func(a []datum.Datum) (insert, remove, replace int) {
		if len(a) < 3 {
			return 1, 1, 1
		}
		return int(a[0].Int()), int(a[1].Int()), int(a[2].Int())
	}
	plain := func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		insert, remove, replace := costs(a[2:])
		n, err := levenshtein(a[0].Str(), a[1].Str(), insert, remove, replace)
		return datum.NewInt(int64(n)), err
	}
	r.fn(plain, "fuzzystrmatch.levenshtein(text,text)", "fuzzystrmatch.levenshtein_with_costs(text,text,int4,int4,int4)")
	// Above the bound any number above it will do, and PostgreSQL's is the next one.
	bounded := func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		insert, remove, replace := costs(a[2 : len(a)-1])
		n, err := levenshtein(a[0].Str(), a[1].Str(), insert, remove, replace)
		if most := int(a[len(a)-1].Int()); most >= 0 && n > most {
			n = most + 1
		}
		return datum.NewInt(int64(n)), err
	}
	r.fn(bounded, "fuzzystrmatch.levenshtein_less_equal(text,text,int4)",
		"fuzzystrmatch.levenshtein_less_equal_with_costs(text,text,int4,int4,int4,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(soundex(a[0].Str())), nil
	}, "fuzzystrmatch.soundex(text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		x, y, same := soundex(a[0].Str()), soundex(a[1].Str()), 0
		for i := range 4 {
			if i < len(x) && i < len(y) && x[i] == y[i] || i >= len(x) && i >= len(y) {
				same++
			}
		}
		return datum.NewInt(int64(same)), nil
	}, "fuzzystrmatch.difference(text,text)")
	for _, name := range []string{"metaphone(text,int4)", "dmetaphone(text)", "dmetaphone_alt(text)"} {
		r.fn(func(*Env, []datum.Datum) (datum.Datum, error) {
			return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported, "function %s of extension fuzzystrmatch is not supported", name)
		}, "fuzzystrmatch."+name)
	}
}
