package textsearch

import (
	"embed"
	"strings"
	"sync"
	"unicode"

	snowball "github.com/seguedb/segue/query/textsearch/snowball"
)

// Dictionary turns a token into lexemes.
type Dictionary struct {
	OID       uint32
	Name      string
	Stopwords string // the language of the list, "" for none
	stem      func(*snowball.Env) bool
}

// Simple says whether the dictionary only folds to lower case.
func (d *Dictionary) Simple() bool { return d.stem == nil }

// Options is how CREATE TEXT SEARCH DICTIONARY would be told, as pg_ts_dict has it.
func (d *Dictionary) Options() string {
	switch {
	case d.Simple():
		return ""
	case d.Stopwords == "":
		return "language = '" + strings.TrimSuffix(d.Name, "_stem") + "'"
	}
	return "language = '" + strings.TrimSuffix(d.Name, "_stem") + "', stopwords = '" + d.Stopwords + "'"
}

// maxStemBytes is the longest word that is stemmed: a longer one is of no human language.
const maxStemBytes = 1000

// Lexemes are a token's; none is a stop word's. Every dictionary here knows every token.
func (d *Dictionary) Lexemes(token string) []string {
	word := lower(token)
	switch {
	case d.stem == nil || len(word) > maxStemBytes:
		return []string{word}
	case word == "" || d.isStop(word):
		return nil
	}
	env := snowball.NewEnv(word)
	d.stem(env)
	return []string{env.Current()}
}

func (d *Dictionary) isStop(word string) bool {
	if d.Stopwords == "" {
		return false
	}
	_, stop := stopwords(d.Stopwords)[word]
	return stop
}

// lower folds character by character, as towlower does.
func lower(s string) string { return strings.Map(unicode.ToLower, s) }

// The lists of stop words are the Snowball project's, as PostgreSQL 15 installs them: one word a line.
//
//go:embed stop/*.txt
var stopFiles embed.FS

var stopLists sync.Map // by language: map[string]struct{}

func stopwords(language string) map[string]struct{} {
	if list, ok := stopLists.Load(language); ok {
		return list.(map[string]struct{})
	}
	text, err := stopFiles.ReadFile("stop/" + language + ".txt")
	if err != nil {
		panic(err) // a test reads every list
	}
	list := map[string]struct{}{}
	for _, word := range strings.Fields(string(text)) {
		list[word] = struct{}{}
	}
	stopLists.Store(language, list)
	return list
}
