package builtin

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"

	unicodenorm "golang.org/x/text/unicode/norm"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// unaccentTSV says what extension unaccent makes of characters, by their code points in hexadecimal: a line with a first and a
// last one is of characters that become what Unicode decomposes them into (NFKD), marks left out; a line with a text behind =
// is of one that becomes that. All others stay.
//
//go:embed unaccent.tsv
var unaccentTSV string

// unaccents is the parsed table. It panics where that is malformed, which a test rules out.
var unaccents = sync.OnceValue(func() map[rune]string {
	out := map[rune]string{}
	for i, line := range strings.Split(strings.TrimRight(unaccentTSV, "\n"), "\n") {
		first, rest, _ := strings.Cut(line, "\t")
		from, err := strconv.ParseInt(first, 16, 32)
		text, given := strings.CutPrefix(rest, "=")
		to := from
		if err == nil && !given {
			to, err = strconv.ParseInt(rest, 16, 32)
		}
		if err != nil {
			panic(fmt.Sprintf("builtin: unaccent.tsv line %d: %v", i+1, err))
		}
		for r := rune(from); r <= rune(to); r++ {
			if out[r] = text; !given {
				out[r] = withoutMarks(string(r))
			}
		}
	}
	return out
})

func withoutMarks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, unicodenorm.NFKD.String(s))
}

// unaccent replaces the characters that have a rule.
func unaccent(s string) string {
	rules := unaccents()
	var out strings.Builder
	for _, r := range s {
		if to, ok := rules[r]; ok {
			out.WriteString(to)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func unaccentFunctions(r *registry) {
	r.fn(textToText(unaccent), "unaccent.unaccent_dict(text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if catalog.OID(a[0].Int()) != catalog.UnaccentDictionary {
			return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported,
				"function unaccent with another dictionary than unaccent is not supported")
		}
		return datum.NewString(unaccent(a[1].Str())), nil
	}, "unaccent.unaccent_dict(regdictionary,text)")
}
