package trigram

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// meets says whether a text with these trigrams may be what a query looks for.
func meets(q *Query, set []Trigram) bool {
	if q == nil {
		return true
	}
	if q.Kids == nil {
		return slices.Contains(set, q.Trigram)
	}
	found := 0
	for _, kid := range q.Kids {
		if meets(kid, set) {
			found++
		}
	}
	return found >= q.Least
}

// TestQueries: what a condition says of the texts that meet it.
func TestQueries(t *testing.T) {
	for _, c := range []struct {
		op, text string
		want     string // the trigrams that all have, sorted; "-" for nothing
	}{
		{Like, "%Train%", "ain,rai,tra"},
		{Like, "blue%", "  b, bl,blu,lue"},
		{Like, "%-joy", "  j, jo,joy,oy "},
		{Like, "%a_c%", "-"},
		{Like, `%100\%`, "00 ,100"},
		{Like, "a", "  a, a "},
		{Like, "%", "-"},
		{Equal, "So", "  s, so,so "},
		{Match, "^take 5", "  5,  t, ta,ake,ke ,tak"},
		{Match, "Bl(ue)+ ", "-"},
		{Match, "blue.*train", "ain,blu,lue,rai,tra"},
		{Match, "abc|", "-"},
	} {
		q := Of(c.op, c.text, 0)
		if c.op == Match {
			var err error
			if q, err = OfRegexp(c.text); err != nil {
				t.Fatal(err)
			}
		}
		if got := allOf(q); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.op, c.text, got, c.want)
		}
	}
}

func allOf(q *Query) string {
	if q == nil {
		return "-"
	}
	var out []string
	var walk func(q *Query)
	walk = func(q *Query) {
		if q.Kids == nil {
			out = append(out, string(q.Trigram[:]))
		}
		for _, kid := range q.Kids {
			walk(kid)
		}
	}
	walk(q)
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ",")
}

// FuzzRegexp: a text that a regular expression matches has the trigrams that the expression's query wants.
func FuzzRegexp(f *testing.F) {
	for _, seed := range [][2]string{{"Blue Train", "(?i)tRAIN$"}, {"Straße", "(?i)stra[sß]e"}, {"ſo what", "(?i)SO WHAT"},
		{"aXbbbc", "a(x|X)b{2,}c"}, {"Kelvin \u212a", "(?i)kelvin k"}, {"a\nbcd", "(?m)^bcd$"}, {"", "^$"},
		{"foo bar", `foo\b bar|x{2}`}, {"ΣΊΣΥΦΟΣ", "(?i)σίσυφος"}, {"İstanbul", "(?i)istanbul"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, pattern string) {
		re, err := regexp.Compile(pattern)
		if err != nil || !re.MatchString(text) {
			return
		}
		q, err := OfRegexp(pattern)
		if err != nil {
			t.Fatalf("%q compiles and has no query: %v", pattern, err)
		}
		if !meets(q, Set(text)) {
			t.Errorf("%q matches %q, which has not the trigrams %q", pattern, text, allOf(q))
		}
	})
}

// FuzzPattern: a text made of a pattern of LIKE, its wildcards being texts, has the trigrams that the pattern's query wants.
func FuzzPattern(f *testing.F) {
	f.Add("Blue", "Train", " ", "x")
	f.Add("", "", "é", "")
	f.Add("So what?", "100", "\u0130", "s")
	f.Fuzz(func(t *testing.T, a, b, between, end string) {
		if !utf8.ValidString(a + "x" + b + "x" + between + "x" + end) { // which no text of a table is
			return
		}
		escape := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)
		pattern, text := escape.Replace(a)+"%"+escape.Replace(b)+"%", a+between+b+end
		if q := Of(Like, pattern, 0); !meets(q, Set(text)) {
			t.Errorf("%q is like %q, and has not the trigrams %q", text, pattern, allOf(q))
		}
	})
}

// TestCommon counts what the sets of two texts have in common.
func TestCommon(t *testing.T) {
	texts := []string{"", "-", "a", "Blue Train", "blue trains, blue", "Ärger und Übermut", "übermut", strings.Repeat("Midnight Blues ", 40)}
	for _, a := range texts {
		for _, b := range texts {
			x, y := Set(a), Set(b)
			want := 0
			for _, g := range x {
				if slices.Contains(y, g) {
					want++
				}
			}
			if common, ofA, ofB := Common(a, b); common != want || ofA != len(x) || ofB != len(y) {
				t.Errorf("%q and %q: %d of %d and %d, want %d of %d and %d", a, b, common, ofA, ofB, want, len(x), len(y))
			}
		}
	}
}
